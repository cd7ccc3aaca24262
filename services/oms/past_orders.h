// PastOrders: where the ledger finds orders that it no longer keeps in memory.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "libs/core/ids.h"
#include "services/oms/order.h"

namespace tw::oms {

// What lists ask of an order, without the rest of it.
struct OrderBrief {
  OrderId id;
  std::string_view account;
  std::string_view symbol;
  OrderId link;
  OrderStatus status = OrderStatus::kUnspecified;
  bool finished = false;
};

OrderBrief BriefOf(const Order& order);

class PastOrders {
 public:
  virtual ~PastOrders() = default;

  // Null: it is not there.
  virtual std::unique_ptr<Order> Find(OrderId id) const = 0;
  // Not set: there is none.
  virtual OrderId Find(std::string_view account, std::string_view client_order_id) const = 0;

  // Those beyond `from`, nearest first, newest first where `forward` is false and nothing is said
  // of `from`, until `visit` answers false. `load` is valid during the call.
  using Load = std::function<std::unique_ptr<Order>()>;
  using Visit = std::function<bool(const OrderBrief& brief, const Load& load)>;
  virtual void Walk(std::optional<OrderId> from, bool forward, const Visit& visit) const = 0;
};

}  // namespace tw::oms
