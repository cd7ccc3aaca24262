#include "services/pnl/portfolio.h"

#include <gtest/gtest.h>

#include <vector>

#include "libs/core/prng.h"
#include "tests/seed.h"
#include "tests/services/pnl/fills.h"

namespace tw::pnl {
namespace {

Portfolio OneMillion() {
  return Portfolio(Accounts());
}

// One fill and what the position shows after it, worked by hand.
struct Step {
  Side side;
  const char* quantity;
  const char* price;
  const char* position;
  const char* average;
  const char* realized;
  const char* realized_fifo;
};

void Walk(const std::vector<Step>& steps) {
  Portfolio portfolio = OneMillion();
  uint64_t sequence = 0;
  for (const Step& step : steps) {
    ++sequence;
    ASSERT_EQ(portfolio.Apply(MakeFill(sequence, step.side, Q(step.quantity), P(step.price))),
              Applied::kApplied);
    const auto view = portfolio.Find("a", "BTCUSDT");
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->quantity, Q(step.position)) << "step " << sequence;
    EXPECT_EQ(view->average_price, P(step.average)) << "step " << sequence;
    EXPECT_EQ(view->realized, M(step.realized)) << "step " << sequence;
    EXPECT_EQ(view->realized_fifo, M(step.realized_fifo)) << "step " << sequence;
    EXPECT_EQ(view->sequence, sequence);
  }
}

constexpr Side kBuy = Side::kBuy;
constexpr Side kSell = Side::kSell;

// clang-format off
TEST(PortfolioTest, LongOpenedInTwoStepsAndClosedInThree) {
  //          side   qty    price     position average   realized  fifo
  Walk({
      {kBuy,  "1",   "100",    "1",     "100",    "0",      "0"},
      {kBuy,  "1",   "110",    "2",     "105",    "0",      "0"},
      {kSell, "1",   "120",    "1",     "105",    "15",     "20"},    // average 120-105, first lot 120-100
      {kSell, "0.5", "90",     "0.5",   "105",    "7.5",    "10"},    // -7.5; second lot -10
      {kSell, "0.5", "105",    "0",     "0",      "7.5",    "7.5"},   // flat: both methods agree
  });
}

TEST(PortfolioTest, ShortEarnsWhenThePriceFalls) {
  Walk({
      {kSell, "2",   "50",     "-2",    "50",     "0",      "0"},
      {kBuy,  "1",   "40",     "-1",    "50",     "10",     "10"},
      {kSell, "1",   "60",     "-2",    "55",     "10",     "10"},
      {kBuy,  "1",   "70",     "-1",    "55",     "-5",     "-10"},   // average 55-70, oldest lot 50-70
      {kBuy,  "1",   "55",     "0",     "0",      "-5",     "-5"},
  });
}

TEST(PortfolioTest, FlipsThroughZero) {
  Walk({
      {kBuy,  "1",   "100",    "1",     "100",    "0",      "0"},
      {kSell, "3",   "110",    "-2",    "110",    "10",     "10"},    // closes 1, opens 2 short at 110
      {kBuy,  "5",   "100",    "3",     "100",    "30",     "30"},    // +20 on the short, opens 3 long
      {kSell, "3",   "100",    "0",     "0",      "30",     "30"},
  });
}

TEST(PortfolioTest, OneFillClosesSeveralLots) {
  Walk({
      {kBuy,  "1",   "10",     "1",     "10",     "0",      "0"},
      {kBuy,  "1",   "20",     "2",     "15",     "0",      "0"},
      {kBuy,  "1",   "30",     "3",     "20",     "0",      "0"},
      {kSell, "2.5", "40",     "0.5",   "20",     "50",     "55"},    // lots: 30 + 20 + 10/2
  });
}

TEST(PortfolioTest, AThirdIsNotLost) {
  // The first lot cost 9.99999999 for 3 units: 3.33333333 leaves with one, 6.66666666 stays.
  Walk({
      {kBuy,  "3", "3.33333333", "3", "3.33333333", "0",           "0"},            // cost 9.99999999
      {kBuy,  "1", "0.00000001", "4", "2.5",        "0",           "0"},            // cost 10
      {kSell, "1", "5",          "3", "2.5",        "2.5",         "1.66666667"},
      {kSell, "3", "5",          "0", "0",          "10",          "10"},           // 20 in, 10 out
  });
}

TEST(PortfolioTest, AFillIsTakenBackByOneOfNegativeQuantity) {
  //          side   qty    price     position average   realized  fifo
  Walk({
      {kBuy,  "2",   "100",    "2",     "100",    "0",      "0"},
      {kBuy,  "-2",  "100",    "0",     "0",      "0",      "0"},     // as if it had never been
      {kBuy,  "2",   "99",     "2",     "99",     "0",      "0"},
      {kSell, "3",   "101",    "-1",    "101",    "4",      "4"},
      {kSell, "-1",  "101",    "0",     "0",      "4",      "4"},
  });
}
// clang-format on

TEST(PortfolioTest, CashFeesAndEquity) {
  Portfolio portfolio = OneMillion();
  portfolio.Apply(MakeFill(1, kBuy, Q("0.1"), P("45000"), M("4.5")));
  AccountView account = portfolio.ViewAccount("a");
  EXPECT_EQ(account.cash, M("995495.5"));  // 1,000,000 - 4,500 - 4.50
  EXPECT_EQ(account.fees, M("4.5"));
  EXPECT_EQ(account.unrealized, M("0"));  // no mark yet: valued at cost
  EXPECT_EQ(account.equity, M("999995.5"));

  portfolio.SetMark("BTCUSDT", {.price = P("46000"), .stale = false});
  account = portfolio.ViewAccount("a");
  EXPECT_EQ(account.unrealized, M("100"));
  EXPECT_EQ(account.equity, M("1000095.5"));

  portfolio.Apply(MakeFill(2, kSell, Q("0.1"), P("46000"), M("-1")));  // a rebate
  account = portfolio.ViewAccount("a");
  EXPECT_EQ(account.cash, M("1000096.5"));
  EXPECT_EQ(account.realized, M("100"));
  EXPECT_EQ(account.unrealized, M("0"));
  EXPECT_EQ(account.fees, M("3.5"));
  EXPECT_EQ(account.equity, account.cash);
}

TEST(PortfolioTest, MarkIsShownWithItsStaleness) {
  Portfolio portfolio = OneMillion();
  portfolio.Apply(MakeFill(1, kSell, Q("2"), P("100")));
  EXPECT_FALSE(portfolio.Find("a", "BTCUSDT")->mark.has_value());
  portfolio.SetMark("BTCUSDT", {.price = P("90"), .stale = true});
  const auto view = portfolio.Find("a", "BTCUSDT");
  ASSERT_TRUE(view->mark.has_value());
  EXPECT_TRUE(view->mark->stale);
  EXPECT_EQ(view->unrealized, M("20"));
  EXPECT_EQ(view->unrealized_fifo, M("20"));
}

TEST(PortfolioTest, AFillSeenTwiceCountsOnce) {
  Portfolio portfolio = OneMillion();
  EXPECT_EQ(portfolio.Apply(MakeFill(7, kBuy, Q("1"), P("100"))), Applied::kApplied);
  EXPECT_EQ(portfolio.Apply(MakeFill(7, kBuy, Q("1"), P("100"))), Applied::kDuplicate);
  EXPECT_EQ(portfolio.Apply(MakeFill(3, kBuy, Q("1"), P("100"))), Applied::kDuplicate);
  EXPECT_EQ(portfolio.Find("a", "BTCUSDT")->quantity, Q("1"));
  portfolio.AdvanceTo(9);
  EXPECT_EQ(portfolio.Apply(MakeFill(9, kBuy, Q("1"), P("100"))), Applied::kDuplicate);
  portfolio.AdvanceTo(4);
  EXPECT_EQ(portfolio.sequence(), 9u);
}

TEST(PortfolioTest, AFillThatLeavesTheRangeChangesNothing) {
  Portfolio portfolio = OneMillion();
  EXPECT_EQ(portfolio.Apply(MakeFill(1, kBuy, Quantity(), P("1"))), Applied::kOutOfRange);
  EXPECT_FALSE(portfolio.Find("a", "BTCUSDT").has_value());
  EXPECT_EQ(portfolio.Apply(MakeFill(2, kBuy, Quantity::Max(), P("1"))), Applied::kApplied);
  EXPECT_EQ(portfolio.Apply(MakeFill(3, kBuy, Quantity::FromE8(1), P("1"))), Applied::kOutOfRange);
  EXPECT_EQ(portfolio.Find("a", "BTCUSDT")->quantity, Quantity::Max());
  EXPECT_EQ(portfolio.sequence(), 3u);
}

TEST(PortfolioTest, AccountsBeginWithTheirOpening) {
  Account desk;
  desk.name = "desk";
  desk.opening_cash = M("500");
  desk.opening_positions = {{"IBM", Q("10"), P("180")}};
  Portfolio portfolio(Accounts({desk}, /*open=*/true, "hash"));
  EXPECT_EQ(portfolio.ViewAccount("new").cash, M("1000000"));
  EXPECT_EQ(portfolio.ViewAccount("new").equity, M("1000000"));
  EXPECT_EQ(portfolio.ViewAccount("desk").equity, M("2300"));
  EXPECT_EQ(portfolio.ListAccounts(), std::vector<std::string>{"desk"});
  ASSERT_EQ(portfolio.Positions("desk", "").size(), 1u);
  EXPECT_EQ(portfolio.Positions("desk", "")[0].average_price, P("180"));
  ASSERT_NE(portfolio.Lots("desk", "IBM"), nullptr);
  EXPECT_EQ(portfolio.Lots("desk", "IBM")->lots().front().open_fill_id, "opening");

  Fill fill = MakeFill(1, kSell, Q("10"), P("200"));
  fill.account = "desk";
  fill.symbol = "IBM";
  portfolio.Apply(fill);
  EXPECT_EQ(portfolio.ViewAccount("desk").realized, M("200"));
  EXPECT_EQ(portfolio.ViewAccount("desk").cash, M("2500"));
}

Opening MakeOpening(std::vector<OpeningLot> lots, const char* cash, bool adds = false) {
  Opening out;
  out.import_id = "i-1";
  out.account = "a";
  out.adds = adds;
  out.currency = "EUR";
  out.cash = M(cash);
  out.lots = std::move(lots);
  return out;
}

const Timestamp kYearAgo{1'700'000'000'000'000'000};

TEST(PortfolioTest, WhatIsBroughtInStandsInPlaceOfTheFile) {
  Account a;
  a.name = "a";
  a.opening_cash = M("700");
  a.opening_positions = {{"IBM", Q("10"), P("180")}, {"ETHUSDT", Q("-1"), P("2000")}};
  Portfolio portfolio(Accounts({a}, /*open=*/true, "hash"));
  const Opening opening = MakeOpening({{"BTCUSDT", Q("1"), P("90"), kYearAgo},
                                       {"BTCUSDT", Q("1"), P("110"), {}},
                                       {"IBM", Q("-4"), P("170"), {}}},
                                      "500");
  EXPECT_EQ(portfolio.Open(7, Timestamp{9}, opening), Applied::kApplied);
  EXPECT_EQ(portfolio.Open(7, Timestamp{9}, opening), Applied::kDuplicate);
  EXPECT_EQ(portfolio.ViewAccount("a").cash, M("500"));
  EXPECT_EQ(portfolio.ViewAccount("a").currency, "EUR");
  EXPECT_EQ(portfolio.ViewAccount("a").realized, M("0"));
  EXPECT_EQ(portfolio.ViewAccount("a").equity, M("20"));  // 500 + 200 - 680, at cost
  ASSERT_EQ(portfolio.Positions("a", "").size(), 3u);
  EXPECT_EQ(portfolio.Find("a", "ETHUSDT")->quantity, Q("0"));
  EXPECT_EQ(portfolio.Find("a", "ETHUSDT")->sequence, 7u) << "it is told";
  const PositionView btc = *portfolio.Find("a", "BTCUSDT");
  EXPECT_EQ(btc.quantity, Q("2"));
  EXPECT_EQ(btc.average_price, P("100"));
  EXPECT_EQ(btc.sequence, 7u);
  EXPECT_EQ(btc.changed, Timestamp{9});
  EXPECT_EQ(portfolio.Find("a", "IBM")->quantity, Q("-4"));

  const auto& lots = portfolio.Lots("a", "BTCUSDT")->lots();
  ASSERT_EQ(lots.size(), 2u);
  EXPECT_EQ(lots[0].open_fill_id, "i-1/1");
  EXPECT_EQ(lots[0].opened, kYearAgo);
  EXPECT_FALSE(lots[1].opened.IsSet());
  portfolio.Apply(MakeFill(8, kSell, Q("1"), P("120")));
  EXPECT_EQ(portfolio.Find("a", "BTCUSDT")->realized, M("20"));
  EXPECT_EQ(portfolio.Find("a", "BTCUSDT")->realized_fifo, M("30"));
  EXPECT_EQ(portfolio.ViewAccount("a").cash, M("620"));
}

TEST(PortfolioTest, OrItComesToWhatIsThere) {
  Portfolio portfolio = OneMillion();
  portfolio.Apply(MakeFill(1, kBuy, Q("1"), P("100")));
  EXPECT_EQ(portfolio.Open(2, {}, MakeOpening({{"BTCUSDT", Q("3"), P("80"), {}}}, "-10", true)),
            Applied::kApplied);
  EXPECT_EQ(portfolio.ViewAccount("a").cash, M("999890"));
  EXPECT_EQ(portfolio.Find("a", "BTCUSDT")->quantity, Q("4"));
  EXPECT_EQ(portfolio.Find("a", "BTCUSDT")->average_price, P("85"));
  EXPECT_EQ(portfolio.Lots("a", "BTCUSDT")->lots().size(), 2u);
}

TEST(PortfolioTest, ALotOutOfRangeIsLeftOutAndSaid) {
  Portfolio portfolio = OneMillion();
  const Opening opening = MakeOpening({{"BTCUSDT", Quantity::Max(), P("1"), {}},
                                       {"BTCUSDT", Q("1"), P("1"), {}},
                                       {"IBM", Q("1"), P("1"), {}}},
                                      "5");
  EXPECT_EQ(portfolio.Open(1, {}, opening), Applied::kOutOfRange);
  EXPECT_EQ(portfolio.Find("a", "BTCUSDT")->quantity, Quantity::Max());
  EXPECT_EQ(portfolio.Find("a", "IBM")->quantity, Q("1"));
  EXPECT_EQ(portfolio.sequence(), 1u);
}

TEST(PortfolioTest, AnAccountNobodyListsAnyMoreBeginsWithNothing) {
  Portfolio portfolio(Accounts({}, /*open=*/false, "hash"));
  portfolio.Apply(MakeFill(1, kBuy, Q("1"), P("100")));
  EXPECT_EQ(portfolio.ViewAccount("a").cash, M("-100"));
  EXPECT_EQ(portfolio.ViewAccount("a").equity, M("0"));
}

TEST(PortfolioTest, ListsByAccountThenSymbol) {
  Portfolio portfolio = OneMillion();
  uint64_t sequence = 0;
  for (const auto& [account, symbol] : std::vector<std::pair<std::string, std::string>>{
           {"b", "IBM"}, {"a", "IBM"}, {"a", "BTCUSDT"}}) {
    Fill fill = MakeFill(++sequence, kBuy, Q("1"), P("1"));
    fill.account = account;
    fill.symbol = symbol;
    portfolio.Apply(fill);
  }
  std::vector<std::string> found;
  for (const PositionView& p : portfolio.Positions("", "")) {
    found.push_back(p.account + "/" + p.symbol);
  }
  EXPECT_EQ(found, (std::vector<std::string>{"a/BTCUSDT", "a/IBM", "b/IBM"}));
  EXPECT_EQ(portfolio.Positions("", "IBM").size(), 2u);
  EXPECT_EQ(portfolio.Positions("b", "BTCUSDT").size(), 0u);
}

TEST(FifoLotsTest, JoinsTheNewestLotPastTheLimit) {
  FifoLots lots(2);
  for (uint64_t i = 1; i <= 3; ++i) {
    const Fill fill = MakeFill(i, kBuy, Q("1"), Price::FromUnits(static_cast<int64_t>(10 * i)));
    lots.Apply(fill, NotionalOf(fill.price, fill.quantity));
  }
  ASSERT_EQ(lots.lots().size(), 2u);
  EXPECT_EQ(lots.lots().back().open_fill_id, "f2");
  EXPECT_EQ(lots.lots().back().quantity, Q("2"));
  EXPECT_EQ(lots.lots().back().price, P("25"));
  EXPECT_EQ(lots.quantity(), Q("3"));
  EXPECT_EQ(ToMoney(lots.cost()), M("60"));
}

// realized + unrealized == cash flow + mark value, to the last 1e-8, by both methods, whatever the
// fills; and the lots always add up to the position.
TEST(PortfolioPropertyTest, NoUnitIsLostOrMade) {
  Prng prng(TestSeed());
  for (int round = 0; round < 50; ++round) {
    Portfolio portfolio = OneMillion();
    Amount cash_flow = 0;
    Quantity position;
    for (uint64_t sequence = 1; sequence <= 200; ++sequence) {
      const Side side = prng.Percent(50) ? kBuy : kSell;
      const Quantity quantity = Quantity::FromE8(prng.Between(1, 3'000'000'001));
      const Price price = Price::FromE8(prng.Between(1, 9'999'999'999'999));
      ASSERT_EQ(portfolio.Apply(MakeFill(sequence, side, quantity, price)), Applied::kApplied);
      cash_flow -= Sign(side) * NotionalOf(price, quantity);
      position += side == kBuy ? quantity : -quantity;

      const Price mark = Price::FromE8(prng.Between(1, 9'999'999'999'999));
      portfolio.SetMark("BTCUSDT", {.price = mark, .stale = false});
      const PositionView view = *portfolio.Find("a", "BTCUSDT");
      const Money earned = ToMoney(cash_flow + NotionalOf(mark, position));
      ASSERT_EQ(view.quantity, position);
      ASSERT_EQ(view.realized + view.unrealized, earned) << "fill " << sequence;
      ASSERT_EQ(view.realized_fifo + view.unrealized_fifo, earned) << "fill " << sequence;
      ASSERT_EQ(portfolio.ViewAccount("a").equity, M("1000000") + earned);

      Quantity in_lots;
      for (const Lot& lot : portfolio.Lots("a", "BTCUSDT")->lots()) {
        ASSERT_EQ(lot.quantity > Quantity(), position > Quantity());
        in_lots += lot.quantity;
      }
      ASSERT_EQ(in_lots, position);
    }
  }
}

}  // namespace
}  // namespace tw::pnl
