#include "services/exeq/route_desk.h"

#include <algorithm>
#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/trace/orders.h"
#include "services/exeq/route_convert.h"

namespace tw::exeq {
namespace {

constexpr size_t kFailuresKept = 100;  // by venue
constexpr size_t kTracedMax = 1'024;

}  // namespace

RouteDesk::RouteDesk(RouteDeskOptions options,
                     const VenueWatch& venues,
                     const QuoteBoard& quotes,
                     const Clock& clock,
                     const Instruments& instruments,
                     ExeqMetrics metrics)
    : options_(std::move(options)),
      venues_(venues),
      quotes_(quotes),
      clock_(clock),
      instruments_(instruments),
      metrics_(std::move(metrics)),
      book_(options_.limits,
            [this](const RouteTerms& terms,
                   Quantity rest,
                   const std::set<std::string>& without,
                   bool again) { return PlanFor(terms, rest, without, again); }),
      children_(options_.finished_max) {}

absl::Status RouteDesk::Open() {
  journal::Options options;
  options.segment_bytes = uint64_t{4} << 20;
  TW_ASSIGN_OR_RETURN(
      journal_, journal::Writer::Open(
                    files_, options_.folder, options, 1,
                    [this](uint64_t number, std::string_view bytes) -> absl::Status {
                      v1::RouteRecord record;
                      if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
                        return absl::DataLossError("route record " + std::to_string(number) +
                                                   " cannot be read");
                      }
                      for (const v1::RouteFact& wire : record.facts()) {
                        TW_ASSIGN_OR_RETURN(const Fact fact, Decode(wire));
                        book_.Apply(fact);
                        if (wire.has_taken()) {
                          Report(wire.taken());
                        }
                      }
                      return absl::OkStatus();
                    }));
  open_routed_ = book_.open_count();
  log::Info("routes_recovered", {{"records", journal_->recovery().records},
                                 {"torn_bytes", journal_->recovery().torn_bytes},
                                 {"open", book_.open_count()}});
  return absl::OkStatus();
}

// --- Plans --------------------------------------------------------------------------------------

std::vector<Allocation> RouteDesk::PlanFor(const RouteTerms& terms,
                                           Quantity rest,
                                           const std::set<std::string>& without,
                                           bool again) const {
  std::vector<VenueFacts> venues;
  for (VenueFacts& venue : venues_.Facts(terms.symbol)) {
    if (without.contains(venue.name) || (again && !(venue.connected && venue.takes_orders))) {
      continue;
    }
    quotes_.Fill(terms.symbol, venue);
    venue.failures = failures(venue.name);
    venues.push_back(std::move(venue));
  }
  PlanRequest request;
  request.side = terms.side;
  request.limit = terms.price;
  request.quantity = rest;
  request.rests = terms.type == OrderType::kLimit && terms.time_in_force != TimeInForce::kIoc &&
                  terms.time_in_force != TimeInForce::kFok;
  request.in_one_piece =
      terms.time_in_force == TimeInForce::kFok || terms.post_only || !terms.display.IsZero();
  request.must_not_trade = terms.post_only;
  request.only_to_trade = again && !request.rests;
  if (const Instrument* const instrument = instruments_.Find(terms.symbol)) {
    request.lot = instrument->lot_size;
    request.minimum = instrument->min_quantity;
  }
  return Plan(request, venues, options_.weights);
}

void RouteDesk::Failed(const std::string& venue) {
  const std::lock_guard lock(mutex_);
  std::deque<Timestamp>& times = failures_[venue];
  times.push_back(clock_.Now());
  if (times.size() > kFailuresKept) {
    times.pop_front();
  }
}

int64_t RouteDesk::failures(const std::string& venue) const {
  const Timestamp since = clock_.Now() - options_.failure_memory;
  const std::lock_guard lock(mutex_);
  const auto it = failures_.find(venue);
  return it == failures_.end() ? 0
                               : std::count_if(it->second.begin(), it->second.end(),
                                               [&](Timestamp time) { return time > since; });
}

// --- Commands -----------------------------------------------------------------------------------

absl::Status RouteDesk::Keep(const Facts& facts, journal::Lane lane, const v1::Execution* taken) {
  v1::RouteRecord record;
  for (const Fact& fact : facts) {
    v1::RouteFact& wire = *record.add_facts();
    wire = exeq::Encode(fact, taken);
    wire.set_time_ns(clock_.Now().ns);
  }
  const absl::StatusOr<uint64_t> number = journal_->Append(record.SerializeAsString(), lane);
  if (!number.ok()) {
    log::Limited(log::Level::kError, "route_not_kept",
                 {{"error", std::string(number.status().message())}});
    if (journal_->failed()) {
      options_.on_fatal(number.status());
    }
    return number.status();
  }
  dirty_ = true;
  for (const Fact& fact : facts) {
    book_.Apply(fact);
  }
  open_routed_ = book_.open_count();
  LearnLegs(facts);
  return absl::OkStatus();
}

