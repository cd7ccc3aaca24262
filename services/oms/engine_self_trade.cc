// The engine's part in self-trade prevention: it looks once risk has answered, when everything that
// came before is in the ledger, and lets an order out only when those that it would have traded
// with are over.
//
// The order and the cancels of those before it do not travel in one lane, so it waits here for the
// venue's word about them. What waits is no more than what the ledger says: a restart finds it
// anew.
#include "libs/log/log.h"
#include "services/oms/engine.h"

namespace tw::oms {

SelfTradePolicy Engine::PolicyOf(const NewOrder& order) const {
  SelfTradePolicy policy;
  if (!policies_.empty()) {
    const auto it = policies_.find(order.account);
    policy = it == policies_.end() ? policy : it->second;
  }
  if (order.asked.self_trade != SelfTradePrevention::kUnspecified) {
    policy.prevention = order.asked.self_trade;
  }
  if (order.asked.post_only) {
    policy.prevention = SelfTradePrevention::kNone;  // it never trades as the one who comes
  }
  return policy;
}

// Open orders of its own that `order` would meet at the venue.
std::vector<const Order*> Engine::OwnAgainst(OrderId id,
                                             const NewOrder& order,
                                             Price reserve_price) {
  if (!resting_.active()) {
    resting_.Activate(ledger_);
  }
  const Price limit = order.price.IsZero() ? reserve_price : order.price;
  std::vector<const Order*> against;
  for (const OrderId other : resting_.Against(order, limit, PolicyOf(order).firm)) {
    if (other != id) {
      against.push_back(ledger_.Find(other));
    }
  }
  return against;
}

SelfTradePlan Engine::PlanFor(OrderId id, const NewOrder& order, const RiskAnswer& answer) {
  const SelfTradePrevention prevention = PolicyOf(order).prevention;
  const bool goes_out = answer.approved && !IsStop(order.type) && !waiting_.contains(id);
  if (!goes_out || prevention == SelfTradePrevention::kNone) {
    return {};
  }
  return PlanSelfTrade(prevention, order, order.quantity,
                       OwnAgainst(id, order, answer.reserve_price));
}

// Does to the others what the plan says. What takes the place of risk's answer about the order
// itself; nullopt: that stands.
std::optional<RiskAnswer> Engine::Prevent(const SelfTradePlan& plan,
                                          OrderId by,
                                          const RiskAnswer& answer) {
  if (plan.empty()) {
    return std::nullopt;
  }
  metrics_.SelfTradePrevented();
  const std::string reason = "self-trade with order " + by.ToString();
  for (const OrderId id : plan.cancels) {
    if (store_->HasSpace(journal::Lane::kPriority)) {
      Commit(CancelEvents(id, reason));
    }
  }
  for (const auto& [id, total] : plan.reductions) {
    const Order& order = *ledger_.Find(id);
    RiskAnswer less;  // it only gets smaller: nothing that risk would have to decide
    less.approved = true;
    less.reserve_price = order.reserve_price;
    less.kill_generation = order.kill_generation;
    if (store_->HasSpace(journal::Lane::kPriority)) {
      Commit(ledger_.DecideReplace(id, {total, order.terms.price, order.terms.stop_price}, less,
                                   clock_.Now()));
    }
  }
  if (plan.refusal.empty()) {
    return std::nullopt;
  }
  return Refused(answer, plan.refusal);
}

RiskAnswer Engine::Refused(const RiskAnswer& answer, const std::string& why) {
  RiskAnswer refused = answer;
  refused.approved = false;
  refused.reason = RejectReason::kSelfTrade;
  refused.message = why;
  return refused;
}

// Whether an order that could go out must let others end first.
Engine::Wait Engine::WaitOf(const Order& order) {
  const SelfTradePrevention prevention = PolicyOf(order.terms).prevention;
  if (prevention != SelfTradePrevention::kCancelOldest &&
      prevention != SelfTradePrevention::kDecrement) {
    return Wait::kNone;
  }
  const NewOrder terms = AtVenue(order.terms);
  Wait wait = Wait::kNone;
  for (const Order* other : OwnAgainst(order.id, terms, order.reserve_price)) {
    if (other->phase != Phase::kPendingCancel) {
      return Wait::kInVain;
    }
    wait = Wait::kForCancels;
  }
  return wait;
}

// Those whose way has become free, and those that wait in vain: the venue did not cancel the other.
void Engine::SendWaiting() {
  const std::vector<OrderId> ids(waiting_.begin(), waiting_.end());
  for (const OrderId id : ids) {
    const Order& order = *ledger_.Find(id);
    if (order.phase != Phase::kPendingNew) {
      waiting_.erase(id);
      continue;
    }
    switch (WaitOf(order)) {
      case Wait::kForCancels: break;
      case Wait::kNone:
        waiting_.erase(id);
        if (route_caught_up_) {
          *route_batch_.add_commands()->mutable_place() = EncodePlace(order);
        }
        break;
      case Wait::kInVain:
        if (store_->HasSpace(journal::Lane::kPriority)) {
          const Events events = CancelEvents(id, "an order of its own could not be canceled");
          waiting_.erase(id);
          Commit(events);
        }
        break;
    }
  }
}

// What waits here was never sent: there is nobody to ask.
Events Engine::CancelEvents(OrderId id, const std::string& reason, bool yielding) const {
  return waiting_.contains(id) ? ledger_.DecideUnsent(id, reason, clock_.Now())
                               : ledger_.DecideCancel(id, clock_.Now(), reason, yielding);
}

}  // namespace tw::oms
