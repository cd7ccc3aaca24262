// A recording moves the paper market of its symbol, and gives it back.
#include "services/live-gateway/driver.h"

#include <gtest/gtest.h>

#include <random>

#include "libs/core/prng.h"
#include "tests/services/live-gateway/venue_fixture.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kBtc = 0;
constexpr size_t kIbm = 3;
// A side without a size is shown as a lot.
const Quantity kTwoLots = Quantity::FromUnits(2);

DrivenRow Quote(const char* bid, const char* bid_size, const char* ask, const char* ask_size) {
  DrivenRow row;
  row.symbol = "IBM";
  row.bid = {PriceOf(bid), QuantityOf(bid_size)};
  row.ask = {PriceOf(ask), QuantityOf(ask_size)};
  return row;
}

DrivenRow Trade(const char* price, const char* quantity) {
  DrivenRow row;
  row.symbol = "IBM";
  row.is_trade = true;
  row.price = PriceOf(price);
  row.quantity = QuantityOf(quantity);
  return row;
}

class DriverTest : public ::testing::Test {
 protected:
  DriverTest()
      : exchange_(FourInstruments(), ExchangeConfig{}),
        market_(FourInstruments(), SyntheticConfig{}),
        driver_(exchange_, market_) {
    Output out;
    market_.Step(exchange_, kStart, out);
    exchange_.Resume(kStart, out);
  }
  void Apply(const std::vector<DrivenRow>& rows) {
    const absl::Status status = driver_.Apply(rows, kStart, out_);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Step() { market_.Step(exchange_, kStart, out_); }
  // "bid x size / ask x size" of IBM.
  std::string Top() const {
    const TopOfBook top = exchange_.Top(kIbm);
    return top.bid.price.ToString() + " x " + top.bid.size.ToString() + " / " +
           top.ask.price.ToString() + " x " + top.ask.size.ToString();
  }
  size_t Levels() const { return exchange_.Snapshot(kIbm, 100).bids.size(); }
  PlaceOrder Ibm(const char* id, Side side, const char* quantity, const char* price) {
    return Order(id, side, quantity, price, TimeInForce::kGtc, "IBM");
  }
  std::vector<std::string> Fills() const {
    std::vector<std::string> fills;
    for (const Report& report : out_.reports) {
      if (report.kind == ReportKind::kFilled) {
        fills.push_back(report.child_id + " " + report.quantity.ToString() + "@" +
                        report.price.ToString());
      }
    }
    return fills;
  }

  Quantity Filled() const {
    Quantity sum;
    for (const Report& report : out_.reports) {
      sum += report.kind == ReportKind::kFilled ? report.quantity : Quantity();
    }
    return sum;
  }

  Exchange exchange_;
  SyntheticMarket market_;
  MarketDriver driver_;
  Output out_;
};

TEST_F(DriverTest, TheBookIsTheRecordedQuoteAndNothingElse) {
  Apply({Quote("210.10", "3", "210.14", "5")});
  EXPECT_EQ(Top(), "210.1 x 3 / 210.14 x 5") << "far outside the band round 180";
  EXPECT_EQ(Levels(), 1U);
  Step();
  EXPECT_EQ(Top(), "210.1 x 3 / 210.14 x 5") << "the synthetic participants are halted";
  EXPECT_EQ(driver_.symbols(), std::vector<std::string>{"IBM"});
  EXPECT_GT(exchange_.Snapshot(kBtc, 100).bids.size(), 4U) << "others go on";
}

TEST_F(DriverTest, EachRowMovesIt) {
  struct Row {
    DrivenRow row;
    const char* top;
  };
  const Row rows[] = {
      {Quote("210.10", "3", "0", "0"), "210.1 x 3 / 0 x 0"},
      {Quote("0", "0", "210.14", "5"), "210.1 x 3 / 210.14 x 5"},       // the bid stays
      {Quote("210.10", "4", "210.14", "5"), "210.1 x 4 / 210.14 x 5"},  // its size
      {Quote("210.16", "1", "210.20", "2"), "210.16 x 1 / 210.2 x 2"},  // through the old offer
      {Quote("210.21", "1", "0", "0"), "210.21 x 1 / 0 x 0"},           // the old offer is stale
      {Quote("0", "0", "210.18", "2"), "0 x 0 / 210.18 x 2"},           // now the bid is
      {Quote("210.30", "1", "210.20", "2"), "0 x 0 / 0 x 0"},  // crossed in itself: neither
      {Quote("210.20", "1", "210.20", "2"), "0 x 0 / 0 x 0"},  // locked
      {Quote("210.123", "1", "210.127", "2.9"), "210.12 x 1 / 210.13 x 2"},  // ticks outward, lots
      {Quote("210.12", "0.5", "210.13", "2"), "210.12 x 1 / 210.13 x 2"},    // at least one lot
  };
  for (const Row& row : rows) {
    Apply({row.row});
    EXPECT_EQ(Top(), row.top);
  }
}

TEST_F(DriverTest, TradesAreForTheTape) {
  Apply({Quote("210.10", "3", "210.14", "5")});
  out_ = Output{};
  Apply({Trade("210.123", "7.5")});
  ASSERT_EQ(out_.market.size(), 1U);
  const auto& trade = std::get<TradePrinted>(out_.market[0]);
  EXPECT_EQ(trade.price.ToString() + " " + trade.quantity.ToString(), "210.123 7.5");
  EXPECT_EQ(trade.aggressor, Side::kUnspecified);
  EXPECT_TRUE(out_.reports.empty());
  EXPECT_EQ(Top(), "210.1 x 3 / 210.14 x 5");
}

TEST_F(DriverTest, OrdersOfOursTradeWithTheQuotes) {
  Apply({Quote("210.10", "3", "210.14", "5")});
  exchange_.Process(Ibm("a", Side::kBuy, "2", "210.14"), kStart, out_);
  exchange_.Process(Ibm("b", Side::kBuy, "4", "210.12"), kStart, out_);
  EXPECT_EQ(Top(), "210.12 x 4 / 210.14 x 3");
  Apply({Quote("210.10", "3", "210.14", "5")});
  EXPECT_EQ(Top(), "210.12 x 4 / 210.14 x 3") << "what was taken is not there again";
  Apply({Quote("210.00", "3", "210.11", "1"), Quote("210.00", "3", "210.12", "10")});
  EXPECT_EQ(Fills(), (std::vector<std::string>{"a 2@210.14", "b 1@210.12", "b 3@210.12"}));
  EXPECT_EQ(Top(), "210 x 3 / 210.12 x 7");
}

TEST_F(DriverTest, WhatWasTakenStaysTakenWhileTheRecordStaysAtThePrice) {
  Apply({Quote("210.10", "3", "210.14", "5")});
  exchange_.Process(Ibm("a", Side::kBuy, "5", "210.14"), kStart, out_);
  for (const auto& [ask, size, shown] :
       {std::tuple("210.14", "5", "210.1 x 3 / 0 x 0"),
        std::tuple("210.14", "3", "210.1 x 3 / 0 x 0"),
        std::tuple("210.14", "7", "210.1 x 3 / 210.14 x 2"),     // two came
        std::tuple("210.15", "1", "210.1 x 3 / 210.15 x 1"),     // another price
        std::tuple("210.14", "5", "210.1 x 3 / 210.14 x 5")}) {  // and back: new orders
    Apply({Quote("210.10", "3", ask, size)});
    EXPECT_EQ(Top(), shown) << ask << " x " << size;
  }
}

// An order of ours that the record's quote came to has been met by all of it.
TEST_F(DriverTest, AQuoteThatMeetsOursIsTakenToo) {
  Apply({Quote("210.10", "3", "210.14", "5")});
  exchange_.Process(Ibm("a", Side::kBuy, "4", "210.12"), kStart, out_);
  for (int i = 0; i < 3; ++i) {
    Apply({Quote("210.10", "3", "210.12", "1")});
  }
  EXPECT_EQ(Fills(), (std::vector<std::string>{"a 1@210.12"}));
}

// Ours joins the bid of 210.10, or rests elsewhere; then the record goes on.
struct QueueCase {
  const char* name;
  const char* price;  // of ours, for 2
  std::vector<DrivenRow> rows;
  std::vector<std::string> fills;
};

class DriverQueueTest : public DriverTest, public ::testing::WithParamInterface<QueueCase> {};

TEST_P(DriverQueueTest, OursFillsWhereTheRecordAllows) {
  Apply({Quote("210.10", "3", "210.14", "5")});
  exchange_.Process(Ibm("a", Side::kBuy, "2", GetParam().price), kStart, out_);
  Apply(GetParam().rows);
  EXPECT_EQ(Fills(), GetParam().fills);
}

const QueueCase kQueueCases[] = {
    {"what is ahead goes first", "210.10", {Trade("210.10", "3")}, {}},
    {"then ours", "210.10", {Trade("210.10", "2"), Trade("210.10", "2")}, {"a 1@210.1"}},
    {"to its end", "210.10", {Trade("210.10", "9")}, {"a 2@210.1"}},
    {"a buyer does not meet a bid", "210.10", {Trade("210.14", "9")}, {}},
    {"what comes later is behind",
     "210.10",
     {Quote("210.10", "7", "210.14", "5"), Trade("210.10", "4")},
     {"a 1@210.1"}},
    {"what goes goes from behind first",
     "210.10",
     {Quote("210.10", "7", "210.14", "5"), Quote("210.10", "3", "210.14", "5"),
      Trade("210.10", "3"), Trade("210.10", "1")},
     {"a 1@210.1"}},
    {"less than was ahead: nearer",
     "210.10",
     {Quote("210.10", "1", "210.14", "5"), Trade("210.10", "2")},
     {"a 1@210.1"}},
    {"the bid leaves: ours is first",
     "210.10",
     {Quote("210.05", "3", "210.14", "5"), Trade("210.10", "1")},
     {"a 1@210.1"}},
    {"the row after a trade says what the trade left",
     "210.10",
     {Trade("210.10", "2"), Quote("210.10", "1", "210.14", "5"), Trade("210.10", "2")},
     {"a 1@210.1"}},
    {"through the price of ours, at ours, behind what is better",
     "210.05",
     {Trade("210.04", "4")},
     {"a 1@210.05"}},
    {"not at a price that is better than ours", "210.05", {Trade("210.06", "9")}, {}},
    {"between bid and offer it is met if it is there",
     "210.12",
     {Trade("210.13", "1"), Trade("210.12", "1"), Trade("210.115", "9")},
     {"a 1@210.12", "a 1@210.12"}},
    {"a part of a lot reaches nobody", "210.12", {Trade("210.12", "0.9")}, {}},
};

INSTANTIATE_TEST_SUITE_P(Queue,
                         DriverQueueTest,
                         ::testing::ValuesIn(kQueueCases),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           for (char& c : name) {
                             c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
                           }
                           return name;
                         });

