#include "services/oms/stop_book.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/oms/ledger.h"

namespace tw::oms {
namespace {

Price P(const char* text) {
  return *Price::Parse(text);
}

PriceRange Range(const char* low, const char* high, const char* now) {
  return {P(low), P(high), P(now)};
}

Order Stop(uint32_t n, Side side, const char* trigger, StopTrigger by = StopTrigger::kLast) {
  Order order;
  order.id = OrderId(1, n);
  order.phase = Phase::kHeld;
  order.terms.symbol = "BTCUSDT";
  order.terms.side = side;
  order.terms.type = OrderType::kStop;
  order.terms.asked.trigger = by;
  order.trigger_price = P(trigger);
  return order;
}

Order Trailing(uint32_t n, Side side, const char* trigger, const char* amount) {
  Order order = Stop(n, side, trigger);
  order.terms.type = OrderType::kTrailingStop;
  order.terms.asked.trailing_amount = P(amount);
  return order;
}

MarketMove Last(const char* low, const char* high, const char* now) {
  MarketMove move;
  move.last = Range(low, high, now);
  return move;
}

// "1@100": order 1 is set off by 100.
std::vector<std::string> Due(StopBook& book, const MarketMove& move) {
  std::vector<std::string> texts;
  for (const StopBook::Due& due : book.On("BTCUSDT", move)) {
    texts.push_back(std::to_string(due.id.number()) + "@" + due.reference.ToString());
  }
  return texts;
}
using Texts = std::vector<std::string>;

TEST(StopBookTest, ABuyIsSetOffFromBelowASellFromAbove) {
  StopBook book;
  book.Add(Stop(1, Side::kBuy, "105"));
  book.Add(Stop(2, Side::kSell, "95"));
  book.Add(Stop(3, Side::kBuy, "101"));
  EXPECT_EQ(Due(book, Last("96", "100", "98")), Texts());
  EXPECT_EQ(Due(book, Last("98", "101", "98")), Texts{"3@101"}) << "a price between two looks";
  EXPECT_EQ(Due(book, Last("95", "105", "99")), (Texts{"1@105", "2@95"})) << "the oldest first";
  EXPECT_EQ(book.size(), 0U);
  EXPECT_EQ(Due(book, Last("1", "1000", "99")), Texts());
}

TEST(StopBookTest, EachLooksAtThePriceItNamed) {
  MarketMove move;
  move.last = Range("100", "100", "100");
  move.bid = Range("90", "90", "90");
  move.ask = Range("110", "110", "110");
  move.mark = Range("102", "102", "102");
  struct Row {
    Side side;
    StopTrigger by;
    const char* trigger;
    Texts due;
  };
  const std::vector<Row> rows = {
      {Side::kBuy, StopTrigger::kLast, "100", {"1@100"}},
      {Side::kBuy, StopTrigger::kLast, "100.01", {}},
      {Side::kBuy, StopTrigger::kBidAsk, "110", {"1@110"}},
      {Side::kBuy, StopTrigger::kBidAsk, "110.01", {}},
      {Side::kBuy, StopTrigger::kMark, "102", {"1@102"}},
      {Side::kBuy, StopTrigger::kMark, "102.01", {}},
      {Side::kSell, StopTrigger::kLast, "100", {"1@100"}},
      {Side::kSell, StopTrigger::kLast, "99.99", {}},
      {Side::kSell, StopTrigger::kBidAsk, "90", {"1@90"}},
      {Side::kSell, StopTrigger::kBidAsk, "89.99", {}},
      {Side::kSell, StopTrigger::kMark, "102", {"1@102"}},
      {Side::kSell, StopTrigger::kMark, "101.99", {}},
  };
  for (const Row& row : rows) {
    StopBook book;
    book.Add(Stop(1, row.side, row.trigger, row.by));
    EXPECT_EQ(Due(book, move), row.due) << Name(row.side) << Name(row.by) << row.trigger;
  }
}

TEST(StopBookTest, APriceThatIsNotThereSetsOffNothing) {
  StopBook book;
  book.Add(Stop(1, Side::kSell, "95", StopTrigger::kBidAsk));
  book.Add(Trailing(2, Side::kSell, "95", "5"));
  EXPECT_EQ(Due(book, MarketMove()), Texts());
  EXPECT_EQ(book.size(), 2U);
}

TEST(StopBookTest, ATrailingSellFollowsUpAndNeverDown) {
  StopBook book;
  book.Add(Trailing(1, Side::kSell, "95", "5"));
  EXPECT_EQ(Due(book, Last("98", "110", "108")), Texts());
  ASSERT_EQ(book.TakeMoved().size(), 1U);
  EXPECT_EQ(Due(book, Last("106", "107", "106")), Texts());
  EXPECT_TRUE(book.TakeMoved().empty()) << "down it stays";
  EXPECT_EQ(Due(book, Last("105", "106", "106")), Texts{"1@105"});
}

TEST(StopBookTest, ATrailingBuyFollowsDownByPercent) {
  StopBook book;
  Order order = Trailing(1, Side::kBuy, "110", "0");
  order.terms.asked.trailing_percent = *Percent::Parse("10");
  book.Add(order);
  EXPECT_EQ(Due(book, Last("50", "60", "54")), Texts());
  const auto moved = book.TakeMoved();
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved[0].trigger_price, P("55"));
  EXPECT_EQ(Due(book, Last("54", "55", "54")), Texts{"1@55"});
}

TEST(StopBookTest, ATrailingStopMeetsTheWholeRangeThenWhereItIsNow) {
  StopBook book;
  book.Add(Trailing(1, Side::kSell, "95", "5"));
  // Up to 110 (the stop follows to 105) and back to 104.
  EXPECT_EQ(Due(book, Last("100", "110", "104")), Texts{"1@104"});
}

TEST(StopBookTest, WhatIsRemovedIsNotSetOff) {
  StopBook book;
  book.Add(Stop(1, Side::kBuy, "101"));
  book.Add(Trailing(2, Side::kSell, "99", "1"));
  book.Remove(OrderId(1, 1));
  book.Remove(OrderId(1, 2));
  book.Remove(OrderId(1, 3));
  EXPECT_EQ(Due(book, Last("90", "110", "100")), Texts());
}

TEST(TrailingStopTest, IsAsFarAsAsked) {
  NewOrder order;
  order.side = Side::kSell;
  order.asked.trailing_amount = P("5");
  EXPECT_EQ(TrailingStop(order, P("100")), P("95"));
  EXPECT_EQ(TrailingStop(order, P("5")), Price()) << "there is no price of zero";
  order.side = Side::kBuy;
  EXPECT_EQ(TrailingStop(order, P("100")), P("105"));
  EXPECT_EQ(TrailingStop(order, Price::Max()), Price());
  order.asked.trailing_amount = Price();
  order.asked.trailing_percent = *Percent::Parse("0.5");
  EXPECT_EQ(TrailingStop(order, P("200")), P("201"));
}

}  // namespace
}  // namespace tw::oms
