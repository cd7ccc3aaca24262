// Orders that are handed in together, and what happens to orders on account of others.
#include <algorithm>

#include "services/oms/ledger.h"

namespace tw::oms {

// They were given ids one after the other. Of an open link none is forgotten.
std::vector<const Order*> Ledger::Linked(OrderId link_id) const {
  if (!open_links_.contains(link_id)) {
    return FindLinked(link_id);
  }
  std::vector<const Order*> linked;
  for (auto it = orders_.lower_bound(link_id);
       it != orders_.end() && it->second->order.terms.link.id == link_id; ++it) {
    linked.push_back(&it->second->order);
  }
  return linked;
}

std::vector<const Order*> Ledger::FindLinked(OrderId link_id) const {
  std::vector<const Order*> linked;
  const Order* order = link_id.IsSet() ? Find(link_id) : nullptr;
  while (order != nullptr && order->terms.link.id == link_id) {
    linked.push_back(order);
    order = Find(OrderId::FromValue(order->id.value() + 1));
  }
  return linked;
}

// One of its orders is over.
void Ledger::IndexLink(OrderId link_id) {
  if (!open_links_.contains(link_id)) {
    return;
  }
  const std::vector<const Order*> linked = Linked(link_id);
  if (std::all_of(linked.begin(), linked.end(),
                  [](const Order* each) { return IsTerminal(each->phase); })) {
    open_links_.erase(link_id);
    for (const Order* order : linked) {
      MarkUnsaved(*FindKept(order->id));  // they need not stay in memory any more
    }
  }
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
  if (At(id).phase != Phase::kPendingNew) {
    return {};
  }
  return Make(id, now, {Canceled{{}, reason}});
}

Events Ledger::DecideResize(OrderId id, Quantity quantity, Timestamp now) const {
  const Order& order = At(id);
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
