#include "services/pnl/statement_events.h"

#include <utility>

#include "libs/core/ids.h"
#include "services/pnl/convert.h"

namespace tw::pnl {

namespace v1 = tradewind::v1;

std::optional<StatementFill> DecodeStatementFill(const v1::LedgerEvent& event) {
  std::optional<Fill> fill = DecodeFill(event);
  if (!fill) {
    return std::nullopt;
  }
  const v1::Execution& execution = event.execution();
  StatementFill out;
  out.fill = *std::move(fill);
  out.booked = {event.time_ns()};
  out.order_id = OrderId::FromValue(event.order_id()).ToString();
  if (!execution.original_venue_exec_id().empty()) {
    out.original_fill_id = execution.venue() + "-" + execution.original_venue_exec_id();
  }
  return out;
}

}  // namespace tw::pnl