TEST_F(DriverTest, TheTapeHasARecordedTradeOnceWhoeverItReached) {
  Apply({Quote("210.10", "3", "210.14", "5")});
  exchange_.Process(Ibm("a", Side::kBuy, "2", "210.10"), kStart, out_);
  out_ = Output{};
  Apply({Trade("210.09", "9")});
  std::vector<std::string> tape;
  uint64_t last = 0;
  for (const auto& event : out_.market) {
    const uint64_t number = std::visit([](const auto& e) { return e.source_seq; }, event);
    EXPECT_TRUE(last == 0 || number == last + 1) << "numbers have no holes";
    last = number;
    if (const auto* trade = std::get_if<TradePrinted>(&event)) {
      tape.push_back(trade->quantity.ToString() + "@" + trade->price.ToString());
    }
  }
  EXPECT_EQ(tape, std::vector<std::string>{"9@210.09"});
  EXPECT_EQ(Fills(), std::vector<std::string>{"a 2@210.1"});
}

TEST_F(DriverTest, AfterwardsTheSyntheticMarketResumes) {
  Apply({Quote("210.10", "3", "210.14", "5")});
  exchange_.Process(Ibm("a", Side::kBuy, "2", "200"), kStart, out_);
  driver_.Stop(kStart, out_);
  EXPECT_TRUE(driver_.symbols().empty());
  EXPECT_TRUE(exchange_.Top(kIbm).ask.price.IsZero()) << "the recorded quotes are gone";
  EXPECT_EQ(exchange_.Top(kIbm).bid.price.ToString(), "185.4") << "ours is back within the band";
  Step();
  EXPECT_EQ(Fills(), (std::vector<std::string>{"a 2@185.4"}));
  EXPECT_GE(Levels(), 4U);
  const TopOfBook top = exchange_.Top(kIbm);
  EXPECT_GT(top.bid.price, PriceOf("174"));
  EXPECT_LT(top.ask.price, PriceOf("186"));
}

