// The engine's second half: cancels, replaces, and what comes back from the venue.
#include <algorithm>

#include "libs/log/log.h"
#include "services/oms/engine.h"

namespace tw::oms {

// --- Cancel and replace ------------------------------------------------------------------------

absl::StatusOr<const Order*> Engine::Resolve(const OrderRef& ref) const {
  const Order* const order =
      ref.id.IsSet() ? ledger_.Find(ref.id) : ledger_.Find(ref.account, ref.client_order_id);
  if (order == nullptr) {
    return absl::NotFoundError(ref.id.IsSet()
                                   ? "no order " + ref.id.ToString()
                                   : "no order with client_order_id " + ref.client_order_id +
                                         " in account " + ref.account);
  }
  return order;
}

void Engine::On(CancelCommand&& c) {
  const absl::StatusOr<const Order*> order = Resolve(c.ref);
  if (!order.ok()) {
    Hold(std::move(c.answer), order.status());
    return;
  }
  const OrderId id = (*order)->id;
  const Events events = ledger_.DecideCancel(id, clock_.Now());
  if (!events.empty() && !Commit(events)) {
    return;
  }
  Hold(std::move(c.answer), PublicOrder(*ledger_.Find(id)));
}

void Engine::On(CancelAllCommand&& c) {
  std::vector<OrderId> ids;
  for (const OrderId id : ledger_.open_orders()) {
    const Order& order = *ledger_.Find(id);
    if ((c.account.empty() || order.terms.account == c.account) &&
        (c.symbol.empty() || order.terms.symbol == c.symbol) &&
        (c.side == Side::kUnspecified || order.terms.side == c.side)) {
      ids.push_back(id);
    }
  }
  v1::CancelAllOrdersResponse response;
  for (const OrderId id : ids) {
    const Events events = ledger_.DecideCancel(id, clock_.Now());
    if (!events.empty()) {
      if (!Commit(events)) {
        return;
      }
      response.add_order_ids(id.ToString());
    }
  }
  held_.push_back(
      [answer = std::move(c.answer), response = std::move(response)] { answer(response); });
}

void Engine::On(ReplaceCommand&& c) {
  const absl::StatusOr<const Order*> found = Resolve(c.ref);
  if (!found.ok()) {
    Hold(std::move(c.answer), found.status());
    return;
  }
  const Order& order = **found;
  NewOrder wanted = order.terms;
  wanted.quantity = c.quantity.IsZero() ? order.terms.quantity : c.quantity;
  wanted.price = c.price.IsZero() ? order.terms.price : c.price;
  const absl::Status can = ledger_.CanReplace(order.id, wanted.quantity, wanted.price);
  if (!can.ok()) {
    Hold(std::move(c.answer), can);
    return;
  }
  if (in_flight_.size() >= options_.in_flight_max) {
    Hold(std::move(c.answer), absl::ResourceExhaustedError("too many orders wait for risk"));
    return;
  }
  v1::GateOrder gate_order = EncodeGate(order.id, wanted);
  gate_order.set_replace(true);
  // A number of its own, above every order id of this epoch's bits, tells it from the order's first
  // question.
  const uint64_t key = (uint64_t{1} << 63) | ++last_request_;
  InFlight in_flight{std::move(wanted), order.id, {}, MonotonicNanos()};
  in_flight.answers.push_back(std::move(c.answer));
  Ask(key, std::move(in_flight), std::move(gate_order));
}

// --- Executions --------------------------------------------------------------------------------

void Engine::On(Executed&& c) {
  for (const v1::Execution& execution : c.response.executions()) {
    if (execution.execution_sequence() <= execution_sequence_) {
      continue;  // sent again after a reconnect
    }
    if (execution.execution_sequence() > execution_sequence_ + 1) {
      log::Error("execution_gap", {{"expected", execution_sequence_ + 1},
                                   {"found", execution.execution_sequence()}});
      execution_->Restart();
      return;
    }
    const absl::StatusOr<ExecutionReport> report = Decode(execution);
    const Events events = report.ok() ? ledger_.Decide(*report, clock_.Now()) : Events();
    if (events.empty()) {
      metrics_.ExecutionIgnored();
      log::Warn("execution_ignored",
                {{"execution_sequence", execution.execution_sequence()},
                 {"order_id", OrderId::FromValue(execution.order_id()).ToString()},
                 {"kind", v1::ExecutionKind_Name(execution.kind())}});
    } else if (!Commit(events)) {
      return;
    }
    execution_sequence_ = execution.execution_sequence();
  }
  if (c.response.caught_up()) {
    route_caught_up_ = true;
    route_up_ = true;
    route_down_since_ns_ = 0;
    ResendOpenOrders();
  }
}

void Engine::On(RouteLost&&) {
  route_caught_up_ = false;
  route_up_ = false;
  if (route_down_since_ns_ == 0) {
    route_down_since_ns_ = MonotonicNanos();
  }
}

// Everything the venue owes us an answer for; place is idempotent there.
void Engine::ResendOpenOrders() {
  for (const OrderId id : ledger_.open_orders()) {
    const Order& order = *ledger_.Find(id);
    if (!order.acknowledged) {
      *route_batch_.add_commands()->mutable_place() = EncodePlace(order);
    }
    if (order.phase == Phase::kPendingCancel) {
      v1::CancelPlaced& cancel = *route_batch_.add_commands()->mutable_cancel();
      cancel.set_order_id(id.value());
      cancel.set_symbol(order.terms.symbol);
    } else if (order.phase == Phase::kPendingReplace) {
      v1::ReplacePlaced& replace = *route_batch_.add_commands()->mutable_replace();
      replace.set_order_id(id.value());
      replace.set_symbol(order.terms.symbol);
      replace.set_quantity_e8(order.requested_quantity.e8());
      replace.set_price_e8(order.requested_price.e8());
    }
  }
}

// What an event asks of the venue. While the route is down nothing is kept: the resend sends what
// is open then.
void Engine::Route(const Event& event, const Order& order) {
  if (!route_caught_up_) {
    return;
  }
  if (std::holds_alternative<Approved>(event.body)) {
    *route_batch_.add_commands()->mutable_place() = EncodePlace(order);
  } else if (std::holds_alternative<CancelRequested>(event.body)) {
    v1::CancelPlaced& cancel = *route_batch_.add_commands()->mutable_cancel();
    cancel.set_order_id(order.id.value());
    cancel.set_symbol(order.terms.symbol);
  } else if (const auto* replace = std::get_if<ReplaceRequested>(&event.body)) {
    v1::ReplacePlaced& out = *route_batch_.add_commands()->mutable_replace();
    out.set_order_id(order.id.value());
    out.set_symbol(order.terms.symbol);
    out.set_quantity_e8(replace->quantity.e8());
    out.set_price_e8(replace->price.e8());
  }
}

}  // namespace tw::oms
