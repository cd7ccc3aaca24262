#include "services/oms/convert.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"
#include "libs/convert/orders.h"

namespace tw::oms {
namespace {

constexpr size_t kMessageBytesMax = 512;
constexpr size_t kDetailBytesMax = 8 << 10;

// What others wrote, short enough for a journal record; never in the middle of a character.
std::string Cut(const std::string& text) {
  size_t end = std::min(text.size(), kMessageBytesMax);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

v1::ExecutionKind KindToProto(ReportKind kind) {
  return static_cast<v1::ExecutionKind>(static_cast<int>(kind) + 1);
}

absl::StatusOr<ReportKind> KindFromProto(v1::ExecutionKind kind) {
  static_assert(static_cast<int>(ReportKind::kTradeCorrected) + 1 ==
                v1::EXECUTION_KIND_TRADE_CORRECTED);
  if (kind < v1::EXECUTION_KIND_ACCEPTED || kind > v1::EXECUTION_KIND_TRADE_CORRECTED) {
    return absl::InvalidArgumentError("an execution is of unknown kind " + std::to_string(kind));
  }
  return static_cast<ReportKind>(kind - 1);
}

VenueReport DecodeReport(const v1::Execution& e) {
  return {e.execution_sequence(), e.venue(), e.child_id(), e.venue_exec_id(),
          Timestamp{e.venue_time_ns()}};
}

RiskDetail DetailOf(const v1::RiskDecision& decision) {
  v1::RiskDecision plain = decision;
  v1::RiskDecision checks;
  checks.mutable_checks()->Swap(plain.mutable_checks());
  return {plain.SerializeAsString(), checks.SerializeAsString()};
}

// The parts of an event's body that the order does not show.
struct BodyEncoder {
  v1::LedgerEvent& out;

  void Report(const VenueReport& r, v1::ExecutionKind kind) const {
    v1::Execution& e = *out.mutable_execution();
    e.set_execution_sequence(r.execution_sequence);
    e.set_kind(kind);
    e.set_venue(r.venue);
    e.set_child_id(r.child_id);
    e.set_order_id(out.order_id());
    e.set_venue_exec_id(r.venue_exec_id);
    e.set_venue_time_ns(r.venue_time.ns);
  }

  void operator()(const Submitted&) const { out.set_kind(v1::ORDER_EVENT_KIND_SUBMITTED); }
  void operator()(const Approved&) const { out.set_kind(v1::ORDER_EVENT_KIND_APPROVED); }
  void operator()(const Rejected&) const { out.set_kind(v1::ORDER_EVENT_KIND_REJECTED); }
  void operator()(const Accepted& e) const {
    out.set_kind(v1::ORDER_EVENT_KIND_ACCEPTED);
    Report(e.report, v1::EXECUTION_KIND_ACCEPTED);
  }
  void operator()(const VenueRejected& e) const {
    out.set_kind(v1::ORDER_EVENT_KIND_VENUE_REJECTED);
    Report(e.report, v1::EXECUTION_KIND_REJECTED);
  }
  void operator()(const Filled& e) const {
    if (e.kind == FillKind::kTrade) {
      out.set_kind(v1::ORDER_EVENT_KIND_FILLED);
      Report(e.report, v1::EXECUTION_KIND_FILLED);
    } else if (e.kind == FillKind::kBusted) {
      out.set_kind(v1::ORDER_EVENT_KIND_TRADE_BUSTED);
      Report(e.report, v1::EXECUTION_KIND_TRADE_BUSTED);
    } else {
      out.set_kind(v1::ORDER_EVENT_KIND_TRADE_CORRECTED);
      Report(e.report, v1::EXECUTION_KIND_TRADE_CORRECTED);
    }
    v1::Execution& x = *out.mutable_execution();
    x.set_original_venue_exec_id(e.original_exec_id);
    out.set_from_leaves_e8(e.from_leaves.e8());
    x.set_fill_id(e.fill_id);
    x.set_quantity_e8(e.quantity.e8());
    x.set_price_e8(e.price.e8());
    x.set_liquidity(ToProto(e.liquidity));
    x.set_fee_e8(e.fee.e8());
    x.set_fee_currency(e.fee_currency);
  }
  void operator()(const CancelRequested&) const {
    out.set_kind(v1::ORDER_EVENT_KIND_CANCEL_REQUESTED);
  }
  void operator()(const CancelRejected& e) const {
    out.set_kind(v1::ORDER_EVENT_KIND_CANCEL_REJECTED);
    Report(e.report, v1::EXECUTION_KIND_CANCEL_REJECTED);
    out.mutable_execution()->set_message(e.message);
  }
  void operator()(const Canceled& e) const {
    out.set_kind(v1::ORDER_EVENT_KIND_CANCELED);
    Report(e.report, v1::EXECUTION_KIND_CANCELED);
    out.mutable_execution()->set_message(e.message);
  }
  void operator()(const Expired& e) const {
    out.set_kind(v1::ORDER_EVENT_KIND_EXPIRED);
    Report(e.report, v1::EXECUTION_KIND_EXPIRED);
  }
  void operator()(const ReplaceRequested&) const {
    out.set_kind(v1::ORDER_EVENT_KIND_REPLACE_REQUESTED);
  }
  void operator()(const ReplaceRejected& e) const {
    out.set_kind(v1::ORDER_EVENT_KIND_REPLACE_REJECTED);
    if (e.report.execution_sequence != 0) {
      Report(e.report, v1::EXECUTION_KIND_REPLACE_REJECTED);
    }
    out.mutable_execution()->set_reason(ToProto(e.reason));
    out.mutable_execution()->set_message(e.message);
  }
  void operator()(const Replaced& e) const {
    out.set_kind(v1::ORDER_EVENT_KIND_REPLACED);
    Report(e.report, v1::EXECUTION_KIND_REPLACED);
    out.mutable_execution()->set_quantity_e8(e.quantity.e8());
    out.mutable_execution()->set_price_e8(e.price.e8());
  }
  void operator()(const Triggered& e) const {
    out.set_kind(v1::ORDER_EVENT_KIND_TRIGGERED);
    out.set_trigger_reference_e8(e.reference.e8());
  }
  void operator()(const StopMoved&) const { out.set_kind(v1::ORDER_EVENT_KIND_STOP_MOVED); }
  void operator()(const Uncertain&) const { out.set_kind(v1::ORDER_EVENT_KIND_UNCERTAIN); }
  void operator()(const Resolved&) const { out.set_kind(v1::ORDER_EVENT_KIND_RESOLVED); }
  void operator()(const Settled& e) const {
    out.set_kind(v1::ORDER_EVENT_KIND_RESOLVED);
    Report(e.report, KindToProto(e.kind));
    out.mutable_execution()->set_message(e.message);
  }
};

absl::StatusOr<Instructions> DecodeInstructions(const v1::OrderInstructions& in) {
  Instructions out;
  out.post_only = in.post_only();
  out.reduce_only = in.reduce_only();
  out.display = Quantity::FromE8(in.display_quantity_e8());
  TW_ASSIGN_OR_RETURN(out.trigger, FromProto(in.stop_trigger()));
  out.trailing_amount = Price::FromE8(in.trailing_amount_e8());
  out.trailing_percent = Percent::FromE8(in.trailing_percent_e8());
  out.expire = Timestamp{in.expire_ns()};
  TW_ASSIGN_OR_RETURN(out.self_trade, FromProto(in.self_trade_prevention()));
  return out;
}

void EncodeInstructions(const Instructions& in, v1::OrderInstructions& out) {
  out.set_post_only(in.post_only);
  out.set_reduce_only(in.reduce_only);
  out.set_display_quantity_e8(in.display.e8());
  out.set_stop_trigger(ToProto(in.trigger));
  out.set_trailing_amount_e8(in.trailing_amount.e8());
  out.set_trailing_percent_e8(in.trailing_percent.e8());
  out.set_expire_ns(in.expire.ns);
  out.set_self_trade_prevention(ToProto(in.self_trade));
}

absl::StatusOr<NewOrder> DecodeTerms(const v1::LedgerEvent& e) {
  NewOrder order;
  order.account = e.account();
  order.symbol = e.symbol();
  order.client_order_id = e.client_order_id();
  order.generated_client_order_id = e.generated_client_order_id();
  TW_ASSIGN_OR_RETURN(order.side, FromProto(e.side()));
  TW_ASSIGN_OR_RETURN(order.type, FromProto(e.type()));
  TW_ASSIGN_OR_RETURN(order.time_in_force, FromProto(e.time_in_force()));
  order.quantity = Quantity::FromE8(e.quantity_e8());
  order.price = Price::FromE8(e.price_e8());
  order.stop_price = Price::FromE8(e.stop_price_e8());
  if (e.has_instructions()) {
    TW_ASSIGN_OR_RETURN(order.asked, DecodeInstructions(e.instructions()));
  }
  order.first_trigger = Price::FromE8(e.trigger_price_e8());
  order.expires = Timestamp{e.expires_ns()};
  order.strategy = e.strategy();
  order.parent_order_id = e.parent_order_id();
  if (e.link_id() != 0) {
    order.link.id = OrderId::FromValue(e.link_id());
    TW_ASSIGN_OR_RETURN(order.link.kind, FromProto(e.link_kind()));
    TW_ASSIGN_OR_RETURN(order.link.role, FromProto(e.link_role()));
  }
  return order;
}

absl::StatusOr<EventBody> DecodeFill(const v1::LedgerEvent& e) {
  const v1::Execution& x = e.execution();
  TW_ASSIGN_OR_RETURN(const Liquidity liquidity, FromProto(x.liquidity()));
  Filled out{DecodeReport(x),
             x.fill_id(),
             Quantity::FromE8(x.quantity_e8()),
             Price::FromE8(x.price_e8()),
             liquidity,
             Money::FromE8(x.fee_e8()),
             x.fee_currency()};
  if (e.kind() == v1::ORDER_EVENT_KIND_TRADE_BUSTED) {
    out.kind = FillKind::kBusted;
  } else if (e.kind() == v1::ORDER_EVENT_KIND_TRADE_CORRECTED) {
    out.kind = x.quantity_e8() < 0 ? FillKind::kCorrectedAway : FillKind::kCorrected;
  }
  out.original_exec_id = x.original_venue_exec_id();
  out.from_leaves = Quantity::FromE8(e.from_leaves_e8());
  return EventBody(std::move(out));
}

// The operator's word, or, resting on a report, the venue's last one about it.
absl::StatusOr<EventBody> DecodeResolution(const v1::LedgerEvent& e) {
  if (e.has_execution()) {
    TW_ASSIGN_OR_RETURN(const ReportKind kind, KindFromProto(e.execution().kind()));
    return EventBody(Settled{DecodeReport(e.execution()), kind, e.execution().message()});
  }
  Resolution resolution{Resolution::Outcome::kCanceled, e.resolution().reason(),
                        e.resolution().by()};
  if (e.resolution().outcome() == v1::ORDER_STATUS_FILLED) {
    resolution.outcome = Resolution::Outcome::kFilled;
  }
  return EventBody(Resolved{std::move(resolution)});
}

absl::StatusOr<EventBody> DecodeBody(const v1::LedgerEvent& e) {
  const v1::Execution& x = e.execution();
  switch (e.kind()) {
    case v1::ORDER_EVENT_KIND_SUBMITTED: {
      TW_ASSIGN_OR_RETURN(NewOrder order, DecodeTerms(e));
      return EventBody(Submitted{std::move(order)});
    }
    case v1::ORDER_EVENT_KIND_APPROVED:
      return EventBody(Approved{Price::FromE8(e.reserve_price_e8()), e.kill_generation(),
                                DetailOf(e.risk()), Quantity::FromE8(e.quantity_e8())});
    case v1::ORDER_EVENT_KIND_REJECTED: {
      TW_ASSIGN_OR_RETURN(const RejectReason reason, FromProto(e.reject_reason()));
      return EventBody(Rejected{reason, e.reject_message(), DetailOf(e.risk())});
    }
    case v1::ORDER_EVENT_KIND_ACCEPTED: return EventBody(Accepted{DecodeReport(x)});
    case v1::ORDER_EVENT_KIND_VENUE_REJECTED: {
      TW_ASSIGN_OR_RETURN(const RejectReason reason, FromProto(e.reject_reason()));
      return EventBody(VenueRejected{DecodeReport(x), reason, e.reject_message()});
    }
    case v1::ORDER_EVENT_KIND_FILLED:
    case v1::ORDER_EVENT_KIND_TRADE_BUSTED:
    case v1::ORDER_EVENT_KIND_TRADE_CORRECTED: return DecodeFill(e);
    case v1::ORDER_EVENT_KIND_CANCEL_REQUESTED:
      return EventBody(CancelRequested{e.expiring(), e.yielding(), e.cancel_reason()});
    case v1::ORDER_EVENT_KIND_CANCEL_REJECTED:
      return EventBody(CancelRejected{DecodeReport(x), x.message()});
    case v1::ORDER_EVENT_KIND_CANCELED:
      return EventBody(Canceled{DecodeReport(x), x.message(), e.yielding()});
    case v1::ORDER_EVENT_KIND_EXPIRED: return EventBody(Expired{DecodeReport(x)});
    case v1::ORDER_EVENT_KIND_REPLACE_REQUESTED:
      return EventBody(ReplaceRequested{
          Quantity::FromE8(e.requested_quantity_e8()), Price::FromE8(e.requested_price_e8()),
          Price::FromE8(e.requested_reserve_price_e8()), e.kill_generation()});
    case v1::ORDER_EVENT_KIND_REPLACE_REJECTED: {
      TW_ASSIGN_OR_RETURN(const RejectReason reason, FromProto(x.reason()));
      return EventBody(ReplaceRejected{DecodeReport(x), reason, x.message(), DetailOf(e.risk())});
    }
    case v1::ORDER_EVENT_KIND_REPLACED:
      return EventBody(Replaced{DecodeReport(x), Quantity::FromE8(x.quantity_e8()),
                                Price::FromE8(x.price_e8()), Price::FromE8(e.stop_price_e8()),
                                Price::FromE8(e.trigger_price_e8()),
                                Price::FromE8(e.reserve_price_e8()), e.kill_generation()});
    case v1::ORDER_EVENT_KIND_TRIGGERED:
      return EventBody(Triggered{Price::FromE8(e.trigger_reference_e8()),
                                 Price::FromE8(e.reserve_price_e8()), e.kill_generation(),
                                 DetailOf(e.risk()), Quantity::FromE8(e.quantity_e8())});
    case v1::ORDER_EVENT_KIND_STOP_MOVED:
      return EventBody(StopMoved{Price::FromE8(e.trigger_price_e8())});
    case v1::ORDER_EVENT_KIND_UNCERTAIN: return EventBody(Uncertain{e.uncertain_reason()});
    case v1::ORDER_EVENT_KIND_RESOLVED: return DecodeResolution(e);
    default: break;
  }
  return absl::DataLossError("event " + std::to_string(e.sequence()) + " is of an unknown kind");
}

void EncodeOrder(const Order& o, v1::LedgerEvent& out) {
  out.set_order_id(o.id.value());
  out.set_client_order_id(o.terms.client_order_id);
  out.set_generated_client_order_id(o.terms.generated_client_order_id);
  out.set_account(o.terms.account);
  out.set_symbol(o.terms.symbol);
  out.set_side(ToProto(o.terms.side));
  out.set_type(ToProto(o.terms.type));
  out.set_time_in_force(ToProto(o.terms.time_in_force));
  out.set_quantity_e8(o.terms.quantity.e8());
  out.set_price_e8(o.terms.price.e8());
  out.set_stop_price_e8(o.terms.stop_price.e8());
  out.set_strategy(o.terms.strategy);
  out.set_parent_order_id(o.terms.parent_order_id);
  out.set_status(ToProto(o.status()));
  out.set_filled_quantity_e8(o.filled.e8());
  out.set_leaves_quantity_e8(o.leaves.e8());
  out.set_canceled_quantity_e8(o.canceled.e8());
  out.set_filled_notional_e8(o.filled_notional.e8());
  out.set_reject_reason(ToProto(o.reject_reason));
  out.set_reject_message(o.reject_message);
  out.set_venue(o.venue);
  out.set_created_ns(o.created.ns);
  out.set_uncertain(o.uncertain);
  out.set_uncertain_reason(o.uncertain_reason);
  out.set_uncertain_since_ns(o.uncertain_since.ns);
  out.set_reserve_price_e8(o.reserve_price.e8());
  out.set_kill_generation(o.kill_generation);
  if (o.phase == Phase::kPendingReplace) {
    out.set_requested_quantity_e8(o.requested_quantity.e8());
    out.set_requested_price_e8(o.requested_price.e8());
    out.set_requested_reserve_price_e8(o.requested_reserve_price.e8());
  }
  if (o.terms.asked != Instructions()) {
    EncodeInstructions(o.terms.asked, *out.mutable_instructions());
  }
  out.set_expires_ns(o.terms.expires.ns);
  out.set_trigger_price_e8(o.trigger_price.e8());
  out.set_triggered_ns(o.triggered.ns);
  out.set_expiring(o.expiring);
  if (o.terms.link.id.IsSet()) {
    out.set_link_id(o.terms.link.id.value());
    out.set_link_kind(ToProto(o.terms.link.kind));
    out.set_link_role(ToProto(o.terms.link.role));
    out.set_dormant(o.dormant());
  }
  out.set_yielding(o.yielding);
  out.set_cancel_reason(o.cancel_reason);
  if (o.resolution.outcome != Resolution::Outcome::kNone) {
    const bool filled = o.resolution.outcome == Resolution::Outcome::kFilled;
    v1::Resolution& resolution = *out.mutable_resolution();
    resolution.set_outcome(filled ? v1::ORDER_STATUS_FILLED : v1::ORDER_STATUS_CANCELED);
    resolution.set_reason(o.resolution.reason);
    resolution.set_by(o.resolution.by);
  }
}

}  // namespace

void Encode(const Event& event, const Order& order, v1::LedgerEvent& out) {
  out.Clear();
  out.set_sequence(event.sequence);
  out.set_time_ns(event.time.ns);
  EncodeOrder(order, out);
  std::visit(BodyEncoder{out}, event.body);
  if (out.has_execution()) {
    v1::Execution& x = *out.mutable_execution();
    x.set_account(order.terms.account);
    x.set_symbol(order.terms.symbol);
    x.set_side(ToProto(order.terms.side));
    x.set_leaves_quantity_e8(order.leaves.e8());
    x.set_cumulative_quantity_e8(order.filled.e8());
  }
}

absl::StatusOr<Event> Decode(const v1::LedgerEvent& event) {
  absl::StatusOr<EventBody> body = DecodeBody(event);
  if (!body.ok()) {
    return absl::DataLossError(std::string(body.status().message()));
  }
  return Event{event.sequence(), Timestamp{event.time_ns()}, OrderId::FromValue(event.order_id()),
               *std::move(body)};
}

absl::StatusOr<ExecutionReport> Decode(const v1::Execution& e) {
  ExecutionReport out;
  TW_ASSIGN_OR_RETURN(out.kind, KindFromProto(e.kind()));
  out.order_id = OrderId::FromValue(e.order_id());
  out.report = DecodeReport(e);
  out.quantity = Quantity::FromE8(e.quantity_e8());
  out.price = Price::FromE8(e.price_e8());
  // A word of a newer venue side does not undo the fact.
  out.liquidity = FromProto(e.liquidity()).value_or(Liquidity::kUnspecified);
  out.fee = Money::FromE8(e.fee_e8());
  out.fee_currency = e.fee_currency();
  out.reason = FromProto(e.reason()).value_or(RejectReason::kVenueRejected);
  out.message = Cut(e.message());
  out.original_exec_id = e.original_venue_exec_id();
  out.leaves = Quantity::FromE8(e.leaves_quantity_e8());
  return out;
}

RiskAnswer Decode(const v1::GateDecision& decision) {
  RiskAnswer answer;
  answer.approved = decision.decision().approved();
  // A code of a newer risk is still a refusal.
  answer.reason = FromProto(decision.decision().reason()).value_or(RejectReason::kRiskUnavailable);
  answer.message = Cut(decision.decision().message());
  answer.reserve_price = Price::FromE8(decision.reserve_price_e8());
  answer.kill_generation = decision.kill_generation();
  if (!decision.decision().checks().empty()) {  // not packed
    answer.detail = DetailOf(decision.decision());
  } else {
    answer.detail = {decision.decision().SerializeAsString(), decision.packed_checks()};
  }
  if (decision.decision().message().size() > answer.message.size()) {
    v1::RiskDecision cut = decision.decision();
    cut.clear_checks();
    cut.set_message(answer.message);
    answer.detail.decision = cut.SerializeAsString();
  }
  if (answer.detail.checks.size() > kDetailBytesMax) {
    answer.detail.checks.clear();
  }
  return answer;
}

v1::Order PublicOrder(const Order& order) {
  thread_local v1::LedgerEvent event;  // its memory is used again: this is done for every answer
  event.Clear();
  event.set_sequence(order.sequence);
  event.set_time_ns(order.updated.ns);
  EncodeOrder(order, event);
  return tw::PublicOrder(event);
}

}  // namespace tw::oms
