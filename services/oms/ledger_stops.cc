// Stops that oms holds, what ends with its time in force, and orders that may only reduce.
#include <algorithm>

#include "libs/base/check.h"
#include "services/oms/ledger.h"

namespace tw::oms {
namespace {

constexpr int64_t kHundredPercentE8 = 100 * kDecimalScale;

}  // namespace

Price TrailingStop(const NewOrder& order, Price reference) {
  const Instructions& asked = order.asked;
  Price distance = asked.trailing_amount;
  if (!asked.trailing_percent.IsZero()) {
    // Toward the market: the stop is never looser than was asked for.
    distance = Price::FromE8(
        MulDiv(reference.e8(), asked.trailing_percent.e8(), kHundredPercentE8, Rounding::kDown)
            .value_or(0));
  }
  const std::optional<Price> stop =
      Price::CheckedAdd(reference, order.side == Side::kBuy ? distance : -distance);
  return !stop || *stop <= Price() ? Price() : *stop;
}

NewOrder AtVenue(NewOrder order) {
  if (IsStop(order.type)) {
    order.type = order.type == OrderType::kStopLimit ? OrderType::kLimit : OrderType::kMarket;
  }
  return order;
}

Events Ledger::DecideExpiry(OrderId id, Timestamp now) const {
  const Order& order = At(id);
  if (order.phase == Phase::kHeld) {
    return Make(id, now, {Expired{}});
  }
  if (!Transition(order.phase, Step::kCancelRequested)) {
    return {};
  }
  return Make(id, now, {CancelRequested{.expiring = true}});
}

Events Ledger::DecideTrigger(
    OrderId id, Price reference, const RiskAnswer& answer, Timestamp now, Quantity quantity) const {
  if (At(id).phase != Phase::kHeld) {
    return {};
  }
  if (!answer.approved) {
    return Make(id, now, {Rejected{answer.reason, answer.message, answer.detail}});
  }
  return Make(id, now,
              {Triggered{reference, answer.reserve_price, answer.kill_generation, answer.detail,
                         quantity}});
}

Events Ledger::DecideStopMove(OrderId id, Price trigger_price, Timestamp now) const {
  const Order& order = At(id);
  if (order.phase != Phase::kHeld || order.trigger_price == trigger_price) {
    return {};
  }
  return Make(id, now, {StopMoved{trigger_price}});
}

void Ledger::On(Order& order, const Triggered& e) {
  Move(order, Step::kTriggered);
  order.reserve_price = e.reserve_price;
  order.kill_generation = e.kill_generation;
  order.triggered = last_time_;
  if (!e.quantity.IsZero()) {
    order.terms.quantity = e.quantity;
    order.leaves = e.quantity - order.filled;
  }
}

void Ledger::On(Order& order, const StopMoved& e) {
  Move(order, Step::kStopMoved);
  order.trigger_price = e.trigger_price;
}

Quantity Ledger::Position(const std::string& account, const std::string& symbol) const {
  const auto it = positions_.find(Key(account, symbol));
  return it == positions_.end() ? Quantity() : it->second;
}

std::vector<OrderId> Ledger::ExcessiveReduceOnly(const Order& filled) const {
  std::vector<OrderId> excessive;
  const Quantity position = Position(filled.terms.account, filled.terms.symbol);
  const Side closing = position > Quantity() ? Side::kSell : Side::kBuy;
  Quantity room = position.Abs();
  for (const OrderId id : reduce_only_) {
    const Order& order = At(id);
    if (order.terms.account != filled.terms.account || order.terms.symbol != filled.terms.symbol ||
        order.dormant()) {
      continue;
    }
    if (order.terms.side == closing && order.leaves <= room) {
      room -= order.leaves;
    } else {
      excessive.push_back(id);
    }
  }
  return excessive;
}

}  // namespace tw::oms
