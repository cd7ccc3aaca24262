#include "services/live-gateway/venue_events.h"

namespace tw::live_gateway {

Report ReportOf(ReportKind kind, const PlaceOrder& terms) {
  Report report;
  report.kind = kind;
  report.child_id = terms.child_id;
  report.order_id = terms.order_id;
  report.account = terms.account;
  report.symbol = terms.symbol;
  report.side = terms.side;
  report.type = terms.type;
  report.time_in_force = terms.time_in_force;
  report.price = terms.price;
  report.quantity = terms.quantity;
  report.post_only = terms.post_only;
  report.display = terms.display;
  return report;
}

std::string ExecId(uint64_t number) {
  return "P-" + std::to_string(number);
}

}  // namespace tw::live_gateway
