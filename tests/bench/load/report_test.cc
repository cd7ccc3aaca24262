#include "bench/load/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tw::load {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

Report Example() {
  Report report;
  report.what = "TradeSession to <gateway>";
  report.elapsed = Duration::Seconds(2);
  Tally tally;
  for (int i = 1; i <= 100; ++i) {
    tally.Sent(Kind::kPassive, 1'000, true);
    tally.Answered({Kind::kPassive, i == 1 ? Verdict::kRejected : Verdict::kAccepted,
                    i == 1 ? "PRICE_COLLAR" : "", int64_t{i} * 10'000, true});
  }
  tally.EndSecond();
  report.totals = tally.Get();
  report.waterfall.push_back(
      {"client to gateway", {}, {7, Duration::Micros(100), Duration::Micros(90), {}}});
  report.waterfall.push_back(
      {"to oms", Duration::Micros(100), {7, Duration::Micros(300), Duration::Micros(280), {}}});
  report.stages.push_back({"oms: one journal sync", {7, Duration::Micros(300), {}, {}}});
  report.commands = 200;
  report.usage.push_back({"oms", 30, 31, 0.02});
  report.bars.push_back({"p99", "at most 1 ms", "990 us", true});
  return report;
}

TEST(ReportTest, TextSaysWhatCounts) {
  const std::string text = ToText(Example());
  EXPECT_THAT(text, HasSubstr("sent 100, answered 100, accepted 99 (49.5 /s), unanswered 0"));
  EXPECT_THAT(text, HasSubstr("rejected PRICE_COLLAR: 1"));
  EXPECT_THAT(text, HasSubstr("oms: one journal sync"));
  EXPECT_THAT(text, HasSubstr("100.0 us a command, memory 30 MB before, 31 MB after"));
  EXPECT_THAT(text, HasSubstr("pass p99: 990 us, at most 1 ms"));
}

TEST(UsageTest, ServicesOfOneProcessAreOneRow) {
  const auto scrape = [](double process, double memory, double cpu) {
    Scrape look;
    look.values = {{"tw_process_id", process},
                   {"process_resident_memory_bytes", memory},
                   {"process_cpu_seconds_total", cpu}};
    return look;
  };
  const std::vector<Usage> rows = UsageBetween({{"gateway", scrape(7, 1e6, 1)},
                                                {"oms", scrape(7, 1e6, 1)},
                                                {"pnl", scrape(8, 3e6, 2)},
                                                {"gone", scrape(9, 1, 1)}},
                                               {{"gateway", scrape(7, 2e6, 4)},
                                                {"oms", scrape(7, 2e6, 4)},
                                                {"pnl", scrape(8, 3e6, 2.5)},
                                                {"new", scrape(10, 1, 1)}});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].service, "gateway, oms");
  EXPECT_EQ(rows[0].cpu_s, 3);
  EXPECT_EQ(rows[0].after_mb, 2);
  EXPECT_EQ(rows[1].service, "pnl");
}

TEST(ReportTest, TheWaterfallShowsWhereEachStageBegins) {
  const std::string text = ToText(Example());
  EXPECT_THAT(text, HasSubstr("|##########                              |"));
  EXPECT_THAT(text, HasSubstr("|          ##############################|"));
  EXPECT_THAT(ToHtml(Example()), HasSubstr("<rect x=\"100.0\" width=\"300.0\""));
}

TEST(ReportTest, JsonHoldsTheFigures) {
  Report report = Example();
  const nlohmann::json json = nlohmann::json::parse(ToJson(report));
  EXPECT_EQ(json["waterfall"][1]["begins_us"], 100);
  EXPECT_EQ(json["waterfall"][1]["mean_us"], 300);
  EXPECT_EQ(json["accepted"], 99);
  EXPECT_EQ(json["orders_accepted_per_second"], 49.5);
  EXPECT_NEAR(json["orders"]["p50_us"].get<double>(), 510, 6);
  EXPECT_EQ(json["rejected"]["PRICE_COLLAR"], 1);
  EXPECT_EQ(json["seconds"].size(), 1u);
  EXPECT_EQ(json["passed"], true);
  report.bars.push_back({"p50", "", "", false});
  EXPECT_EQ(nlohmann::json::parse(ToJson(report))["passed"], false);
}

TEST(ReportTest, ThePageStandsAlone) {
  const std::string html = ToHtml(Example());
  EXPECT_THAT(html, HasSubstr("<polyline"));
  EXPECT_THAT(html, HasSubstr("&lt;gateway&gt;"));
  EXPECT_EQ(html.find("http"), std::string::npos);
  EXPECT_THAT(html, Not(ContainsRegex("[\",]-?(nan|inf)")));  // of a plot's coordinates
}

TEST(ReportTest, AnEmptyRunIsReportedToo) {
  EXPECT_THAT(ToText(Report()), HasSubstr("sent 0"));
  EXPECT_EQ(nlohmann::json::parse(ToJson(Report()))["accepted"], 0);
  EXPECT_THAT(ToHtml(Report()), HasSubstr("</html>"));
}

}  // namespace
}  // namespace tw::load
