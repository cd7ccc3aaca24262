#include "services/ptrc/csv.h"

#include <gtest/gtest.h>

#include "tests/services/ptrc/trades.h"

namespace tw::ptrc {
namespace {

TEST(CsvTest, QuotesWhatNeedsIt) {
  EXPECT_EQ(CsvLine({"a", "", "b,c", "say \"x\"", "two\nlines"}),
            "a,,\"b,c\",\"say \"\"x\"\"\",\"two\nlines\"\r\n");
}

TEST(CsvTest, TradesOneALine) {
  EXPECT_EQ(TradesCsv({MakeTrade(1, "e1", Side::kSell, "0.1", "45000.5")}),
            "time,venue,venue_exec_id,order_id,account,symbol,side,quantity,price,liquidity,fee,"
            "fee_currency\r\n"
            "1970-01-12T13:46:40.000000000Z,PAPER,e1,1-7,demo,BTCUSDT,SELL,0.1,45000.5,TAKER,0,"
            "USDT\r\n");
}

TEST(CsvTest, AnOpenBreakHasNoClosingTime) {
  Break b;
  b.id = "POSITION:demo/IBM";
  b.key = "demo/IBM";
  b.ours = "1";
  b.theirs = "2";
  b.since = At(0);
  const std::string csv = BreaksCsv({b});
  EXPECT_NE(csv.find("POSITION:demo/IBM,POSITION,OPEN,demo/IBM,,,1,2,1970-01-12T13:46:40"),
            std::string::npos)
      << csv;
  EXPECT_TRUE(csv.ends_with("Z,\r\n")) << csv;
}

}  // namespace
}  // namespace tw::ptrc
