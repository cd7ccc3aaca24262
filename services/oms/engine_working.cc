// The engine's dealings with execution: cancels, what comes back from the venue, and what goes out.
#include <algorithm>

#include "libs/log/log.h"
#include "libs/trace/orders.h"
#include "services/oms/engine.h"

namespace tw::oms {
namespace {

// In one message to execution; far below the largest message that gRPC takes.
constexpr int kRouteCommandsMax = 512;

absl::Status NoSpace() {
  return absl::UnavailableError("the journal's disk is full");
}

}  // namespace

// --- Cancels -----------------------------------------------------------------------------------

absl::StatusOr<const Order*> Engine::Find(const OrderRef& ref) const {
  const Order* const order =
      ref.id.IsSet() ? ledger_.Find(ref.id) : ledger_.Find(ref.account, ref.client_order_id);
  if (order == nullptr) {
    return absl::NotFoundError(ref.id.IsSet()
                                   ? "no order " + ref.id.ToString()
                                   : "no order with client_order_id " + ref.client_order_id +
                                         " in account " + ref.account);
  }
  const std::vector<std::string>& mine = ref.only_accounts;
  if (!mine.empty() && std::find(mine.begin(), mine.end(), order->terms.account) == mine.end()) {
    return absl::PermissionDeniedError("order " + order->id.ToString() +
                                       " is of an account that you are not entitled to");
  }
  return order;
}

// A cancel by key may overtake its order: cancels have a lane of their own, and risk takes its
// time. Then it waits for the order. True: the cancel is dealt with.
bool Engine::AwaitOrder(CancelCommand& c) {
  if (c.ref.id.IsSet()) {
    return false;  // nobody knows an id before the order has been answered
  }
  const auto key = in_flight_keys_.find({c.ref.account, c.ref.client_order_id});
  if (key != in_flight_keys_.end()) {
    std::vector<CancelCommand>& cancels = in_flight_.at(key->second).cancels;
    if (cancels.size() >= options_.joined_max) {
      Hold(std::move(c.answer), absl::ResourceExhaustedError("too many cancels of one order wait"));
    } else {
      cancels.push_back(std::move(c));
    }
    return true;
  }
  if (c.looked) {
    return false;
  }
  c.looked = true;
  OrderAnswer answer = c.answer;
  if (!sequencer_->Post(std::move(c), Lane::kNormal)) {
    Hold(std::move(answer), absl::ResourceExhaustedError("too many requests wait"));
  }
  return true;
}

void Engine::On(CancelCommand&& c) {
  const absl::StatusOr<const Order*> order = Find(c.ref);
  if (!order.ok()) {
    if (!AwaitOrder(c)) {
      Hold(std::move(c.answer), order.status());
    }
    return;
  }
  const OrderId id = (*order)->id;
  trace::Begin(id, c.traceparent);
  if (!store_->HasSpace(journal::Lane::kPriority)) {
    Hold(std::move(c.answer), NoSpace());
    return;
  }
  Commit(CancelEvents(id));
  Hold(std::move(c.answer), PublicOrder(*ledger_.Find(id)));
}

void Engine::On(CancelAllCommand&& c) {
  std::vector<OrderId> ids;
  for (const OrderId id : ledger_.open_orders()) {
    const Order& order = *ledger_.Find(id);
    if ((c.account.empty() || order.terms.account == c.account) &&
        (c.symbol.empty() || order.terms.symbol == c.symbol) &&
        (c.side == Side::kUnspecified || order.terms.side == c.side) &&
        (c.strategy.empty() || order.terms.strategy == c.strategy) &&
        (!c.link.IsSet() || order.terms.link.id == c.link)) {
      ids.push_back(id);
    }
  }
  absl::StatusOr<v1::CancelAllOrdersResponse> response{v1::CancelAllOrdersResponse()};
  in_links_ = true;  // one of them must not cancel the next before its turn
  for (const OrderId id : ids) {
    if (!store_->HasSpace(journal::Lane::kPriority)) {
      response = NoSpace();
      break;
    }
    const Events events = CancelEvents(id);
    if (!events.empty()) {
      Commit(events);
      response->add_order_ids(id.ToString());
    }
  }
  in_links_ = false;
  FollowLinks();
  held_.push_back(
      [answer = std::move(c.answer), response = std::move(response)] { answer(response); });
}

// --- Resolutions -------------------------------------------------------------------------------

void Engine::On(ResolveCommand&& c) {
  const absl::StatusOr<const Order*> order = Find(c.ref);
  if (!order.ok()) {
    Hold(std::move(c.answer), order.status());
    return;
  }
  const OrderId id = (*order)->id;
  absl::Status can = ledger_.CanResolve(id, c.terms);
  if (can.ok() && !store_->HasSpace(journal::Lane::kPriority)) {
    can = NoSpace();
  }
  if (!can.ok()) {
    Hold(std::move(c.answer), can);
    return;
  }
  Commit(ledger_.DecideResolve(id, c.terms, clock_.Now()));
  const Order& resolved = *ledger_.Find(id);
  log::Warn("order_resolved", {{"order_id", id.ToString()},
                               {"status", std::string(tw::Name(resolved.status()))},
                               {"reason", c.terms.resolution.reason},
                               {"by", c.terms.resolution.by}});
  metrics_.OrderResolved();
  if (route_caught_up_) {
    RouteCancel(resolved);  // should it be working after all
  }
  Hold(std::move(c.answer), PublicOrder(resolved));
}

// The venue has spoken about an order that an operator had ended.
void Engine::AfterResolution(const Order& order, const ExecutionReport& report, bool booked) {
  if (booked && report.kind == ReportKind::kFilled) {
    metrics_.ResolutionContradicted();
    log::Warn("resolution_contradicted", {{"order_id", order.id.ToString()},
                                          {"execution_sequence", report.report.execution_sequence},
                                          {"filled", order.filled.ToString()}});
  }
  const bool works = report.kind == ReportKind::kAccepted || report.kind == ReportKind::kReplaced ||
                     report.kind == ReportKind::kReplaceRejected;
  if (works && route_caught_up_) {
    RouteCancel(order);
  }
}

// --- Executions --------------------------------------------------------------------------------

// False: the rest must come again.
bool Engine::Take(const v1::Execution& execution) {
  const uint64_t sequence = execution.execution_sequence();
  if (sequence <= executions_taken_) {
    return true;  // sent again after a reconnect
  }
  if (sequence > executions_taken_ + 1) {
    log::Limited(log::Level::kError, "execution_gap",
                 {{"expected", executions_taken_ + 1}, {"found", sequence}});
    execution_->Restart();
    return false;
  }
  if (execution.leg_only()) {
    executions_taken_ = sequence;  // one leg of a routed order: the order is as it was
    return true;
  }
  if (!store_->HasSpace(journal::Lane::kPriority)) {
    log::Error("execution_held", {{"execution_sequence", sequence}, {"error", "disk full"}});
    executions_held_ = true;  // the venue's side keeps it; asked for again once there is space
    return false;
  }
  const absl::StatusOr<ExecutionReport> report = Decode(execution);
  const Events events = report.ok() ? ledger_.Decide(*report, clock_.Now()) : Events();
  if (events.empty()) {
    metrics_.ExecutionIgnored();
    log::Warn("execution_ignored",
              {{"execution_sequence", sequence},
               {"order_id", OrderId::FromValue(execution.order_id()).ToString()},
               {"kind", v1::ExecutionKind_Name(execution.kind())}});
  }
  v1::OrderTrace trace = execution.trace();
  if (execution.has_trace()) {
    trace.set_oms_back_ns(clock_.Now().ns);
    tracing_ = &trace;
  }
  Commit(events);
  tracing_ = nullptr;
  executions_taken_ = sequence;
  if (const Order* const order = report.ok() ? ledger_.Find(report->order_id) : nullptr;
      order != nullptr && order->resolution.outcome != Resolution::Outcome::kNone) {
    AfterResolution(*order, *report, !events.empty());
  }
  return true;
}

void Engine::On(Executed&& c) {
  if (executions_held_) {
    return;
  }
  for (const v1::Execution& execution : c.response.executions()) {
    if (!Take(execution)) {
      return;
    }
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

// Orders for which the venue owes an answer for too long.
void Engine::MarkUncertain() {
  const Timestamp now = clock_.Now();
  std::vector<OrderId> doubtful;
  for (const OrderId id : ledger_.owed_orders()) {
    const Order& order = *ledger_.Find(id);
    if (!order.uncertain && now - order.updated > options_.uncertain_after &&
        !waiting_.contains(id)) {
      doubtful.push_back(id);
    }
  }
  for (const OrderId id : doubtful) {
    if (!store_->HasSpace(journal::Lane::kPriority)) {
      return;
    }
    Commit(ledger_.DecideUncertain(
        id, route_caught_up_ ? "the venue has not answered" : "execution is out of reach", now));
  }
}

// --- Out ---------------------------------------------------------------------------------------

// Everything the venue owes us an answer for; place is idempotent there.
void Engine::ResendOpenOrders() {
  route_batch_.clear_commands();  // what this batch has for execution is among them
  waiting_.clear();
  for (const OrderId id : ledger_.owed_orders()) {
    const Order& order = *ledger_.Find(id);
    if (order.phase == Phase::kPendingNew && WaitOf(order) == Wait::kForCancels) {
      waiting_.insert(id);
    } else if (!order.acknowledged) {
      *route_batch_.add_commands()->mutable_place() = EncodePlace(order);
    }
    if (order.phase == Phase::kPendingCancel) {
      RouteCancel(order);
    } else if (order.phase == Phase::kPendingReplace) {
      RouteReplace(order);
    }
  }
  for (const OrderId id : ledger_.unsettled_orders()) {
    RouteCancel(*ledger_.Find(id));
  }
}

// What an event asks of the venue. While the route is down nothing is kept: the resend sends what
// is open then.
void Engine::Route(const Event& event, const Order& order) {
  if (!route_caught_up_) {
    return;
  }
  const bool approved = std::holds_alternative<Approved>(event.body) && order.phase != Phase::kHeld;
  if (approved || std::holds_alternative<Triggered>(event.body)) {
    if (WaitOf(order) == Wait::kForCancels) {
      waiting_.insert(order.id);
      return;
    }
    v1::PlaceOrder& place = *route_batch_.add_commands()->mutable_place();
    place = EncodePlace(order);
    if (tracing_ != nullptr) {
      *place.mutable_trace() = *tracing_;
    }
  } else if (std::holds_alternative<CancelRequested>(event.body)) {
    RouteCancel(order);
  } else if (std::holds_alternative<ReplaceRequested>(event.body)) {
    RouteReplace(order);
  }
}

void Engine::RouteCancel(const Order& order) {
  v1::CancelPlaced& cancel = *route_batch_.add_commands()->mutable_cancel();
  cancel.set_order_id(order.id.value());
  cancel.set_symbol(order.terms.symbol);
}

void Engine::RouteReplace(const Order& order) {
  v1::ReplacePlaced& replace = *route_batch_.add_commands()->mutable_replace();
  replace.set_order_id(order.id.value());
  replace.set_symbol(order.terms.symbol);
  replace.set_quantity_e8(order.requested_quantity.e8());
  replace.set_price_e8(order.requested_price.e8());
}

// The batch with these orders is on disk: they go on, and their answers out.
void Engine::StampSynced() {
  const int64_t now_ns = clock_.Now().ns;
  for (const TracePtr& trace : traces_) {
    trace->set_synced_ns(now_ns);
  }
  traces_.clear();
  for (v1::RouteCommand& command : *route_batch_.mutable_commands()) {
    if (command.has_place() && command.place().has_trace()) {
      command.mutable_place()->mutable_trace()->set_synced_ns(now_ns);
    }
  }
}

void Engine::SendToExecution() {
  const v1::RouteRequest batch = std::move(route_batch_);
  route_batch_.Clear();
  v1::RouteRequest part;
  for (int i = 0; i < batch.commands_size(); ++i) {
    *part.add_commands() = batch.commands(i);
    const bool is_whole =
        i + 1 == batch.commands_size() || part.commands_size() == kRouteCommandsMax;
    if (!is_whole) {
      continue;
    }
    if (execution_ == nullptr || !execution_->Send(part)) {
      On(RouteLost{});  // the next stream's resend has them all
      if (execution_ != nullptr) {
        execution_->Restart();
      }
      return;
    }
    part.clear_commands();
  }
}

}  // namespace tw::oms
