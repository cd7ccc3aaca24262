#include "services/oms/ledger.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "libs/base/check.h"

namespace tw::oms {
namespace {

// The venue has not answered: the order itself, its cancel or its replace.
bool IsOwed(const Order& order) {
  return !IsTerminal(order.phase) && order.phase != Phase::kHeld &&
         (!order.acknowledged || order.phase == Phase::kPendingCancel ||
          order.phase == Phase::kPendingReplace);
}

// What an order holds once the venue has replaced it: what risk has approved, or, where nobody had
// asked, its new limit.
Price ReserveOf(const Order& order, const ExecutionReport& replaced) {
  const bool asked =
      order.phase == Phase::kPendingReplace ||
      (replaced.quantity == order.requested_quantity && replaced.price == order.requested_price);
  if (asked) {
    return order.requested_reserve_price;
  }
  return replaced.price.IsZero() ? order.reserve_price : replaced.price;
}

// FILLED means all of it: where the venue has taken fills back, the order is over all the same.
void EndAsFilled(Order& order) {
  if (order.phase == Phase::kFilled && !order.canceled.IsZero()) {
    order.phase = Phase::kCanceled;
  }
}

}  // namespace

std::string FillId(const VenueReport& report) {
  return report.venue + "-" + report.venue_exec_id;
}

bool SameRequest(const NewOrder& a, const NewOrder& b) {
  return a.symbol == b.symbol && a.side == b.side && a.type == b.type &&
         a.time_in_force == b.time_in_force && a.quantity == b.quantity && a.price == b.price &&
         a.stop_price == b.stop_price && a.asked == b.asked &&
         a.parent_order_id == b.parent_order_id && a.strategy == b.strategy &&
         a.link.kind == b.link.kind && a.link.role == b.link.role;
}

absl::StatusOr<const Order*> Ledger::Repeat(const NewOrder& order) const {
  const Order* const known = Find(order.account, order.client_order_id);
  if (known == nullptr) {
    return nullptr;
  }
  NewOrder first = known->terms;  // as it was asked for, before any replace
  first.quantity = known->original_quantity;
  first.price = known->original_price;
  first.stop_price = known->original_stop_price;
  if (!SameRequest(order, first)) {
    return absl::AlreadyExistsError("client_order_id " + order.client_order_id +
                                    " was used for another order, " + known->id.ToString());
  }
  return known;
}

Events Ledger::Make(OrderId id, Timestamp now, std::vector<EventBody> bodies) const {
  Events events;
  events.reserve(bodies.size());
  uint64_t sequence = last_sequence_;
  for (EventBody& body : bodies) {
    events.push_back({++sequence, NotBefore(now), id, std::move(body)});
  }
  return events;
}

Events Ledger::Decide(OrderId id,
                      const NewOrder& order,
                      const RiskAnswer& answer,
                      Timestamp now,
                      Quantity quantity) const {
  std::vector<EventBody> bodies;
  bodies.emplace_back(Submitted{order});
  if (answer.approved) {
    bodies.emplace_back(
        Approved{answer.reserve_price, answer.kill_generation, answer.detail, quantity});
  } else {
    bodies.emplace_back(Rejected{answer.reason, answer.message, answer.detail});
  }
  return Make(id, now, std::move(bodies));
}

Events Ledger::DecideCancel(OrderId id,
                            Timestamp now,
                            const std::string& reason,
                            bool yielding) const {
  const Order& order = At(id);
  if (order.phase == Phase::kHeld) {
    return Make(id, now, {Canceled{{}, reason, yielding}});
  }
  if (!Transition(order.phase, Step::kCancelRequested)) {
    return {};
  }
  return Make(id, now, {CancelRequested{false, yielding, reason}});
}

absl::Status Ledger::CanReplace(OrderId id, const NewTerms& terms) const {
  const auto& [quantity, price, stop_price] = terms;
  const Order& order = At(id);
  const bool held = order.phase == Phase::kHeld;
  if (!held && !Transition(order.phase, Step::kReplaceRequested)) {
    return absl::FailedPreconditionError("order " + id.ToString() + " is " +
                                         std::string(tw::Name(order.status())) +
                                         " and cannot be replaced");
  }
  const bool limit =
      order.terms.type == OrderType::kLimit || order.terms.type == OrderType::kStopLimit;
  if (!limit && (!held || price != order.terms.price)) {
    return absl::FailedPreconditionError("a market order cannot be replaced");
  }
  if (stop_price != order.terms.stop_price && !held) {
    return absl::FailedPreconditionError(
        "order " + id.ToString() + " is no stop that is held: its stop price cannot be changed");
  }
  if (quantity == order.terms.quantity && price == order.terms.price &&
      stop_price == order.terms.stop_price) {
    return absl::InvalidArgumentError("quantity and price are those the order has");
  }
  if (quantity > order.terms.quantity && !order.terms.parent_order_id.empty()) {
    return absl::FailedPreconditionError(
        "it is a child of " + order.terms.parent_order_id +
        ", which would be filled beyond its quantity; replace the parent order");
  }
  if (quantity < order.done()) {
    return absl::InvalidArgumentError("quantity " + quantity.ToString() + " is below the filled " +
                                      order.done().ToString());
  }
  return absl::OkStatus();
}

Events Ledger::DecideReplace(OrderId id,
                             const NewTerms& terms,
                             const RiskAnswer& answer,
                             Timestamp now) const {
  if (!CanReplace(id, terms).ok()) {
    return {};
  }
  if (!answer.approved) {
    return Make(id, now, {ReplaceRejected{{}, answer.reason, answer.message, answer.detail}});
  }
  const Order& order = At(id);
  if (order.phase == Phase::kHeld) {
    const Price trigger =
        terms.stop_price == order.terms.stop_price ? order.trigger_price : terms.stop_price;
    return Make(id, now,
                {Replaced{{},
                          terms.quantity,
                          terms.price,
                          terms.stop_price,
                          trigger,
                          answer.reserve_price,
                          answer.kill_generation}});
  }
  return Make(id, now,
              {ReplaceRequested{terms.quantity, terms.price, answer.reserve_price,
                                answer.kill_generation}});
}

bool Ledger::IsKnown(const ExecutionReport& report) const {
  return report.report.execution_sequence <= last_execution_sequence_;
}

Events Ledger::DecideFill(const Order& order, const ExecutionReport& r, Timestamp now) const {
  // Of what was busted the venue may make another trade, also of an order that is over.
  const bool again =
      IsTerminal(order.phase) && r.quantity <= std::min(order.busted, order.canceled);
  if ((!again && r.quantity > order.leaves) || r.quantity <= Quantity() || r.price <= Price()) {
    return {};  // more than is working: the books would not balance
  }
  const Step step = r.quantity == order.leaves ? Step::kFinalFill : Step::kPartialFill;
  if ((!again && !Transition(order.phase, step)) || !Notional(r.price, r.quantity)) {
    return {};
  }
  return Make(order.id, now,
              {Filled{r.report, FillId(r.report), r.quantity, r.price, r.liquidity, r.fee,
                      r.fee_currency}});
}

Events Ledger::Decide(const ExecutionReport& r, Timestamp now) const {
  const Order* const order = Find(r.order_id);
  if (order == nullptr || IsKnown(r) || order->phase == Phase::kHeld) {
    return {};
  }
  if (r.kind == ReportKind::kTradeBusted || r.kind == ReportKind::kTradeCorrected) {
    return DecideAdjustment(*order, r, now);
  }
  if (order->resolution.outcome != Resolution::Outcome::kNone) {
    return DecideResolved(*order, r, now);
  }
  const auto if_legal = [&](Step step, EventBody body) {
    return Transition(order->phase, step) ? Make(order->id, now, {std::move(body)}) : Events();
  };
  using Kind = ExecutionReport::Kind;
  switch (r.kind) {
    case Kind::kAccepted: return if_legal(Step::kAccepted, Accepted{r.report});
    case Kind::kRejected:
      return if_legal(Step::kVenueRejected, VenueRejected{r.report, r.reason, r.message});
    case Kind::kFilled: return DecideFill(*order, r, now);
    case Kind::kCanceled:
      return order->expiring ? if_legal(Step::kExpired, Expired{r.report})
                             : if_legal(Step::kCanceled, Canceled{r.report, r.message});
    case Kind::kCancelRejected:
      return if_legal(Step::kCancelRejected, CancelRejected{r.report, r.message});
    case Kind::kExpired: return if_legal(Step::kExpired, Expired{r.report});
    case Kind::kReplaceRejected:
      return if_legal(Step::kReplaceRejected, ReplaceRejected{r.report, r.reason, r.message, {}});
    case Kind::kReplaced:
      if (r.quantity <= Quantity() || r.price < Price()) {
        return {};
      }
      return if_legal(
          r.quantity > order->done() ? Step::kReplaced : Step::kReplacedToFilled,
          Replaced{r.report, std::max(r.quantity, order->done()), r.price, order->terms.stop_price,
                   order->trigger_price, ReserveOf(*order, r), order->kill_generation});
    case Kind::kTradeBusted:
    case Kind::kTradeCorrected: break;
  }
  return {};
}

Events Ledger::DecideUncertain(OrderId id, std::string reason, Timestamp now) const {
  const Order& order = At(id);
  if (IsTerminal(order.phase) || order.phase == Phase::kHeld || order.uncertain) {
    return {};
  }
  return Make(id, now, {Uncertain{std::move(reason)}});
}

void Ledger::Apply(const Event& event) {
  TW_CHECK(event.sequence == last_sequence_ + 1);
  last_sequence_ = event.sequence;
  last_time_ = NotBefore(event.time);
  if (const auto* submitted = std::get_if<Submitted>(&event.body)) {
    On(event, *submitted);
    return;
  }
  Kept* known = FindKept(event.order_id);
  if (known == nullptr) {
    TW_CHECK(Find(event.order_id) != nullptr);  // it comes back
    known = FindKept(event.order_id);
  }
  Kept& kept = *known;
  Order& order = kept.order;
  std::visit(
      [this, &order, &event](const auto& e) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(e)>, Submitted>) {
          On(order, e);
        } else {
          TW_UNREACHABLE();
        }
        order.updated = event.time;
        order.sequence = event.sequence;
        if (order.uncertain && !order.uncertain_since.IsSet()) {
          order.uncertain_since = event.time;
        }
      },
      event.body);
  TW_CHECK(order.filled + order.leaves + order.canceled == order.terms.quantity);
  Index(order);
  MarkUnsaved(kept);
}

