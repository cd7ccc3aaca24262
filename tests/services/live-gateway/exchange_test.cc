#include "services/live-gateway/exchange.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/services/live-gateway/venue_fixture.h"

namespace tw::live_gateway {
namespace {

// "accepted a 2@100", "filled a 1@100 TAKER fee 0.05 leaves 1", "canceled a 1 VENUE_NO_LIQUIDITY".
std::string Text(const Report& r) {
  const std::string amount = r.quantity.ToString() + "@" + r.price.ToString();
  switch (r.kind) {
    case ReportKind::kAccepted: return "accepted " + r.child_id + " " + amount;
    case ReportKind::kRejected: return "rejected " + r.child_id + " " + std::string(Name(r.reason));
    case ReportKind::kFilled:
      return "filled " + r.child_id + " " + amount + " " + std::string(Name(r.liquidity)) +
             " fee " + r.fee.ToString() + " " + r.fee_currency + " leaves " + r.leaves.ToString();
    case ReportKind::kCanceled:
      return "canceled " + r.child_id + " " + r.quantity.ToString() + " " +
             std::string(Name(r.reason));
    case ReportKind::kCancelRejected: return "cancel-rejected " + r.child_id + " " + r.message;
    case ReportKind::kReplaced:
      return "replaced " + r.child_id + " " + amount + " leaves " + r.leaves.ToString();
    case ReportKind::kReplaceRejected: return "replace-rejected " + r.child_id + " " + r.message;
    case ReportKind::kTradeBusted: return "busted " + r.child_id + " " + amount;
    case ReportKind::kTradeCorrected: return "corrected " + r.child_id + " " + amount;
  }
  return "?";
}

class ExchangeTest : public ::testing::Test {
 protected:
  ExchangeTest() : exchange_(FourInstruments(), ExchangeConfig{}) {
    Output out;
    exchange_.Resume(kStart, out);
  }

  std::vector<std::string> Do(const Command& command) {
    out_ = Output{};
    exchange_.Process(command, kStart, out_);
    std::vector<std::string> texts;
    for (const Report& report : out_.reports) {
      texts.push_back(Text(report));
      EXPECT_EQ(report.time, kStart);
    }
    return texts;
  }

