// TwinOrder: an order as the naive twins of the property tests keep it, and what oms's ledger would
// say of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "libs/core/prng.h"
#include "services/risk/exposure.h"
#include "tests/services/risk/fixture.h"

namespace tw::risk::testing {

struct TwinOrder {
  std::string account;
  std::string strategy;
  size_t symbol = 0;
  Side side = Side::kBuy;
  Quantity quantity;
  Quantity filled;
  Price price;
  bool confirmed = false;

  Quantity leaves() const { return quantity - filled; }
  Wide notional() const { return Notional(price, leaves(), Rounding::kUp)->e8(); }
};

using TwinOrders = std::map<uint64_t, TwinOrder>;

// REQUIRES: !orders.empty().
inline uint64_t AnyOrder(Prng& rng, const TwinOrders& orders, uint32_t last_id) {
  const auto it =
      orders.lower_bound(OrderId(1, static_cast<uint32_t>(rng.Below(last_id + 1))).value());
  return (it == orders.end() ? orders.begin() : it)->first;
}

inline OrderView ViewOf(uint64_t id, const TwinOrder& order, OrderStatus status) {
  OrderView view;
  view.order_id = OrderId::FromValue(id);
  view.account = order.account;
  view.strategy = order.strategy;
  view.symbol = TestInstruments().list()[order.symbol].symbol;
  view.side = order.side;
  view.status = status;
  view.filled = order.filled;
  view.leaves = IsTerminal(status) ? Quantity() : order.leaves();
  view.reserve_price = order.price;
  return view;
}

}  // namespace tw::risk::testing
