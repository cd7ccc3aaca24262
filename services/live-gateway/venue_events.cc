#include "services/live-gateway/venue_events.h"

#include <algorithm>

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

std::optional<uint64_t> ParseExecId(std::string_view text) {
  uint64_t number = 0;
  const bool ours = text.size() > 2 && text.size() < 20 && text.substr(0, 2) == "P-" &&
                    std::all_of(text.begin() + 2, text.end(), [&number](char c) {
                      number = number * 10 + static_cast<uint64_t>(c - '0');
                      return c >= '0' && c <= '9';
                    });
  return ours && ExecId(number) == text ? std::optional(number) : std::nullopt;
}

}  // namespace tw::live_gateway
