#include "services/exeq/parent_convert.h"

#include <algorithm>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/config/accounts.h"
#include "libs/convert/enums.h"
#include "libs/convert/timestamps.h"
#include "services/exeq/parents/schedule.h"

namespace tw::exeq {
namespace {

constexpr size_t kKeyMax = 64;

template <typename T>
absl::StatusOr<T> DecimalField(const std::string& text, const char* field) {
  if (text.empty()) {
    return T();
  }
  const absl::StatusOr<T> value = T::Parse(text);
  if (!value.ok()) {
    return FieldError(field, std::string(value.status().message()) + ": '" + text + "'");
  }
  if (*value < T()) {
    return FieldError(field, "must not be negative");
  }
  return value;
}

absl::StatusOr<int64_t> RatioField(const std::string& text, const char* field) {
  TW_ASSIGN_OR_RETURN(const Quantity value, DecimalField<Quantity>(text, field));
  return value.e8();
}

bool IsPrintable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

absl::Status DecodeNames(const v1::SubmitParentOrderRequest& request, ParentTerms& terms) {
  terms.account = request.account().empty() ? "default" : request.account();
  if (!IsAccountName(terms.account)) {
    return FieldError("account", "must be 1 to 64 of A-Z a-z 0-9 . _ -");
  }
  terms.symbol = request.symbol();
  if (terms.symbol.empty()) {
    return FieldError("symbol", "is required");
  }
  terms.client_parent_id = request.client_parent_id();
  if (terms.client_parent_id.size() > kKeyMax || !IsPrintable(terms.client_parent_id)) {
    return FieldError("client_parent_id", "must be at most 64 printable characters");
  }
  const absl::StatusOr<Side> side = FromProto(request.side());
  if (!side.ok() || *side == Side::kUnspecified) {
    return FieldError("side", "is required: buy or sell");
  }
  terms.side = *side;
  terms.algo = v1::ParentAlgo_IsValid(request.algo()) ? static_cast<Algo>(request.algo())
                                                      : Algo::kUnspecified;
  return absl::OkStatus();
}

std::string AverageText(Money notional, Quantity filled) {
  return filled > Quantity() ? AveragePrice(notional, filled).value_or(Price::Max()).ToString()
                             : "0";
}

void SetTime(Timestamp time,
             google::protobuf::Timestamp* (v1::ParentOrder::*mutable_field)(),
             v1::ParentOrder& out) {
  if (time.IsSet()) {
    ToTimestamp(time, (out.*mutable_field)());
  }
}

void EncodeParameters(const Parent& parent, v1::ParentOrder& out) {
  const ParentTerms& terms = parent.terms;
  out.set_randomize_percent(terms.randomize_percent);
  out.set_participation(FormatE8(terms.participation_e8));
  out.set_participation_cap(FormatE8(terms.participation_cap_e8));
  out.set_display_quantity(terms.display.ToString());
  out.set_slice_max(terms.slice_max.ToString());
  out.set_interval_ms(terms.interval.millis());
  out.set_urgency(FormatE8(terms.urgency_e8));
  out.set_seed(parent.seed);
  if (terms.algo == Algo::kVwap) {
    out.set_volume_curve(terms.learned_curve ? v1::PARENT_VOLUME_CURVE_LEARNED
                                             : v1::PARENT_VOLUME_CURVE_DEFAULT);
  }
}

void EncodeSchedule(const Parent& parent, Quantity lot, Timestamp now, v1::ParentOrder& out) {
  if (!HasSchedule(parent.terms.algo) || parent.slots == nullptr) {
    out.set_scheduled_quantity("0");
    return;
  }
  const uint32_t due = SlotsDue(parent, now);
  out.set_slices(static_cast<int32_t>(parent.slots->size()));
  out.set_slices_due(static_cast<int32_t>(due));
  out.set_scheduled_quantity(TargetAfter(parent, due, lot).ToString());
  if (due < parent.slots->size() && !parent.finished()) {
    ToTimestamp(SlotTime(parent, due), out.mutable_next_slice_time());
  }
}

}  // namespace

absl::StatusOr<ParentTerms> DecodeTerms(const v1::SubmitParentOrderRequest& request) {
  ParentTerms terms;
  TW_RETURN_IF_ERROR(DecodeNames(request, terms));
  TW_ASSIGN_OR_RETURN(terms.quantity, DecimalField<Quantity>(request.quantity(), "quantity"));
  TW_ASSIGN_OR_RETURN(terms.limit_price, DecimalField<Price>(request.limit_price(), "limit_price"));
  terms.start = FromTimestamp(request.start_time());
  terms.end = FromTimestamp(request.end_time());
  // What is out of range stays so, for CheckTerms to refuse.
  const auto millis = [](int64_t ms) {
    return Duration::Millis(std::clamp<int64_t>(ms, -1, int64_t{366} * 86'400'000));
  };
  terms.duration = millis(request.duration_ms());
  terms.interval = millis(request.interval_ms());
  terms.slices = request.slices();
  terms.randomize_percent = request.randomize_percent();
  TW_ASSIGN_OR_RETURN(terms.participation_e8, RatioField(request.participation(), "participation"));
  TW_ASSIGN_OR_RETURN(terms.participation_cap_e8,
                      RatioField(request.participation_cap(), "participation_cap"));
  TW_ASSIGN_OR_RETURN(terms.display,
                      DecimalField<Quantity>(request.display_quantity(), "display_quantity"));
  TW_ASSIGN_OR_RETURN(terms.slice_max, DecimalField<Quantity>(request.slice_max(), "slice_max"));
  TW_ASSIGN_OR_RETURN(terms.urgency_e8, RatioField(request.urgency(), "urgency"));
  terms.learned_curve = request.volume_curve() == v1::PARENT_VOLUME_CURVE_LEARNED;
  return terms;
}

absl::StatusOr<ParentChange> DecodeChange(const v1::ReplaceParentOrderRequest& request) {
  ParentChange change;
  TW_ASSIGN_OR_RETURN(change.quantity, DecimalField<Quantity>(request.quantity(), "quantity"));
  TW_ASSIGN_OR_RETURN(change.limit_price,
                      DecimalField<Price>(request.limit_price(), "limit_price"));
  change.end = FromTimestamp(request.end_time());
  if (change.quantity.IsZero() && change.limit_price.IsZero() && !change.end.IsSet()) {
    return absl::InvalidArgumentError("nothing to change: quantity, limit_price or end_time");
  }
  return change;
}

v1::ParentOrder EncodeParent(const Parent& parent, Quantity lot, Timestamp now) {
  const ParentTerms& terms = parent.terms;
  v1::ParentOrder out;
  out.set_parent_order_id(parent.id);
  out.set_client_parent_id(terms.client_parent_id);
  out.set_account(terms.account);
  out.set_symbol(terms.symbol);
  out.set_side(ToProto(terms.side));
  out.set_algo(static_cast<v1::ParentAlgo>(terms.algo));
  out.set_quantity(terms.quantity.ToString());
  out.set_limit_price(terms.limit_price.ToString());
  out.set_status(static_cast<v1::ParentOrderStatus>(parent.status));
  out.set_reason(parent.reason);
  out.set_filled_quantity(parent.filled.ToString());
  out.set_average_fill_price(AverageText(parent.filled_notional, parent.filled));
  out.set_working_quantity(parent.working.ToString());
  out.set_unsent_quantity(parent.unsent().ToString());
  const std::optional<int64_t> share = MulDiv(
      parent.filled.e8(), 10'000, std::max<int64_t>(terms.quantity.e8(), 1), Rounding::kDown);
  out.set_progress_percent(FormatE8(share.value_or(0) * (kDecimalScale / 100)));
  EncodeSchedule(parent, lot, now, out);
  out.set_children(static_cast<int32_t>(parent.children));
  out.set_open_children(static_cast<int32_t>(parent.open_children));
  out.set_market_volume(parent.market_volume.ToString());
  SetTime(terms.start, &v1::ParentOrder::mutable_start_time, out);
  SetTime(terms.end, &v1::ParentOrder::mutable_end_time, out);
  SetTime(parent.created, &v1::ParentOrder::mutable_created_time, out);
  SetTime(parent.updated, &v1::ParentOrder::mutable_updated_time, out);
  EncodeParameters(parent, out);
  return out;
}

v1::ParentChildOrder EncodeChild(const Parent& parent, const ParentChild& child) {
  v1::ParentChildOrder out;
  out.set_number(static_cast<int32_t>(child.number));
  out.set_client_order_id(ChildKey(parent.id, child.number));
  if (child.order_id.IsSet()) {
    out.set_order_id(child.order_id.ToString());
  }
  out.set_quantity(child.quantity.ToString());
  out.set_price(child.price.ToString());
  out.set_status(ToProto(child.status));
  out.set_filled_quantity(child.filled.ToString());
  out.set_average_fill_price(AverageText(child.filled_notional, child.filled));
  if (child.planned.IsSet()) {
    ToTimestamp(child.planned, out.mutable_time());
  }
  out.set_message(child.message);
  return out;
}

v1::SubmitOrderRequest EncodeSubmit(const ChildRequest& request) {
  const ParentChild& child = request.child;
  v1::SubmitOrderRequest out;
  out.set_account(request.account);
  out.set_symbol(request.symbol);
  out.set_side(ToProto(request.side));
  out.set_type(ToProto(child.type));
  out.set_time_in_force(ToProto(child.time_in_force));
  out.set_quantity(child.quantity.ToString());
  if (!child.price.IsZero()) {
    out.set_price(child.price.ToString());
  }
  out.set_client_order_id(ChildKey(request.parent_id, child.number));
  out.set_parent_order_id(request.parent_id);
  out.set_allow_duplicate(true);  // slices are alike by design
  return out;
}

absl::StatusOr<OrderSnapshot> DecodeOrder(const v1::Order& order) {
  OrderSnapshot out;
  const std::optional<OrderId> id = OrderId::Parse(order.order_id());
  if (!id || order.sequence() == 0) {
    return absl::InvalidArgumentError("an order without id or sequence");
  }
  out.order_id = *id;
  out.sequence = order.sequence();
  TW_ASSIGN_OR_RETURN(out.status, FromProto(order.status()));
  TW_ASSIGN_OR_RETURN(out.quantity, Quantity::Parse(order.quantity()));
  TW_ASSIGN_OR_RETURN(out.price, Price::Parse(order.price()));
  TW_ASSIGN_OR_RETURN(out.filled, Quantity::Parse(order.filled_quantity()));
  TW_ASSIGN_OR_RETURN(const Price average, Price::Parse(order.average_fill_price()));
  out.filled_notional = Notional(average, out.filled).value_or(Money::Max());
  TW_ASSIGN_OR_RETURN(out.reason, FromProto(order.reject_reason()));
  out.message = order.reject_message();
  return out;
}

OrderSnapshot DecodeOrder(const v1::LedgerEvent& event) {
  OrderSnapshot out;
  out.order_id = OrderId::FromValue(event.order_id());
  out.sequence = event.sequence();
  out.status = FromProto(event.status()).value_or(OrderStatus::kUnspecified);
  out.quantity = Quantity::FromE8(event.quantity_e8());
  out.price = Price::FromE8(event.price_e8());
  out.filled = Quantity::FromE8(event.filled_quantity_e8());
  out.filled_notional = Money::FromE8(event.filled_notional_e8());
  out.reason = FromProto(event.reject_reason()).value_or(RejectReason::kNone);
  out.message = event.reject_message();
  return out;
}

std::vector<VolumeBar> DecodeBars(const v1::ListBarsResponse& response, Duration length) {
  std::vector<VolumeBar> bars;
  for (const v1::Bar& bar : response.bars()) {
    const absl::StatusOr<Quantity> volume = Quantity::Parse(bar.volume());
    if (volume.ok()) {
      bars.push_back({FromTimestamp(bar.timestamp()), length, *volume});
    }
  }
  return bars;
}

}  // namespace tw::exeq
