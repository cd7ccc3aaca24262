#include "services/pnl/statement.h"

#include <gtest/gtest.h>

#include <random>

#include "services/pnl/portfolio.h"
#include "services/pnl/statement_print.h"
#include "tests/seed.h"
#include "tests/services/pnl/statement_fixture.h"

namespace tw::pnl {
namespace {

std::optional<Price> At100(const std::string&, Timestamp) {
  return Price::FromUnits(100);
}

TEST(StatementTest, ADayOfBuyingAndSelling) {
  StatementMaker maker(AccountOf("demo"), Utc(2));
  maker.Apply(FillAt(1.5, Side::kBuy, "2", "90", "1"));  // the day before
  maker.Apply(FillAt(2.25, Side::kSell, "0.5", "95", "0.1"));
  maker.Apply(FillAt(2.5, Side::kBuy, "1", "98", "0.2"));
  maker.Apply(FillAt(3, Side::kSell, "2", "200"));  // the day after
  const Statement s = maker.Make(At100);
  EXPECT_TRUE(s.Reconciles());
  EXPECT_EQ(s.cash_opening.ToString(), "819");  // 1000 - 180 - 1
  EXPECT_EQ(s.cash_bought.ToString(), "98");
  EXPECT_EQ(s.cash_sold.ToString(), "47.5");
  EXPECT_EQ(s.cash_fees.ToString(), "0.3");
  EXPECT_EQ(s.cash_closing.ToString(), "768.2");
  ASSERT_EQ(s.positions.size(), 1u);
  const StatementPosition& p = s.positions[0];
  EXPECT_EQ(p.opening.quantity.ToString(), "2");
  EXPECT_EQ(p.bought.ToString(), "1");
  EXPECT_EQ(p.sold.ToString(), "0.5");
  EXPECT_EQ(p.closing.quantity.ToString(), "2.5");
  EXPECT_EQ(p.realized.ToString(), "2.5");           // 0.5 x (95 - 90)
  EXPECT_EQ(p.opening.unrealized.ToString(), "20");  // 2 x (100 - 90)
  EXPECT_EQ(p.closing.unrealized.ToString(), "17");  // 1.5 x 10 + 1 x 2
  EXPECT_EQ(s.equity_opening.ToString(), "1019");
  EXPECT_EQ(s.equity_closing.ToString(), "1018.2");
  EXPECT_EQ(s.fills.size(), 2u);
}

TEST(StatementTest, OpeningPositionsOfTheAccountAreThereWithoutAFill) {
  Account account = AccountOf("demo");
  account.opening_positions = {{"IBM", *Quantity::Parse("10"), *Price::Parse("180")}};
  const Statement s = StatementMaker(account, Utc(2)).Make(NoQuotes);
  ASSERT_EQ(s.positions.size(), 1u);
  EXPECT_EQ(s.positions[0].closing.quantity.ToString(), "10");
  EXPECT_EQ(s.positions[0].closing.source, MarkSource::kCost);
  EXPECT_EQ(s.equity_closing.ToString(), "2800");
  EXPECT_TRUE(s.Reconciles());
}

Opening BroughtIn(bool adds = false) {
  Opening out;
  out.account = "demo";
  out.adds = adds;
  out.cash = *Money::Parse("300");
  out.lots = {{"BTCUSDT", *Quantity::Parse("2"), *Price::Parse("90"), {}},
              {"IBM", *Quantity::Parse("-1"), *Price::Parse("110"), {}}};
  return out;
}

TEST(StatementTest, WhatIsBroughtInIsALineOfItsOwnAndNoGain) {
  StatementMaker maker(AccountOf("demo"), Utc(2));
  maker.Apply(BroughtIn(), {2 * kDay + kDay / 4});
  maker.Apply(FillAt(2.5, Side::kSell, "1", "98"));
  const Statement s = maker.Make(At100);
  EXPECT_TRUE(s.Reconciles());
  EXPECT_EQ(s.cash_opening.ToString(), "1000");
  EXPECT_EQ(s.cash_brought_in.ToString(), "-700");  // 300 in place of accounts.toml's 1000
  EXPECT_EQ(s.cash_closing.ToString(), "398");
  ASSERT_EQ(s.positions.size(), 2u);
  EXPECT_EQ(s.positions[0].brought_in.ToString(), "2");
  EXPECT_EQ(s.positions[0].brought_in_cost.ToString(), "180");
  EXPECT_EQ(s.positions[0].closing.quantity.ToString(), "1");
  EXPECT_EQ(s.positions[0].realized.ToString(), "8");
  EXPECT_EQ(s.positions[1].closing.quantity.ToString(), "-1");
  EXPECT_EQ(s.equity_brought_in.ToString(), "-630");  // -700 + 180 - 110
  EXPECT_EQ(s.equity_closing.ToString(), "398");      // 398 + 100 - 100
}

TEST(StatementTest, OfADayBeforeItIsTheOpeningAndOfALaterOneNothing) {
  StatementMaker before(AccountOf("demo"), Utc(2));
  before.Apply(FillAt(0.5, Side::kBuy, "1", "60"));
  before.Apply(BroughtIn(/*adds=*/true), {kDay});
  const Statement s = before.Make(At100);
  EXPECT_TRUE(s.Reconciles());
  EXPECT_EQ(s.cash_opening.ToString(), "1240");
  EXPECT_EQ(s.positions[0].opening.quantity.ToString(), "3");
  EXPECT_EQ(s.positions[0].opening.unrealized.ToString(), "60");  // 300 - 60 - 180
  EXPECT_EQ(s.positions[0].brought_in.ToString(), "0");

  StatementMaker later(AccountOf("demo"), Utc(2));
  later.Apply(BroughtIn(), {3 * kDay});
  EXPECT_TRUE(later.Make(At100).positions.empty());
  EXPECT_EQ(later.Make(At100).cash_closing.ToString(), "1000");
}

TEST(StatementTest, InPlaceOfTheFilesPositionsAtTheirCost) {
  Account account = AccountOf("demo");
  account.opening_positions = {{"IBM", *Quantity::Parse("10"), *Price::Parse("180")}};
  StatementMaker maker(account, Utc(2));
  maker.Apply(BroughtIn(), {2 * kDay});
  const Statement s = maker.Make(NoQuotes);
  EXPECT_TRUE(s.Reconciles());
  EXPECT_EQ(s.positions[1].opening.quantity.ToString(), "10");
  EXPECT_EQ(s.positions[1].brought_in.ToString(), "-11");
  EXPECT_EQ(s.positions[1].closing.quantity.ToString(), "-1");
  EXPECT_EQ(s.positions[1].realized.ToString(), "0");
}

TEST(StatementTest, WithoutAQuoteOurLastFillIsTheMark) {
  StatementMaker maker(AccountOf("demo"), Utc(2));
  maker.Apply(FillAt(1.5, Side::kBuy, "1", "90"));
  maker.Apply(FillAt(2.5, Side::kBuy, "1", "98"));
  const Statement s = maker.Make(NoQuotes);
  EXPECT_EQ(s.positions[0].opening.source, MarkSource::kFill);
  EXPECT_EQ(s.positions[0].opening.mark.ToString(), "90");
  EXPECT_EQ(s.positions[0].closing.mark.ToString(), "98");
  EXPECT_TRUE(s.Reconciles());
}

TEST(StatementTest, ATradeTakenBackLaterIsAMovementOfThatLaterDay) {
  StatementFill back = FillAt(2.5, Side::kBuy, "-1", "90", "-0.5");
  back.original_fill_id = "PAPER-P-1";
  for (const int64_t day : {1, 2}) {
    StatementMaker maker(AccountOf("demo"), Utc(day));
    maker.Apply(FillAt(1.5, Side::kBuy, "1", "90", "0.5"));
    maker.Apply(back);
    const Statement s = maker.Make(NoQuotes);
    EXPECT_TRUE(s.Reconciles());
    ASSERT_EQ(s.fills.size(), 1u);
    EXPECT_EQ(s.positions[0].bought.ToString(), day == 1 ? "1" : "-1");
    EXPECT_EQ(s.positions[0].closing.quantity.ToString(), day == 1 ? "1" : "0");
    EXPECT_EQ(s.cash_closing.ToString(), day == 1 ? "909.5" : "1000");
  }
}

TEST(StatementTest, EachInstrumentHasItsOwnDay) {
  // IBM's day 2 ends at four in the afternoon.
  const auto windows = [](const std::string& symbol) {
    const Duration rest = Duration::Seconds(symbol == "IBM" ? 8 * 3'600 : 0);
    const DayWindow utc = UtcDay(2);
    return DayWindow{utc.begin - rest, utc.end - rest};
  };
  StatementMaker maker(AccountOf("demo"), windows);
  for (const char* symbol : {"IBM", "BTCUSDT"}) {
    maker.Apply(FillAt(1.75, Side::kBuy, "1", "10", "0", symbol));  // IBM's of day 2
    maker.Apply(FillAt(2.75, Side::kBuy, "1", "10", "0", symbol));  // IBM's of day 3
  }
  const Statement s = maker.Make(NoQuotes);
  ASSERT_EQ(s.positions.size(), 2u);
  EXPECT_EQ(s.positions[0].symbol, "BTCUSDT");
  EXPECT_EQ(s.positions[0].opening.quantity.ToString(), "1");
  EXPECT_EQ(s.positions[0].closing.quantity.ToString(), "2");
  EXPECT_EQ(s.positions[1].opening.quantity.ToString(), "0");
  EXPECT_EQ(s.positions[1].closing.quantity.ToString(), "1");
  EXPECT_TRUE(s.Reconciles());
}

TEST(StatementTest, ADayWithoutASessionHasNoMovements) {
  const auto closed = [](const std::string&) { return DayWindow{{2 * kDay}, {2 * kDay}}; };
  StatementMaker maker(AccountOf("demo"), closed);
  maker.Apply(FillAt(1.5, Side::kBuy, "1", "10"));
  maker.Apply(FillAt(2, Side::kBuy, "1", "10"));
  const Statement s = maker.Make(NoQuotes);
  EXPECT_TRUE(s.fills.empty());
  EXPECT_EQ(s.cash_opening, s.cash_closing);
  EXPECT_EQ(s.positions[0].closing.quantity.ToString(), "1");
}

StatementFill RandomFill(std::mt19937_64& random, int64_t at_ns) {
  const bool back = random() % 10 == 0;
  const int64_t quantity = 1 + static_cast<int64_t>(random() % 1'000'000'000);
  StatementFill out = FillAt(0, random() % 2 == 0 ? Side::kBuy : Side::kSell, "1", "1");
  out.booked = {at_ns};
  out.fill.symbol = random() % 2 == 0 ? "BTCUSDT" : "ETHUSDT";
  out.fill.quantity = Quantity::FromE8(back ? -quantity : quantity);
  out.fill.price = Price::FromE8(1 + static_cast<int64_t>(random() % 5'000'000'000'000));
  out.fill.fee = Money::FromE8(static_cast<int64_t>(random() % 100'000) - 50'000);
  return out;
}

// Each day begins as the one before ended, all of them reconcile, and after the last one the
// account is as pnl has it.
TEST(StatementTest, DaysJoinAndEndWherePnlIs) {
  std::mt19937_64 random(TestSeed());
  constexpr int64_t kDays = 6;
  std::vector<StatementFill> fills;
  for (int64_t at = kDay; at < kDays * kDay; at += static_cast<int64_t>(random() % (kDay / 8))) {
    fills.push_back(RandomFill(random, at));
  }
  const auto quotes = [](const std::string& symbol, Timestamp before) {
    return std::optional<Price>(Price::FromE8(before.ns / 1'000 + (symbol == "BTCUSDT" ? 7 : 0)));
  };
  const Account account = AccountOf("demo", "100000");
  Portfolio portfolio(Accounts({account}, false, ""));
  std::optional<Statement> before;
  for (int64_t day = 1; day < kDays; ++day) {
    StatementMaker maker(account, Utc(day));
    for (const StatementFill& fill : fills) {
      maker.Apply(fill);
    }
    const Statement s = maker.Make(quotes);
    ASSERT_TRUE(s.Reconciles()) << "day " << day;
    if (before) {
      EXPECT_EQ(s.cash_opening, before->cash_closing);
      EXPECT_EQ(s.equity_opening, before->equity_closing);
      EXPECT_EQ(s.unrealized_opening, before->unrealized_closing);
    }
    before = s;
  }
  for (const StatementFill& fill : fills) {
    portfolio.Apply(fill.fill);
  }
  EXPECT_EQ(before->cash_closing, portfolio.ViewAccount("demo").cash);
  for (const StatementPosition& p : before->positions) {
    EXPECT_EQ(p.closing.quantity, portfolio.Find("demo", p.symbol)->quantity) << p.symbol;
  }
}

// A maker that goes on from day to day comes to what a new one of that day does.
TEST(StatementTest, GoingOnFromDayToDayComesToTheSame) {
  std::mt19937_64 random(TestSeed());
  constexpr int64_t kDays = 6;
  const Account account = AccountOf("demo", "100000");
  StatementMaker rolling(account, Utc(1));
  std::vector<StatementFill> fills;
  std::vector<int64_t> openings;
  for (int64_t day = 1; day < kDays; ++day) {
    const int64_t step = kDay / 8;
    for (int64_t at = day * kDay; at < (day + 1) * kDay;
         at += static_cast<int64_t>(random() % static_cast<uint64_t>(step))) {
      if (random() % 9 == 0) {
        openings.push_back(at);
        rolling.Apply(BroughtIn(at % 2 == 0), {at});
      } else {
        fills.push_back(RandomFill(random, at));
        EXPECT_TRUE(rolling.Apply(fills.back()));
      }
    }
    StatementMaker fresh(account, Utc(day));
    size_t next = 0;
    for (const StatementFill& fill : fills) {
      for (; next < openings.size() && openings[next] <= fill.booked.ns; ++next) {
        fresh.Apply(BroughtIn(openings[next] % 2 == 0), {openings[next]});
      }
      fresh.Apply(fill);
    }
    for (; next < openings.size(); ++next) {
      fresh.Apply(BroughtIn(openings[next] % 2 == 0), {openings[next]});
    }
    const StatementHead head = {std::to_string(day)};
    ASSERT_EQ(StatementJson(head, rolling.Make(NoQuotes)),
              StatementJson(head, fresh.Make(NoQuotes)))
        << "day " << day;
    rolling.Begin(Utc(day + 1));
  }
}

}  // namespace
}  // namespace tw::pnl
