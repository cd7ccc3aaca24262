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
                    i == 1 ? "PRICE_COLLAR" : "", i * 10'000, true});
  }
  tally.EndSecond();
  report.totals = tally.Get();
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

TEST(ReportTest, JsonHoldsTheFigures) {
  Report report = Example();
  const nlohmann::json json = nlohmann::json::parse(ToJson(report));
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
