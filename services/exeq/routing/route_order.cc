#include "services/exeq/routing/route_order.h"

#include <algorithm>
#include <charconv>

namespace tw::exeq {

bool RouteOrder::HasOpenLegs() const {
  return std::any_of(legs.begin(), legs.end(), [](const Leg& leg) { return leg.open(); });
}

bool RouteOrder::Works() const {
  return std::any_of(legs.begin(), legs.end(),
                     [](const Leg& leg) { return leg.open() && !leg.after_change; });
}

Quantity RouteOrder::Working() const {
  Quantity sum;
  for (const Leg& leg : legs) {
    sum = sum + leg.leaves();
  }
  return sum;
}

Leg* RouteOrder::Find(uint32_t number) {
  const auto leg = std::find_if(legs.begin(), legs.end(),
                                [&](const Leg& each) { return each.number == number; });
  return leg == legs.end() ? nullptr : &*leg;
}

std::string LegId(OrderId order_id, uint32_t number) {
  return order_id.ToString() + "." + std::to_string(number);
}

std::optional<std::pair<OrderId, uint32_t>> ParseLegId(const std::string& child_id) {
  const size_t dot = child_id.rfind('.');
  if (dot == std::string::npos) {
    return std::nullopt;
  }
  const std::optional<OrderId> order = OrderId::Parse(child_id.substr(0, dot));
  uint32_t number = 0;
  const char* const end = child_id.data() + child_id.size();
  const auto read = std::from_chars(child_id.data() + dot + 1, end, number);
  if (!order || read.ec != std::errc() || read.ptr != end || number == 0) {
    return std::nullopt;
  }
  return std::pair(*order, number);
}

}  // namespace tw::exeq
