#include "services/execution-quality/order_tca.h"

#include <gtest/gtest.h>

#include "services/execution-quality/quality.h"

namespace tw::eq {
namespace {

Price P(const char* text) {
  return *Price::Parse(text);
}
Quantity Q(const char* text) {
  return *Quantity::Parse(text);
}
Money M(const char* text) {
  return *Money::Parse(text);
}
Timestamp At(int64_t millis) {
  return Timestamp{} + Duration::Seconds(1'000) + Duration::Millis(millis);
}

TEST(MidOfTest, NeedsBothSidesUncrossed) {
  EXPECT_EQ(MidOf(P("99"), P("101")), P("100"));
  EXPECT_EQ(MidOf(P("100"), P("100")), P("100"));
  EXPECT_EQ(MidOf(Price::FromE8(1), Price::FromE8(2)), Price::FromE8(2));  // 1.5 goes up
  EXPECT_EQ(MidOf(Price(), P("101")), std::nullopt);
  EXPECT_EQ(MidOf(P("99"), Price()), std::nullopt);
  EXPECT_EQ(MidOf(P("101"), P("99")), std::nullopt);
}

// clang-format off
TEST(FillSlippageTest, IsPositiveWhenItHurts) {
  struct Row { Side side; const char* mid; const char* quantity; const char* price;
               const char* per_unit; const char* bps; const char* cost; };
  const Row rows[] = {
      {Side::kBuy,  "100",   "2",   "101",     "1",    "100",   "2"},      // paid up
      {Side::kBuy,  "100",   "2",   "99",      "-1",   "-100",  "-2"},     // bought below the mid
      {Side::kSell, "100",   "2",   "99",      "1",    "100",   "2"},      // a sell below arrival is a cost
      {Side::kSell, "100",   "2",   "101",     "-1",   "-100",  "-2"},
      {Side::kBuy,  "100",   "2",   "100",     "0",    "0",     "0"},
      {Side::kBuy,  "45000", "0.1", "45004.5", "4.5",  "1",     "0.45"},   // a basis point
      {Side::kSell, "45000", "0.1", "44998.2", "1.8",  "0.4",   "0.18"},
  };
  for (const Row& r : rows) {
    const Slippage s = FillSlippage(r.side, P(r.mid), Q(r.quantity), P(r.price));
    EXPECT_EQ(s.per_unit, P(r.per_unit)) << r.price;
    EXPECT_EQ(FormatE8(s.bps_e8), r.bps) << r.price;
    EXPECT_EQ(s.cost, M(r.cost)) << r.price;
  }
}
// clang-format on

OrderChange Approved(uint64_t sequence, OrderId id, Side side, const char* quantity) {
  OrderChange c;
  c.sequence = sequence;
  c.time = At(0);
  c.order_id = id;
  c.account = "demo";
  c.symbol = "BTCUSDT";
  c.side = side;
  c.quantity = Q(quantity);
  c.created = At(0);
  c.approved = true;
  c.reference_bid = P("99");
  c.reference_ask = P("101");
  return c;
}

OrderChange Filled(uint64_t sequence,
                   OrderChange of,
                   const char* quantity,
                   const char* price,
                   int64_t millis,
                   const char* venue = "PAPER") {
  of.sequence = sequence;
  of.time = At(millis);
  of.approved = false;
  of.venue = venue;
  of.fill = FillRecord{.fill_id = "f" + std::to_string(sequence),
                       .quantity = Q(quantity),
                       .price = P(price),
                       .fee = M("0.1"),
                       .time = At(millis)};
  return of;
}

OrderChange Finished(OrderChange of) {
  of.finished = true;
  return of;
}

TEST(QualityTest, AnOrderInTwoFills) {
  Quality quality({});
  const OrderId id(1, 1);
  const OrderChange order = Approved(1, id, Side::kSell, "4");
  quality.Apply(order);
  quality.Apply(Filled(2, order, "1", "99", 10));
  quality.Apply(Filled(3, order, "2", "97.5", 250));
  const OrderRecord* const record = quality.Find(id);
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->arrival_mid, P("100"));
  EXPECT_EQ(record->filled_notional, M("294"));  // 99 + 195
  EXPECT_EQ(record->fees, M("0.2"));
  EXPECT_EQ(FormatE8(FillRateE8(*record)), "0.75");
  const auto slippage = OrderSlippage(*record);
  ASSERT_TRUE(slippage.has_value());
  EXPECT_EQ(slippage->cost, M("6"));  // 300 at the mid, 294 got
  EXPECT_EQ(slippage->per_unit, P("2"));
  EXPECT_EQ(FormatE8(slippage->bps_e8), "200");
  EXPECT_EQ(TimeToFirstFill(*record), Duration::Millis(10));
  EXPECT_EQ(TimeToLastFill(*record), Duration::Millis(250));
}

TEST(QualityTest, ATradeTakenBackOrPutRightCountsAsItIsNow) {
  Quality quality({});
  const OrderId id(1, 1);
  const OrderChange order = Approved(1, id, Side::kBuy, "4");
  quality.Apply(order);
  quality.Apply(Filled(2, order, "1", "110", 10));
  quality.Apply(Finished(Filled(3, order, "3", "102", 20)));
  const auto adjust = [&](uint64_t sequence, const char* quantity, const char* price,
                          const char* fee, const char* of) {
    OrderChange change = Finished(Filled(sequence, order, quantity, price, 900));
    change.fill->fee = M(fee);
    change.fill->original_id = of;
    quality.Apply(change);
  };
  adjust(4, "-1", "110", "-0.1", "f2");  // busted
  adjust(5, "-3", "102", "-0.1", "f3");  // corrected
  adjust(6, "2", "101", "0.05", "f3");
  const OrderRecord& now = *quality.Find(id);
  EXPECT_EQ(now.filled, Q("2"));
  EXPECT_EQ(now.filled_notional, M("202"));
  EXPECT_EQ(now.fees, M("0.05"));
  ASSERT_EQ(now.fills.size(), 1u);
  EXPECT_EQ(now.fills[0].fill_id, "f3");
  EXPECT_EQ(now.fill_count, 1);
  EXPECT_EQ(TimeToLastFill(now), Duration::Millis(20)) << "no trade is as late as its correction";
  const VenueView venue = quality.Venues().at(0);
  EXPECT_EQ(venue.fills, 1);
  EXPECT_EQ(FormatE8(*venue.fill_rate_e8), "0.5");
  EXPECT_EQ(FormatE8(*venue.slippage_bps_e8), "100");
}

TEST(QualityTest, WithoutAFillThereIsNoFigure) {
  Quality quality({});
  const OrderId id(1, 1);
  quality.Apply(Approved(1, id, Side::kBuy, "4"));
  const OrderRecord* const record = quality.Find(id);
  EXPECT_EQ(OrderSlippage(*record), std::nullopt);
  EXPECT_EQ(FillRateE8(*record), 0);
  EXPECT_EQ(TimeToFirstFill(*record), std::nullopt);
}

TEST(QualityTest, AnEventSeenTwiceCountsOnce) {
  Quality quality({});
  const OrderId id(1, 1);
  const OrderChange order = Approved(1, id, Side::kBuy, "4");
  EXPECT_TRUE(quality.Apply(order));
  EXPECT_TRUE(quality.Apply(Filled(2, order, "1", "101", 10)));
  EXPECT_FALSE(quality.Apply(Filled(2, order, "1", "101", 10)));
  EXPECT_FALSE(quality.Apply(order));
  EXPECT_EQ(quality.Find(id)->filled, Q("1"));
}

TEST(QualityTest, ARefusedOrderIsNotKept) {
  Quality quality({});
  OrderChange refused = Finished(Approved(1, OrderId(1, 1), Side::kBuy, "4"));
  refused.approved = false;
  EXPECT_TRUE(quality.Apply(refused));
  EXPECT_EQ(quality.Find(OrderId(1, 1)), nullptr);
}

TEST(QualityTest, OldFinishedOrdersLeaveButStayInTheVenuesTotals) {
  Quality quality({.finished_max = 2, .fills_max = 1});
  uint64_t sequence = 0;
  for (uint32_t n = 1; n <= 4; ++n) {
    const OrderChange order = Approved(++sequence, OrderId(1, n), Side::kBuy, "2");
    quality.Apply(order);
    quality.Apply(Filled(++sequence, order, "1", "101", 10));
    ++sequence;
    quality.Apply(Finished(Filled(sequence, order, "1", "101", 10)));
  }
  EXPECT_EQ(quality.Find(OrderId(1, 1)), nullptr);
  EXPECT_EQ(quality.Find(OrderId(1, 2)), nullptr);
  ASSERT_NE(quality.Find(OrderId(1, 3)), nullptr);
  EXPECT_EQ(quality.Find(OrderId(1, 3))->fills.size(), 1u);
  EXPECT_EQ(quality.Find(OrderId(1, 3))->fill_count, 2);
  EXPECT_EQ(quality.forgotten(), 2u);
  ASSERT_EQ(quality.Venues().size(), 1u);
  EXPECT_EQ(quality.Venues()[0].orders, 4);
  EXPECT_EQ(quality.Venues()[0].fills, 8);
}

// A mid for every symbol.
Quality::MidOfSymbol Mid(const char* price) {
  return [price](const std::string&) { return std::optional(P(price)); };
}

void See(Quality& quality, Timestamp now, const Quality::MidOfSymbol& mid) {
  for (const Sighting& sighting : quality.Due(now, mid)) {
    quality.Apply(sighting);
  }
}

TEST(MarkOutTest, IsTheMidSomeTimeAfterAFillAgainstItsPrice) {
  Quality quality({});
  const OrderId id(1, 1);
  const OrderChange order = Approved(1, id, Side::kBuy, "4");
  quality.Apply(order);
  quality.Apply(Filled(2, order, "1", "100", 0));
  quality.Apply(Filled(3, order, "3", "100", 500));
  See(quality, At(999), Mid("1"));
  EXPECT_EQ(OrderMarkOut(*quality.Find(id), 0).bps_e8(), std::nullopt) << "not yet";
  See(quality, At(1'000), Mid("99"));    // bought, and it fell: 100 bps
  See(quality, At(1'500), Mid("101"));   // of the other three: it rose
  See(quality, At(10'000), Mid("102"));  // of the first alone
  const OrderRecord& record = *quality.Find(id);
  EXPECT_EQ(FormatE8(*OrderMarkOut(record, 0).bps_e8()), "-50");  // (1 - 3) of 400
  EXPECT_EQ(OrderMarkOut(record, 0).fills, 2);
  EXPECT_EQ(FormatE8(*OrderMarkOut(record, 1).bps_e8()), "-200");
  EXPECT_EQ(OrderMarkOut(record, 1).fills, 1);
  EXPECT_EQ(OrderMarkOut(record, 2).bps_e8(), std::nullopt);
}

TEST(MarkOutTest, OfASaleARiseHurts) {
  MarkOut sum;
  sum.Add(Side::kSell, P("101"), Q("2"), P("100"));
  EXPECT_EQ(FormatE8(*sum.bps_e8()), "100");
}

TEST(MarkOutTest, WhatNobodySawIsNotMadeUp) {
  Quality quality({});
  const OrderId id(1, 1);
  const OrderChange order = Approved(1, id, Side::kBuy, "4");
  quality.Apply(order);
  quality.Apply(Filled(2, order, "4", "100", 0));
  See(quality, At(1'000), [](const std::string&) { return std::nullopt; });  // a stale book
  See(quality, At(3'600'000), Mid("99"));  // a fill of an hour ago, read from the ledger
  for (size_t i = 0; i < kHorizons.size(); ++i) {
    EXPECT_EQ(OrderMarkOut(*quality.Find(id), i).bps_e8(), std::nullopt);
  }
}

TEST(MarkOutTest, ATradeThatIsTakenBackHasNone) {
  Quality quality({});
  const OrderId id(1, 1);
  const OrderChange order = Approved(1, id, Side::kBuy, "4");
  quality.Apply(order);
  quality.Apply(Filled(2, order, "4", "100", 0));
  OrderChange busted = Filled(3, order, "-4", "100", 10);
  busted.fill->original_id = "f2";
  quality.Apply(busted);
  See(quality, At(1'000), Mid("99"));
  EXPECT_EQ(OrderMarkOut(*quality.Find(id), 0).bps_e8(), std::nullopt);
}

TEST(MarkOutTest, VenuesSumThoseOfTheirFills) {
  Quality quality({});
  for (uint32_t n = 1; n <= 2; ++n) {
    const OrderChange order = Approved(2 * n - 1, OrderId(1, n), Side::kBuy, "1");
    quality.Apply(order);
    quality.Apply(Finished(Filled(2 * n, order, "1", "100", 0)));
  }
  See(quality, At(1'000), Mid("99"));
  const VenueView venue = quality.Venues().at(0);
  EXPECT_EQ(venue.mark_outs[0].fills, 2);
  EXPECT_EQ(FormatE8(*venue.mark_outs[0].bps_e8()), "100");
  EXPECT_EQ(venue.mark_outs[1].bps_e8(), std::nullopt);
}

TEST(ShortfallTest, IsWhatWasDoneFeesAndWhatWasLeftUndone) {
  Quality quality({});
  const OrderId id(1, 1);
  const OrderChange order = Approved(1, id, Side::kBuy, "4");  // the arrival mid is 100
  quality.Apply(order);
  quality.Apply(Filled(2, order, "1", "102", 10));
  EXPECT_EQ(OrderShortfall(*quality.Find(id)), std::nullopt) << "three are still to be bought";
  OrderChange canceled = Finished(order);
  canceled.sequence = 3;
  canceled.approved = false;
  quality.Apply(canceled);
  See(quality, canceled.time, Mid("105"));
  const auto shortfall = OrderShortfall(*quality.Find(id));
  ASSERT_TRUE(shortfall.has_value());
  EXPECT_EQ(shortfall->opportunity, M("15"));       // three, five dearer now
  EXPECT_EQ(shortfall->total, M("17.1"));           // 2 paid up, 0.1 of fees
  EXPECT_EQ(FormatE8(shortfall->bps_e8), "427.5");  // of 400
}

TEST(ShortfallTest, TheMidAtTheEndOfAnOrderIsSeenAsItEndsOrNotAtAll) {
  Quality quality({});
  const OrderChange order = Approved(1, OrderId(1, 1), Side::kBuy, "4");
  quality.Apply(order);
  OrderChange canceled = Finished(order);
  canceled.sequence = 2;
  canceled.approved = false;
  quality.Apply(canceled);
  See(quality, canceled.time + Duration::Millis(1'001), Mid("105"));  // read from the ledger later
  See(quality, canceled.time, Mid("105"));                            // looked at once
  EXPECT_EQ(quality.Find(OrderId(1, 1))->end_mid, std::nullopt);
}

TEST(MarkOutTest, WhatIsReadFromAnOldLedgerTakesNoPlaceFromWhatIsSeen) {
  Quality quality({.mark_outs_max = 2});
  uint64_t sequence = 0;
  for (uint32_t n = 1; n <= 5; ++n) {  // an hour apart, and nobody looks
    OrderChange order = Approved(++sequence, OrderId(1, n), Side::kBuy, "1");
    quality.Apply(order);
    quality.Apply(Finished(Filled(++sequence, order, "1", "100", int64_t{3'600'000} * n)));
  }
  See(quality, At(5 * 3'600'000 + 1'000), Mid("99"));
  EXPECT_EQ(OrderMarkOut(*quality.Find(OrderId(1, 5)), 0).fills, 1);
}

TEST(ShortfallTest, OfAnOrderThatFilledNeedsNoMidAtItsEnd) {
  Quality quality({});
  const OrderId id(1, 1);
  const OrderChange order = Approved(1, id, Side::kSell, "1");
  quality.Apply(order);
  quality.Apply(Finished(Filled(2, order, "1", "99", 10)));
  EXPECT_EQ(OrderShortfall(*quality.Find(id))->total, M("1.1"));
}

TEST(ShortfallTest, WithoutAMidAtTheEndOfWhatWasLeftThereIsNone) {
  Quality quality({});
  const OrderId id(1, 1);
  const OrderChange order = Approved(1, id, Side::kSell, "2");
  quality.Apply(order);
  quality.Apply(Finished(Filled(2, order, "1", "99", 10)));
  EXPECT_EQ(OrderShortfall(*quality.Find(id)), std::nullopt);
}

TEST(VenueStatsTest, RanksByCost) {
  Quality quality({});
  struct Row {
    const char* venue;
    const char* filled;
    const char* price;
    int64_t millis;
  };
  // Each order is a buy of 2 at an arrival mid of 100.
  const Row rows[] = {
      {"DEAR", "2", "102", 10},   // 200 bps
      {"CHEAP", "1", "101", 30},  // 100 bps on half of it
      {"CHEAP", "2", "100", 20},  // 0 bps
  };
  uint64_t sequence = 0;
  uint32_t number = 0;
  for (const Row& r : rows) {
    const OrderChange order = Approved(++sequence, OrderId(1, ++number), Side::kBuy, "2");
    quality.Apply(order);
    ++sequence;
    quality.Apply(Finished(Filled(sequence, order, r.filled, r.price, r.millis, r.venue)));
  }
  OrderChange idle = Approved(++sequence, OrderId(1, ++number), Side::kBuy, "2");
  quality.Apply(idle);
  idle.sequence = ++sequence;
  idle.venue = "IDLE";
  quality.Apply(Finished(idle));

  const std::vector<VenueView> venues = quality.Venues();
  ASSERT_EQ(venues.size(), 3u);
  EXPECT_EQ(venues[0].venue, "CHEAP");
  EXPECT_EQ(venues[0].rank, 1);
  EXPECT_EQ(venues[0].orders, 2);
  EXPECT_EQ(FormatE8(*venues[0].fill_rate_e8), "0.75");            // 300 of 400
  EXPECT_EQ(FormatE8(*venues[0].slippage_bps_e8), "33.33333333");  // 1 of 300
  EXPECT_EQ(venues[0].time_to_first_fill_p50, Duration::Millis(20));
  EXPECT_EQ(venues[1].venue, "DEAR");
  EXPECT_EQ(FormatE8(*venues[1].slippage_bps_e8), "200");
  EXPECT_EQ(venues[2].venue, "IDLE");
  EXPECT_EQ(venues[2].rank, 3);
  EXPECT_EQ(venues[2].slippage_bps_e8, std::nullopt);
  EXPECT_EQ(venues[2].fill_rate_e8, 0);
}

}  // namespace
}  // namespace tw::eq