void Ledger::Index(const Order& order) {
  if (IsTerminal(order.phase)) {
    open_.erase(order.id);
    if (order.terms.expires.IsSet()) {
      expiries_.erase({order.terms.expires, order.id});
    }
    if (order.terms.asked.reduce_only) {
      reduce_only_.erase(order.id);
    }
    IndexLink(order.terms.link.id);
  }
  if (IsOwed(order)) {
    owed_.insert(order.id);
  } else {
    owed_.erase(order.id);
  }
}

void Ledger::On(const Event& event, const Submitted& e) {
  Order order;
  order.id = event.order_id;
  order.terms = e.order;
  order.original_quantity = e.order.quantity;
  order.original_price = e.order.price;
  order.original_stop_price = e.order.stop_price;
  order.trigger_price = e.order.first_trigger;
  order.leaves = e.order.quantity;
  order.created = event.time;
  order.updated = event.time;
  order.sequence = event.sequence;
  TW_CHECK(by_key_.emplace(Key(e.order.account, e.order.client_order_id), order.id).second);
  NoteOpen(order);
  owed_.insert(order.id);
  auto kept = std::make_unique<Kept>();
  kept->order = std::move(order);
  MarkUnsaved(*kept);
  const OrderId id = kept->order.id;
  TW_CHECK(orders_.emplace(id, std::move(kept)).second);
}

