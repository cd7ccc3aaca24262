#include "services/pnl/trading_days.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "libs/calendar/date.h"

namespace tw::pnl {
namespace {

constexpr const char* kInstruments = R"(
[[instrument]]
symbol = "IBM"
description = "a share"
base_currency = "IBM"
quote_currency = "USD"
tick_size = "0.01"
lot_size = "1"
min_quantity = "1"
max_quantity = "1000"
start_price = "180"
min_depth = "20"
calendar = "XNYS"

[[calendar]]
name = "XNYS"
time_zone = "America/New_York"
open = "09:30"
close = "16:00"
holidays = ["2026-11-26"]
early_closes = ["2026-11-27 13:00"]
)";

class TradingDaysTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string path = ::testing::TempDir() + "tw-days-" + std::to_string(::getpid());
    std::ofstream(path) << kInstruments;
    absl::StatusOr<TradingDays> days = TradingDays::Load(path);
    ::unlink(path.c_str());
    ASSERT_TRUE(days.ok()) << days.status();
    days_ = std::make_unique<TradingDays>(*std::move(days));
  }

  std::string Of(const std::string& symbol, const char* day) const {
    const DayWindow window = days_->Of(symbol, calendar::DayNumber(*calendar::ParseIsoDate(day)));
    return FormatRfc3339(window.begin).substr(0, 16) + " " +
           FormatRfc3339(window.end).substr(0, 16);
  }

  std::unique_ptr<TradingDays> days_;
};

TEST_F(TradingDaysTest, FromCloseToClose) {
  EXPECT_EQ(Of("IBM", "2026-11-25"), "2026-11-24T21:00 2026-11-25T21:00");
}

TEST_F(TradingDaysTest, AHolidayIsEmptyAndTheNextDayTakesWhatComes) {
  EXPECT_EQ(Of("IBM", "2026-11-26"), "2026-11-25T21:00 2026-11-25T21:00");
  EXPECT_EQ(Of("IBM", "2026-11-27"), "2026-11-25T21:00 2026-11-27T18:00");  // an early close
}

TEST_F(TradingDaysTest, OverAWeekend) {
  EXPECT_EQ(Of("IBM", "2026-11-29"), "2026-11-27T18:00 2026-11-27T18:00");
  EXPECT_EQ(Of("IBM", "2026-11-30"), "2026-11-27T18:00 2026-11-30T21:00");
}

TEST_F(TradingDaysTest, WithSummerTimeTheHourMoves) {
  EXPECT_EQ(Of("IBM", "2026-03-09"), "2026-03-06T21:00 2026-03-09T20:00");
}

TEST_F(TradingDaysTest, RoundTheClockTheDayIsThatOfUtc) {
  EXPECT_EQ(Of("BTCUSDT", "2026-11-27"), "2026-11-27T00:00 2026-11-28T00:00");
}

TEST_F(TradingDaysTest, AMarketsDayIsThatOfItsInstruments) {
  EXPECT_EQ(days_->Markets(), (std::vector<std::string>{"utc", "XNYS"}));
  EXPECT_EQ(days_->MarketOf("IBM"), "XNYS");
  EXPECT_EQ(days_->MarketOf("BTCUSDT"), "utc");
  EXPECT_TRUE(days_->HasMarket("utc"));
  EXPECT_FALSE(days_->HasMarket("XLON"));
}

// Hour by hour over two weeks with a holiday, an early close and two weekends.
TEST_F(TradingDaysTest, EveryMomentHasItsOneDay) {
  constexpr int64_t kHour = Duration::Seconds(3'600).ns;
  const Timestamp from = {calendar::DayNumber(*calendar::ParseIsoDate("2026-11-20")) * 24 * kHour};
  for (const std::string& market : days_->Markets()) {
    int64_t before = days_->DayAt(market, from);
    for (int64_t hour = 0; hour < 14 * 24; ++hour) {
      const Timestamp t = {from.ns + hour * kHour};
      const int64_t day = days_->DayAt(market, t);
      const DayWindow window = days_->OfMarket(market, day);
      ASSERT_TRUE(window.begin <= t && t < window.end) << market << " " << FormatRfc3339(t);
      ASSERT_GE(day, before);
      if (day > before) {  // without a hole: empty days lie between
        ASSERT_EQ(days_->OfMarket(market, before).end, window.begin) << market;
      }
      before = day;
    }
  }
}

}  // namespace
}  // namespace tw::pnl
