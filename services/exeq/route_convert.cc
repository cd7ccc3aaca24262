#include "services/exeq/route_convert.h"

#include "libs/convert/enums.h"

namespace tw::exeq {
namespace {

std::optional<LegReportKind> KindOf(v1::ExecutionKind kind) {
  switch (kind) {
    case v1::EXECUTION_KIND_ACCEPTED: return LegReportKind::kAccepted;
    case v1::EXECUTION_KIND_REJECTED: return LegReportKind::kRejected;
    case v1::EXECUTION_KIND_FILLED: return LegReportKind::kFilled;
    case v1::EXECUTION_KIND_CANCELED:
    case v1::EXECUTION_KIND_EXPIRED: return LegReportKind::kCanceled;
    case v1::EXECUTION_KIND_CANCEL_REJECTED: return LegReportKind::kCancelRejected;
    case v1::EXECUTION_KIND_REPLACED: return LegReportKind::kReplaced;
    case v1::EXECUTION_KIND_REPLACE_REJECTED: return LegReportKind::kReplaceRejected;
    default: return std::nullopt;
  }
}

v1::ExecutionKind KindOf(LegReportKind kind, v1::ExecutionKind said) {
  switch (kind) {
    case LegReportKind::kAccepted: return v1::EXECUTION_KIND_ACCEPTED;
    case LegReportKind::kRejected: return v1::EXECUTION_KIND_REJECTED;
    case LegReportKind::kFilled: return v1::EXECUTION_KIND_FILLED;
    case LegReportKind::kCanceled:
      return said == v1::EXECUTION_KIND_EXPIRED ? said : v1::EXECUTION_KIND_CANCELED;
    case LegReportKind::kCancelRejected: return v1::EXECUTION_KIND_CANCEL_REJECTED;
    case LegReportKind::kReplaced: return v1::EXECUTION_KIND_REPLACED;
    case LegReportKind::kReplaceRejected: return v1::EXECUTION_KIND_REPLACE_REJECTED;
  }
  return v1::EXECUTION_KIND_UNSPECIFIED;
}

v1::PlaceOrder EncodeTerms(const RouteTerms& terms) {
  v1::PlaceOrder out;
  out.set_order_id(terms.id.value());
  out.set_account(terms.account);
  out.set_symbol(terms.symbol);
  out.set_side(ToProto(terms.side));
  out.set_type(ToProto(terms.type));
  out.set_time_in_force(ToProto(terms.time_in_force));
  out.set_quantity_e8(terms.quantity.e8());
  out.set_price_e8(terms.price.e8());
  out.set_post_only(terms.post_only);
  out.set_display_quantity_e8(terms.display.e8());
  out.set_kill_generation(terms.kill_generation);
  return out;
}

}  // namespace

RouteTerms DecodeRoute(const v1::PlaceOrder& order) {
  RouteTerms terms;
  terms.id = OrderId::FromValue(order.order_id());
  terms.account = order.account();
  terms.symbol = order.symbol();
  terms.side = FromProto(order.side()).value_or(Side::kUnspecified);
  terms.type = FromProto(order.type()).value_or(OrderType::kUnspecified);
  terms.time_in_force = FromProto(order.time_in_force()).value_or(TimeInForce::kUnspecified);
  terms.quantity = Quantity::FromE8(order.quantity_e8());
  terms.price = Price::FromE8(order.price_e8());
  terms.post_only = order.post_only();
  terms.display = Quantity::FromE8(order.display_quantity_e8());
  terms.kill_generation = order.kill_generation();
  return terms;
}

std::optional<LegReport> DecodeLeg(const v1::Execution& execution) {
  const auto leg = ParseLegId(execution.child_id());
  const std::optional<LegReportKind> kind = KindOf(execution.kind());
  if (!leg || !kind || leg->first.value() != execution.order_id()) {
    return std::nullopt;
  }
  LegReport report;
  report.sequence = execution.execution_sequence();
  report.kind = *kind;
  report.order_id = leg->first;
  report.number = leg->second;
  report.quantity = Quantity::FromE8(execution.quantity_e8());
  report.price = Price::FromE8(execution.price_e8());
  report.reason = FromProto(execution.reason()).value_or(RejectReason::kNone);
  report.message = execution.message();
  return report;
}

void Encode(const Told& told, v1::Execution& execution) {
  if (told.leg_only) {
    execution.set_leg_only(true);
    // Of no kind that changes an order, for an oms that does not know the field.
    execution.set_kind(v1::EXECUTION_KIND_UNSPECIFIED);
    return;
  }
  execution.set_kind(KindOf(told.kind, execution.kind()));
  execution.set_quantity_e8(told.quantity.e8());
  execution.set_price_e8(told.price.e8());
  execution.set_leaves_quantity_e8(told.leaves.e8());
  execution.set_cumulative_quantity_e8(told.cumulative.e8());
}

v1::VenueCommand Encode(const LegRequest& request) {
  v1::VenueCommand out;
  const RouteTerms& terms = request.terms;
  const std::string child_id = LegId(terms.id, request.number);
  switch (request.kind) {
    case LegRequest::Kind::kPlace: {
      v1::PlaceChild& place = *out.mutable_place();
      place.set_child_id(child_id);
      place.set_venue(request.venue);
      *place.mutable_order() = EncodeTerms(terms);
      break;
    }
    case LegRequest::Kind::kCancel: {
      v1::CancelChild& cancel = *out.mutable_cancel();
      cancel.set_child_id(child_id);
      cancel.set_venue(request.venue);
      cancel.set_order_id(terms.id.value());
      cancel.set_symbol(terms.symbol);
      break;
    }
    case LegRequest::Kind::kReplace: {
      v1::ReplaceChild& replace = *out.mutable_replace();
      replace.set_child_id(child_id);
      replace.set_venue(request.venue);
      replace.set_order_id(terms.id.value());
      replace.set_symbol(terms.symbol);
      replace.set_quantity_e8(terms.quantity.e8());
      replace.set_price_e8(terms.price.e8());
      break;
    }
  }
  return out;
}

v1::RouteFact Encode(const Fact& fact, const v1::Execution* taken) {
  v1::RouteFact out;
  if (const auto* placed = std::get_if<OrderPlaced>(&fact)) {
    *out.mutable_placed() = EncodeTerms(placed->terms);
  } else if (const auto* leg = std::get_if<LegPlanned>(&fact)) {
    out.mutable_leg()->set_order_id(leg->id.value());
    out.mutable_leg()->set_number(leg->number);
    out.mutable_leg()->set_venue(leg->venue);
    out.mutable_leg()->set_quantity_e8(leg->quantity.e8());
  } else if (const auto* cancel = std::get_if<CancelAsked>(&fact)) {
    out.mutable_cancel()->set_order_id(cancel->id.value());
  } else if (const auto* change = std::get_if<ChangeAsked>(&fact)) {
    out.mutable_replace()->set_order_id(change->id.value());
    out.mutable_replace()->set_quantity_e8(change->quantity.e8());
    out.mutable_replace()->set_price_e8(change->price.e8());
  } else if (const auto* given_up = std::get_if<LegGivenUp>(&fact)) {
    out.mutable_given_up()->set_order_id(given_up->id.value());
    out.mutable_given_up()->set_number(given_up->number);
  } else if (taken != nullptr) {
    *out.mutable_taken() = *taken;
    out.mutable_taken()->clear_trace();
  }
  return out;
}

absl::StatusOr<Fact> Decode(const v1::RouteFact& fact) {
  switch (fact.fact_case()) {
    case v1::RouteFact::kPlaced: return Fact(OrderPlaced{DecodeRoute(fact.placed())});
    case v1::RouteFact::kLeg:
      return Fact(LegPlanned{OrderId::FromValue(fact.leg().order_id()), fact.leg().number(),
                             fact.leg().venue(), Quantity::FromE8(fact.leg().quantity_e8())});
    case v1::RouteFact::kCancel:
      return Fact(CancelAsked{OrderId::FromValue(fact.cancel().order_id())});
    case v1::RouteFact::kReplace:
      return Fact(ChangeAsked{OrderId::FromValue(fact.replace().order_id()),
                              Quantity::FromE8(fact.replace().quantity_e8()),
                              Price::FromE8(fact.replace().price_e8())});
    case v1::RouteFact::kGivenUp:
      return Fact(
          LegGivenUp{OrderId::FromValue(fact.given_up().order_id()), fact.given_up().number()});
    case v1::RouteFact::kTaken:
      if (const std::optional<LegReport> report = DecodeLeg(fact.taken())) {
        return Fact(LegReported{*report});
      }
      break;
    case v1::RouteFact::FACT_NOT_SET: break;
  }
  return absl::DataLossError("route record: a fact that cannot be read");
}

}  // namespace tw::exeq