void Ledger::On(Order& order, const Approved& e) {
  TW_CHECK(order.phase == Phase::kPendingNew);
  order.reserve_price = e.reserve_price;
  order.kill_generation = e.kill_generation;
  if (!e.quantity.IsZero()) {
    order.terms.quantity = e.quantity;
    order.leaves = e.quantity;
  }
  const Link& link = order.terms.link;
  if (IsStop(order.terms.type) || (link.role == LinkRole::kLeg && link.kind != LinkKind::kOco)) {
    order.phase = Phase::kHeld;
  }
}

void Ledger::On(Order& order, const Rejected& e) {
  TW_CHECK(order.phase == Phase::kPendingNew || Transition(order.phase, Step::kRefused));
  order.phase = Phase::kRejected;
  order.reject_reason = e.reason;
  order.reject_message = e.message;
  order.canceled = order.leaves;
  order.leaves = Quantity();
}

void Ledger::Move(Order& order, Step step) {
  const std::optional<Phase> to = Transition(order.phase, step);
  TW_CHECK(to.has_value());
  order.phase = *to;
  if (IsTerminal(order.phase)) {
    order.canceled += order.leaves;
    order.leaves = Quantity();
  }
}

// A venue's word, or an operator's, ends every doubt about the order.
void Ledger::Heard(Order& order, const VenueReport& report) {
  if (report.execution_sequence != 0) {
    last_execution_sequence_ = std::max(last_execution_sequence_, report.execution_sequence);
    order.acknowledged = true;
    order.venue = report.venue;
  }
  order.uncertain = false;
  order.uncertain_reason.clear();
  order.uncertain_since = Timestamp();
}

