// Ledger events for the tests: the life of order number `n`, as oms tells it.
#pragma once

#include <string>
#include <vector>

#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "tradewind/v1/events.pb.h"

namespace tw::questdb_writer {

inline constexpr int64_t kStartNs = 1'800'000'000'000'000'000;
inline constexpr int64_t kUnit = kDecimalScale;

inline tradewind::v1::LedgerEvent Event(tradewind::v1::OrderEventKind kind,
                                        tradewind::v1::OrderStatus status,
                                        uint32_t n) {
  namespace v1 = tradewind::v1;
  v1::LedgerEvent event;
  event.set_time_ns(kStartNs + n);
  event.set_kind(kind);
  event.set_order_id(OrderId(3, n).value());
  event.set_client_order_id("a-" + std::to_string(n));
  event.set_account("demo");
  event.set_symbol("BTCUSDT");
  event.set_side(v1::SIDE_BUY);
  event.set_type(v1::ORDER_TYPE_LIMIT);
  event.set_time_in_force(v1::TIME_IN_FORCE_GTC);
  event.set_quantity_e8(kUnit / 10);
  event.set_price_e8(45'000 * kUnit);
  event.set_status(status);
  event.set_leaves_quantity_e8(kUnit / 10);
  return event;
}

inline tradewind::v1::LedgerEvent Approved(uint32_t n) {
  namespace v1 = tradewind::v1;
  v1::LedgerEvent event = Event(v1::ORDER_EVENT_KIND_APPROVED, v1::ORDER_STATUS_PENDING_NEW, n);
  v1::RiskDecision& risk = *event.mutable_risk();
  risk.set_approved(true);
  risk.set_limits_version(7);
  risk.set_reference_bid_e8(44'999 * kUnit);
  risk.set_reference_ask_e8(45'001 * kUnit);
  for (const char* name : {"MAX_ORDER_QUANTITY", "MAX_POSITION"}) {
    v1::RiskCheckResult& check = *risk.add_checks();
    check.set_name(name);
    check.set_passed(true);
    check.set_input_e8(kUnit / 10);
    check.set_limit_e8(10 * kUnit);
    check.set_used_e8(kUnit);
    check.set_headroom_e8(9 * kUnit);
  }
  return event;
}

inline tradewind::v1::LedgerEvent Filled(uint32_t n, bool buy, int64_t price) {
  namespace v1 = tradewind::v1;
  v1::LedgerEvent event = Event(v1::ORDER_EVENT_KIND_FILLED, v1::ORDER_STATUS_FILLED, n);
  event.set_side(buy ? v1::SIDE_BUY : v1::SIDE_SELL);
  event.set_filled_quantity_e8(kUnit / 10);
  event.set_leaves_quantity_e8(0);
  event.set_filled_notional_e8(price * kUnit / 10);
  v1::Execution& execution = *event.mutable_execution();
  execution.set_fill_id("3-" + std::to_string(n) + "-1");
  execution.set_venue("PAPER");
  execution.set_venue_exec_id("E" + std::to_string(n));
  execution.set_quantity_e8(kUnit / 10);
  execution.set_price_e8(price * kUnit);
  execution.set_liquidity(v1::LIQUIDITY_TAKER);
  execution.set_fee_e8(kUnit / 4);
  execution.set_fee_currency("USDT");
  execution.set_venue_time_ns(kStartNs + n - 5);
  return event;
}

// Submitted, approved, accepted, filled: order_events 4, risk_decisions 2, fills 1, positions 1.
inline std::vector<tradewind::v1::LedgerEvent> Life(uint32_t n) {
  namespace v1 = tradewind::v1;
  return {Event(v1::ORDER_EVENT_KIND_SUBMITTED, v1::ORDER_STATUS_PENDING_NEW, n), Approved(n),
          Event(v1::ORDER_EVENT_KIND_ACCEPTED, v1::ORDER_STATUS_NEW, n),
          Filled(n, n % 2 == 1, 45'000 + static_cast<int64_t>(n))};
}

}  // namespace tw::questdb_writer
