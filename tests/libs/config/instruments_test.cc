#include "libs/config/instruments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/config/calendars.h"
#include "tests/libs/config/temp_file.h"

namespace tw::config {
namespace {

using ::testing::HasSubstr;

constexpr char kBtc[] = R"([[instrument]]
symbol = "BTCUSDT"
description = "Bitcoin in Tether"
base_currency = "BTC"
quote_currency = "USDT"
tick_size = "0.01"
lot_size = "0.00001"
min_quantity = "0.00001"
max_quantity = "100"
start_price = "45000"
min_depth = "20"
)";

TEST(LoadInstrumentsTest, ReadsEveryField) {
  const TempFile file(kBtc);
  const auto loaded = LoadInstruments(file.path());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Instrument* btc = loaded->Find("BTCUSDT");
  ASSERT_NE(btc, nullptr);
  EXPECT_EQ(btc->description, "Bitcoin in Tether");
  EXPECT_EQ(btc->base_currency, "BTC");
  EXPECT_EQ(btc->quote_currency, "USDT");
  EXPECT_EQ(btc->tick_size.ToString(), "0.01");
  EXPECT_EQ(btc->lot_size.ToString(), "0.00001");
  EXPECT_EQ(btc->min_quantity.ToString(), "0.00001");
  EXPECT_EQ(btc->max_quantity.ToString(), "100");
  EXPECT_EQ(btc->start_price.ToString(), "45000");
  EXPECT_EQ(btc->min_depth.ToString(), "20");
}

TEST(LoadInstrumentsTest, TheHashNamesTheContent) {
  const TempFile one(kBtc);
  const TempFile same(kBtc);
  const TempFile other(std::string(kBtc) + "# a comment\n");
  const std::string hash = LoadInstruments(one.path())->hash();
  EXPECT_EQ(hash.size(), 16U);
  EXPECT_EQ(LoadInstruments(same.path())->hash(), hash);
  EXPECT_NE(LoadInstruments(other.path())->hash(), hash);
}

TEST(LoadInstrumentsTest, AMissingFileIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(LoadInstruments("/nonexistent/i.toml").status()));
}

struct FaultCase {
  const char* from;  // text in the good file
  const char* to;    // what stands there instead
  const char* says;
};

class InstrumentFaultTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(InstrumentFaultTest, IsNamed) {
  std::string content = kBtc;
  content.replace(content.find(GetParam().from), std::string(GetParam().from).size(),
                  GetParam().to);
  const TempFile file(content);
  const auto loaded = LoadInstruments(file.path());
  ASSERT_TRUE(absl::IsInvalidArgument(loaded.status())) << loaded.status();
  EXPECT_THAT(std::string(loaded.status().message()), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Faults,
    InstrumentFaultTest,
    ::testing::Values(
        FaultCase{"tick_size = \"0.01\"", "", "instrument BTCUSDT: tick_size: is missing"},
        FaultCase{"\"0.01\"", "0.01", ":6: instrument BTCUSDT: tick_size: must be a text"},
        FaultCase{"\"0.01\"", "\"0\"", "tick_size: must be above 0"},
        FaultCase{"\"0.01\"", "\"abc\"", "tick_size: "},
        FaultCase{"tick_size", "tick_sise",
                  "unknown key \"tick_sise\" (did you mean \"tick_size\""},
        FaultCase{"\"45000\"", "\"45000.001\"", "start_price: must be a multiple of tick_size"},
        FaultCase{"min_quantity = \"0.00001\"", "min_quantity = \"0.000001\"",
                  "min_quantity: must be a multiple of lot_size"},
        FaultCase{"max_quantity = \"100\"", "max_quantity = \"0.000005\"",
                  "max_quantity: is below min_quantity"},
        FaultCase{"\"BTCUSDT\"", "\"btc usdt\"", "symbol: must be"},
        FaultCase{"[[instrument]]", "[[instruments]]", "did you mean \"instrument\""},
        FaultCase{"symbol =", "symbol", ":2: "}));

TEST(LoadInstrumentsTest, TellsAllFaultsAtOnce) {
  std::string content = std::string(kBtc) + kBtc;
  content.replace(content.find("\"100\""), 5, "\"x\"");
  content.replace(content.find("\"20\""), 4, "\"-1\"");
  const TempFile file(content);
  const std::string text(LoadInstruments(file.path()).status().message());
  EXPECT_THAT(text, HasSubstr("max_quantity"));
  EXPECT_THAT(text, HasSubstr("min_depth"));
  EXPECT_THAT(text, HasSubstr("BTCUSDT: listed twice"));
}

TEST(LoadInstrumentsTest, AnEmptyFileIsAFault) {
  const TempFile file("");
  EXPECT_TRUE(absl::IsInvalidArgument(LoadInstruments(file.path()).status()));
}

constexpr char kNewYork[] = R"(calendar = "XNYS"

[[calendar]]
name = "XNYS"
time_zone = "America/New_York"
open = "09:30"
close = "16:00"
holidays = ["2026-12-25", "2026-11-26"]
early_closes = ["2026-11-27 13:00"]
)";

TEST(LoadInstrumentsTest, ReadsTheCalendarOfAnInstrument) {
  const TempFile file(std::string(kBtc) + kNewYork);
  ASSERT_TRUE(LoadInstruments(file.path()).ok());
  const auto loaded = LoadCalendars(file.path());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->of_symbol.at("BTCUSDT"), "XNYS");
  ASSERT_EQ(loaded->list.size(), 1U);
  const calendar::CalendarSpec& spec = loaded->list[0];
  EXPECT_EQ(spec.time_zone, "America/New_York");
  EXPECT_EQ(spec.open_minute, 570);
  EXPECT_EQ(spec.close_minute, 960);
  EXPECT_EQ(spec.weekdays, 0b0011111);
  EXPECT_EQ(spec.holidays, (std::vector<calendar::Date>{{2026, 11, 26}, {2026, 12, 25}}));
  ASSERT_EQ(spec.early_closes.size(), 1U);
  EXPECT_EQ(spec.early_closes[0].minute, 780);
}

TEST(LoadInstrumentsTest, SaysWhatIsWrongWithACalendar) {
  struct Case {
    const char* from;
    const char* to;
    const char* complaint;
  };
  const Case cases[] = {
      {"calendar = \"XNYS\"", "calendar = \"XLON\"", "there is no [[calendar]] XLON"},
      {"09:30", "9.30", "must be a time of day like 09:30"},
      {"16:00", "08:00", "close: must be after the open"},
      {"\"2026-12-25\"", "\"12/25\"", "must be dates like 2026-12-25, found \"12/25\""},
      {"\"2026-12-25\"", "25", "must be a list of texts in quotes"},
      {"27 13:00", "27", "must be dates and times like"},
      {"27 13:00", "27 09:00", "is not after the open"},
      {"open = ", "weekdays = \"Fri-Mon\"\nopen = ", "must be like Mon-Fri"},
      {"time_zone", "timezone", "time_zone: is missing"},
  };
  for (const Case& c : cases) {
    std::string text = std::string(kBtc) + kNewYork;
    text.replace(text.find(c.from), std::string(c.from).size(), c.to);
    const TempFile file(text);
    const auto loaded = LoadInstruments(file.path());
    ASSERT_FALSE(loaded.ok()) << c.to;
    EXPECT_THAT(std::string(loaded.status().message()), HasSubstr(c.complaint)) << c.to;
    EXPECT_EQ(LoadCalendars(file.path()).status(), loaded.status());
  }
}

}  // namespace
}  // namespace tw::config
