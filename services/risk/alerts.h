// Alerts: what a risk officer should look at, kept until somebody acknowledges it. Pure; one owner.
//
// A repeat of the same kind, account and symbol within kAlertQuietSpan raises nothing, so a runaway
// client makes one line a minute, not thousands; what a person did is always told. The newest
// kAlertsMax are kept.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"

namespace tw::risk {

inline constexpr size_t kAlertsMax = 10'000;
inline constexpr Duration kAlertQuietSpan = Duration::Seconds(60);

enum class AlertKind : uint8_t {
  kOrderRefused = 1,
  kLimitNear = 2,      // an approved order left four fifths or more of a limit used
  kLimitBreached = 3,  // a moving mark or a lowered limit, not an order
  kKillSwitch = 4,
  kSymbolBlocked = 5,
  kReservationsDropped = 6,  // approved orders that the ledger never showed
  kStrategyDisabled = 7,     // by the repeated-execution throttle
};

inline constexpr std::array<AlertKind, 7> kAlertKinds = {
    AlertKind::kOrderRefused,    AlertKind::kLimitNear,     AlertKind::kLimitBreached,
    AlertKind::kKillSwitch,      AlertKind::kSymbolBlocked, AlertKind::kReservationsDropped,
    AlertKind::kStrategyDisabled};

std::string_view Name(AlertKind kind);  // "ORDER_REFUSED"
bool IsCritical(AlertKind kind);        // level "CRITICAL", else "WARNING"

struct AlertRaised {  // event
  uint64_t id = 0;
  Timestamp time;
  AlertKind kind = AlertKind::kOrderRefused;
  std::string account;
  std::string symbol;
  std::string message;
};

struct AlertAcknowledged {  // event
  uint64_t id = 0;
  std::string by;
  Timestamp time;
};

struct Alert {
  AlertRaised raised;
  bool acknowledged = false;
  std::string acknowledged_by;
};

class Alerts {
 public:
  // The event, unless it was raised a short while ago. `finding.id` and `.time` are set here.
  std::optional<AlertRaised> Decide(AlertRaised finding, Timestamp now) const;
  // NotFound for an id that is not kept; nothing to do for one that is acknowledged already.
  absl::StatusOr<std::optional<AlertAcknowledged>> DecideAck(uint64_t id,
                                                             std::string_view by,
                                                             Timestamp now) const;
  void Apply(const AlertRaised& event);
  void Apply(const AlertAcknowledged& event);

  const Alert* Find(uint64_t id) const;
  // The newest `limit`, oldest first.
  std::vector<Alert> List(size_t limit, bool open_only) const;
  size_t open() const { return open_; }

 private:
  static std::string Key(const AlertRaised& alert);

  std::deque<Alert> alerts_;  // ids without holes
  uint64_t last_id_ = 0;
  size_t open_ = 0;
  absl::flat_hash_map<std::string, Timestamp> last_raised_;  // by kind, account and symbol
};

}  // namespace tw::risk
