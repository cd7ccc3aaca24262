#include "services/risk/convert.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"
#include "libs/base/check.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"
#include "libs/convert/orders.h"
#include "libs/convert/timestamps.h"

namespace tw::risk {
namespace {

constexpr const char* kDefaultAccount = "default";
constexpr const char* kNone = "none";
// Percent of a limit from which an order's risk is MEDIUM, and HIGH.
constexpr int kMediumPercent = 50;
constexpr int kHighPercent = 80;

template <typename T>
absl::Status DecodeEdit(const char* field, const std::string& text, Edit<T>& edit) {
  if (text.empty()) {
    return absl::OkStatus();
  }
  if (text == kNone) {
    edit.kind = Edit<T>::Kind::kClear;
    return absl::OkStatus();
  }
  const absl::StatusOr<T> value = T::Parse(text);
  if (!value.ok()) {
    return FieldError(field, std::string(value.status().message()));
  }
  edit = {Edit<T>::Kind::kSet, *value};
  return absl::OkStatus();
}

// The field of that name: limits.h and the message call them alike.
const google::protobuf::FieldDescriptor& LimitField(const char* name) {
  const auto* field = v1::Limits::descriptor()->FindFieldByName(name);
  TW_CHECK(field != nullptr);
  return *field;
}

std::string FieldOf(const v1::Limits& limits, const char* name) {
  return limits.GetReflection()->GetString(limits, &LimitField(name));
}

void EncodeResult(const CheckResult& check, v1::RiskCheck& out) {
  out.mutable_name()->assign(Name(check.id));
  out.set_passed(check.passed());
  out.set_input(FormatE8(check.input_e8));
  out.set_limit(FormatE8(check.limit_e8));
  out.set_used(FormatE8(check.used_e8));
  out.set_headroom(FormatE8(check.headroom_e8));
  out.set_reason(ToProto(check.reason));
  out.mutable_level()->assign(Name(check.level));
  if (check.clock.IsSet()) {
    ToTimestamp(check.clock, out.mutable_clock());
  }
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
  // A leg that waits for the orders it is linked to holds nothing.
  view.leaves = event.dormant() ? Quantity() : Quantity::FromE8(event.leaves_quantity_e8());
  view.reserve_price = Price::FromE8(event.reserve_price_e8());
  if (tw::IsFill(event.kind())) {
    view.fill_quantity = Quantity::FromE8(event.execution().quantity_e8());
    view.fill_price = Price::FromE8(event.execution().price_e8());
    view.fee = Money::FromE8(event.execution().fee_e8());
  }
  view.requested_quantity = Quantity::FromE8(event.requested_quantity_e8());
  view.requested_price = Price::FromE8(event.requested_reserve_price_e8());
  view.strategy = event.strategy();
  const bool by_oms = event.execution().execution_sequence() == 0;
  view.ends_reservation = event.kind() == v1::ORDER_EVENT_KIND_TRIGGERED ||
                          (event.kind() == v1::ORDER_EVENT_KIND_REPLACED && by_oms);
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
  terms.dormant = order.dormant();
  terms.strategy = order.strategy();
  terms.allow_duplicate = order.allow_duplicate();
  return terms;
}

absl::StatusOr<OrderTerms> DecodeCheck(const v1::CheckOrderRequest& request) {
  OrderTerms terms;
  terms.account = request.account().empty() ? std::string_view(kDefaultAccount) : request.account();
  terms.symbol = request.symbol();
  terms.strategy = request.strategy();
  terms.allow_duplicate = request.allow_duplicate();
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
    return FieldError("scope", "must be firm, desk, account, strategy, symbol or account_symbol");
  }
  NewLimits out;
  out.key = {*scope, limits.account(), limits.symbol(), limits.desk(), limits.strategy()};
  absl::Status status;
  ForEachLimit([&](const char* name, Takes, auto, auto edit) {
    status.Update(DecodeEdit(name, FieldOf(limits, name), out.*edit));
  });
  TW_RETURN_IF_ERROR(status);
  out.changed_by = limits.changed_by();
  out.reason = limits.reason();
  return out;
}

void EncodeChecks(const Decision& decision, v1::RiskDecision& out) {
  out.Clear();
  for (size_t i = 0; i < decision.check_count; ++i) {
    const CheckResult& check = decision.checks[i];
    v1::RiskCheckResult* result = out.add_checks();
    result->mutable_name()->assign(Name(check.id));
    result->set_passed(check.passed());
    result->set_input_e8(check.input_e8);
    result->set_limit_e8(check.limit_e8);
    result->set_used_e8(check.used_e8);
    result->set_headroom_e8(check.headroom_e8);
    result->set_reason(ToProto(check.reason));
    result->mutable_level()->assign(Name(check.level));
    // The decision's own time is said once, beside the checks.
    result->set_clock_ns(check.clock == decision.decided ? 0 : check.clock.ns);
  }
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

void EncodeCheck(const Decision& decision, const OrderTerms& order, v1::CheckOrderResponse& out) {
  out.Clear();
  out.set_approved(decision.approved());
  out.set_reason(RefusalMessage(decision, order));
  out.set_reason_code(ToProto(decision.reason));
  int used = 0;
  for (size_t i = 0; i < decision.check_count; ++i) {
    const CheckResult& check = decision.checks[i];
    EncodeResult(check, *out.add_checks());
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
}

v1::Limits EncodeLimits(const LimitsChanged& row) {
  v1::Limits out;
  out.set_scope(std::string(Name(row.key.scope)));
  out.set_account(row.key.account);
  out.set_symbol(row.key.symbol);
  out.set_desk(row.key.desk);
  out.set_strategy(row.key.strategy);
  ForEachLimit([&](const char* name, Takes, auto value, auto) {
    if (row.values.*value) {
      out.GetReflection()->SetString(&out, &LimitField(name), (row.values.*value)->ToString());
    }
  });
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
  if (state.scope != LimitScope::kFirm) {
    out.set_scope(std::string(Name(state.scope)));
    out.set_name(state.name);
  }
  out.set_cancel_open_orders(state.cancel_open_orders);
  out.set_drill(state.drill);
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
  out.set_closing_only(block.closing_only);
  return out;
}

v1::KillReport EncodeKillReport(const KillReported& report) {
  const auto millis = [](Duration span) {
    return FormatE8(span.ns / 10'000 * (kDecimalScale / 100));  // to a hundredth of one
  };
  v1::KillReport out;
  out.set_generation(report.generation);
  out.set_scope(std::string(Name(report.scope)));
  out.set_name(report.name);
  out.set_reason(report.reason);
  out.set_by(report.by);
  out.set_drill(report.drill);
  ToTimestamp(report.engaged, out.mutable_engaged_time());
  out.set_blocked(report.blocked);
  out.set_blocked_ms(report.blocked ? millis(report.blocked_after) : "");
  out.set_open_orders(static_cast<int32_t>(report.open_orders));
  out.set_cancels(report.cancels);
  out.set_confirmed(report.confirmed);
  out.set_confirmed_ms(report.confirmed ? millis(report.confirmed_after) : "");
  out.set_left_open(static_cast<int32_t>(report.left_open));
  return out;
}

absl::StatusOr<KillReported> DecodeKillReport(const v1::KillReport& report, LimitScope scope) {
  const auto span = [](const std::string& text) -> absl::StatusOr<Duration> {
    if (text.empty()) {
      return Duration();
    }
    TW_ASSIGN_OR_RETURN(const int64_t e8, ParseE8(text));
    return Duration{e8 / (kDecimalScale / 100) * 10'000};
  };
  KillReported out;
  out.generation = report.generation();
  out.scope = scope;
  out.name = report.name();
  out.reason = report.reason();
  out.by = report.by();
  out.drill = report.drill();
  out.engaged = FromTimestamp(report.engaged_time());
  out.blocked = report.blocked();
  TW_ASSIGN_OR_RETURN(out.blocked_after, span(report.blocked_ms()));
  out.open_orders = report.open_orders();
  out.cancels = report.cancels();
  out.confirmed = report.confirmed();
  TW_ASSIGN_OR_RETURN(out.confirmed_after, span(report.confirmed_ms()));
  out.left_open = report.left_open();
  return out;
}

v1::DisabledStrategy EncodeStrategy(const StrategyChanged& state) {
  v1::DisabledStrategy out;
  out.set_strategy(state.strategy);
  out.set_disabled(state.disabled);
  out.set_reason(state.reason);
  out.set_by(state.by);
  ToTimestamp(state.time, out.mutable_changed_time());
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
