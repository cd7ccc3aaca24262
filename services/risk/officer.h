// Officer: what a risk officer can ask for, whichever door it comes through: limits, blocks, kill
// switch, alerts. Answers come from the desk, or from the clerk's thread once a change is on disk.
// Any thread.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "services/risk/clerk.h"
#include "services/risk/desk.h"
#include "services/risk/kill_watch.h"

namespace tw::risk {

template <typename Message>
using Answer = std::function<void(absl::StatusOr<Message>)>;

class Officer {
 public:
  // All outlive this. `on_kill_switch` runs after each change of the switch.
  Officer(Desk& desk, Clerk& clerk, KillWatch& watch, std::function<void()> on_kill_switch)
      : desk_(desk), clerk_(clerk), watch_(watch), on_kill_switch_(std::move(on_kill_switch)) {}

  v1::GetLimitsResponse GetLimits(const v1::GetLimitsRequest& request) const;
  void SetLimits(const v1::SetLimitsRequest& request, Answer<v1::Limits> answer);
  // Takes every value of one row away.
  void ClearLimits(const v1::Limits& row, Answer<v1::Limits> answer);

  absl::StatusOr<std::vector<v1::RiskAlert>> ListAlerts(const v1::ListAlertsRequest& request) const;
  void AckAlert(const v1::AckAlertRequest& request, Answer<v1::RiskAlert> answer);

  void BlockSymbol(const v1::BlockSymbolRequest& request, Answer<v1::SymbolBlock> answer);
  void UnblockSymbol(const v1::UnblockSymbolRequest& request, Answer<v1::SymbolBlock> answer);

  void EngageKillSwitch(const v1::EngageKillSwitchRequest& request, Answer<v1::KillSwitch> answer);
  void ReleaseKillSwitch(const v1::ReleaseKillSwitchRequest& request,
                         Answer<v1::KillSwitch> answer);
  // The firm's, with those engaged below it.
  v1::KillSwitch GetKillSwitch() const;
  // Finished ones, and behind them those under way.
  absl::StatusOr<v1::ListKillReportsResponse> ListKillReports(
      const v1::ListKillReportsRequest& request) const;

  v1::ListSymbolBlocksResponse ListSymbolBlocks() const;
  v1::ListDisabledStrategiesResponse ListDisabledStrategies() const;
  void EnableStrategy(const v1::EnableStrategyRequest& request,
                      Answer<v1::DisabledStrategy> answer);

  absl::StatusOr<v1::ListChangesResponse> ListChanges(const v1::ListChangesRequest& request) const;
  // Takes over a switch that was thrown at a gate while risk was away.
  void AdoptKillSwitch(const v1::KillSwitch& younger);

 private:
  void Change(NewLimits command, Answer<v1::Limits> answer);
  void SetBlock(SymbolBlockChanged wanted, Answer<v1::SymbolBlock> answer);
  void TellOfBlock(const SymbolBlockChanged& change);
  void SetKillSwitch(KillSwitchChanged wanted, Answer<v1::KillSwitch> answer);
  void TellOfKillSwitch(const KillSwitchChanged& change, int64_t asked_ns);

  Desk& desk_;
  Clerk& clerk_;
  KillWatch& watch_;
  const std::function<void()> on_kill_switch_;
};

}  // namespace tw::risk
