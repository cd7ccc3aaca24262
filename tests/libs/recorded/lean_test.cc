#include "libs/recorded/lean.h"

#include <gtest/gtest.h>

namespace tw::recorded {
namespace {

TEST(LeanQuoteTest, ReadsOneSide) {
  const auto bid = ParseLeanQuote("14400241,1800100,300,0,0,P,1,0");
  ASSERT_TRUE(bid.ok()) << bid.status();
  EXPECT_EQ(bid->ms_since_midnight, 14'400'241);
  EXPECT_EQ(bid->row.kind, RowKind::kQuote);
  EXPECT_EQ(bid->row.bid.ToString(), "180.01");
  EXPECT_EQ(bid->row.bid_size.ToString(), "300");
  EXPECT_TRUE(bid->row.ask.IsZero());
  EXPECT_TRUE(bid->row.ask_size.IsZero());

  const auto ask = ParseLeanQuote("14400241,,,1818005,3000,P,1,1");
  ASSERT_TRUE(ask.ok()) << ask.status();
  EXPECT_TRUE(ask->row.bid.IsZero());
  EXPECT_EQ(ask->row.ask.ToString(), "181.8005");
  EXPECT_EQ(ask->row.ask_size.ToString(), "3000");
}

TEST(LeanTradeTest, ReadsPriceAndSize) {
  const auto trade = ParseLeanTrade("14430270,1815200,283,P,20002020,0");
  ASSERT_TRUE(trade.ok()) << trade.status();
  EXPECT_EQ(trade->ms_since_midnight, 14'430'270);
  EXPECT_EQ(trade->row.kind, RowKind::kTrade);
  EXPECT_EQ(trade->row.price.ToString(), "181.52");
  EXPECT_EQ(trade->row.quantity.ToString(), "283");
}

struct BadLine {
  const char* line;
  const char* complaint;
};

TEST(LeanQuoteTest, SaysWhichColumnIsWrong) {
  const BadLine lines[] = {
      {"", "milliseconds: expected a whole number in range, found \"\""},
      {"86400000,1,1,0,0,P,1,0", "milliseconds: expected a whole number in range"},
      {"-1,1,1,0,0,P,1,0", "milliseconds: expected a whole number in range"},
      {"1,x,1,0,0,P,1,0", "bid price: expected a whole number in range, found \"x\""},
      {"1,1.5,1,0,0,P,1,0", "bid price: expected a whole number in range"},
      {"1,1,-3,0,0,P,1,0", "bid size: expected a whole number in range, found \"-3\""},
      {"1,1,1,99999999999999999999,0,P,1,0", "ask price: expected a whole number in range"},
      {"1,1,1,0,92233720369,P,1,0", "ask size: expected a whole number in range"},
      {"1,1,1", "ask price: the line ends before it"},
      {"1,1,1,0,0,P,1", "suspicious flag: the line ends before it"},
      {"1,1,1,0,0,P,1,2", "suspicious flag: expected 0 or 1, found \"2\""},
      {"1,1,1,0,0,P,1,0,7", "end of line: expected no more columns, found \"7\""},
      {"1,0,5,0,5,P,1,0", "a quote needs a bid or an ask price"},
  };
  for (const BadLine& bad : lines) {
    const auto row = ParseLeanQuote(bad.line);
    ASSERT_FALSE(row.ok()) << bad.line;
    EXPECT_EQ(row.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(std::string(row.status().message()).find(bad.complaint), std::string::npos)
        << bad.line << " -> " << row.status();
  }
}

TEST(LeanTradeTest, SaysWhichColumnIsWrong) {
  const BadLine lines[] = {
      {"1,,1,P,0,0", "price: expected a whole number in range, found \"\""},
      {"1,5,,P,0,0", "size: expected a whole number in range"},
      {"1,0,5,P,0,0", "a trade needs a price and a size above zero"},
      {"1,5,0,P,0,0", "a trade needs a price and a size above zero"},
      {"1,5,5,P,0", "suspicious flag: the line ends before it"},
      {"1,1,1,0,0,P,1,0", "suspicious flag: expected 0 or 1, found \"P\""},
  };
  for (const BadLine& bad : lines) {
    const auto row = ParseLeanTrade(bad.line);
    ASSERT_FALSE(row.ok()) << bad.line;
    EXPECT_NE(std::string(row.status().message()).find(bad.complaint), std::string::npos)
        << bad.line << " -> " << row.status();
  }
}

}  // namespace
}  // namespace tw::recorded
