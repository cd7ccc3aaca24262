// Risk's journal: which events it keeps, and their bytes. Exposure is not among them: that is oms's
// ledger's. Any thread.
//
//   byte 0      kind (RecordKind)
//   bytes 1-8   when, nanoseconds since the epoch, little endian
//   the rest    the message of tradewind.v1 for that kind
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "services/risk/alerts.h"
#include "services/risk/controls.h"
#include "services/risk/limits.h"
#include "services/risk/state.h"

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
};

using Event = std::variant<LimitsChanged,
                           LimitsFileLoaded,
                           KillSwitchChanged,
                           SymbolBlockChanged,
                           AlertRaised,
                           AlertAcknowledged>;

std::string EncodeRecord(const Event& event);
// DataLoss for anything that EncodeRecord does not write.
absl::StatusOr<Event> DecodeRecord(std::string_view record);

void Apply(const Event& event, State& state, Alerts& alerts);

}  // namespace tw::risk
