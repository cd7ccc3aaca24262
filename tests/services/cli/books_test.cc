#include "services/cli/books.h"

#include <gtest/gtest.h>

namespace tw::cli {
namespace {

Quantity Units(int64_t units) {
  return Quantity::FromUnits(units);
}

// A buy of 10 at 100 in demo's BTCUSDT, with `filled` of it done.
OrderLine Line(uint32_t number, OrderStatus status, int64_t filled, int64_t leaves) {
  OrderLine line;
  line.order_id = OrderId(1, number);
  line.account = "demo";
  line.symbol = "BTCUSDT";
  line.side = Side::kBuy;
  line.status = status;
  line.quantity = Units(10);
  line.filled = Units(filled);
  line.leaves = Units(leaves);
  line.canceled = Units(10 - filled - leaves);
  line.reserve_price = Price::FromUnits(100);
  return line;
}

OrderLine Fill(OrderLine line, const std::string& id, int64_t quantity) {
  line.fill_id = id;
  line.fill_key = id;
  line.fill_quantity = Units(quantity);
  return line;
}

TEST(BooksTest, SoundBooksHaveNoFindings) {
  Books books;
  books.Apply(Line(1, OrderStatus::kNew, 0, 10));
  books.Apply(Fill(Line(1, OrderStatus::kPartiallyFilled, 4, 6), "PAPER-1", 4));
  books.Apply(Fill(Line(1, OrderStatus::kFilled, 10, 0), "PAPER-2", 6));
  OrderLine sell = Fill(Line(2, OrderStatus::kPartiallyFilled, 3, 7), "PAPER-3", 3);
  sell.side = Side::kSell;
  books.Apply(sell);
  books.Apply(Line(3, OrderStatus::kRejected, 0, 0));
  EXPECT_EQ(books.orders(), 3u);
  EXPECT_EQ(books.fills(), 3u);
  for (const Finding& finding : {books.QuantitiesAddUp(), books.FillsMakeFilled(),
                                 books.FillIdsAreUnique(), books.FinishedHaveNoLeaves()}) {
    EXPECT_EQ(finding.differences, 0u) << finding.check << ": " << finding.examples.at(0);
  }
  EXPECT_EQ(books.FinishedHaveNoLeaves().looked_at, 2u);
  EXPECT_EQ(books.positions().at({"demo", "BTCUSDT"}), Units(7));
}

TEST(BooksTest, EachFaultIsFoundByItsCheck) {
  {
    Books books;
    OrderLine line = Line(1, OrderStatus::kNew, 0, 10);
    line.canceled = Units(1);
    books.Apply(line);
    EXPECT_EQ(books.QuantitiesAddUp().differences, 1u);
    EXPECT_EQ(books.QuantitiesAddUp().examples[0], "order 1-1: 0 + 10 + 1, not 10");
  }
  {
    Books books;
    books.Apply(Fill(Line(1, OrderStatus::kPartiallyFilled, 5, 5), "PAPER-1", 4));
    EXPECT_EQ(books.FillsMakeFilled().differences, 1u);
    EXPECT_EQ(books.FillsMakeFilled().examples[0], "order 1-1: fills of 4, filled quantity 5");
  }
  {
    Books books;
    books.Apply(Line(1, OrderStatus::kCanceled, 4, 6));
    EXPECT_EQ(books.FinishedHaveNoLeaves().differences, 1u);
  }
  {
    Books books;
    books.Apply(Fill(Line(1, OrderStatus::kPartiallyFilled, 5, 5), "PAPER-1", 5));
    books.Apply(Fill(Line(2, OrderStatus::kPartiallyFilled, 5, 5), "PAPER-1", 5));
    OrderLine odd = Fill(Line(3, OrderStatus::kPartiallyFilled, 5, 5), "PAPER-9", 5);
    odd.fill_key = "PAPER-3";
    books.Apply(odd);
    EXPECT_EQ(books.FillIdsAreUnique().differences, 2u);
    EXPECT_EQ(books.FillIdsAreUnique().looked_at, 3u);
  }
}

TEST(BooksTest, FillIdsAreComparedBothWays) {
  Books books;
  books.Apply(Fill(Line(1, OrderStatus::kPartiallyFilled, 4, 6), "PAPER-1", 4));
  books.Apply(Fill(Line(1, OrderStatus::kFilled, 10, 0), "PAPER-2", 6));
  EXPECT_EQ(CompareFillIds("x", books, {"PAPER-2", "PAPER-1"}).differences, 0u);
  EXPECT_EQ(CompareFillIds("x", books, {"PAPER-2"}).examples,
            std::vector<std::string>{"PAPER-1 is missing"});
  EXPECT_EQ(CompareFillIds("x", books, {"PAPER-2", "PAPER-1", "PAPER-3"}).examples,
            std::vector<std::string>{"PAPER-3 is there and not in oms"});
  EXPECT_EQ(CompareFillIds("x", books, {"PAPER-2", "PAPER-1", "PAPER-1"}).examples,
            std::vector<std::string>{"PAPER-1 is there more than once"});
  EXPECT_EQ(CompareFillIds("x", books, {}).looked_at, 2u);
  // Who keeps so many only says how many went before.
  EXPECT_EQ(CompareFillIds("x", books, {"PAPER-2"}, 1).differences, 0u);
  EXPECT_EQ(CompareFillIds("x", books, {"PAPER-2"}, 1).note,
            "1 are too old to be kept there: counted only");
  EXPECT_EQ(CompareFillIds("x", books, {"PAPER-2"}, 2).examples.front(), "1 are missing, not 2");
  EXPECT_EQ(CompareFillIds("x", books, {"PAPER-2", "PAPER-1"}, 1).differences, 1u);
}

TEST(BooksTest, PositionsAreOpeningPlusSignedFills) {
  Books books;
  books.AddOpening("demo", "BTCUSDT", Units(-2));
  books.AddOpening("desk", "IBM", Units(5));
  books.Apply(Fill(Line(1, OrderStatus::kPartiallyFilled, 4, 6), "PAPER-1", 4));
  const CellKey demo("demo", "BTCUSDT");
  const CellKey desk("desk", "IBM");
  EXPECT_EQ(ComparePositions("x", books, {{demo, Units(2)}, {desk, Units(5)}}).differences, 0u);
  // A flat position of theirs is none.
  EXPECT_EQ(ComparePositions("x", books, {{demo, Units(2)}, {desk, Units(5)}, {{"a", "b"}, {}}})
                .differences,
            0u);
  const Finding finding = ComparePositions("x", books, {{demo, Units(3)}});
  EXPECT_EQ(finding.differences, 2u);
  EXPECT_EQ(finding.examples[0], "demo BTCUSDT: 3, not 2");
  EXPECT_EQ(finding.examples[1], "desk IBM: 0, not 5");
}

TEST(BooksTest, OpenOrdersAreReservedRoundedUp) {
  Books books;
  OrderLine third = Line(1, OrderStatus::kNew, 0, 10);
  third.reserve_price = Price::FromE8(33'333'333);  // 0.33333333
  third.leaves = Quantity::FromE8(50'000'000);      // 0.5: 0.166666665 is held as 0.16666667
  books.Apply(third);
  books.Apply(Line(2, OrderStatus::kFilled, 10, 0));
  OrderLine sell = Line(3, OrderStatus::kPartiallyFilled, 4, 6);
  sell.side = Side::kSell;
  books.Apply(sell);
  const OpenOrders open = books.OpenByCell().at({"demo", "BTCUSDT"});
  EXPECT_EQ(open.buy.ToString(), "0.5");
  EXPECT_EQ(open.sell.ToString(), "6");
  EXPECT_EQ(open.reserved.ToString(), "600.16666667");
  EXPECT_EQ(CompareOpen("x", books, {{{"demo", "BTCUSDT"}, open}}).differences, 0u);
  EXPECT_EQ(CompareOpen("x", books, {}).differences, 1u);
}

TEST(BooksTest, APendingReplaceCountsTheLargerOfOldAndNew) {
  const struct {
    int64_t quantity;
    int64_t price;
    int64_t leaves;
    int64_t reserved;
  } cases[] = {
      {20, 100, 16, 1'600},  // 4 are filled
      {20, 0, 16, 1'600},    // the price stays
      {10, 50, 6, 600},      // cheaper: the old one still counts
      {5, 1'000, 6, 1'000},  // fewer but dearer
      {3, 1'000, 6, 600},    // less than is filled already
  };
  for (const auto& c : cases) {
    Books books;
    OrderLine line = Line(1, OrderStatus::kPendingReplace, 4, 6);
    line.requested_quantity = Units(c.quantity);
    line.requested_price = Price::FromUnits(c.price);
    books.Apply(line);
    const OpenOrders open = books.OpenByCell().at({"demo", "BTCUSDT"});
    EXPECT_EQ(open.buy, Units(c.leaves)) << c.quantity << " at " << c.price;
    EXPECT_EQ(open.reserved, Money::FromUnits(c.reserved)) << c.quantity << " at " << c.price;
  }
}

TEST(BooksTest, ExamplesAreFewAndDifferencesAreCounted) {
  Books books;
  for (uint32_t i = 1; i <= 100; ++i) {
    OrderLine line = Line(i, OrderStatus::kNew, 0, 10);
    line.leaves = Units(9);
    books.Apply(line);
  }
  const Finding finding = books.QuantitiesAddUp();
  EXPECT_EQ(finding.differences, 100u);
  EXPECT_EQ(finding.examples.size(), kExamplesMax);
}

}  // namespace
}  // namespace tw::cli
