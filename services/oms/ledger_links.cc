// Orders that are handed in together, and what happens to orders on account of others.
#include "services/oms/ledger.h"

namespace tw::oms {

// They were given ids one after the other.
std::vector<const Order*> Ledger::Linked(OrderId link_id) const {
  std::vector<const Order*> linked;
  for (auto it = orders_.lower_bound(link_id);
       it != orders_.end() && it->second.terms.link.id == link_id; ++it) {
    linked.push_back(&it->second);
  }
  return linked;
}

Events Ledger::DecideLinked(const std::vector<OrderId>& ids,
                            const std::vector<NewOrder>& orders,
                            const std::vector<RiskAnswer>& answers,
                            Timestamp now) const {
  Events events;
  for (size_t i = 0; i < ids.size(); ++i) {
    const uint64_t before = events.size();
    for (Event& event : Decide(ids[i], orders[i], answers[i], now)) {
      event.sequence += before;
      events.push_back(std::move(event));
    }
  }
  return events;
}

Events Ledger::DecideUnsent(OrderId id, const std::string& reason, Timestamp now) const {
  if (orders_.at(id).phase != Phase::kPendingNew) {
    return {};
  }
  return Make(id, now, {Canceled{{}, reason}});
}

Events Ledger::DecideResize(OrderId id, Quantity quantity, Timestamp now) const {
  const Order& order = orders_.at(id);
  if (order.phase != Phase::kHeld || order.terms.quantity == quantity) {
    return {};
  }
  return Make(id, now,
              {Replaced{{},
                        quantity,
                        order.terms.price,
                        order.terms.stop_price,
                        order.trigger_price,
                        order.reserve_price,
                        order.kill_generation}});
}

}  // namespace tw::oms
