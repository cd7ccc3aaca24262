#include "services/exeq/routing/plan.h"

#include <gtest/gtest.h>

#include <set>

#include "libs/core/instrument.h"
#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::exeq {
namespace {

Price P(const std::string& text) {
  return *Price::Parse(text);
}
Quantity Q(const std::string& text) {
  return *Quantity::Parse(text);
}

VenueFacts Venue(const std::string& name,
                 const std::string& bid,
                 const std::string& ask,
                 const std::string& size = "1") {
  VenueFacts venue;
  venue.name = name;
  venue.connected = true;
  venue.takes_orders = true;
  venue.bid = P(bid);
  venue.ask = P(ask);
  venue.bid_size = Q(size);
  venue.ask_size = Q(size);
  return venue;
}

PlanRequest Buy(const std::string& quantity, const std::string& limit = "0") {
  PlanRequest request;
  request.limit = P(limit);
  request.quantity = Q(quantity);
  request.rests = limit != "0";
  request.lot = Q("0.1");
  request.minimum = Q("0.1");
  return request;
}

std::string Text(const std::vector<Allocation>& parts) {
  std::string text;
  for (const Allocation& part : parts) {
    text += (text.empty() ? "" : ", ") + part.venue + " " + part.quantity.ToString();
  }
  return text;
}

std::string PlanText(const PlanRequest& request, const std::vector<VenueFacts>& venues) {
  return Text(Plan(request, venues, PlanWeights()));
}

TEST(PlanTest, TakesWhatIsCheapestFirstUpToWhatIsShown) {
  const std::vector<VenueFacts> venues = {Venue("A", "99", "101", "2"),
                                          Venue("B", "99", "100", "1")};
  EXPECT_EQ(PlanText(Buy("0.5"), venues), "B 0.5");
  EXPECT_EQ(PlanText(Buy("2.5"), venues), "B 1, A 1.5");
  EXPECT_EQ(PlanText(Buy("5"), venues), "B 3, A 2");  // more than is shown: deeper at the best
  PlanRequest sell = Buy("0.5");
  sell.side = Side::kSell;
  std::vector<VenueFacts> better = venues;
  better[0].bid = P("99.5");
  EXPECT_EQ(PlanText(sell, better), "A 0.5");
}

TEST(PlanTest, FeesLatencyFailuresAndMinimumFeesCount) {
  std::vector<VenueFacts> venues = {Venue("A", "99", "100"), Venue("B", "99", "100")};
  EXPECT_EQ(PlanText(Buy("1"), venues), "A 1");
  venues[0].taker_fee_e8 = 10'000;
  EXPECT_EQ(PlanText(Buy("1"), venues), "B 1");
  venues[1].taker_fee_e8 = 10'000;
  venues[0].latency = Duration::Millis(50);
  EXPECT_EQ(PlanText(Buy("1"), venues), "B 1");
  venues[1].failures = 3;
  EXPECT_EQ(PlanText(Buy("1"), venues), "A 1");
  venues[0].minimum_fee_e8 = P("1").e8();  // a percent of so little
  EXPECT_EQ(PlanText(Buy("1"), venues), "B 1");
  PlanRequest sell = Buy("1");
  sell.side = Side::kSell;
  EXPECT_EQ(PlanText(sell, venues), "B 1");
}

TEST(PlanTest, WhatDoesNotTradeRestsWhereRestingIsCheapest) {
  std::vector<VenueFacts> venues = {Venue("A", "99", "101"), Venue("B", "99", "100")};
  venues[1].maker_fee_e8 = 5'000;
  EXPECT_EQ(PlanText(Buy("3", "98"), venues), "A 3");
  EXPECT_EQ(PlanText(Buy("3", "100"), venues), "B 1, A 2");
  EXPECT_EQ(PlanText(Buy("3", "101"), venues), "B 1, A 2");  // A's own part and the rest
  PlanRequest small = Buy("1.1", "100");
  small.minimum = Q("0.5");
  EXPECT_EQ(PlanText(small, venues), "B 1.1");  // the rest is no order of its own
}

TEST(PlanTest, VenuesThatTakeNoOrdersAreLeftOutUnlessThereIsNoOther) {
  std::vector<VenueFacts> venues = {Venue("A", "99", "100"), Venue("B", "99", "101")};
  venues[0].takes_orders = false;
  EXPECT_EQ(PlanText(Buy("1"), venues), "B 1");
  venues[1].connected = false;
  EXPECT_EQ(PlanText(Buy("1"), venues), "A 1");  // whose refusal is an answer
  EXPECT_EQ(PlanText(Buy("1"), {}), "");
}

TEST(PlanTest, WhatMustStayInOnePieceGoesToOneVenue) {
  std::vector<VenueFacts> venues = {Venue("A", "99", "101", "9"), Venue("B", "99", "100", "1")};
  PlanRequest fok = Buy("5", "101");
  fok.rests = false;
  fok.in_one_piece = true;
  EXPECT_EQ(PlanText(fok, venues), "A 5");
  PlanRequest post_only = Buy("5", "100");
  post_only.in_one_piece = true;
  post_only.must_not_trade = true;
  EXPECT_EQ(PlanText(post_only, venues), "A 5");  // at B it would trade
}

TEST(PlanTest, WhatIsOnlyToTradeGoesNowhereElse) {
  PlanRequest again = Buy("1");
  again.only_to_trade = true;
  EXPECT_EQ(PlanText(again, {Venue("A", "99", "100")}), "A 1");
  again.limit = P("99.5");
  EXPECT_EQ(PlanText(again, {Venue("A", "99", "100")}), "");
  VenueFacts blind = Venue("A", "99", "100");
  blind.ask = Price();
  EXPECT_EQ(PlanText(again, {blind}), "");
}

// Whatever the market: the parts are the whole, whole lots of it but for the last bit, one for each
// venue at most.
TEST(PlanTest, ThePartsAreTheWhole) {
  Prng prng(TestSeed(22'001));
  for (int i = 0; i < 20'000; ++i) {
    std::vector<VenueFacts> venues;
    for (int v = 0; v < prng.Between(1, 5); ++v) {
      VenueFacts venue = Venue(std::string(1, static_cast<char>('A' + v)), "0", "0", "0");
      venue.connected = prng.Percent(90);
      venue.takes_orders = prng.Percent(90);
      if (prng.Percent(85)) {
        venue.bid = Price::FromE8(prng.Between(9'000, 10'000) * 1'000'000);
        venue.ask = Price::FromE8(prng.Between(9'500, 10'500) * 1'000'000);
        venue.bid_size = Quantity::FromE8(prng.Between(0, 50) * 1'000'000);
        venue.ask_size = Quantity::FromE8(prng.Between(0, 50) * 1'000'000);
      }
      venue.taker_fee_e8 = prng.Between(-5'000, 50'000);
      venue.failures = prng.Between(0, 3);
      venues.push_back(venue);
    }
    PlanRequest request = Buy("1");
    request.side = prng.Percent(50) ? Side::kBuy : Side::kSell;
    request.limit =
        prng.Percent(50) ? Price() : Price::FromE8(prng.Between(9'000, 10'500) * 1'000'000);
    request.quantity = Quantity::FromE8(prng.Between(1, 300) * 10'000'000);
    request.rests = prng.Percent(50);
    request.in_one_piece = prng.Percent(20);
    const std::vector<Allocation> parts = Plan(request, venues, PlanWeights());
    Quantity sum;
    std::set<std::string> names;
    for (const Allocation& part : parts) {
      sum += part.quantity;
      ASSERT_GE(part.quantity, request.minimum);
      ASSERT_TRUE(IsMultiple(part.quantity.e8(), request.lot.e8()));
      ASSERT_TRUE(names.insert(part.venue).second);
    }
    ASSERT_EQ(sum, request.quantity);
    ASSERT_TRUE(!request.in_one_piece || parts.size() == 1);
  }
}

}  // namespace
}  // namespace tw::exeq
