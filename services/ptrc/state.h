// PtrcState: ptrc's own book of the venue's executions, the reconciliation and the surveillance,
// behind one lock. Events come in from the streams' threads, questions from the servers'. Any
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/config/accounts.h"
#include "services/pnl/portfolio.h"
#include "services/ptrc/reconciler.h"
#include "services/ptrc/surveillance.h"
#include "services/ptrc/trade_store.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/post_trade.pb.h"

namespace tw::ptrc {

inline constexpr int kTradesLimitDefault = 100;
inline constexpr int kTradesLimitMax = 1'000;

struct PtrcLimits {
  ReconcilerLimits reconciler;
  SurveillanceLimits surveillance;
  size_t trades_max = 100'000;
};

class PtrcState {
 public:
  PtrcState(const Accounts& accounts, const PtrcLimits& limits);

  void OnExecution(const tradewind::v1::Execution& execution, Timestamp now);
  void OnLedgerEvent(const tradewind::v1::LedgerEvent& event, Timestamp now);
  void OnPnlPositions(PositionMap positions, uint64_t ledger_sequence);
  void OnTime(Timestamp now, std::optional<Timestamp> current_since);

  tradewind::v1::ListPositionsResponse Positions(
      const tradewind::v1::ListPositionsRequest& request) const;
  tradewind::v1::ListLotsResponse Lots(const tradewind::v1::ListLotsRequest& request) const;
  // InvalidArgument for a limit out of range.
  absl::StatusOr<tradewind::v1::ListTradesResponse> Trades(
      const tradewind::v1::ListTradesRequest& request) const;
  tradewind::v1::ListBreaksResponse Breaks(const tradewind::v1::ListBreaksRequest& request) const;
  tradewind::v1::ListSurveillanceAlertsResponse Alerts(
      const tradewind::v1::ListSurveillanceAlertsRequest& request) const;

  // A report but its id. InvalidArgument without a kind.
  absl::StatusOr<tradewind::v1::Report> Report(
      const tradewind::v1::CreateReportRequest& request) const;

  struct Counts {
    uint64_t execution_sequence = 0;
    size_t trades = 0;
    uint64_t matched = 0;
    size_t unmatched = 0;
    uint64_t overflowed = 0;
    size_t open_breaks = 0;
    uint64_t alerts = 0;
    uint64_t positions_compared = 0;
    uint64_t out_of_range = 0;
  };
  Counts counts() const;

 private:
  struct BroughtIn {
    Timestamp time;  // of the ledger's event
    Opening opening;
  };

  void OnOpening(const tradewind::v1::LedgerEvent& event, const Opening& opening);
  // Books what was brought in up to a moment; all of it when that is not set.
  void BookOpenings(std::optional<Timestamp> until);
  // With the lock held. False: it was booked before.
  bool Book(const Trade& trade, Timestamp now);
  std::vector<Break> BreaksOf(const std::string& account) const;  // lock held

  mutable std::mutex mutex_;
  const Accounts accounts_;
  pnl::Portfolio book_;  // of the venue's executions
  // Brought in and not booked yet. The ledger says it and the venue what was traded: they are
  // booked by their times, so that lots are the same however the two streams come.
  std::deque<BroughtIn> brought_in_;
  Reconciler reconciler_;
  Surveillance surveillance_;
  TradeStore trades_;
  uint64_t execution_sequence_ = 0;
  uint64_t booked_ = 0;  // trades and openings
  uint64_t out_of_range_ = 0;
};

}  // namespace tw::ptrc
