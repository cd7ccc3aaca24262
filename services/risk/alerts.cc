#include "services/risk/alerts.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "libs/base/check.h"
#include "libs/base/field_error.h"
#include "services/risk/limits.h"

namespace tw::risk {

std::string_view Name(AlertKind kind) {
  switch (kind) {
    case AlertKind::kOrderRefused: return "ORDER_REFUSED";
    case AlertKind::kLimitNear: return "LIMIT_NEAR";
    case AlertKind::kLimitBreached: return "LIMIT_BREACHED";
    case AlertKind::kKillSwitch: return "KILL_SWITCH";
    case AlertKind::kSymbolBlocked: return "SYMBOL_BLOCKED";
    case AlertKind::kReservationsDropped: return "RESERVATIONS_DROPPED";
    case AlertKind::kStrategyDisabled: return "STRATEGY_DISABLED";
  }
  return "UNKNOWN";
}

bool IsCritical(AlertKind kind) {
  return kind == AlertKind::kLimitBreached || kind == AlertKind::kKillSwitch ||
         kind == AlertKind::kStrategyDisabled;
}

std::string Alerts::Key(const AlertRaised& alert) {
  return std::string(Name(alert.kind)) + '\n' + alert.account + '\n' + alert.symbol;
}

std::optional<AlertRaised> Alerts::Decide(AlertRaised finding, Timestamp now) const {
  const bool of_a_person = finding.kind == AlertKind::kKillSwitch ||
                           finding.kind == AlertKind::kSymbolBlocked ||
                           finding.kind == AlertKind::kStrategyDisabled;
  const auto it = last_raised_.find(Key(finding));
  if (!of_a_person && it != last_raised_.end() && now - it->second < kAlertQuietSpan) {
    return std::nullopt;
  }
  finding.id = last_id_ + 1;
  finding.time = now;
  return finding;
}

absl::StatusOr<std::optional<AlertAcknowledged>> Alerts::DecideAck(uint64_t id,
                                                                   std::string_view by,
                                                                   Timestamp now) const {
  if (by.size() > kReasonMax) {
    return FieldError("by", "at most 512 bytes");
  }
  const Alert* alert = Find(id);
  if (alert == nullptr) {
    return absl::NotFoundError("alert " + std::to_string(id) + " is not known");
  }
  if (alert->acknowledged) {
    return std::optional<AlertAcknowledged>();
  }
  return std::optional<AlertAcknowledged>(AlertAcknowledged{id, std::string(by), now});
}

void Alerts::Apply(const AlertRaised& event) {
  TW_CHECK(event.id == last_id_ + 1);
  last_id_ = event.id;
  // Bounded: what is quiet again needs no memory.
  if (last_raised_.size() >= kAlertsMax) {
    absl::erase_if(last_raised_,
                   [&](const auto& entry) { return event.time - entry.second >= kAlertQuietSpan; });
  }
  if (last_raised_.size() < kAlertsMax) {
    last_raised_[Key(event)] = event.time;
  }
  alerts_.push_back({event, false, ""});
  ++open_;
  if (alerts_.size() > kAlertsMax) {
    open_ -= alerts_.front().acknowledged ? 0 : 1;
    alerts_.pop_front();
  }
}

void Alerts::Apply(const AlertAcknowledged& event) {
  if (alerts_.empty() || event.id < alerts_.front().raised.id) {
    return;  // it has left the list since
  }
  Alert& alert = alerts_[event.id - alerts_.front().raised.id];
  open_ -= alert.acknowledged ? 0 : 1;
  alert.acknowledged = true;
  alert.acknowledged_by = event.by;
}

const Alert* Alerts::Find(uint64_t id) const {
  if (alerts_.empty() || id < alerts_.front().raised.id || id > last_id_) {
    return nullptr;
  }
  return &alerts_[id - alerts_.front().raised.id];
}

std::vector<Alert> Alerts::List(size_t limit, bool open_only) const {
  std::vector<Alert> out;
  for (auto it = alerts_.rbegin(); it != alerts_.rend() && out.size() < limit; ++it) {
    if (!open_only || !it->acknowledged) {
      out.push_back(*it);
    }
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace tw::risk
