#include "services/oms/self_trade.h"

#include <algorithm>

namespace tw::oms {
namespace {

bool Rests(const Order& order) {
  const bool limit =
      order.terms.type == OrderType::kLimit || order.terms.type == OrderType::kStopLimit;
  const bool passing = order.terms.time_in_force == TimeInForce::kIoc ||
                       order.terms.time_in_force == TimeInForce::kFok;
  return limit && !passing && !IsTerminal(order.phase) && order.phase != Phase::kHeld;
}

// The one of its prices that trades first.
Price PriceOf(const Order& order) {
  if (order.phase != Phase::kPendingReplace) {
    return order.terms.price;
  }
  return order.terms.side == Side::kBuy ? std::max(order.terms.price, order.requested_price)
                                        : std::min(order.terms.price, order.requested_price);
}

std::string Names(const std::vector<const Order*>& orders) {
  std::string names = orders.front()->id.ToString();
  if (orders.size() > 1) {
    names += " and " + std::to_string(orders.size() - 1) + " more";
  }
  return names;
}

// The smaller quantity off both, from the first that would be met on.
SelfTradePlan Decrement(Quantity left, const std::vector<const Order*>& against) {
  SelfTradePlan plan;
  for (const Order* resting : against) {
    if (left.IsZero()) {
      break;
    }
    if (resting->phase == Phase::kPendingCancel) {
      continue;  // it ends anyway, and is waited for
    }
    const Quantity off = std::min(left, resting->leaves);
    left -= off;
    if (off == resting->leaves) {
      plan.cancels.push_back(resting->id);
    } else {
      plan.reductions.emplace_back(resting->id, resting->terms.quantity - off);
    }
  }
  plan.quantity = left;
  return plan;
}

// Whether each of them can be made smaller now.
bool CanDecrement(const NewOrder& order, const std::vector<const Order*>& against) {
  return order.link.role == LinkRole::kUnspecified &&
         std::all_of(against.begin(), against.end(), [](const Order* resting) {
           return resting->terms.link.role == LinkRole::kUnspecified &&
                  (resting->phase == Phase::kWorking || resting->phase == Phase::kPendingCancel);
         });
}

}  // namespace

void RestingOrders::Activate(const Ledger& ledger) {
  active_ = true;
  for (const OrderId id : ledger.open_orders()) {
    Follow(*ledger.Find(id));
  }
}

void RestingOrders::Remove(OrderId id) {
  const auto it = places_.find(id);
  if (it == places_.end()) {
    return;
  }
  const Place& place = it->second;
  for (const std::string& account : {place.account, std::string()}) {
    const auto market = markets_.find(Key(account, place.symbol));
    market->second.of(place.side).erase({place.price, id});
    if (market->second.buys.empty() && market->second.sells.empty()) {
      markets_.erase(market);
    }
  }
  places_.erase(it);
}

void RestingOrders::Follow(const Order& order) {
  if (!active_) {
    return;
  }
  const bool rests = Rests(order);
  const auto known = places_.find(order.id);
  if (known != places_.end()) {
    if (rests && known->second.price == PriceOf(order)) {
      return;
    }
    Remove(order.id);
  }
  if (!rests) {
    return;
  }
  const Place place{order.terms.account, order.terms.symbol, order.terms.side, PriceOf(order)};
  for (const std::string& account : {place.account, std::string()}) {
    markets_[Key(account, place.symbol)].of(place.side).insert({place.price, order.id});
  }
  places_.emplace(order.id, place);
}

std::vector<OrderId> RestingOrders::Against(const NewOrder& order, Price limit, bool firm) const {
  std::vector<OrderId> out;
  const auto market = markets_.find(Key(firm ? std::string() : order.account, order.symbol));
  if (market == markets_.end()) {
    return out;
  }
  if (order.side == Side::kBuy) {
    for (const auto& [price, id] : market->second.sells) {
      if (price > limit) {
        break;
      }
      out.push_back(id);
    }
    return out;
  }
  std::vector<std::pair<Price, OrderId>> met;
  const Levels& buys = market->second.buys;
  for (auto it = buys.rbegin(); it != buys.rend() && it->first >= limit; ++it) {
    met.push_back(*it);
  }
  std::stable_sort(met.begin(), met.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  for (const auto& [price, id] : met) {
    out.push_back(id);
  }
  return out;
}

SelfTradePlan PlanSelfTrade(SelfTradePrevention prevention,
                            const NewOrder& order,
                            Quantity left,
                            const std::vector<const Order*>& against) {
  SelfTradePlan plan;
  if (against.empty() || prevention == SelfTradePrevention::kNone ||
      prevention == SelfTradePrevention::kUnspecified) {
    return plan;
  }
  const std::string met = "would trade with an order of its own, " + Names(against);
  const bool decrements =
      prevention == SelfTradePrevention::kDecrement && CanDecrement(order, against);
  if (decrements) {
    plan = Decrement(left, against);
    plan.met = met;
    if (plan.quantity.IsZero()) {
      plan.refusal = met + ", which took off all of it";
    }
    return plan;
  }
  plan.met = met;
  if (prevention == SelfTradePrevention::kCancelOldest ||
      prevention == SelfTradePrevention::kCancelBoth) {
    for (const Order* resting : against) {
      if (resting->phase != Phase::kPendingCancel) {
        plan.cancels.push_back(resting->id);
      }
    }
  }
  if (prevention != SelfTradePrevention::kCancelOldest) {
    plan.refusal = met;
  }
  return plan;
}

}  // namespace tw::oms