void RouteDesk::LearnLegs(const Facts& facts) {
  for (const Fact& fact : facts) {
    const auto* planned = std::get_if<LegPlanned>(&fact);
    const RouteOrder* const order = planned == nullptr ? nullptr : book_.Find(planned->id);
    if (order == nullptr) {
      continue;
    }
    Child child;
    child.child_id = LegId(planned->id, planned->number);
    child.order_id = planned->id;
    child.venue = planned->venue;
    child.symbol = order->terms.symbol;
    child.quantity = planned->quantity;
    child.price = order->terms.price;
    child.sent = clock_.Now();
    const std::lock_guard lock(mutex_);
    children_.Learn(child);
  }
}

std::string RouteDesk::VenueOf(const std::string& child_id, const std::string& symbol) const {
  {
    const std::lock_guard lock(mutex_);
    if (const std::optional<std::string> venue = children_.VenueOf(child_id)) {
      return *venue;
    }
  }
  return venues_.Choose(symbol);
}

// True: the order is laid over venues, or was.
bool RouteDesk::Route(const v1::PlaceOrder& order) {
  const OrderId id = OrderId::FromValue(order.order_id());
  if (book_.Knows(id)) {
    return true;
  }
  {
    const std::lock_guard lock(mutex_);
    if (children_.VenueOf(FirstChildId(id))) {
      return false;  // it was passed on when there was no choice
    }
  }
  if (venues_.Facts(order.symbol()).size() < 2) {
    return false;
  }
  const Facts facts = book_.DecidePlace(DecodeRoute(order));
  if (facts.empty() || !Keep(facts, journal::Lane::kOrder).ok()) {
    return false;  // the disk is full: it goes to one venue, which needs nothing kept
  }
  if ((order.has_trace() || !order.traceparent().empty()) && traced_.size() < kTracedMax) {
    traced_[id] = order;
  }
  metrics_.Routed(facts.size() - 1);
  return true;
}

// The child id follows from the order's, so that a repeat is one at the venue too.
void RouteDesk::PassOn(const v1::PlaceOrder& order, v1::VenueRequest& out) {
  v1::PlaceChild& place = *out.add_commands()->mutable_place();
  place.set_child_id(FirstChildId(OrderId::FromValue(order.order_id())));
  place.set_venue(VenueOf(place.child_id(), order.symbol()));
  *place.mutable_order() = order;
  if (order.has_trace()) {
    place.mutable_order()->mutable_trace()->set_exeq_in_ns(clock_.Now().ns);
  }
  if (place.venue().empty()) {
    metrics_.Unrouted();  // live-gateway numbers the refusal, if it is one
  }
  trace::Note({"exeq", "order_routed"}, OrderId::FromValue(order.order_id()),
              {{"venue", place.venue()}, {"child_id", place.child_id()}});
  const std::lock_guard lock(mutex_);
  children_.Learn(exeq::Decode(order, place.venue(), clock_.Now()));
}

void RouteDesk::Take(const v1::RouteCommand& command, v1::VenueRequest& out) {
  if (command.has_place()) {
    metrics_.Placed();
    trace::Begin(OrderId::FromValue(command.place().order_id()), command.place().traceparent());
    if (!Route(command.place())) {
      PassOn(command.place(), out);
    }
    return;
  }
  const bool cancel = command.has_cancel();
  const OrderId id =
      OrderId::FromValue(cancel ? command.cancel().order_id() : command.replace().order_id());
  cancel ? metrics_.Canceled() : metrics_.Replaced();
  trace::Note({"exeq", cancel ? "cancel_routed" : "replace_routed"}, id);
  if (book_.Knows(id)) {
    const Facts facts =
        cancel ? book_.DecideCancel(id)
               : book_.DecideReplace(id, Quantity::FromE8(command.replace().quantity_e8()),
                                     Price::FromE8(command.replace().price_e8()));
    if (!facts.empty()) {
      (void)Keep(facts, journal::Lane::kPriority);  // not kept: oms asks again
    }
    return;
  }
  LegRequest request;
  request.kind = cancel ? LegRequest::Kind::kCancel : LegRequest::Kind::kReplace;
  request.terms.id = id;
  request.terms.symbol = cancel ? command.cancel().symbol() : command.replace().symbol();
  request.terms.quantity = Quantity::FromE8(command.replace().quantity_e8());
  request.terms.price = Price::FromE8(command.replace().price_e8());
  request.number = 1;
  request.venue = VenueOf(FirstChildId(id), request.terms.symbol);
  *out.add_commands() = exeq::Encode(request);
}