  using Texts = std::vector<std::string>;
  Exchange exchange_;
  Output out_;
};

TEST_F(ExchangeTest, TwoOrdersOfOursTradeAndPayFees) {
  EXPECT_EQ(Do(Order("a", Side::kSell, "2", "45000")), (Texts{"accepted a 2@45000"}));
  EXPECT_EQ(Do(Order("b", Side::kBuy, "0.5", "45010")),
            (Texts{"accepted b 0.5@45010", "filled b 0.5@45000 TAKER fee 11.25 USDT leaves 0",
                   "filled a 0.5@45000 MAKER fee 2.25 USDT leaves 1.5"}));
  EXPECT_EQ(exchange_.Find("a")->cumulative, QuantityOf("0.5"));
  EXPECT_EQ(exchange_.Find("b")->state, OwnOrder::State::kFilled);
  EXPECT_EQ(exchange_.open_order_count(), 1U);
}

TEST_F(ExchangeTest, FeesRoundHalfAwayFromZero) {
  // 0.00001 * 45000.01 = 0.4500001; a taker pays 5 bp, 0.00022500005 -> 0.00022500 and a maker 1
  // bp, 0.00004500001 -> 0.000045.
  Do(Order("a", Side::kSell, "0.00001", "45000.01"));
  EXPECT_EQ(Do(Order("b", Side::kBuy, "0.00001", "45000.01"))[1],
            "filled b 0.00001@45000.01 TAKER fee 0.000225 USDT leaves 0");
  // 0.00001 * 44999 = 0.44999; 5 bp is 0.000224995, exactly half a unit above 0.00022499.
  Do(Order("c", Side::kSell, "0.00001", "44999"));
  EXPECT_EQ(Do(Order("d", Side::kBuy, "0.00001", "44999"))[1],
            "filled d 0.00001@44999 TAKER fee 0.000225 USDT leaves 0");
}

TEST_F(ExchangeTest, ReportsAreNumberedWithoutHolesAndNameTheOrder) {
  Do(Order("a", Side::kSell, "2", "45000"));
  EXPECT_EQ(out_.reports[0].number, 1U);
  Do(Order("b", Side::kBuy, "1", "45000", TimeInForce::kDay));
  ASSERT_EQ(out_.reports.size(), 3U);
  const Report& fill = out_.reports[1];
  EXPECT_EQ(fill.number, 3U);
  EXPECT_EQ(ExecId(fill.number), "P-3");
  EXPECT_EQ(fill.order_id, OrderId(1, 7));
  EXPECT_EQ(fill.account, "demo");
  EXPECT_EQ(fill.symbol, "BTCUSDT");
  EXPECT_EQ(fill.side, Side::kBuy);
  EXPECT_EQ(fill.type, OrderType::kLimit);
  EXPECT_EQ(fill.time_in_force, TimeInForce::kDay);
  EXPECT_EQ(exchange_.last_report(), 4U);
}

TEST_F(ExchangeTest, WhatMayNotRestIsCanceledWithTheReason) {
  EXPECT_EQ(Do(Order("m", Side::kBuy, "1", "0")),
            (Texts{"accepted m 1@0", "canceled m 1 VENUE_NO_LIQUIDITY"}));
  Do(Order("a", Side::kSell, "1", "45000"));
  EXPECT_EQ(Do(Order("f", Side::kBuy, "2", "45000", TimeInForce::kFok)),
            (Texts{"accepted f 2@45000", "canceled f 2 VENUE_NO_LIQUIDITY"}));
  EXPECT_TRUE(out_.market.empty()) << "nothing in the book changed";
  EXPECT_EQ(
      Do(Order("i", Side::kBuy, "2", "45000", TimeInForce::kIoc)),
      (Texts{"accepted i 2@45000", "filled i 1@45000 TAKER fee 22.5 USDT leaves 1",
             "filled a 1@45000 MAKER fee 4.5 USDT leaves 0", "canceled i 1 VENUE_NO_LIQUIDITY"}));
}

TEST_F(ExchangeTest, AMarketOrderStopsAtItsCollarEvenBetweenTicks) {
  Do(Order("a", Side::kSell, "1", "45000.01"));
  Do(Order("b", Side::kSell, "1", "45000.02"));
  PlaceOrder market = Order("m", Side::kBuy, "2", "0");
  market.price = PriceOf("45000.019");
  EXPECT_EQ(Do(market), (Texts{"accepted m 2@45000.019",
                               "filled m 1@45000.01 TAKER fee 22.500005 USDT leaves 1",
                               "filled a 1@45000.01 MAKER fee 4.500001 USDT leaves 0",
                               "canceled m 1 VENUE_NO_LIQUIDITY"}));
}

TEST_F(ExchangeTest, AnOrderPlacedAgainIsAnsweredWithItsStateAndNotPlaced) {
  Do(Order("a", Side::kSell, "2", "45000"));
  Do(Order("b", Side::kBuy, "0.5", "45000"));
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(Do(Order("a", Side::kSell, "2", "45000")), Texts{});
    ASSERT_EQ(out_.repeats.size(), 1U);
    EXPECT_EQ(Text(out_.repeats[0]), "filled a 0.5@45000 MAKER fee 2.25 USDT leaves 1.5");
    EXPECT_TRUE(out_.market.empty());
  }
  Do(Order("b", Side::kBuy, "0.5", "45000"));
  EXPECT_EQ(Text(out_.repeats[0]), "filled b 0.5@45000 TAKER fee 11.25 USDT leaves 0");
  Do(Order("x", Side::kBuy, "0", "45000"));
  Do(Order("x", Side::kBuy, "1", "45000"));
  EXPECT_EQ(Text(out_.repeats[0]), "rejected x MIN_QUANTITY");
}

TEST_F(ExchangeTest, CancelAndItsRefusals) {
  Do(Order("a", Side::kSell, "2", "45000"));
  EXPECT_EQ(Do(CancelOf("a")), (Texts{"canceled a 2 NONE"}));
  EXPECT_EQ(Do(CancelOf("a")), (Texts{"cancel-rejected a order is canceled"}));
  EXPECT_EQ(Do(CancelOf("b")), (Texts{"cancel-rejected b the venue does not know this order"}));
  EXPECT_EQ(out_.reports[0].order_id, OrderId(1, 7));
  EXPECT_EQ(exchange_.Find("a")->last.kind, ReportKind::kCanceled);
}

TEST_F(ExchangeTest, ReplaceCountsWhatIsFilled) {
  Do(Order("a", Side::kSell, "2", "45000"));
  Do(Order("b", Side::kBuy, "0.5", "45000"));
  EXPECT_EQ(Do(ReplaceOf("a", "0.5", "45000")),
            (Texts{"replace-rejected a quantity 0.5 is not above what is filled, 0.5"}));
  EXPECT_EQ(Do(ReplaceOf("a", "3", "45001")), (Texts{"replaced a 3@45001 leaves 2.5"}));
  EXPECT_EQ(Do(ReplaceOf("a", "3", "45001.005")),
            (Texts{"replace-rejected a price 45001.005 is no multiple of the tick size 0.01"}));
  EXPECT_EQ(Do(ReplaceOf("b", "3", "45001")), (Texts{"replace-rejected b order is filled"}));
  EXPECT_EQ(Do(ReplaceOf("z", "3", "45001")),
            (Texts{"replace-rejected z the venue does not know this order"}));
  EXPECT_EQ(exchange_.book(0).At(Side::kSell, 4'500'100).quantity, 250'000);
  EXPECT_EQ(exchange_.book(0).At(Side::kSell, 4'500'000).quantity, 0);
  Do(Order("c", Side::kBuy, "1", "44000"));
  EXPECT_EQ(
      Do(ReplaceOf("c", "1", "45001")),
      (Texts{"replaced c 1@45001 leaves 1", "filled c 1@45001 TAKER fee 22.5005 USDT leaves 0",
             "filled a 1@45001 MAKER fee 4.5001 USDT leaves 1.5"}));
}

TEST_F(ExchangeTest, LessQuantityKeepsThePlaceInTheQueue) {
  Do(Order("a", Side::kBuy, "2", "44000"));
  Do(Order("b", Side::kBuy, "2", "44000"));
  Do(ReplaceOf("a", "1", "44000"));
  EXPECT_EQ(Do(Order("s", Side::kSell, "1", "44000"))[2],
            "filled a 1@44000 MAKER fee 4.4 USDT leaves 0");
}

struct RefusalCase {
  const char* name;
  RejectReason reason;
  PlaceOrder order;
};

PlaceOrder With(OrderType type) {
  PlaceOrder order = Order("a", Side::kBuy, "1", "45000");
  order.type = type;
  return order;
}

class ExchangeRefusalTest : public ExchangeTest,
                            public ::testing::WithParamInterface<RefusalCase> {};

TEST_P(ExchangeRefusalTest, IsReportedAndChangesNothing) {
  Do(GetParam().order);
  ASSERT_EQ(out_.reports.size(), 1U);
  EXPECT_EQ(out_.reports[0].kind, ReportKind::kRejected);
  EXPECT_EQ(Name(out_.reports[0].reason), Name(GetParam().reason));
  EXPECT_FALSE(out_.reports[0].message.empty());
  EXPECT_TRUE(out_.market.empty());
  EXPECT_EQ(exchange_.open_order_count(), 0U);
  EXPECT_EQ(exchange_.book(0).order_count(), 0U);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ExchangeRefusalTest, ::testing::Values(
    RefusalCase{"unknown_symbol", RejectReason::kVenueUnknownSymbol, Order("a", Side::kBuy, "1", "1", TimeInForce::kGtc, "DOGE")},
    RefusalCase{"no_child_id", RejectReason::kVenueRejected, Order("", Side::kBuy, "1", "45000")},
    RefusalCase{"no_side", RejectReason::kVenueRejected, Order("a", Side::kUnspecified, "1", "45000")},
    RefusalCase{"stop", RejectReason::kUnsupportedOrderType, With(OrderType::kStop)},
    RefusalCase{"post_only_ioc", RejectReason::kUnsupportedOrderType, PostOnly(Order("a", Side::kBuy, "1", "45000", TimeInForce::kIoc))},
    RefusalCase{"post_only_market", RejectReason::kUnsupportedOrderType, PostOnly(Order("a", Side::kBuy, "1", "0"))},
    RefusalCase{"display_lot", RejectReason::kDisplayQuantity, Iceberg(Order("a", Side::kBuy, "1", "45000"), "0.000001")},
    RefusalCase{"display_slices", RejectReason::kDisplayQuantity, Iceberg(Order("a", Side::kBuy, "1", "45000"), "0.00099")},
    RefusalCase{"display_negative", RejectReason::kDisplayQuantity, Iceberg(Order("a", Side::kBuy, "1", "45000"), "-1")},
    RefusalCase{"display_ioc", RejectReason::kDisplayQuantity, Iceberg(Order("a", Side::kBuy, "1", "45000", TimeInForce::kIoc), "0.5")},
    RefusalCase{"no_time_in_force", RejectReason::kUnsupportedTimeInForce, Order("a", Side::kBuy, "1", "45000", TimeInForce::kUnspecified)},
    RefusalCase{"negative_price", RejectReason::kVenueRejected, Order("a", Side::kBuy, "1", "-1")},
    RefusalCase{"tick", RejectReason::kTickSize, Order("a", Side::kBuy, "1", "45000.001")},
    RefusalCase{"lot", RejectReason::kLotSize, Order("a", Side::kBuy, "1.000001", "45000")},
    RefusalCase{"too_small", RejectReason::kMinQuantity, Order("a", Side::kBuy, "0.000001", "45000")},
    RefusalCase{"negative", RejectReason::kMinQuantity, Order("a", Side::kBuy, "-1", "45000")},
    RefusalCase{"too_large", RejectReason::kMaxQuantity, Order("a", Side::kBuy, "1000000.00001", "45000")},
    RefusalCase{"notional", RejectReason::kNotionalOutOfRange, Order("a", Side::kBuy, "1000000", "9000000000")}),
    [](const auto& param) { return std::string(param.param.name); });
// clang-format on

TEST_F(ExchangeTest, AGoodTillDateOrderRests) {
  EXPECT_EQ(Do(Order("a", Side::kBuy, "1", "44000", TimeInForce::kGtd)),
            Texts{"accepted a 1@44000"});
  EXPECT_EQ(exchange_.book(0).order_count(), 1U);
}

TEST_F(ExchangeTest, APostOnlyOrderRestsOrIsRefused) {
  Do(Order("ask", Side::kSell, "1", "45000"));
  EXPECT_EQ(Do(PostOnly(Order("a", Side::kBuy, "1", "45000"))),
            Texts{"rejected a POST_ONLY_WOULD_TRADE"});
  EXPECT_EQ(Do(PostOnly(Order("b", Side::kBuy, "1", "44999.99"))), Texts{"accepted b 1@44999.99"});
  EXPECT_EQ(Do(ReplaceOf("b", "1", "45000")),
            Texts{"replace-rejected b price 45000 would trade at once"});
  EXPECT_EQ(Do(ReplaceOf("b", "2", "44999.98")), Texts{"replaced b 2@44999.98 leaves 2"});
  EXPECT_EQ(Do(Order("c", Side::kSell, "2", "44999.98"))[1],
            "filled c 2@44999.98 TAKER fee 44.99998 USDT leaves 0");
}

TEST_F(ExchangeTest, AnIcebergShowsAPartAndTradesTheRest) {
  Do(Iceberg(Order("ice", Side::kSell, "3", "45000"), "1"));
  EXPECT_EQ(exchange_.Snapshot(0, 1).asks[0].size, QuantityOf("1"));
  const Texts texts = Do(Order("b", Side::kBuy, "2.5", "45000"));
  EXPECT_EQ(texts.back(), "filled ice 0.5@45000 MAKER fee 2.25 USDT leaves 0.5");
  EXPECT_EQ(exchange_.Snapshot(0, 1).asks[0].size, QuantityOf("0.5"));
  EXPECT_EQ(Do(ReplaceOf("ice", "5", "45000")), Texts{"replaced ice 5@45000 leaves 2.5"});
  EXPECT_EQ(exchange_.Snapshot(0, 1).asks[0].size, QuantityOf("1"));
  EXPECT_EQ(Do(ReplaceOf("ice", "2000", "45000")),
            Texts{"replace-rejected ice display quantity 1 makes more than 1000 slices"});
}

TEST_F(ExchangeTest, RefusesForAGateBeforeItAndOnlyWhatIsNew) {
  Do(Order("a", Side::kBuy, "1", "44000"));
  Output out;
  const auto reason = RejectReason::kKillSwitch;
  exchange_.Refuse(Order("a", Side::kBuy, "1", "44000"), reason, "stop", kStart, out);
  EXPECT_TRUE(out.reports.empty());
  ASSERT_EQ(out.repeats.size(), 1U);
  EXPECT_EQ(out.repeats[0].kind, ReportKind::kAccepted);
  exchange_.Refuse(Order("b", Side::kBuy, "1", "44000"), reason, "stop", kStart, out);
  exchange_.Refuse(ReplaceOf("a", "2", "44000"), reason, "stop", kStart, out);
  exchange_.Refuse(ReplaceOf("b", "2", "44000"), reason, "stop", kStart, out);
  ASSERT_EQ(out.reports.size(), 3U);
  EXPECT_EQ(Text(out.reports[0]), "rejected b KILL_SWITCH");
  EXPECT_EQ(Text(out.reports[1]), "replace-rejected a stop");
  EXPECT_EQ(out.reports[1].reason, reason);
  EXPECT_EQ(Text(out.reports[2]), "replace-rejected b order is rejected");
  EXPECT_EQ(exchange_.Find("a")->terms.quantity, QuantityOf("1"));
  EXPECT_EQ(exchange_.open_order_count(), 1U);
}

TEST_F(ExchangeTest, NoTradeIsOutsideThePriceBand) {
  // Start 45,000, band 3 %: 43,650 to 46,350.
  Do(Order("far", Side::kSell, "1", "46350.01"));
  Do(Order("edge", Side::kSell, "1", "46350"));
  EXPECT_EQ(Do(Order("b", Side::kBuy, "3", "50000")),
            (Texts{"accepted b 3@50000", "filled b 1@46350 TAKER fee 23.175 USDT leaves 2",
                   "filled edge 1@46350 MAKER fee 4.635 USDT leaves 0"}));
  EXPECT_EQ(exchange_.Top(0).bid, (BookLevel{PriceOf("46350"), QuantityOf("2")}));
  EXPECT_EQ(Do(Order("s", Side::kSell, "1", "1"))[1],
            "filled s 1@46350 TAKER fee 23.175 USDT leaves 0");
  EXPECT_EQ(Do(Order("deep", Side::kBuy, "1", "100")), (Texts{"accepted deep 1@100"}));
}

TEST_F(ExchangeTest, OpenOrdersAreBounded) {
  ExchangeConfig config;
  config.open_orders_max = 1;
  config.finished_orders_max = 1;
  exchange_ = Exchange(FourInstruments(), config);
  Output out;
  exchange_.Resume(kStart, out);
  Do(Order("a", Side::kBuy, "1", "44000"));
  EXPECT_EQ(Do(Order("b", Side::kBuy, "1", "44000")), (Texts{"rejected b VENUE_REJECTED"}));
  Do(CancelOf("a"));
  EXPECT_EQ(exchange_.Find("b"), nullptr) << "the oldest finished order is forgotten";
  EXPECT_NE(exchange_.Find("a"), nullptr);
}

TEST_F(ExchangeTest, CancelAllEmptiesEveryBookOfOurs) {
  Do(Order("a", Side::kBuy, "1", "44000"));
  Do(Order("b", Side::kSell, "1", "181", TimeInForce::kGtc, "IBM"));
  out_ = Output{};
  EXPECT_EQ(exchange_.CancelAll("panic", kStart, out_), 2U);
  ASSERT_EQ(out_.reports.size(), 2U);
  EXPECT_EQ(Text(out_.reports[0]), "canceled a 1 NONE");
  EXPECT_EQ(out_.reports[1].message, "panic");
  EXPECT_EQ(out_.market.size(), 2U);
  EXPECT_EQ(exchange_.open_order_count(), 0U);
  EXPECT_EQ(exchange_.CancelAll("panic", kStart, out_), 0U);
}

TEST_F(ExchangeTest, MarketDataTellsEachTradeAndOneBookChange) {
  Do(Order("a", Side::kSell, "1", "45000"));
  Do(Order("b", Side::kSell, "1", "45001"));
  Do(Order("c", Side::kBuy, "1.5", "45001"));
  ASSERT_EQ(out_.market.size(), 3U);
  const auto& first = std::get<TradePrinted>(out_.market[0]);
  EXPECT_EQ(first,
            (TradePrinted{"BTCUSDT", 3, PriceOf("45000"), QuantityOf("1"), Side::kBuy, kStart}));
  EXPECT_EQ(std::get<TradePrinted>(out_.market[1]).source_seq, 4U);
  const auto& change = std::get<BookChanged>(out_.market[2]);
  EXPECT_EQ(change.source_seq, 5U);
  EXPECT_EQ(change.update, 3U);
  EXPECT_TRUE(change.bids.empty());
  EXPECT_EQ(change.asks, (std::vector<BookLevel>{{PriceOf("45000"), Quantity()},
                                                 {PriceOf("45001"), QuantityOf("0.5")}}));
  EXPECT_EQ(change.top, (TopOfBook{{}, {PriceOf("45001"), QuantityOf("0.5")}}));
  EXPECT_TRUE(change.top_changed);
  Do(Order("d", Side::kSell, "1", "45002"));
  EXPECT_FALSE(std::get<BookChanged>(out_.market[0]).top_changed);

  const BookSnapshot snapshot = exchange_.Snapshot(0, 5);
  EXPECT_EQ(snapshot.update, 4U);
  EXPECT_EQ(snapshot.source_seq, 6U);
  EXPECT_EQ(snapshot.asks.size(), 2U);
}

}  // namespace
}  // namespace tw::live_gateway
