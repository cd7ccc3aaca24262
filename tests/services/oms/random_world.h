// The platform of the random test: its instruments and limits, and how risk reads what oms says.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/oms/ledger.h"
#include "services/risk/checks.h"
#include "services/risk/state.h"

namespace tw::oms::testing {

inline constexpr const char* kAccounts[] = {"a", "b", "c"};
inline constexpr const char* kSymbols[] = {"BTCUSDT", "IBM"};

inline Quantity Q(int64_t units) {
  return Quantity::FromUnits(units);
}
inline Price P(int64_t units) {
  return Price::FromUnits(units);
}

inline const Instruments& TestInstruments() {
  static const Instruments instruments = [] {
    std::vector<Instrument> list;
    for (const char* symbol : kSymbols) {
      Instrument instrument;
      instrument.symbol = symbol;
      instrument.quote_currency = "USD";
      instrument.tick_size = P(1);
      instrument.lot_size = Q(1);
      instrument.min_quantity = Q(1);
      instrument.max_quantity = Q(1000);
      list.push_back(std::move(instrument));
    }
    return Instruments(std::move(list), "test");
  }();
  return instruments;
}

inline risk::State MakeState() {
  risk::LimitRow account{{risk::LimitScope::kAccount, "*", ""}, {}};
  account.values.max_exposure = Money::FromUnits(20'000);
  risk::LimitRow symbol{
      {risk::LimitScope::kSymbol, "", "*"},
      {Q(50), Money::FromUnits(10'000), Q(100), Money::FromUnits(15'000), std::nullopt}};
  risk::LimitRow firm{{risk::LimitScope::kFirm, "", ""}, {}};
  firm.values.max_exposure = Money::FromUnits(50'000);
  risk::State state(TestInstruments(), risk::Limits({firm, account, symbol}));
  state.ready = true;
  return state;
}

// As risk reads an event of the ledger.
inline risk::OrderView ViewOf(const Order& order, const Event& event) {
  risk::OrderView view;
  view.order_id = order.id;
  view.account = order.terms.account;
  view.symbol = order.terms.symbol;
  view.side = order.terms.side;
  view.status = order.status();
  view.filled = order.filled;
  view.leaves = order.leaves;
  view.reserve_price = order.reserve_price;
  if (const auto* filled = std::get_if<Filled>(&event.body)) {
    view.fill_quantity = filled->quantity;
    view.fill_price = filled->price;
  }
  if (order.phase == Phase::kPendingReplace) {
    view.requested_quantity = order.requested_quantity;
    view.requested_price = order.requested_reserve_price;
  }
  const auto* replaced = std::get_if<Replaced>(&event.body);
  view.ends_reservation = std::holds_alternative<Triggered>(event.body) ||
                          (replaced != nullptr && replaced->report.execution_sequence == 0);
  return view;
}

inline risk::OrderTerms TermsOf(const NewOrder& order, OrderId id, bool replace) {
  risk::OrderTerms terms;
  terms.order_id = id;
  terms.account = order.account;
  terms.symbol = order.symbol;
  terms.side = order.side;
  terms.type = order.type;
  terms.time_in_force = order.time_in_force;
  terms.quantity = order.quantity;
  terms.price = order.price;
  terms.replace = replace;
  terms.stop_price = IsStop(order.type) ? order.first_trigger : Price();
  terms.reduce_only = order.asked.reduce_only;
  return terms;
}

}  // namespace tw::oms::testing
