// OrderSum: a set of orders as a number, so that what was answered can be held against what oms has
// without keeping either. The order of adding does not matter; an order twice is seen.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "libs/core/ids.h"
#include "tradewind/v1/order.pb.h"

namespace tw::load {

namespace v1 = ::tradewind::v1;

struct OrderSum {
  uint64_t count = 0;
  uint64_t sum = 0;
  OrderId first;  // the lowest id

  void Add(const v1::Order& order) {
    ++count;
    sum += std::hash<std::string>()(order.order_id() + "/" + order.account() + "/" +
                                    order.client_order_id() + "/" + order.quantity());
    const OrderId id = OrderId::Parse(order.order_id()).value_or(OrderId());
    if (!first.IsSet() || id < first) {
      first = id;
    }
  }
  friend bool operator==(const OrderSum& a, const OrderSum& b) {
    return a.count == b.count && a.sum == b.sum;
  }
};

}  // namespace tw::load