void Ledger::On(Order& order, const Accepted& e) {
  Heard(order, e.report);
  Move(order, Step::kAccepted);
}

void Ledger::On(Order& order, const VenueRejected& e) {
  Heard(order, e.report);
  Move(order, Step::kVenueRejected);
  order.reject_reason = e.reason;
  order.reject_message = e.message;
}

void Ledger::On(Order& order, const Filled& e) {
  Heard(order, e.report);
  const std::optional<Money> notional = Notional(e.price, e.quantity);
  TW_CHECK(notional.has_value());
  order.filled_notional = Money::SaturatingAdd(order.filled_notional, *notional);
  if (e.report.venue == kOperatorVenue) {
    order.assumed += e.quantity;
    order.assumed_price = e.price;
    ++order.operator_fills;
  }
  if (!traded_.contains(order.terms.account)) {
    traded_.insert(order.terms.account);
    if (past_ != nullptr) {
      unsaved_accounts_.insert(order.terms.account);
    }
  }
  Quantity& position = positions_[Key(order.terms.account, order.terms.symbol)];
  const Quantity signed_fill = order.terms.side == Side::kBuy ? e.quantity : -e.quantity;
  position = Quantity::SaturatingAdd(position, signed_fill);
  if (past_ != nullptr) {
    unsaved_positions_.insert(Key(order.terms.account, order.terms.symbol));
  }
  order.filled += e.quantity;
  NoteFill(order, e);
  if (e.kind != FillKind::kTrade) {
    Adjust(order, e);
    return;
  }
  if (IsTerminal(order.phase)) {
    FillFinished(order, e);
    return;
  }
  TW_CHECK(e.quantity <= order.leaves);
  order.leaves -= e.quantity;
  Move(order, order.leaves.IsZero() ? Step::kFinalFill : Step::kPartialFill);
  EndAsFilled(order);
}

void Ledger::On(Order& order, const CancelRequested& e) {
  Move(order, Step::kCancelRequested);
  order.expiring = e.expiring;
  order.yielding = e.yielding;
  order.cancel_reason = e.reason;
}

void Ledger::On(Order& order, const CancelRejected& e) {
  Heard(order, e.report);
  Move(order, Step::kCancelRejected);
  order.expiring = false;
  order.yielding = false;
  order.cancel_reason.clear();
}

void Ledger::On(Order& order, const Canceled& e) {
  Heard(order, e.report);
  Move(order, Step::kCanceled);
  order.reject_message = e.message;
  order.yielding = order.yielding || e.yielding;
  if (e.report.venue.empty()) {
    order.cancel_reason = e.message;
  }
}

void Ledger::On(Order& order, const Expired& e) {
  Heard(order, e.report);
  Move(order, Step::kExpired);
}

void Ledger::On(Order& order, const ReplaceRequested& e) {
  Move(order, Step::kReplaceRequested);
  order.requested_quantity = e.quantity;
  order.requested_price = e.price;
  order.requested_reserve_price = e.reserve_price;
  order.kill_generation = e.kill_generation;
}

void Ledger::On(Order& order, const ReplaceRejected& e) {
  if (e.report.execution_sequence == 0) {
    return;  // refused by risk: the order works on as it was
  }
  Heard(order, e.report);
  Move(order, Step::kReplaceRejected);
}

void Ledger::On(Order& order, const Replaced& e) {
  Heard(order, e.report);
  order.terms.quantity = e.quantity;
  order.terms.price = e.price;
  order.terms.stop_price = e.stop_price;
  order.trigger_price = e.trigger_price;
  order.reserve_price = e.reserve_price;
  order.kill_generation = e.kill_generation;
  order.leaves = e.quantity - order.done();
  Move(order, order.leaves.IsZero() ? Step::kReplacedToFilled : Step::kReplaced);
  EndAsFilled(order);
}

void Ledger::On(Order& order, const Uncertain& e) {
  order.uncertain = true;
  order.uncertain_reason = e.reason;
}

}  // namespace tw::oms
