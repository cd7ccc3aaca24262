// A risk state with the desk's default limits and a live market, for the tests of the core.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libs/core/instrument.h"
#include "services/risk/checks.h"
#include "services/risk/state.h"

namespace tw::risk::testing {

inline Quantity Q(const std::string& text) {
  return *Quantity::Parse(text);
}
inline Money M(const std::string& text) {
  return *Money::Parse(text);
}
inline Price P(const std::string& text) {
  return *Price::Parse(text);
}

inline constexpr Timestamp kNow{1'700'000'000'000'000'000};

inline Instrument MakeInstrument(const char* symbol, const char* tick, const char* lot) {
  Instrument out;
  out.symbol = symbol;
  out.quote_currency = "USDT";
  out.tick_size = P(tick);
  out.lot_size = Q(lot);
  out.min_quantity = Q(lot);
  out.max_quantity = Q("1000000");
  return out;
}

inline const Instruments& TestInstruments() {
  static const Instruments instruments(
      {MakeInstrument("BTCUSDT", "0.01", "0.00001"), MakeInstrument("ETHUSDT", "0.01", "0.0001"),
       MakeInstrument("IBM", "0.01", "1")},
      "test");
  return instruments;
}

inline std::vector<LimitRow> DefaultRows() {
  const auto symbol = [](const char* name, const char* quantity, const char* notional) {
    return LimitRow{{LimitScope::kSymbol, "", name},
                    {Q(quantity), M(notional), Q(quantity), M(notional), std::nullopt}};
  };
  LimitRow firm{{LimitScope::kFirm, "", ""}, {}};
  firm.values.max_exposure = M("1000000000");
  LimitRow account{{LimitScope::kAccount, "*", ""}, {}};
  account.values.max_exposure = M("1000000");
  return {firm, account, symbol("BTCUSDT", "10", "500000"), symbol("ETHUSDT", "100", "200000"),
          symbol("*", "1000", "50000")};
}

// BTCUSDT 45,000 / 45,010, ETHUSDT 2,500 / 2,501, IBM 180 / 180.10, all fresh.
inline State MakeState(const std::vector<LimitRow>& rows = DefaultRows()) {
  State state(TestInstruments(), Limits(rows));
  state.ready = true;
  state.SetReference(0, P("45000"), P("45010"), kNow);
  state.SetReference(1, P("2500"), P("2501"), kNow);
  state.SetReference(2, P("180"), P("180.10"), kNow);
  return state;
}

inline OrderTerms Limit(Side side, const char* symbol, Quantity quantity, Price price) {
  OrderTerms order;
  order.account = "a";
  order.symbol = symbol;
  order.side = side;
  order.type = OrderType::kLimit;
  order.quantity = quantity;
  order.price = price;
  return order;
}

inline OrderTerms Market(Side side, const char* symbol, Quantity quantity) {
  OrderTerms order = Limit(side, symbol, quantity, Price());
  order.type = OrderType::kMarket;
  order.time_in_force = TimeInForce::kIoc;
  return order;
}

// A ledger event of an order of account "a".
inline OrderView View(OrderId id, Side side, const char* symbol, OrderStatus status) {
  OrderView view;
  view.order_id = id;
  view.account = "a";
  view.symbol = symbol;
  view.side = side;
  view.status = status;
  return view;
}

// A working order as the ledger shows it.
inline OrderView Working(OrderId id, Side side, const char* symbol, Quantity leaves, Price price) {
  OrderView view = View(id, side, symbol, OrderStatus::kNew);
  view.leaves = leaves;
  view.reserve_price = price;
  return view;
}

// The one fill that finishes an order.
inline OrderView Filled(OrderId id, Side side, const char* symbol, Quantity quantity, Price price) {
  OrderView view = View(id, side, symbol, OrderStatus::kFilled);
  view.filled = quantity;
  view.fill_quantity = quantity;
  view.fill_price = price;
  return view;
}

}  // namespace tw::risk::testing
