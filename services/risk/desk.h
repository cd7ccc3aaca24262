// Desk: the risk state behind one mutex, and what reaches it from other processes: the gate's
// orders, oms's ledger, the live market. Any thread; nothing here blocks on disk or network.
//
// Fail closed: until oms's ledger was read to its head, and whenever it is out of sight for longer
// than ledger_lag_max, every order is refused as RISK_UNAVAILABLE.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/config/accounts.h"
#include "libs/feed/lag.h"
#include "libs/rpc/call.h"
#include "services/risk/alerts.h"
#include "services/risk/checks.h"
#include "services/risk/config.h"
#include "services/risk/limits_file.h"
#include "services/risk/metrics.h"
#include "services/risk/record.h"
#include "services/risk/state.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::risk {

class Desk {
 public:
  // `clock` and `instruments` outlive the desk. Opening positions come from `accounts`.
  Desk(const Clock& clock,
       const Instruments& instruments,
       const tw::Accounts& accounts,
       const LimitsFile& limits,
       RiskConfig config,
       RiskMetrics metrics);

  // What is worth an alert is handed here, under the mutex: hand it on, do not call back.
  // REQUIRES: set before anything below is called.
  void OnFinding(std::function<void(AlertRaised)> on_finding) {
    on_finding_ = std::move(on_finding);
  }

  // Takes back what the message releases, then decides its orders in their order; an approved one
  // is reserved before the next is looked at. `response` becomes the answer and nothing else; its
  // memory is used again.
  void Gate(const v1::GateRequest& request, v1::GateResponse& response);
  // Decides, reserves nothing, tells nobody.
  absl::StatusOr<v1::CheckOrderResponse> Check(const v1::CheckOrderRequest& request);
  // The same into memory that is used again.
  absl::Status Check(const v1::CheckOrderRequest& request, v1::CheckOrderResponse& response);

  // A change that risk makes by itself, in force already, to be kept in the journal; under the
  // mutex like a finding. REQUIRES: set before anything below is called.
  void OnChange(std::function<void(Event)> on_change) { on_change_ = std::move(on_change); }

  // oms's ledger.
  void OnLedgerEvent(const v1::LedgerEvent& event);
  void OnLedgerBatch(const v1::LedgerBatch& batch, bool caught_up);
  void OnLedgerLost(const absl::Status& status);
  feed::Lag ledger_lag() const { return ledger_.Read(clock_.Now()); }
  uint64_t ledger_sequence() const;
  bool replayed() const;

  // The normalizer's market. Recorded events are ignored.
  void OnFeedEvent(const v1::FeedEvent& event);
  // The feed's server has started anew: what it said of stale books is void.
  void OnFeedRestart();
  // Age of the oldest reference among the instruments; nothing before each had one.
  std::optional<Duration> market_age() const;

  // Each second: takes back what the ledger never showed, looks for limits that moving marks or
  // lowered limits have broken.
  void Sweep();

  v1::GetExposureResponse GetExposure(const v1::GetExposureRequest& request) const;

  // f(const State&, const Alerts&) or f(State&, Alerts&) under the mutex.
  template <typename F>
  auto Read(F f) const {
    const std::lock_guard lock(mutex_);
    return f(std::as_const(state_), std::as_const(alerts_));
  }
  template <typename F>
  auto Write(F f) {
    const std::lock_guard lock(mutex_);
    return f(state_, alerts_);
  }
  const Clock& clock() const { return clock_; }

 private:
  void DecideOne(const v1::GateOrder& order,
                 uint64_t epoch,
                 Timestamp now,
                 v1::GateDecision& answer);
  void TellOfDecision(const OrderTerms& order, const Decision& decision);
  void Tell(AlertKind kind, std::string_view account, std::string_view symbol, std::string message);
  void FindBreaches();
  Money MaxAt(SumLevel level, const LimitSubject& subject) const;
  void MarkEquity(Timestamp now);
  void BringIn(const Opening& opening, Timestamp time);
  void CountExecution(std::string_view strategy, Timestamp time);
  bool LedgerInSight(Timestamp now) const;

  const Clock& clock_;
  const RiskConfig config_;
  const RiskMetrics metrics_;
  std::function<void(AlertRaised)> on_finding_;
  std::function<void(Event)> on_change_;
  feed::LagMeter ledger_;

  mutable std::mutex mutex_;
  State state_;
  Alerts alerts_;
  bool replayed_ = false;
  uint64_t ledger_sequence_ = 0;
  v1::RiskDecision checks_;  // those encoded last
};

}  // namespace tw::risk
