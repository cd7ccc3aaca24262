// Parent orders in exeq's journal: one ParentRecord for each fact.
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"
#include "services/exeq/parent_convert.h"

namespace tw::exeq {
namespace {

absl::Status Broken(const char* what) {
  return absl::DataLossError(std::string("parent record: ") + what);
}

void Encode(const ParentTerms& terms, v1::ParentTermsState& out) {
  out.set_account(terms.account);
  out.set_symbol(terms.symbol);
  out.set_client_parent_id(terms.client_parent_id);
  out.set_side(ToProto(terms.side));
  out.set_algo(static_cast<v1::ParentAlgo>(terms.algo));
  out.set_quantity_e8(terms.quantity.e8());
  out.set_limit_price_e8(terms.limit_price.e8());
  out.set_start_ns(terms.start.ns);
  out.set_end_ns(terms.end.ns);
  out.set_duration_ns(terms.duration.ns);
  out.set_slices(terms.slices);
  out.set_randomize_percent(terms.randomize_percent);
  out.set_participation_e8(terms.participation_e8);
  out.set_participation_cap_e8(terms.participation_cap_e8);
  out.set_display_e8(terms.display.e8());
  out.set_slice_max_e8(terms.slice_max.e8());
  out.set_interval_ns(terms.interval.ns);
  out.set_urgency_e8(terms.urgency_e8);
  out.set_learned_curve(terms.learned_curve);
}

absl::StatusOr<ParentTerms> Decode(const v1::ParentTermsState& in) {
  ParentTerms terms;
  terms.account = in.account();
  terms.symbol = in.symbol();
  terms.client_parent_id = in.client_parent_id();
  TW_ASSIGN_OR_RETURN(terms.side, FromProto(in.side()));
  if (!v1::ParentAlgo_IsValid(in.algo())) {
    return Broken("unknown algorithm");
  }
  terms.algo = static_cast<Algo>(in.algo());
  terms.quantity = Quantity::FromE8(in.quantity_e8());
  terms.limit_price = Price::FromE8(in.limit_price_e8());
  terms.start = {in.start_ns()};
  terms.end = {in.end_ns()};
  terms.duration = {in.duration_ns()};
  terms.slices = in.slices();
  terms.randomize_percent = in.randomize_percent();
  terms.participation_e8 = in.participation_e8();
  terms.participation_cap_e8 = in.participation_cap_e8();
  terms.display = Quantity::FromE8(in.display_e8());
  terms.slice_max = Quantity::FromE8(in.slice_max_e8());
  terms.interval = {in.interval_ns()};
  terms.urgency_e8 = in.urgency_e8();
  terms.learned_curve = in.learned_curve();
  return terms;
}

void Encode(const Parent& parent, bool with_plan, v1::ParentState& out) {
  out.set_id(parent.id);
  Encode(parent.terms, *out.mutable_terms());
  if (with_plan) {
    Encode(*parent.asked, *out.mutable_asked());
    for (const Slot& slot : *parent.slots) {
      out.add_slot_cumulative(slot.cumulative);
      out.add_slot_delay_ppm(slot.delay_ppm);
    }
  }
  out.set_seed(parent.seed);
  out.set_status(static_cast<v1::ParentOrderStatus>(parent.status));
  out.set_stop_as(static_cast<v1::ParentOrderStatus>(parent.stop_as));
  out.set_reason(parent.reason);
  out.set_created_ns(parent.created.ns);
  out.set_updated_ns(parent.updated.ns);
  out.set_filled_e8(parent.filled.e8());
  out.set_filled_notional_e8(parent.filled_notional.e8());
  out.set_working_e8(parent.working.e8());
  out.set_children(parent.children);
  out.set_open_children(parent.open_children);
  out.set_faults(parent.faults);
  out.set_not_before_ns(parent.not_before.ns);
  out.set_base_e8(parent.base.e8());
  out.set_base_slot(parent.base_slot);
  out.set_market_volume_e8(parent.market_volume.e8());
}

absl::StatusOr<Parent> Decode(const v1::ParentState& in, bool with_plan) {
  Parent parent;
  parent.id = in.id();
  TW_ASSIGN_OR_RETURN(parent.terms, Decode(in.terms()));
  if (with_plan) {
    TW_ASSIGN_OR_RETURN(ParentTerms asked, Decode(in.asked()));
    parent.asked = std::make_shared<const ParentTerms>(std::move(asked));
    if (in.slot_cumulative_size() != in.slot_delay_ppm_size()) {
      return Broken("slices that do not match");
    }
    std::vector<Slot> slots;
    for (int i = 0; i < in.slot_cumulative_size(); ++i) {
      slots.push_back({in.slot_cumulative(i), in.slot_delay_ppm(i)});
    }
    parent.slots = std::make_shared<const std::vector<Slot>>(std::move(slots));
  }
  if (!v1::ParentOrderStatus_IsValid(in.status()) || !v1::ParentOrderStatus_IsValid(in.stop_as())) {
    return Broken("unknown status");
  }
  parent.seed = in.seed();
  parent.status = static_cast<ParentStatus>(in.status());
  parent.stop_as = static_cast<ParentStatus>(in.stop_as());
  parent.reason = in.reason();
  parent.created = {in.created_ns()};
  parent.updated = {in.updated_ns()};
  parent.filled = Quantity::FromE8(in.filled_e8());
  parent.filled_notional = Money::FromE8(in.filled_notional_e8());
  parent.working = Quantity::FromE8(in.working_e8());
  parent.children = in.children();
  parent.open_children = in.open_children();
  parent.faults = in.faults();
  parent.not_before = {in.not_before_ns()};
  parent.base = Quantity::FromE8(in.base_e8());
  parent.base_slot = in.base_slot();
  parent.market_volume = Quantity::FromE8(in.market_volume_e8());
  return parent;
}

void Encode(const ParentChild& child, v1::ParentChildState& out) {
  out.set_number(child.number);
  out.set_quantity_e8(child.quantity.e8());
  out.set_price_e8(child.price.e8());
  out.set_type(ToProto(child.type));
  out.set_time_in_force(ToProto(child.time_in_force));
  out.set_state(static_cast<int>(child.state));
  out.set_order_id(child.order_id.value());
  out.set_sequence(child.sequence);
  out.set_status(ToProto(child.status));
  out.set_filled_e8(child.filled.e8());
  out.set_filled_notional_e8(child.filled_notional.e8());
  out.set_planned_ns(child.planned.ns);
  out.set_message(child.message);
}

absl::StatusOr<ParentChild> Decode(const v1::ParentChildState& in) {
  ParentChild child;
  if (in.state() < static_cast<int>(ParentChildState::kPlanned) ||
      in.state() > static_cast<int>(ParentChildState::kDone)) {
    return Broken("unknown state of a child");
  }
  child.number = in.number();
  child.quantity = Quantity::FromE8(in.quantity_e8());
  child.price = Price::FromE8(in.price_e8());
  TW_ASSIGN_OR_RETURN(child.type, FromProto(in.type()));
  TW_ASSIGN_OR_RETURN(child.time_in_force, FromProto(in.time_in_force()));
  child.state = static_cast<ParentChildState>(in.state());
  child.order_id = OrderId::FromValue(in.order_id());
  child.sequence = in.sequence();
  TW_ASSIGN_OR_RETURN(child.status, FromProto(in.status()));
  child.filled = Quantity::FromE8(in.filled_e8());
  child.filled_notional = Money::FromE8(in.filled_notional_e8());
  child.planned = {in.planned_ns()};
  child.message = in.message();
  return child;
}

}  // namespace

std::string EncodeRecord(const ParentEvent& event) {
  v1::ParentRecord out;
  out.set_kind(static_cast<int>(event.kind));
  Encode(event.parent, event.kind == ParentEventKind::kSubmitted, *out.mutable_parent());
  if (event.child) {
    Encode(*event.child, *out.mutable_child());
  }
  return out.SerializeAsString();
}

absl::StatusOr<ParentEvent> DecodeRecord(std::string_view record) {
  v1::ParentRecord in;
  if (!in.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
    return Broken("cannot be parsed");
  }
  if (in.kind() < static_cast<int>(ParentEventKind::kOpened) ||
      in.kind() > static_cast<int>(ParentEventKind::kFinished)) {
    return Broken("unknown kind");
  }
  ParentEvent event;
  event.kind = static_cast<ParentEventKind>(in.kind());
  TW_ASSIGN_OR_RETURN(event.parent, Decode(in.parent(), event.kind == ParentEventKind::kSubmitted));
  if (in.has_child()) {
    TW_ASSIGN_OR_RETURN(event.child, Decode(in.child()));
  }
  return event;
}

}  // namespace tw::exeq
