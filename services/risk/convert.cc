#include "services/risk/convert.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"
#include "libs/convert/timestamps.h"

namespace tw::risk {
namespace {

constexpr const char* kDefaultAccount = "default";
constexpr const char* kNone = "none";
// Percent of a limit from which an order's risk is MEDIUM, and HIGH.
constexpr int kMediumPercent = 50;
constexpr int kHighPercent = 80;

template <typename T>
absl::StatusOr<Edit<T>> DecodeEdit(const char* field, const std::string& text) {
  if (text.empty()) {
    return Edit<T>{};
  }
  if (text == kNone) {
    return Edit<T>{Edit<T>::Kind::kClear, {}};
  }
  const absl::StatusOr<T> value = T::Parse(text);
  if (!value.ok()) {
    return FieldError(field, std::string(value.status().message()));
  }
  return Edit<T>{Edit<T>::Kind::kSet, *value};
}

template <typename T>
std::string Text(const std::optional<T>& value) {
  return value ? value->ToString() : "";
}

v1::RiskCheck EncodeResult(const CheckResult& check) {
  v1::RiskCheck out;
  out.set_name(std::string(Name(check.id)));
  out.set_passed(check.passed());
  out.set_input(FormatE8(check.input_e8));
  out.set_limit(FormatE8(check.limit_e8));
  out.set_used(FormatE8(check.used_e8));
  out.set_headroom(FormatE8(check.headroom_e8));
  out.set_reason(ToProto(check.reason));
  return out;
}

}  // namespace

std::optional<OrderView> DecodeEvent(const v1::LedgerEvent& event) {
  if (event.kind() == v1::ORDER_EVENT_KIND_SUBMITTED) {
    return std::nullopt;
  }
  OrderView view;
  view.order_id = OrderId::FromValue(event.order_id());
  view.account = event.account();
  view.symbol = event.symbol();
  view.side = event.side() == v1::SIDE_SELL ? Side::kSell : Side::kBuy;
  view.status = FromProto(event.status()).value_or(OrderStatus::kNew);
  view.filled = Quantity::FromE8(event.filled_quantity_e8());
  view.leaves = Quantity::FromE8(event.leaves_quantity_e8());
  view.reserve_price = Price::FromE8(event.reserve_price_e8());
  if (event.kind() == v1::ORDER_EVENT_KIND_FILLED) {
    view.fill_quantity = Quantity::FromE8(event.execution().quantity_e8());
    view.fill_price = Price::FromE8(event.execution().price_e8());
  }
  view.requested_quantity = Quantity::FromE8(event.requested_quantity_e8());
  view.requested_price = Price::FromE8(event.requested_reserve_price_e8());
  return view;
}

absl::StatusOr<OrderTerms> DecodeOrder(const v1::GateOrder& order) {
  OrderTerms terms;
  terms.order_id = OrderId::FromValue(order.order_id());
  terms.account = order.account();
  terms.symbol = order.symbol();
  TW_ASSIGN_OR_RETURN(terms.side, FromProto(order.side()));
  TW_ASSIGN_OR_RETURN(terms.type, FromProto(order.type()));
  TW_ASSIGN_OR_RETURN(terms.time_in_force, FromProto(order.time_in_force()));
  if (terms.side == Side::kUnspecified) {
    return FieldError("side", "must be BUY or SELL");
  }
  terms.quantity = Quantity::FromE8(order.quantity_e8());
  terms.price = Price::FromE8(order.price_e8());
  terms.replace = order.replace();
  terms.stop_price = Price::FromE8(order.stop_price_e8());
  terms.reduce_only = order.reduce_only();
  return terms;
}

absl::StatusOr<OrderTerms> DecodeCheck(const v1::CheckOrderRequest& request) {
  OrderTerms terms;
  terms.account = request.account().empty() ? std::string_view(kDefaultAccount) : request.account();
  terms.symbol = request.symbol();
  if (request.symbol().empty()) {
    return FieldError("symbol", "is missing");
  }
  if (request.side() != v1::SIDE_BUY && request.side() != v1::SIDE_SELL) {
    return FieldError("side", "must be BUY or SELL");
  }
  terms.side = request.side() == v1::SIDE_BUY ? Side::kBuy : Side::kSell;
  const absl::StatusOr<Quantity> quantity = Quantity::Parse(request.quantity());
  if (!quantity.ok() || *quantity <= Quantity()) {
    return FieldError("quantity", "must be a number above 0");
  }
  terms.quantity = *quantity;
  const absl::StatusOr<OrderType> type = FromProto(request.order_type());
  if (!type.ok()) {
    return FieldError("order_type", std::string(type.status().message()));
  }
  terms.type = *type == OrderType::kUnspecified ? OrderType::kLimit : *type;
  if (request.price().empty() && terms.type == OrderType::kLimit) {
    terms.type = OrderType::kMarket;
  }
  if (terms.type == OrderType::kMarket) {
    terms.time_in_force = TimeInForce::kIoc;
    return terms;
  }
  const absl::StatusOr<Price> price = Price::Parse(request.price());
  if (!price.ok() || *price <= Price()) {
    return FieldError("price", "must be a number above 0");
  }
  terms.price = *price;
  return terms;
}

absl::StatusOr<NewLimits> DecodeLimits(const v1::Limits& limits) {
  const std::optional<LimitScope> scope = ParseLimitScope(limits.scope());
  if (!scope) {
    return FieldError("scope", "must be firm, account, symbol or account_symbol");
  }
  NewLimits out;
  out.key = {*scope, limits.account(), limits.symbol()};
  TW_ASSIGN_OR_RETURN(out.max_order_quantity,
                      DecodeEdit<Quantity>("max_order_quantity", limits.max_order_quantity()));
  TW_ASSIGN_OR_RETURN(out.max_order_notional,
                      DecodeEdit<Money>("max_order_notional", limits.max_order_notional()));
  TW_ASSIGN_OR_RETURN(out.max_position,
                      DecodeEdit<Quantity>("max_position", limits.max_position()));
  TW_ASSIGN_OR_RETURN(out.max_position_notional,
                      DecodeEdit<Money>("max_position_notional", limits.max_position_notional()));
  TW_ASSIGN_OR_RETURN(out.max_exposure, DecodeEdit<Money>("max_exposure", limits.max_exposure()));
  out.changed_by = limits.changed_by();
  out.reason = limits.reason();
  return out;
}

v1::RiskDecision EncodeChecks(const Decision& decision) {
  v1::RiskDecision out;
  for (size_t i = 0; i < decision.check_count; ++i) {
    const CheckResult& check = decision.checks[i];
    v1::RiskCheckResult* result = out.add_checks();
    result->set_name(std::string(Name(check.id)));
    result->set_passed(check.passed());
    result->set_input_e8(check.input_e8);
    result->set_limit_e8(check.limit_e8);
    result->set_used_e8(check.used_e8);
    result->set_headroom_e8(check.headroom_e8);
    result->set_reason(ToProto(check.reason));
  }
  return out;
}

v1::RiskDecision EncodeDecision(const Decision& decision, const OrderTerms& order) {
  v1::RiskDecision out;
  out.set_approved(decision.approved());
  out.set_reason(ToProto(decision.reason));
  out.set_message(RefusalMessage(decision, order));
  out.set_limits_version(decision.limits_version);
  out.set_reference_bid_e8(decision.reference_bid.e8());
  out.set_reference_ask_e8(decision.reference_ask.e8());
  out.set_reference_time_ns(decision.reference_time.ns);
  out.set_decided_ns(decision.decided.ns);
  return out;
}

v1::CheckOrderResponse EncodeCheck(const Decision& decision, const OrderTerms& order) {
  v1::CheckOrderResponse out;
  out.set_approved(decision.approved());
  out.set_reason(RefusalMessage(decision, order));
  out.set_reason_code(ToProto(decision.reason));
  int used = 0;
  for (size_t i = 0; i < decision.check_count; ++i) {
    const CheckResult& check = decision.checks[i];
    *out.add_checks() = EncodeResult(check);
    if (!IsLimit(check.id)) {
      continue;
    }
    used = std::max(used, UsedPercent(check));
    if (check.passed() && UsedPercent(check) >= kHighPercent) {
      out.add_warnings(
          fmt::format("{} would be {} % used", Name(check.id), std::min(UsedPercent(check), 100)));
    }
  }
  out.set_risk_level(!decision.approved()     ? v1::RISK_LEVEL_CRITICAL
                     : used >= kHighPercent   ? v1::RISK_LEVEL_HIGH
                     : used >= kMediumPercent ? v1::RISK_LEVEL_MEDIUM
                                              : v1::RISK_LEVEL_LOW);
  out.set_limits_version(decision.limits_version);
  out.set_reference_bid(decision.reference_bid.ToString());
  out.set_reference_ask(decision.reference_ask.ToString());
  return out;
}

v1::Limits EncodeLimits(const LimitsChanged& row) {
  v1::Limits out;
  out.set_scope(std::string(Name(row.key.scope)));
  out.set_account(row.key.account);
  out.set_symbol(row.key.symbol);
  out.set_max_order_quantity(Text(row.values.max_order_quantity));
  out.set_max_order_notional(Text(row.values.max_order_notional));
  out.set_max_position(Text(row.values.max_position));
  out.set_max_position_notional(Text(row.values.max_position_notional));
  out.set_max_exposure(Text(row.values.max_exposure));
  out.set_version(row.version);
  out.set_changed_by(row.changed_by);
  out.set_reason(row.reason);
  if (row.time.IsSet()) {
    ToTimestamp(row.time, out.mutable_changed_time());
  }
  return out;
}

v1::KillSwitch EncodeKillSwitch(const KillSwitchChanged& state) {
  v1::KillSwitch out;
  out.set_engaged(state.engaged);
  out.set_generation(state.generation);
  out.set_reason(state.reason);
  out.set_by(state.by);
  if (state.time.IsSet()) {
    ToTimestamp(state.time, out.mutable_changed_time());
  }
  return out;
}

v1::SymbolBlock EncodeBlock(const SymbolBlockChanged& block) {
  v1::SymbolBlock out;
  out.set_symbol(block.symbol);
  out.set_blocked(block.blocked);
  out.set_reason(block.reason);
  out.set_by(block.by);
  return out;
}

v1::RiskAlert EncodeAlert(const Alert& alert) {
  v1::RiskAlert out;
  out.set_alert_id(std::to_string(alert.raised.id));
  ToTimestamp(alert.raised.time, out.mutable_time());
  out.set_level(IsCritical(alert.raised.kind) ? "CRITICAL" : "WARNING");
  out.set_kind(std::string(Name(alert.raised.kind)));
  out.set_account(alert.raised.account);
  out.set_symbol(alert.raised.symbol);
  out.set_message(alert.raised.message);
  out.set_acknowledged(alert.acknowledged);
  out.set_acknowledged_by(alert.acknowledged_by);
  return out;
}

}  // namespace tw::risk
