// Risk's journal: which events it keeps, and their bytes. Exposure is not among them: that is oms's
// ledger's. Any thread.
//
//   byte 0      kind (RecordKind)
//   bytes 1-8   when, nanoseconds since the epoch, little endian
//   the rest    the message of tradewind.v1 for that kind
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "services/risk/alerts.h"
#include "services/risk/controls.h"
#include "services/risk/limits.h"
#include "services/risk/state.h"
#include "tradewind/v1/risk.pb.h"

namespace tw {

namespace v1 = ::tradewind::v1;

}  // namespace tw

namespace tw::risk {

// Numbers stand in journals and never change.
enum class RecordKind : uint8_t {
  kLimitsChanged = 1,      // Limits
  kLimitsFileLoaded = 2,   // Limits: version, and the hash as reason
  kKillSwitch = 3,         // KillSwitch
  kKillAndCancel = 4,      // KillSwitch, and open orders are to be canceled
  kSymbolBlock = 5,        // SymbolBlock
  kAlertRaised = 6,        // RiskAlert
  kAlertAcknowledged = 7,  // AckAlertRequest
  kStrategyChanged = 8,    // DisabledStrategy
  kEquityMarked = 9,       // EquityMark
  kKillReported = 10,      // KillReport
};

using Event = std::variant<LimitsChanged,
                           LimitsFileLoaded,
                           KillSwitchChanged,
                           SymbolBlockChanged,
                           AlertRaised,
                           AlertAcknowledged,
                           StrategyChanged,
                           EquityMarked,
                           KillReported>;

std::string EncodeRecord(const Event& event);
// DataLoss for anything that EncodeRecord does not write.
absl::StatusOr<Event> DecodeRecord(std::string_view record);

void Apply(const Event& event, State& state, Alerts& alerts);

// The event as a line of the audit: who changed what, when and why. Nothing for alerts and marks.
// The sequence is left to the caller.
std::optional<v1::RiskChange> ToChange(const Event& event);

}  // namespace tw::risk
