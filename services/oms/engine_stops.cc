// What the engine does of itself: sets off stops as the market moves, lets orders end with their
// time in force, pulls back orders that may only reduce, and says what would become of an order.
#include <algorithm>

#include "libs/convert/enums.h"
#include "libs/convert/orders.h"
#include "libs/log/log.h"
#include "services/oms/engine.h"

namespace tw::oms {
namespace {

// Orders ended in one go; the rest follow with the next tick.
constexpr size_t kExpiriesMax = 4096;

// Nothing may go out now, which says nothing against the order.
bool IsPassing(RejectReason reason) {
  switch (reason) {
    case RejectReason::kRiskUnavailable:
    case RejectReason::kKillSwitch:
    case RejectReason::kStaleKillGeneration:
    case RejectReason::kVenueUnavailable:
    case RejectReason::kNoReferencePrice:
    case RejectReason::kStaleReferencePrice: return true;
    default: return false;
  }
}

}  // namespace

std::optional<MarketMove> Engine::Prices(const std::string& symbol) const {
  return market_ == nullptr ? std::nullopt : market_->Now(symbol);
}

RiskAnswer Engine::Prepare(NewOrder& order) const {
  RiskAnswer wanting;
  const auto refuse = [&wanting](RejectReason reason, std::string message) {
    wanting.reason = reason;
    wanting.message = std::move(message);
    return wanting;
  };
  const Timestamp now = clock_.Now();
  order.expires = sessions_.End(order, now);
  if (order.time_in_force == TimeInForce::kGtd && order.expires <= now) {
    return refuse(RejectReason::kExpireTime, "expire_time " + FormatRfc3339(order.asked.expire) +
                                                 " is over, or nothing trades until then");
  }
  order.first_trigger = order.stop_price;
  if (order.type != OrderType::kTrailingStop || !order.stop_price.IsZero()) {
    return wanting;
  }
  const std::optional<MarketMove> prices = Prices(order.symbol);
  const Price reference = prices ? prices->For(order.asked.trigger, order.side).now : Price();
  if (reference.IsZero()) {
    return refuse(RejectReason::kNoReferencePrice,
                  "there is no live price of " + order.symbol + " that a stop could follow");
  }
  order.first_trigger = TrailingStop(order, reference);
  if (order.first_trigger.IsZero()) {
    return refuse(RejectReason::kStopPrice, "so far from the market at " + reference.ToString() +
                                                " there is no stop price above zero");
  }
  return wanting;
}

// --- Stops -------------------------------------------------------------------------------------

void Engine::HoldStop(const Order& order) {
  TakeMoves();  // what the market did before does not set it off
  stops_.Add(order);
  const size_t held = ++held_by_symbol_[order.terms.symbol];
  if (market_ == nullptr) {
    return;
  }
  if (held == 1) {
    market_->Watch(order.terms.symbol, true);
  }
  market_->Touch(order.terms.symbol);
}

// Keeps the stops that are held in step with the ledger.
void Engine::Follow(const Event& event, const Order& order) {
  if (std::holds_alternative<StopMoved>(event.body) ||
      std::holds_alternative<Submitted>(event.body)) {
    return;
  }
  const bool was_held = stops_.Contains(order.id) || elected_.contains(order.id);
  const bool is_held = IsArmed(order);
  if (std::holds_alternative<ReplaceRejected>(event.body) || (!was_held && !is_held)) {
    return;
  }
  stops_.Remove(order.id);
  elected_.erase(order.id);
  if (was_held && --held_by_symbol_[order.terms.symbol] == 0 && market_ != nullptr) {
    market_->Watch(order.terms.symbol, false);
  }
  if (is_held) {
    HoldStop(order);
  }
}

void Engine::On(MarketCommand&&) {
  TakeMoves();
  FollowLinks();
}

void Engine::TakeMoves() {
  if (market_ == nullptr) {
    return;
  }
  for (const auto& [symbol, move] : market_->Take()) {
    for (const StopBook::Due& due : stops_.On(symbol, move)) {
      elected_[due.id] = {due.reference, 0};
      if (const Order& order = *ledger_.Find(due.id); order.dormant()) {
        links_due_.insert(order.terms.link.id);  // others make room first
      } else {
        AskTrigger(due.id, due.reference);
      }
    }
  }
}

// Risk decides again: what was right when the stop was entered may not be now.
void Engine::AskTrigger(OrderId id, Price reference) {
  elected_.at(id).asked_ns = MonotonicNanos();
  if (in_flight_replaces_.contains(id) || !CanAsk().ok()) {
    return;  // again with a later tick
  }
  const Order& order = *ledger_.Find(id);
  InFlight in_flight;
  in_flight.order = AtVenue(order.terms);
  if (order.dormant()) {
    const LinkView view(ledger_.Linked(order.terms.link.id));
    if (!view.MayGoOut(order) || !view.IsArmed(order)) {
      return;  // it waits for others to end
    }
    in_flight.order.quantity = view.TargetOf(order);
  }
  in_flight.replaces = id;
  in_flight.reference = reference;
  v1::GateOrder gate_order = EncodeGate(id, in_flight.order);
  gate_order.set_replace(true);
  const uint64_t key = (uint64_t{1} << 63) | ++last_request_;
  Ask(key, std::move(in_flight), std::move(gate_order));
}

absl::StatusOr<v1::Order> Engine::SettleTrigger(InFlight& in_flight, const RiskAnswer& answer) {
  const OrderId id = in_flight.replaces;
  in_flight_replaces_.erase(id);
  const Order& held = *ledger_.Find(id);
  if (!in_flight.goes_out && !elected_.contains(id)) {
    return absl::FailedPreconditionError("it is not held any more, or was given other terms");
  }
  Quantity quantity;
  if (held.terms.link.role == LinkRole::kLeg) {
    const absl::StatusOr<Quantity> total = LegGoesOut(held, in_flight);
    if (!total.ok()) {
      return total.status();
    }
    quantity = *total;
  }
  if (!answer.approved && IsPassing(answer.reason)) {
    legs_later_.insert(id);
    log::Limited(log::Level::kWarn, "stop_waits",
                 {{"order_id", id.ToString()}, {"reason", answer.message}});
    return absl::UnavailableError(answer.message);
  }
  if (!store_->HasSpace(journal::Lane::kPriority)) {
    legs_later_.insert(id);
    return absl::UnavailableError("the journal's disk is full");
  }
  const SelfTradePlan plan = PlanFor(id, in_flight.order, answer);
  const std::optional<RiskAnswer> refused = Prevent(plan, id, answer);
  const RiskAnswer& last = refused ? *refused : answer;
  Commit(ledger_.DecideTrigger(id, in_flight.reference, last, clock_.Now(),
                               plan.quantity.IsZero() ? quantity : plan.quantity));
  if (!last.approved) {
    metrics_.OrderRejected();
  } else if (!in_flight.goes_out) {
    metrics_.StopTriggered();
  }
  return PublicOrder(*ledger_.Find(id));
}

void Engine::RetryTriggers() {
  const int64_t now_ns = MonotonicNanos();
  std::vector<StopBook::Due> again;
  for (const auto& [id, elected] : elected_) {
    if (now_ns - elected.asked_ns >= options_.stop_retry.ns) {
      again.push_back({id, elected.reference});
    }
  }
  for (const StopBook::Due& due : again) {
    AskTrigger(due.id, due.reference);
    links_due_.insert(ledger_.Find(due.id)->terms.link.id);
  }
}

void Engine::RecordMoves() {
  const int64_t now_ns = MonotonicNanos();
  if (stops_.size() == 0 || now_ns - moves_recorded_ns_ < options_.stop_move_period.ns ||
      !store_->HasSpace(journal::Lane::kOrder)) {
    return;
  }
  moves_recorded_ns_ = now_ns;
  RecordMovesNow();
}

void Engine::RecordMovesNow() {
  for (const StopBook::Moved& moved : stops_.TakeMoved()) {
    Commit(ledger_.DecideStopMove(moved.id, moved.trigger_price, clock_.Now()));
  }
}

// --- Time in force, reduce-only ----------------------------------------------------------------

void Engine::Expire() {
  const Timestamp now = clock_.Now();
  std::vector<OrderId> over;
  for (const auto& [expires, id] : ledger_.expiries()) {
    if (expires > now || over.size() == kExpiriesMax) {
      break;
    }
    const Order& order = *ledger_.Find(id);
    // One whose cancel the venue has refused is not asked about at every tick.
    const bool asked = order.updated > expires && order.phase != Phase::kHeld;
    const bool again = !asked || now - order.updated >= options_.uncertain_after;
    if (again && order.phase != Phase::kPendingCancel) {
      over.push_back(id);
    }
  }
  for (const OrderId id : over) {
    if (!store_->HasSpace(journal::Lane::kPriority)) {
      return;
    }
    Commit(ledger_.DecideExpiry(id, now));
  }
}

// A fill has changed what there is to close.
void Engine::PullBackReduceOnly(const Order& filled) {
  for (const OrderId id : ledger_.ExcessiveReduceOnly(filled)) {
    if (store_->HasSpace(journal::Lane::kPriority)) {
      log::Info("reduce_only_pulled_back", {{"order_id", id.ToString()}});
      Commit(CancelEvents(id, "there is less left to close"));
    }
  }
}

// --- Previews ----------------------------------------------------------------------------------

void Engine::On(PreviewCommand&& c) {
  InFlight in_flight;
  in_flight.order = std::move(c.order);
  in_flight.preview = std::move(c.answer);
  if (const RiskAnswer wanting = Prepare(in_flight.order); wanting.reason != RejectReason::kNone) {
    SettlePreview(in_flight, wanting);
    return;
  }
  if (const absl::Status can = CanAsk(); !can.ok()) {
    held_.push_back([answer = std::move(in_flight.preview), can] { answer(can); });
    return;
  }
  v1::GateOrder gate_order = EncodeGate(OrderId(), in_flight.order);
  gate_order.set_preview(true);
  const uint64_t key = (uint64_t{1} << 63) | ++last_request_;
  Ask(key, std::move(in_flight), std::move(gate_order));
}

void Engine::SettlePreview(const InFlight& in_flight, const RiskAnswer& risk) {
  const std::string refusal = PlanFor(OrderId(), in_flight.order, risk).refusal;
  const RiskAnswer answer = refusal.empty() ? risk : Refused(risk, refusal);
  v1::RiskDecision decision;
  // Two parts of one message: what is read last is added to what was there.
  const bool whole = decision.ParseFromString(answer.detail.decision) &&
                     decision.MergeFromString(answer.detail.checks);
  v1::PreviewOrderResponse preview = PublicPreview(whole ? decision : v1::RiskDecision());
  preview.set_approved(answer.approved);
  preview.set_reject_reason(ToProto(answer.reason));
  preview.set_reject_message(answer.message);
  preview.set_ledger_sequence(gate_ledger_sequence_);
  preview.set_reserve_price(answer.reserve_price.ToString());
  held_.push_back([answer = in_flight.preview, preview = std::move(preview)] { answer(preview); });
}

}  // namespace tw::oms