TEST_F(DriverTest, AnUnknownSymbolIsSaid) {
  DrivenRow row = Quote("1", "1", "2", "1");
  row.symbol = "XYZ";
  const absl::Status status = driver_.Apply({row}, kStart, out_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("does not list XYZ"), std::string::npos) << status;
  EXPECT_TRUE(driver_.symbols().empty());
}

// Whatever is recorded and whatever we trade: never crossed, no row fills more of ours than it
// holds, and every change of the book is told.
TEST_F(DriverTest, AnyRecordingLeavesASoundBook) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Prng prng(seed);
  int orders = 0;
  for (int i = 0; i < 5'000; ++i) {
    out_ = Output{};
    const int64_t mid = 20'000 + prng.Between(-200, 200);
    const auto price = [&](int64_t ticks) { return Price::FromE8(ticks * 1'000'000); };
    DrivenRow row;
    row.symbol = "IBM";
    row.is_trade = prng.Percent(20);
    row.price = price(mid);
    row.quantity = Quantity::FromUnits(1);
    row.bid = {price(mid - prng.Between(-1, 5)), Quantity::FromUnits(prng.Between(0, 9))};
    row.ask = {price(mid + prng.Between(-1, 5)), Quantity::FromUnits(prng.Between(0, 9))};
    Apply({row});
    ASSERT_LE(Filled(), row.is_trade ? row.quantity : row.bid.size + row.ask.size + kTwoLots);
    if (prng.Percent(20)) {
      PlaceOrder order = Ibm("x", prng.Percent(50) ? Side::kBuy : Side::kSell, "3", "200");
      order.child_id += std::to_string(++orders);
      order.price = price(mid + prng.Between(-3, 3));
      exchange_.Process(order, kStart, out_);
    }
    if (prng.Percent(2)) {
      driver_.Stop(kStart, out_);
      Step();
    }
    const TopOfBook top = exchange_.Top(kIbm);
    ASSERT_TRUE(top.bid.price.IsZero() || top.ask.price.IsZero() || top.bid.price < top.ask.price);
    if (!out_.market.empty()) {
      if (const auto* last = std::get_if<BookChanged>(&out_.market.back())) {
        ASSERT_EQ(last->top, top);
      }
    }
  }
}

}  // namespace
}  // namespace tw::live_gateway
