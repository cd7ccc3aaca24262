// The engine's dealings with risk: questions, answers, and what becomes of an order without one.
//
// What risk may have reserved for and the ledger does not show as approved is released, on the
// same stream and so behind the question.
#include <algorithm>

#include "libs/trace/orders.h"
#include "services/oms/engine.h"

namespace tw::oms {

namespace {

RiskAnswer Unavailable(std::string_view why) {
  RiskAnswer answer;
  answer.reason = RejectReason::kRiskUnavailable;
  answer.message = std::string(why);
  return answer;
}

NewTerms TermsOf(const NewOrder& order) {
  return {order.quantity, order.price, order.stop_price};
}

}  // namespace

// Adds a question to the batch for risk; it goes out when the batch ends, before the sync.
void Engine::Ask(uint64_t key, InFlight in_flight, v1::GateOrder gate_order) {
  gate_order.set_request(key);
  *gate_batch_.add_orders() = std::move(gate_order);
  if (in_flight.replaces.IsSet()) {
    in_flight_replaces_.insert(in_flight.replaces);
  } else if (!in_flight.preview) {
    in_flight_keys_[{in_flight.order.account, in_flight.order.client_order_id}] = key;
  }
  in_flight.asked_ns = MonotonicNanos();
  in_flight_.emplace(key, std::move(in_flight));
  in_flight_count_ = in_flight_.size();
}

void Engine::On(ReplaceCommand&& c) {
  const absl::StatusOr<const Order*> found = Find(c.ref);
  if (!found.ok()) {
    Hold(std::move(c.answer), found.status());
    return;
  }
  const Order& order = **found;
  if (order.terms.link.role == LinkRole::kLeg && !c.terms.quantity.IsZero() &&
      c.terms.quantity != order.terms.quantity) {
    Hold(std::move(c.answer),
         absl::FailedPreconditionError("the quantity of a linked leg follows the other orders"));
    return;
  }
  NewOrder wanted = order.terms;
  wanted.quantity = c.terms.quantity.IsZero() ? order.terms.quantity : c.terms.quantity;
  wanted.price = c.terms.price.IsZero() ? order.terms.price : c.terms.price;
  wanted.first_trigger = order.trigger_price;
  if (!c.terms.stop_price.IsZero()) {
    wanted.stop_price = c.terms.stop_price;
    wanted.first_trigger = c.terms.stop_price;
  }
  absl::Status can = ledger_.CanReplace(order.id, TermsOf(wanted));
  if (can.ok() && in_flight_replaces_.contains(order.id)) {
    can = absl::FailedPreconditionError("another replace of order " + order.id.ToString() +
                                        " is under way");
  }
  if (can.ok()) {
    can = CanAsk();
  }
  if (!can.ok()) {
    Hold(std::move(c.answer), can);
    return;
  }
  v1::GateOrder gate_order = order.phase == Phase::kHeld ? EncodeGate(order.id, wanted)
                                                         : EncodeGate(order.id, AtVenue(wanted));
  trace::Begin(order.id, c.traceparent);
  gate_order.set_traceparent(trace::Traceparent(order.id));
  gate_order.set_replace(true);
  gate_order.set_dormant(order.dormant());
  // A number of its own, above every order id, tells it from the order's first question.
  const uint64_t key = (uint64_t{1} << 63) | ++last_request_;
  InFlight in_flight;
  in_flight.order = std::move(wanted);
  in_flight.replaces = order.id;
  in_flight.answers.push_back(std::move(c.answer));
  Ask(key, std::move(in_flight), std::move(gate_order));
}

void Engine::On(GateAnswered&& c) {
  risk_up_ = true;
  gate_ledger_sequence_ = c.response.ledger_sequence();
  for (const v1::GateDecision& decision : c.response.decisions()) {
    const RiskAnswer answer = Decode(decision);
    if (decision.received_ns() != 0) {
      StampRisk(decision);
    }
    Settle(decision.request(), answer, /*may_be_reserved=*/answer.approved);
  }
}

void Engine::StampRisk(const v1::GateDecision& decision) {
  const auto it = in_flight_.find(decision.request());
  if (it != in_flight_.end() && it->second.trace != nullptr) {
    it->second.trace->set_risk_in_ns(decision.received_ns());
    it->second.trace->set_risk_out_ns(decision.sent_ns());
    it->second.trace->set_risk_answered_ns(clock_.Now().ns);
  }
}

void Engine::On(GateLost&&) {
  risk_up_ = false;
  std::vector<uint64_t> keys;
  keys.reserve(in_flight_.size());
  for (const auto& [key, unused] : in_flight_) {
    keys.push_back(key);
  }
  Refuse(std::move(keys), "risk is out of reach", /*was_asked=*/true);
}

// What has changed since risk was asked counts too.
RiskAnswer Engine::Screen(RiskAnswer answer) const {
  if (!answer.approved) {
    return answer;
  }
  const auto refuse = [&answer](RejectReason reason, std::string message) {
    answer.approved = false;
    answer.reason = reason;
    answer.message = std::move(message);
  };
  if (kill_engaged_ || answer.kill_generation < kill_generation_) {
    refuse(kill_engaged_ ? RejectReason::kKillSwitch : RejectReason::kStaleKillGeneration,
           "the kill switch has moved to generation " + std::to_string(kill_generation_));
  } else if (route_down_since_ns_ != 0 &&
             MonotonicNanos() - route_down_since_ns_ > options_.route_timeout.ns) {
    refuse(RejectReason::kVenueUnavailable, "execution has been out of reach for longer than " +
                                                std::to_string(options_.route_timeout.millis()) +
                                                " ms");
  } else if (answer.reserve_price <= Price()) {
    refuse(RejectReason::kRiskUnavailable, "risk named no price that the order reserves at");
  }
  return answer;
}

// Answers the order or replace behind `key`, unless that was done before. `may_be_reserved`: risk
// may hold something for it.
void Engine::Settle(uint64_t key, const RiskAnswer& raw, bool may_be_reserved) {
  const auto it = in_flight_.find(key);
  if (it == in_flight_.end()) {
    return;  // refused meanwhile, for want of an answer
  }
  if (it->second.group != nullptr) {
    SettleMember(it->second, Screen(raw), may_be_reserved);
    return;
  }
  InFlight in_flight = std::move(it->second);
  in_flight_.erase(it);
  in_flight_count_ = in_flight_.size();
  metrics_.RiskAnswered(Duration{MonotonicNanos() - in_flight.asked_ns});
  const RiskAnswer answer = Screen(raw);
  if (in_flight.preview) {
    SettlePreview(in_flight, answer);
    return;
  }
  const bool replace = in_flight.replaces.IsSet();
  const OrderId id = replace ? in_flight.replaces : OrderId::FromValue(key);
  const bool triggers = !in_flight.reference.IsZero() || in_flight.goes_out;
  absl::StatusOr<v1::Order> result = triggers  ? SettleTrigger(in_flight, answer)
                                     : replace ? SettleReplace(in_flight, answer)
                                               : SettleOrder(id, in_flight, answer);
  const bool is_kept =
      answer.approved && result.ok() && result->reject_reason() == v1::REJECT_REASON_NONE;
  if (may_be_reserved && !is_kept &&
      static_cast<size_t>(gate_batch_.released_size()) < options_.released_max) {
    gate_batch_.add_released(id.value());
  }
  held_.push_back([this, asked_ns = in_flight.asked_ns] {
    metrics_.OrderAnswered(Duration{MonotonicNanos() - asked_ns});
  });
  for (size_t i = 1; i < in_flight.answers.size(); ++i) {
    Hold(std::move(in_flight.answers[i]), result);
  }
  if (!in_flight.answers.empty()) {
    Hold(std::move(in_flight.answers.front()), std::move(result));
  }
  for (CancelCommand& cancel : in_flight.cancels) {
    On(std::move(cancel));
  }
}

absl::StatusOr<v1::Order> Engine::SettleOrder(OrderId id,
                                              InFlight& in_flight,
                                              const RiskAnswer& answer) {
  in_flight_keys_.erase({in_flight.order.account, in_flight.order.client_order_id});
  if (!store_->HasSpace(journal::Lane::kOrder)) {
    metrics_.RequestRefused();
    return absl::UnavailableError("the journal's disk is full");
  }
  const SelfTradePlan plan = PlanFor(id, in_flight.order, answer);
  const std::optional<RiskAnswer> refused = Prevent(plan, id, answer);
  const RiskAnswer& last = refused ? *refused : answer;
  tracing_ = in_flight.trace.get();
  Commit(ledger_.Decide(id, in_flight.order, last, clock_.Now(), plan.quantity));
  tracing_ = nullptr;
  if (in_flight.trace != nullptr) {
    traces_.push_back(std::move(in_flight.trace));
  }
  last.approved ? metrics_.OrderAccepted() : metrics_.OrderRejected();
  return PublicOrder(*ledger_.Find(id));
}

absl::StatusOr<v1::Order> Engine::SettleReplace(InFlight& in_flight, const RiskAnswer& answer) {
  const OrderId id = in_flight.replaces;
  const NewOrder& wanted = in_flight.order;
  in_flight_replaces_.erase(id);
  links_due_.insert(wanted.link.id);  // a step may have waited for this
  if (!store_->HasSpace(journal::Lane::kOrder)) {
    metrics_.RequestRefused();
    return absl::UnavailableError("the journal's disk is full");
  }
  // It may have been filled or canceled meanwhile.
  const NewTerms terms = TermsOf(wanted);
  if (const absl::Status can = ledger_.CanReplace(id, terms); !can.ok()) {
    return can;
  }
  // A replace is never let through at the others' cost: it is refused.
  std::optional<RiskAnswer> refused;
  if (ledger_.Find(id)->phase != Phase::kHeld) {
    SelfTradePlan plan;
    plan.met = PlanFor(id, AtVenue(wanted), answer).met;
    plan.refusal = plan.met;
    refused = Prevent(plan, id, answer);
  }
  const RiskAnswer& last = refused ? *refused : answer;
  Commit(ledger_.DecideReplace(id, terms, last, clock_.Now()));
  v1::Order order = PublicOrder(*ledger_.Find(id));
  if (!last.approved) {
    order.set_reject_reason(static_cast<v1::RejectReason>(last.reason));
    order.set_reject_message(last.message);
  }
  return order;
}

// Refuses orders and replaces that risk gave no answer for, oldest first.
void Engine::Refuse(std::vector<uint64_t> keys, std::string_view why, bool was_asked) {
  std::sort(keys.begin(), keys.end());
  for (const uint64_t key : keys) {
    Settle(key, Unavailable(why), was_asked);
  }
}

// Questions that cannot be asked are refused; releases wait for risk to come back.
void Engine::SendToRisk() {
  if (gate_batch_.orders().empty() && gate_batch_.released().empty()) {
    return;
  }
  gate_batch_.set_epoch(epoch_);
  if (gate_ != nullptr && gate_->Send(gate_batch_)) {
    gate_batch_.Clear();
    return;
  }
  std::vector<uint64_t> keys;
  for (const v1::GateOrder& order : gate_batch_.orders()) {
    keys.push_back(order.request());
  }
  gate_batch_.clear_orders();
  Refuse(std::move(keys), "risk is out of reach", /*was_asked=*/false);
}

}  // namespace tw::oms