// --- Reports ------------------------------------------------------------------------------------

void RouteDesk::Report(const v1::Execution& execution) {
  const std::lock_guard lock(mutex_);
  children_.Apply(exeq::Decode(execution));
}

absl::Status RouteDesk::Take(v1::Execution& execution) {
  const OrderId id = OrderId::FromValue(execution.order_id());
  const std::optional<LegReport> report =
      book_.Knows(id) ? DecodeLeg(execution) : std::optional<LegReport>();
  if (!report) {
    Report(execution);
    return absl::OkStatus();
  }
  const size_t legs = book_.Find(id)->legs.size();
  const Facts facts = book_.DecideReport(*report);
  if (!facts.empty()) {
    TW_RETURN_IF_ERROR(Keep(facts, journal::Lane::kPriority, &execution));
    if (report->kind == LegReportKind::kRejected) {
      Failed(execution.venue());
    }
    if (book_.Find(id) != nullptr && book_.Find(id)->legs.size() > legs) {
      metrics_.Rerouted();
      log::Info(
          "rerouted",
          {{"order_id", id.ToString()}, {"from", execution.venue()}, {"why", execution.message()}});
    }
  }
  Report(execution);
  if (const std::optional<Told> told = book_.Tell(report->sequence)) {
    exeq::Encode(*told, execution);
  }
  return absl::OkStatus();
}

void RouteDesk::Tick() {
  book_.LookAgain();
  const Facts facts = book_.DecideTick(clock_.Now());
  if (facts.empty()) {
    return;
  }
  for (const Fact& fact : facts) {
    const auto& given_up = std::get<LegGivenUp>(fact);
    RouteOrder order = *book_.Find(given_up.id);
    const std::string venue = order.Find(given_up.number)->venue;
    Failed(venue);
    metrics_.GivenUp();
    log::Warn("leg_given_up",
              {{"child_id", LegId(given_up.id, given_up.number)}, {"venue", venue}});
  }
  (void)Keep(facts, journal::Lane::kPriority);  // not kept: the next tick finds them again
}

void RouteDesk::AddRequests(v1::VenueRequest& out) {
  for (const LegRequest& request : book_.TakeRequests(clock_.Now())) {
    v1::VenueCommand& command = *out.add_commands();
    command = exeq::Encode(request);
    if (!command.has_place()) {
      continue;
    }
    const auto traced = traced_.find(request.terms.id);
    if (traced != traced_.end()) {
      v1::PlaceOrder& order = *command.mutable_place()->mutable_order();
      order.set_traceparent(traced->second.traceparent());
      if (traced->second.has_trace()) {
        *order.mutable_trace() = traced->second.trace();
        order.mutable_trace()->set_exeq_in_ns(clock_.Now().ns);
      }
      traced_.erase(traced);
    }
    trace::Note({"exeq", "order_routed"}, request.terms.id,
                {{"venue", request.venue}, {"child_id", command.place().child_id()}});
  }
}

bool RouteDesk::Sync() {
  if (!dirty_) {
    return true;
  }
  if (const absl::Status status = journal_->Sync(); !status.ok()) {
    options_.on_fatal(status);
    return false;
  }
  dirty_ = false;
  return true;
}

// --- Any thread ---------------------------------------------------------------------------------

void RouteDesk::Learn(const v1::ListVenueOrdersResponse& open) {
  const std::lock_guard lock(mutex_);
  for (const v1::VenueOrder& order : open.orders()) {
    children_.Learn(exeq::Decode(order));
  }
}

absl::StatusOr<v1::OrderRoute> RouteDesk::GetRoute(const std::string& order_id) const {
  const std::optional<OrderId> id = OrderId::Parse(order_id);
  if (!id) {
    return FieldError("order_id", "\"" + order_id + "\" is no order id");
  }
  const std::lock_guard lock(mutex_);
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
    const bool failed =
        child->state == ChildState::kRejected || child->state == ChildState::kCanceled;
    if (failed && child != children.back()) {
      route.set_reroutes(route.reroutes() + 1);  // what came after it is what it did not fill
    }
    *route.add_children() = exeq::Encode(*child);
  }
  return route;
}

size_t RouteDesk::open_children() const {
  const std::lock_guard lock(mutex_);
  return children_.open_count();
}

size_t RouteDesk::finished_children() const {
  const std::lock_guard lock(mutex_);
  return children_.finished_count();
}

}  // namespace tw::exeq
