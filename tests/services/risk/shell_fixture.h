// What the tests of risk's shell share: a limits file of the desk's defaults, ledger and feed
// events.
#pragma once

#include <unistd.h>

#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/core/ids.h"
#include "libs/rpc/call.h"
#include "tests/services/risk/fixture.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::risk::testing {

inline std::string TempPath(const std::string& name) {
  return ::testing::TempDir() + "tw-risk-" + name + "-" + std::to_string(::getpid());
}

inline constexpr const char* kLimitsText = R"(collar_percent = "10"
reference_age_max_ms = "60000"
[[limit]]
scope = "firm"
max_exposure = "1000000000"
[[limit]]
scope = "account"
account = "*"
max_exposure = "1000000"
[[limit]]
scope = "symbol"
symbol = "*"
max_order_quantity = "1000"
max_order_notional = "50000"
max_position = "1000"
max_position_notional = "50000"
[[limit]]
scope = "symbol"
symbol = "BTCUSDT"
max_order_quantity = "10"
max_order_notional = "500000"
max_position = "10"
max_position_notional = "500000"
)";

inline std::string WriteLimits(const std::string& text = kLimitsText) {
  const std::string path = TempPath("limits.toml");
  std::ofstream(path) << text;
  return path;
}

inline v1::FeedEvent Quote(const char* symbol, const char* bid, const char* ask, Timestamp time) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol(symbol);
  event.set_receive_time_ns(time.ns);
  event.mutable_quote()->set_bid_e8(P(bid).e8());
  event.mutable_quote()->set_ask_e8(P(ask).e8());
  return event;
}

// An event of a BTCUSDT buy of account "a"; working at 45,000 unless the status is terminal.
inline v1::LedgerEvent Event(OrderId id,
                             v1::OrderEventKind kind,
                             v1::OrderStatus status,
                             const char* leaves) {
  v1::LedgerEvent event;
  event.set_kind(kind);
  event.set_order_id(id.value());
  event.set_account("a");
  event.set_symbol("BTCUSDT");
  event.set_side(v1::SIDE_BUY);
  event.set_status(status);
  event.set_leaves_quantity_e8(Q(leaves).e8());
  event.set_reserve_price_e8(P("45000").e8());
  return event;
}

inline v1::LedgerEvent FillEvent(OrderId id, const char* quantity, const char* leaves) {
  const bool last = Q(leaves).IsZero();
  v1::LedgerEvent event =
      Event(id, v1::ORDER_EVENT_KIND_FILLED,
            last ? v1::ORDER_STATUS_FILLED : v1::ORDER_STATUS_PARTIALLY_FILLED, leaves);
  event.set_filled_quantity_e8(Q(quantity).e8());
  event.mutable_execution()->set_quantity_e8(Q(quantity).e8());
  event.mutable_execution()->set_price_e8(P("45000").e8());
  return event;
}

inline v1::GateOrder GateBuy(OrderId id, const char* quantity, const char* price) {
  v1::GateOrder order;
  order.set_order_id(id.value());
  order.set_account("a");
  order.set_symbol("BTCUSDT");
  order.set_side(v1::SIDE_BUY);
  order.set_type(v1::ORDER_TYPE_LIMIT);
  order.set_time_in_force(v1::TIME_IN_FORCE_GTC);
  order.set_quantity_e8(Q(quantity).e8());
  order.set_price_e8(P(price).e8());
  order.set_request(id.number());
  return order;
}

}  // namespace tw::risk::testing
