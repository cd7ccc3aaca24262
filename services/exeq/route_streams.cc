#include "services/exeq/route_streams.h"

#include <utility>
#include <vector>

#include "libs/base/field_error.h"
#include "libs/log/log.h"
#include "libs/trace/orders.h"

namespace tw::exeq {

namespace {

void TraceExecution(std::string_view stage, const v1::Execution& execution) {
  const OrderId id = OrderId::FromValue(execution.order_id());
  if (trace::MayKnow(id)) {
    trace::Note({"exeq", stage}, id,
                {{"execution_sequence", execution.execution_sequence()},
                 {"kind", v1::ExecutionKind_Name(execution.kind()).substr(15)}});
  }
}

}  // namespace

struct RouteStreams::Session {
  explicit Session(Up stream) : up(std::move(stream)) {}

  // Ends the stream to live-gateway now, or as soon as it is there.
  void CloseDown() {
    Down open;
    {
      const std::lock_guard lock(mutex);
      over = true;
      open = down;
    }
    if (open) {
      open.Cancel();
    }
  }

  const Up up;
  bool resumed = false;     // up's callbacks only
  bool told_state = false;  // down's callbacks only

  std::mutex mutex;
  Down down;
  bool over = false;
};

RouteStreams::RouteStreams(std::shared_ptr<rpc::Channel> live_gateway,
                           const VenueWatch& venues,
                           const Clock& clock,
                           ExeqMetrics metrics,
                           size_t finished_max)
    : live_gateway_(std::move(live_gateway)),
      venues_(venues),
      clock_(clock),
      metrics_(std::move(metrics)),
      children_(finished_max) {}

RouteStreams::~RouteStreams() {
  Stop();
}

void RouteStreams::Stop() {
  std::unique_lock lock(sessions_mutex_);
  stopped_ = true;
  const std::vector<SessionPtr> open(sessions_.begin(), sessions_.end());
  lock.unlock();
  for (const SessionPtr& session : open) {
    session->CloseDown();
  }
  lock.lock();
  closed_.wait(lock, [this] { return sessions_.empty(); });
}

void RouteStreams::Serve(const Up& up) {
  auto session = std::make_shared<Session>(up);
  up.OnMessage([this, session](const v1::RouteRequest& request) { OnRequest(session, request); });
  up.OnClosed([session](const absl::Status&) { session->CloseDown(); });
}

void RouteStreams::OnRequest(const SessionPtr& session, const v1::RouteRequest& request) {
  if (request.has_resume() == session->resumed) {
    session->up.Finish(absl::InvalidArgumentError(
        session->resumed ? "resume: this stream has been resumed already"
                         : "resume: the first message must say where to resume"));
    return;
  }
  if (request.has_resume()) {
    session->resumed = true;
    Resume(session, request.resume().after_execution_sequence());
  }
  if (request.commands().empty()) {
    return;
  }
  v1::VenueRequest out;
  for (const v1::RouteCommand& command : request.commands()) {
    if (command.command_case() == v1::RouteCommand::COMMAND_NOT_SET) {
      session->up.Finish(FieldError("commands", "a command is empty"));
      return;
    }
    *out.add_commands() = Translate(command);
  }
  Down down;
  {
    const std::lock_guard lock(session->mutex);
    down = session->down;
  }
  if (!down || !down.Write(out)) {
    session->up.Finish(absl::UnavailableError("live-gateway takes no commands now"));
    session->CloseDown();
  }
}

void RouteStreams::Resume(const SessionPtr& session, uint64_t after) {
  {
    const std::lock_guard lock(sessions_mutex_);
    if (stopped_) {
      session->up.Finish(absl::UnavailableError("stopping"));
      return;
    }
    sessions_.insert(session);
  }
  const Down opened = live_gateway_->Open<v1::VenueRequest, v1::VenueResponse>(
      "tradewind.v1.VenueService/Trade", [&](const Down& down) {
        down.OnMessage([this, session, down](const v1::VenueResponse& response) {
          OnResponse(session, down, response);
        });
        down.OnClosed(
            [this, session](const absl::Status& status) { OnDownClosed(session, status); });
        v1::VenueRequest hello;
        hello.mutable_resume()->set_after_execution_sequence(after);
        down.Write(hello);
      });
  bool over = false;
  {
    const std::lock_guard lock(session->mutex);
    over = session->over;
    if (!over) {
      session->down = opened;
    }
  }
  if (over) {
    opened.Cancel();
  }
}

void RouteStreams::OnResponse(const SessionPtr& session,
                              const Down& down,
                              const v1::VenueResponse& response) {
  {
    const std::lock_guard lock(children_mutex_);
    for (const v1::Execution& execution : response.executions()) {
      children_.Apply(Decode(execution));
    }
  }
  for (const v1::Execution& execution : response.executions()) {
    TraceExecution("execution_passed", execution);
  }
  v1::RouteResponse out;
  *out.mutable_executions() = response.executions();
  for (v1::Execution& execution : *out.mutable_executions()) {
    if (execution.has_trace()) {
      execution.mutable_trace()->set_exeq_out_ns(clock_.Now().ns);
    }
  }
  out.set_caught_up(response.caught_up());
  if (!session->told_state) {
    session->told_state = true;
    out.set_venue_state(true);
    out.set_venue_connected(true);
  }
  metrics_.Passed(static_cast<size_t>(response.executions_size()));
  if (!session->up.Write(out)) {
    // Executions must not be skipped: the next resume brings them again.
    session->up.Finish(absl::ResourceExhaustedError("executions are read too slowly"));
    down.Cancel();
  }
}

void RouteStreams::OnDownClosed(const SessionPtr& session, const absl::Status& status) {
  metrics_.StreamLost();
  log::Limited(log::Level::kWarn, "venue_stream_lost", {{"error", std::string(status.message())}});
  {
    const std::lock_guard lock(session->mutex);
    session->over = true;
    session->down.Reset();
  }
  session->up.Finish(
      absl::UnavailableError("live-gateway is lost: " + std::string(status.message())));
  const std::lock_guard lock(sessions_mutex_);
  sessions_.erase(session);
  closed_.notify_all();
}

std::string RouteStreams::VenueOf(const std::string& child_id, const std::string& symbol) const {
  {
    const std::lock_guard lock(children_mutex_);
    if (const std::optional<std::string> venue = children_.VenueOf(child_id)) {
      return *venue;
    }
  }
  return venues_.Choose(symbol);
}

// The child id follows from the order's, so that a repeat is one at the venue too.
v1::VenueCommand RouteStreams::Translate(const v1::RouteCommand& command) {
  v1::VenueCommand out;
  if (command.has_place()) {
    const v1::PlaceOrder& order = command.place();
    v1::PlaceChild& place = *out.mutable_place();
    place.set_child_id(FirstChildId(OrderId::FromValue(order.order_id())));
    place.set_venue(VenueOf(place.child_id(), order.symbol()));
    *place.mutable_order() = order;
    if (trace::Begin(OrderId::FromValue(order.order_id()), order.traceparent())) {
      trace::Note({"exeq", "order_routed"}, OrderId::FromValue(order.order_id()),
                  {{"venue", place.venue()}, {"child_id", place.child_id()}});
    }
    if (order.has_trace()) {
      place.mutable_order()->mutable_trace()->set_exeq_in_ns(clock_.Now().ns);
    }
    metrics_.Placed();
    if (place.venue().empty()) {
      metrics_.Unrouted();  // live-gateway numbers the refusal, if it is one
    }
    const std::lock_guard lock(children_mutex_);
    children_.Learn(Decode(order, place.venue(), clock_.Now()));
  } else if (command.has_cancel()) {
    v1::CancelChild& cancel = *out.mutable_cancel();
    cancel.set_child_id(FirstChildId(OrderId::FromValue(command.cancel().order_id())));
    cancel.set_venue(VenueOf(cancel.child_id(), command.cancel().symbol()));
    cancel.set_order_id(command.cancel().order_id());
    cancel.set_symbol(command.cancel().symbol());
    trace::Note({"exeq", "cancel_routed"}, OrderId::FromValue(cancel.order_id()));
    metrics_.Canceled();
  } else {
    v1::ReplaceChild& replace = *out.mutable_replace();
    replace.set_child_id(FirstChildId(OrderId::FromValue(command.replace().order_id())));
    replace.set_venue(VenueOf(replace.child_id(), command.replace().symbol()));
    replace.set_order_id(command.replace().order_id());
    replace.set_symbol(command.replace().symbol());
    replace.set_quantity_e8(command.replace().quantity_e8());
    replace.set_price_e8(command.replace().price_e8());
    trace::Note({"exeq", "replace_routed"}, OrderId::FromValue(replace.order_id()));
    metrics_.Replaced();
  }
  return out;
}

void RouteStreams::Learn(const v1::ListVenueOrdersResponse& open) {
  const std::lock_guard lock(children_mutex_);
  for (const v1::VenueOrder& order : open.orders()) {
    children_.Learn(Decode(order));
  }
}

absl::StatusOr<v1::OrderRoute> RouteStreams::GetRoute(const std::string& order_id) const {
  const std::optional<OrderId> id = OrderId::Parse(order_id);
  if (!id) {
    return FieldError("order_id", "\"" + order_id + "\" is no order id");
  }
  const std::lock_guard lock(children_mutex_);
  const std::vector<const Child*> children = children_.Find(*id);
  if (children.empty()) {
    return absl::NotFoundError("no child orders of " + order_id +
                               " are known here; finished ones are forgotten with time and with a "
                               "restart, oms has the order itself");
  }
  v1::OrderRoute route;
  route.set_order_id(order_id);
  route.set_symbol(children.front()->symbol);
  for (const Child* child : children) {
    *route.add_children() = Encode(*child);
  }
  return route;
}

size_t RouteStreams::streams() const {
  const std::lock_guard lock(sessions_mutex_);
  return sessions_.size();
}

size_t RouteStreams::open_children() const {
  const std::lock_guard lock(children_mutex_);
  return children_.open_count();
}

size_t RouteStreams::finished_children() const {
  const std::lock_guard lock(children_mutex_);
  return children_.finished_count();
}

}  // namespace tw::exeq
