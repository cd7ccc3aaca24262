// What self-trade prevention does to an order and to those it would trade with.
#include "services/oms/self_trade.h"

#include <gtest/gtest.h>

#include "tests/services/oms/ledger_world.h"

namespace tw::oms {
namespace {

using testing::Approve;
using testing::Kind;
using testing::kNow;
using testing::Limit;
using testing::World;
using Prevention = SelfTradePrevention;

Quantity Q(int units) {
  return Quantity::FromUnits(units);
}

class SelfTradeTest : public ::testing::Test {
 protected:
  // An order that works at the venue.
  OrderId Rests(Side side, int quantity, const char* price, const char* account = "demo") {
    const OrderId id(1, ++last_);
    NewOrder order = Limit("c-" + std::to_string(last_), std::to_string(quantity).c_str(), price);
    order.side = side;
    order.account = account;
    world_.Take(world_.ledger.Decide(id, order, Approve(), kNow));
    world_.Venue(id, Kind::kAccepted);
    book_.Follow(world_.At(id));
    return id;
  }
  std::vector<OrderId> Against(Side side, const char* price, bool firm = false) {
    if (!book_.active()) {
      book_.Activate(world_.ledger);
    }
    NewOrder order = Limit("new", "10", price);
    order.side = side;
    return book_.Against(order, order.price, firm);
  }
  SelfTradePlan Plan(Prevention prevention, int quantity, const std::vector<OrderId>& against) {
    std::vector<const Order*> orders;
    for (const OrderId id : against) {
      orders.push_back(&world_.At(id));
    }
    return PlanSelfTrade(prevention, Limit("new"), Q(quantity), orders);
  }

  World world_;
  RestingOrders book_;
  uint32_t last_ = 0;
};

TEST_F(SelfTradeTest, MeetsTheOthersSideUpToItsLimitBestFirst) {
  const OrderId far = Rests(Side::kSell, 1, "102");
  const OrderId near = Rests(Side::kSell, 1, "100");
  const OrderId second = Rests(Side::kSell, 1, "100");
  Rests(Side::kSell, 1, "103");
  Rests(Side::kBuy, 1, "99");
  EXPECT_EQ(Against(Side::kBuy, "102"), (std::vector<OrderId>{near, second, far}));
  EXPECT_EQ(Against(Side::kBuy, "99"), std::vector<OrderId>());
  const OrderId better = Rests(Side::kBuy, 1, "99.5");
  EXPECT_EQ(Against(Side::kSell, "99.5"), std::vector<OrderId>{better});
}

TEST_F(SelfTradeTest, OnesOwnAreTheAccountsOrTheFirms) {
  const OrderId other = Rests(Side::kSell, 1, "100", "other");
  EXPECT_EQ(Against(Side::kBuy, "100"), std::vector<OrderId>());
  EXPECT_EQ(Against(Side::kBuy, "100", /*firm=*/true), std::vector<OrderId>{other});
}

TEST_F(SelfTradeTest, OneThatIsOverIsNotMet) {
  const OrderId sell = Rests(Side::kSell, 1, "100");
  ASSERT_EQ(Against(Side::kBuy, "100").size(), 1U);
  world_.Venue(sell, Kind::kCanceled);
  book_.Follow(world_.At(sell));
  EXPECT_EQ(Against(Side::kBuy, "100"), std::vector<OrderId>());
}

TEST_F(SelfTradeTest, WhileAReplaceIsPendingBothPricesCount) {
  const OrderId sell = Rests(Side::kSell, 1, "105");
  ASSERT_EQ(Against(Side::kBuy, "100").size(), 0U);
  world_.Take(
      world_.ledger.DecideReplace(sell, {Q(1), *Price::Parse("100"), Price()}, Approve(), kNow));
  book_.Follow(world_.At(sell));
  EXPECT_EQ(Against(Side::kBuy, "100").size(), 1U);
}

TEST_F(SelfTradeTest, TheNewestIsRefused) {
  const OrderId sell = Rests(Side::kSell, 4, "100");
  const SelfTradePlan plan = Plan(Prevention::kCancelNewest, 10, {sell});
  EXPECT_EQ(plan.refusal, "would trade with an order of its own, 1-1");
  EXPECT_TRUE(plan.cancels.empty());
  EXPECT_TRUE(plan.reductions.empty());
}

TEST_F(SelfTradeTest, TheOldestAreCanceled) {
  const std::vector<OrderId> sells = {Rests(Side::kSell, 4, "100"), Rests(Side::kSell, 4, "101")};
  const SelfTradePlan plan = Plan(Prevention::kCancelOldest, 10, sells);
  EXPECT_EQ(plan.refusal, "");
  EXPECT_EQ(plan.cancels, sells);
  EXPECT_TRUE(plan.quantity.IsZero()) << "all of the new one goes out";
}

TEST_F(SelfTradeTest, BothAreCanceled) {
  const std::vector<OrderId> sells = {Rests(Side::kSell, 4, "100"), Rests(Side::kSell, 4, "101")};
  const SelfTradePlan plan = Plan(Prevention::kCancelBoth, 10, sells);
  EXPECT_EQ(plan.refusal, "would trade with an order of its own, 1-1 and 1 more");
  EXPECT_EQ(plan.cancels, sells);
}

TEST_F(SelfTradeTest, DecrementTakesTheSmallerOffBoth) {
  const OrderId small = Rests(Side::kSell, 4, "100");
  const OrderId large = Rests(Side::kSell, 20, "101");
  const SelfTradePlan more = Plan(Prevention::kDecrement, 10, {small});
  EXPECT_EQ(more.refusal, "");
  EXPECT_EQ(more.quantity, Q(6));
  EXPECT_EQ(more.cancels, std::vector<OrderId>{small});
  const SelfTradePlan less = Plan(Prevention::kDecrement, 10, {small, large});
  EXPECT_NE(less.refusal, "") << "nothing is left of it";
  EXPECT_EQ(less.cancels, std::vector<OrderId>{small});
  ASSERT_EQ(less.reductions.size(), 1U);
  EXPECT_EQ(less.reductions[0], std::pair(large, Q(14)));
}

TEST_F(SelfTradeTest, NoneLetsThemTrade) {
  const OrderId sell = Rests(Side::kSell, 4, "100");
  EXPECT_TRUE(Plan(Prevention::kNone, 10, {sell}).empty());
  EXPECT_TRUE(Plan(Prevention::kCancelBoth, 10, {}).empty());
}

}  // namespace
}  // namespace tw::oms
