#include "services/oms/order_codec.h"

#include <gtest/gtest.h>

#include <string>

namespace tw::oms {
namespace {

// Every field with a value that no other has.
Order Full() {
  int64_t next = 1;
  const auto q = [&] {
    ++next;
    return Quantity::FromE8(next % 2 == 0 ? next : -next);
  };
  const auto p = [&] { return Price::FromE8(next++ << 40); };
  const auto t = [&] { return Timestamp{next++ << 50}; };
  const auto s = [&] {
    ++next;
    return "text " + std::string(static_cast<size_t>(next), 'x') + std::to_string(next);
  };
  Order o;
  NewOrder& n = o.terms;
  n.account = s();
  n.symbol = s();
  n.client_order_id = s();
  n.generated_client_order_id = true;
  n.side = Side::kSell;
  n.type = OrderType::kTrailingStop;
  n.time_in_force = TimeInForce::kGtd;
  n.quantity = q();
  n.price = p();
  n.stop_price = p();
  n.asked = {true, true,
             q(),  StopTrigger::kMark,
             p(),  Percent::FromE8(next++),
             t(),  SelfTradePrevention::kCancelBoth};
  n.first_trigger = p();
  n.expires = t();
  n.parent_order_id = s();
  n.strategy = s();
  n.link = {OrderId(7, 9), LinkKind::kBracket, LinkRole::kLeg};
  o.original_quantity = q();
  o.original_price = p();
  o.original_stop_price = p();
  o.trigger_price = p();
  o.triggered = t();
  o.expiring = true;
  o.yielding = true;
  o.cancel_reason = s();
  o.phase = Phase::kPendingReplace;
  o.filled = q();
  o.leaves = q();
  o.canceled = q();
  o.filled_notional = Money::FromE8(-(next++));
  o.reserve_price = p();
  o.kill_generation = UINT64_MAX;
  o.acknowledged = true;
  o.requested_quantity = q();
  o.requested_price = p();
  o.requested_reserve_price = p();
  o.reject_reason = RejectReason::kDuplicateOrder;
  o.reject_message = s();
  o.venue = s();
  o.uncertain = true;
  o.uncertain_reason = s();
  o.uncertain_since = t();
  o.resolution = {Resolution::Outcome::kFilled, s(), s()};
  o.assumed = q();
  o.assumed_price = p();
  o.operator_fills = 3;
  o.fills = {{s(), q(), p(), Money::FromE8(INT64_MIN)}, {"", Quantity(), Price(), Money()}};
  o.busted = q();
  o.created = t();
  o.updated = t();
  o.sequence = 1ULL << 63;
  return o;
}

TEST(OrderCodecTest, AnOrderComesBackAsItWas) {
  for (const Order& order : {Order(), Full()}) {
    const std::string bytes = EncodeOrder(order);
    const std::unique_ptr<Order> back = DecodeOrder(bytes);
    ASSERT_NE(back, nullptr);
    EXPECT_EQ(EncodeOrder(*back), bytes);
    EXPECT_EQ(back->terms.asked, order.terms.asked);
    EXPECT_EQ(back->terms.account, order.terms.account);
    EXPECT_EQ(back->fills.size(), order.fills.size());
    EXPECT_EQ(back->sequence, order.sequence);
    EXPECT_EQ(back->kill_generation, order.kill_generation);
    EXPECT_EQ(back->filled_notional, order.filled_notional);
    EXPECT_EQ(back->resolution.by, order.resolution.by);
  }
}

// What the codec leaves out would come back as the default.
TEST(OrderCodecTest, NothingIsLeftOut) {
  const Order full = Full();
  const std::unique_ptr<Order> back = DecodeOrder(EncodeOrder(full));
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->terms.generated_client_order_id, full.terms.generated_client_order_id);
  EXPECT_EQ(back->terms.first_trigger, full.terms.first_trigger);
  EXPECT_EQ(back->terms.link.id, full.terms.link.id);
  EXPECT_EQ(back->terms.link.role, full.terms.link.role);
  EXPECT_EQ(back->original_price, full.original_price);
  EXPECT_EQ(back->original_stop_price, full.original_stop_price);
  EXPECT_EQ(back->trigger_price, full.trigger_price);
  EXPECT_EQ(back->triggered, full.triggered);
  EXPECT_EQ(back->requested_reserve_price, full.requested_reserve_price);
  EXPECT_EQ(back->uncertain_since, full.uncertain_since);
  EXPECT_EQ(back->assumed_price, full.assumed_price);
  EXPECT_EQ(back->operator_fills, full.operator_fills);
  EXPECT_EQ(back->busted, full.busted);
  EXPECT_EQ(back->created, full.created);
  EXPECT_EQ(back->fills[0].fee, full.fills[0].fee);
}

TEST(OrderCodecTest, ABriefIsWhatListsAsk) {
  Order order = Full();
  order.phase = Phase::kCanceled;
  const std::string bytes = EncodeOrder(order);
  const std::optional<OrderBrief> brief = DecodeBrief(bytes);
  ASSERT_TRUE(brief.has_value());
  const OrderBrief whole = BriefOf(order);
  EXPECT_EQ(brief->account, whole.account);
  EXPECT_EQ(brief->symbol, whole.symbol);
  EXPECT_EQ(brief->link, whole.link);
  EXPECT_EQ(brief->status, whole.status);
  EXPECT_TRUE(brief->finished);
}

TEST(OrderCodecTest, BytesThatAreCutOrTooManyAreNoOrder) {
  const std::string bytes = EncodeOrder(Full());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeOrder(std::string_view(bytes).substr(0, size)), nullptr) << size;
  }
  EXPECT_EQ(DecodeOrder(bytes + "x"), nullptr);
}

}  // namespace
}  // namespace tw::oms
