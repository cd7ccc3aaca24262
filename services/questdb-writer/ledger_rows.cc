#include "services/questdb-writer/ledger_rows.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/convert/opening.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/json/names.h"
#include "services/pnl/convert.h"

namespace tw::questdb_writer {
namespace {

namespace v1 = tradewind::v1;
using ilp::LineBuffer;

// By number; ours are small and without large holes.
template <typename Enum>
std::vector<std::string_view> ShortNames() {
  std::vector<std::string_view> names;
  const google::protobuf::EnumDescriptor* const known = google::protobuf::GetEnumDescriptor<Enum>();
  for (int i = 0; i < known->value_count(); ++i) {
    const auto number = static_cast<size_t>(known->value(i)->number());
    names.resize(std::max(names.size(), number + 1));
    names[number] = json::ShortName(*known->value(i));
  }
  return names;
}

// The short name; "" (a null) for zero and for a number this program does not know.
template <typename Enum>
std::string_view Short(Enum value) {
  static const std::vector<std::string_view> names = ShortNames<Enum>();
  const auto number = static_cast<size_t>(value);  // of a negative one: beyond all
  return number < names.size() ? names[number] : std::string_view();
}

std::string OrderIdText(const v1::LedgerEvent& event) {
  return OrderId::FromValue(event.order_id()).ToString();
}

// Zero is "does not apply" for these: a null.
void OptionalDecimal(LineBuffer& rows, std::string_view name, int64_t e8) {
  if (e8 != 0) {
    rows.DecimalE8(name, e8);
  }
}

void OptionalText(LineBuffer& rows, std::string_view name, const std::string& text) {
  if (!text.empty()) {
    rows.String(name, text);
  }
}

// What an order does not ask for has no cell: false, or a null.
void AddInstructions(const v1::LedgerEvent& event, LineBuffer& rows) {
  const v1::OrderInstructions& asked = event.instructions();
  if (asked.post_only()) {
    rows.Bool("post_only", true);
  }
  if (asked.reduce_only()) {
    rows.Bool("reduce_only", true);
  }
  OptionalDecimal(rows, "display_quantity", asked.display_quantity_e8());
  OptionalDecimal(rows, "trigger_price", event.trigger_price_e8());
  if (event.expires_ns() != 0) {
    rows.Time("expire_time", {event.expires_ns()});
  }
}

absl::Status AddOrderEvent(const v1::LedgerEvent& event, LineBuffer& rows) {
  rows.Table("order_events")
      .Symbol("account", event.account())
      .Symbol("symbol", event.symbol())
      .Symbol("event", Short(event.kind()))
      .Symbol("status", Short(event.status()))
      .Symbol("side", Short(event.side()))
      .Symbol("type", Short(event.type()))
      .Symbol("time_in_force", Short(event.time_in_force()))
      .Symbol("reject_reason", Short(event.reject_reason()))
      .Symbol("strategy", event.strategy())
      .Symbol("link_kind", Short(event.link_kind()))
      .Int("sequence", static_cast<int64_t>(event.sequence()))
      .String("order_id", OrderIdText(event))
      .String("client_order_id", event.client_order_id())
      .DecimalE8("quantity", event.quantity_e8());
  OptionalText(rows, "parent_order_id", event.parent_order_id());
  if (event.link_id() != 0) {
    rows.String("link_id", OrderId::FromValue(event.link_id()).ToString());
  }
  OptionalText(rows, "cancel_reason", event.cancel_reason());
  OptionalDecimal(rows, "price", event.price_e8());
  OptionalDecimal(rows, "stop_price", event.stop_price_e8());
  rows.DecimalE8("filled_quantity", event.filled_quantity_e8())
      .DecimalE8("leaves_quantity", event.leaves_quantity_e8());
  if (event.filled_quantity_e8() > 0) {
    rows.Decimal("average_fill_price", AveragePrice(Money::FromE8(event.filled_notional_e8()),
                                                    Quantity::FromE8(event.filled_quantity_e8()))
                                           .value_or(Price::Max()));
  }
  AddInstructions(event, rows);
  return rows.At({event.time_ns()});
}

// What every row of a decision says, after its symbols.
void AddDecisionFields(const v1::LedgerEvent& event, LineBuffer& rows) {
  const v1::RiskDecision& decision = event.risk();
  rows.Int("sequence", static_cast<int64_t>(event.sequence()))
      .String("order_id", OrderIdText(event))
      .Bool("approved", decision.approved())
      .Int("limits_version", static_cast<int64_t>(decision.limits_version()));
  OptionalDecimal(rows, "reference_bid", decision.reference_bid_e8());
  OptionalDecimal(rows, "reference_ask", decision.reference_ask_e8());
}

// One row per check; one with the decision's own reason when no check ran.
absl::Status AddDecision(const v1::LedgerEvent& event, LineBuffer& rows) {
  const v1::RiskDecision& decision = event.risk();
  const auto begin = [&](v1::RejectReason reason, const std::string& check,
                         const std::string& level) {
    rows.Table("risk_decisions")
        .Symbol("account", event.account())
        .Symbol("symbol", event.symbol())
        .Symbol("reason_code", Short(reason))
        .Symbol("check_name", check)
        .Symbol("level", level);
  };
  if (decision.checks().empty()) {
    begin(decision.reason(), "", "");
    AddDecisionFields(event, rows);
    return rows.At({event.time_ns()});
  }
  absl::Status status;
  size_t from = 0;
  size_t to = 0;  // the fields of an earlier row end there; zero: none are known
  for (const v1::RiskCheckResult& check : decision.checks()) {
    begin(check.passed() ? v1::REJECT_REASON_NONE : check.reason(), check.name(), check.level());
    if (to > 0) {
      rows.RepeatFields(from, to);
    } else {
      from = rows.FieldsFrom();
      AddDecisionFields(event, rows);
      to = rows.FieldsFrom();
    }
    rows.DecimalE8("input", check.input_e8())
        .DecimalE8("limit_value", check.limit_e8())
        .DecimalE8("used", check.used_e8())
        .DecimalE8("headroom", check.headroom_e8());
    if (const int64_t clock = check.clock_ns() != 0 ? check.clock_ns() : decision.decided_ns();
        clock != 0) {
      rows.Time("clock", {clock});
    }
    if (const absl::Status added = rows.At({event.time_ns()}); !added.ok()) {
      status.Update(added);
      to = 0;  // they may have been that row's
    }
  }
  return status;
}

absl::Status AddFill(const v1::LedgerEvent& event, const pnl::Fill& fill, LineBuffer& rows) {
  const v1::Execution& execution = event.execution();
  rows.Table("fills")
      .Symbol("account", event.account())
      .Symbol("symbol", event.symbol())
      .Symbol("side", Short(event.side()))
      .Symbol("liquidity", Short(execution.liquidity()))
      .Symbol("fee_currency", execution.fee_currency())
      .Symbol("venue", execution.venue())
      .String("fill_id", fill.fill_id)
      .String("order_id", OrderIdText(event))
      .String("client_order_id", event.client_order_id())
      .Decimal("quantity", fill.quantity)
      .Decimal("price", fill.price)
      .Decimal("fee", fill.fee);
  OptionalText(rows, "venue_exec_id", execution.venue_exec_id());
  OptionalText(rows, "parent_order_id", event.parent_order_id());
  if (!execution.original_venue_exec_id().empty()) {
    rows.String("original_fill_id", execution.venue() + "-" + execution.original_venue_exec_id());
  }
  rows.Int("sequence", static_cast<int64_t>(event.sequence()));
  return rows.At(fill.time);
}

// At the ledger's time, which never runs backwards, so that the newest row is the newest position.
absl::Status AddPosition(const v1::LedgerEvent& event,
                         const pnl::PositionView& position,
                         Price mark,  // zero: none is known
                         LineBuffer& rows) {
  rows.Table("positions")
      .Symbol("account", position.account)
      .Symbol("symbol", position.symbol)
      .Int("sequence", static_cast<int64_t>(event.sequence()))
      .Decimal("quantity", position.quantity)
      .Decimal("average_price", position.average_price);
  if (!mark.IsZero()) {
    rows.Decimal("mark_price", mark);
  }
  rows.Decimal("realized_pnl", position.realized).Decimal("unrealized_pnl", position.unrealized);
  return rows.At({event.time_ns()});
}

// Number 0 is the cash, the lots follow.
absl::Status AddOpening(const v1::LedgerEvent& event, const Opening& opening, LineBuffer& rows) {
  absl::Status status;
  for (size_t number = 0; number <= opening.lots.size(); ++number) {
    const OpeningLot* const lot = number == 0 ? nullptr : &opening.lots[number - 1];
    rows.Table("openings").Symbol("account", opening.account);
    rows.Symbol("symbol", lot == nullptr ? std::string_view() : lot->symbol);
    rows.Symbol("currency", lot == nullptr ? opening.currency : std::string_view())
        .String("import_id", opening.import_id)
        .Int("sequence", static_cast<int64_t>(event.sequence()))
        .Int("number", static_cast<int64_t>(number))
        .Bool("adds", opening.adds)
        .String("imported_by", opening.by)
        .String("reason", opening.reason);
    if (lot == nullptr) {
      rows.Decimal("cash", opening.cash);
    } else {
      rows.Decimal("quantity", lot->quantity).Decimal("price", lot->price);
      if (lot->opened.IsSet()) {
        rows.Time("opened", lot->opened);
      }
    }
    status.Update(rows.At({event.time_ns()}));
  }
  return status;
}

}  // namespace

absl::Status LedgerRows::Open(const v1::LedgerEvent& event,
                              const Opening& opening,
                              LineBuffer* rows) {
  absl::Status status;
  if (rows != nullptr) {
    status.Update(AddOpening(event, opening, *rows));
  }
  if (portfolio_.Open(event.sequence(), {event.time_ns()}, opening) == pnl::Applied::kOutOfRange) {
    status.Update(absl::OutOfRangeError("a lot would take the position out of its range"));
  }
  for (const pnl::PositionView& position : portfolio_.Positions(opening.account, "")) {
    if (position.sequence != event.sequence()) {
      continue;
    }
    day_ends_.Follow(position.symbol, {event.time_ns()});
    if (rows != nullptr) {
      const Price mark = position.mark ? position.mark->price : Price();
      status.Update(AddPosition(event, position, mark, *rows));
    }
  }
  return status;
}

absl::Status LedgerRows::Apply(const v1::LedgerEvent& event, LineBuffer* rows) {
  const Timestamp time{event.time_ns()};
  if (!std::exchange(began_, true)) {
    for (const pnl::PositionView& held : portfolio_.Positions("", "")) {
      day_ends_.Follow(held.symbol, time);
    }
  }
  absl::Status status = day_ends_.RollTo(time, portfolio_, rows);
  if (const std::optional<Opening> opening = DecodeOpening(event)) {
    status.Update(Open(event, *opening, rows));
    return status;
  }
  if (rows != nullptr) {
    status.Update(AddOrderEvent(event, *rows));
    if (event.has_risk()) {
      status.Update(AddDecision(event, *rows));
    }
  }
  const std::optional<pnl::Fill> fill = pnl::DecodeFill(event);
  if (!fill) {
    portfolio_.AdvanceTo(event.sequence());
    return status;
  }
  if (rows != nullptr) {
    status.Update(AddFill(event, *fill, *rows));
  }
  if (portfolio_.Apply(*fill) == pnl::Applied::kOutOfRange) {
    status.Update(absl::OutOfRangeError("the fill would take the position out of its range"));
    return status;
  }
  portfolio_.SetMark(fill->symbol, {.price = fill->price});
  day_ends_.Follow(fill->symbol, time);
  if (rows != nullptr) {
    if (const auto position = portfolio_.Find(fill->account, fill->symbol)) {
      status.Update(AddPosition(event, *position, fill->price, *rows));
    }
  }
  return status;
}

}  // namespace tw::questdb_writer
