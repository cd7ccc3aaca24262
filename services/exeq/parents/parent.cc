#include "services/exeq/parents/parent.h"

#include <charconv>

#include "libs/base/check.h"

namespace tw::exeq {

std::string_view Name(Algo algo) {
  switch (algo) {
    case Algo::kUnspecified: return "UNSPECIFIED";
    case Algo::kTwap: return "TWAP";
    case Algo::kVwap: return "VWAP";
    case Algo::kPov: return "POV";
    case Algo::kIceberg: return "ICEBERG";
    case Algo::kImplementationShortfall: return "IMPLEMENTATION_SHORTFALL";
  }
  TW_UNREACHABLE();
}

std::string_view Name(ParentStatus status) {
  switch (status) {
    case ParentStatus::kUnspecified: return "UNSPECIFIED";
    case ParentStatus::kScheduled: return "SCHEDULED";
    case ParentStatus::kWorking: return "WORKING";
    case ParentStatus::kPaused: return "PAUSED";
    case ParentStatus::kStopping: return "STOPPING";
    case ParentStatus::kFilled: return "FILLED";
    case ParentStatus::kCanceled: return "CANCELED";
    case ParentStatus::kExpired: return "EXPIRED";
  }
  TW_UNREACHABLE();
}

std::string_view Name(ParentEventKind kind) {
  switch (kind) {
    case ParentEventKind::kOpened: return "OPENED";
    case ParentEventKind::kSubmitted: return "SUBMITTED";
    case ParentEventKind::kStarted: return "STARTED";
    case ParentEventKind::kChildPlanned: return "CHILD_PLANNED";
    case ParentEventKind::kChildReported: return "CHILD_REPORTED";
    case ParentEventKind::kPaused: return "PAUSED";
    case ParentEventKind::kResumed: return "RESUMED";
    case ParentEventKind::kReplaced: return "REPLACED";
    case ParentEventKind::kStopping: return "STOPPING";
    case ParentEventKind::kFinished: return "FINISHED";
  }
  TW_UNREACHABLE();
}

std::string ChildKey(std::string_view parent_id, uint32_t number) {
  return std::string(parent_id) + "." + std::to_string(number);
}

std::optional<uint32_t> ChildNumber(std::string_view parent_id, std::string_view client_order_id) {
  if (client_order_id.size() < parent_id.size() + 2 ||
      client_order_id.substr(0, parent_id.size()) != parent_id ||
      client_order_id[parent_id.size()] != '.') {
    return std::nullopt;
  }
  const std::string_view digits = client_order_id.substr(parent_id.size() + 1);
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number == 0 ||
      digits.front() == '0') {
    return std::nullopt;
  }
  return number;
}

}  // namespace tw::exeq
