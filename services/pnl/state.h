// PnlState: the portfolio, its marks and its history behind one lock, spoken to in messages. Events
// come in from the streams' threads, questions from the servers'. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/config/accounts.h"
#include "services/pnl/history.h"
#include "services/pnl/marks.h"
#include "services/pnl/portfolio.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/portfolio.pb.h"

namespace tw::pnl {

inline constexpr int kHistoryLimitDefault = 100;
inline constexpr int kHistoryLimitMax = 1'000;

struct PnlLimits {
  Duration mark_stale_after = Duration::Seconds(10);
  size_t history_account_max = 10'000;
  size_t history_total_max = 500'000;
};

class PnlState {
 public:
  PnlState(const Accounts& accounts, const PnlLimits& limits);

  // In the order of the ledger; an event seen before changes nothing.
  Applied OnLedgerEvent(const tradewind::v1::LedgerEvent& event);
  // Quotes and book states of live markets; recorded markets make no marks.
  void OnFeedEvent(const tradewind::v1::FeedEvent& event, Timestamp received);
  void OnFeedLost();
  // Each second: marks age, accounts leave a point in their history.
  void OnTime(Timestamp now);

  tradewind::v1::ListPositionsResponse Positions(
      const tradewind::v1::ListPositionsRequest& request) const;
  // Of one account with its positions, as of the newest event and mark.
  tradewind::v1::Pnl Pnl(const std::string& account, Timestamp now) const;
  // The accounts that have traded or are listed, each with its positions.
  std::vector<tradewind::v1::Pnl> AllPnl(Timestamp now) const;
  // InvalidArgument for a limit out of range.
  absl::StatusOr<tradewind::v1::ListPnlHistoryResponse> PnlHistory(
      const tradewind::v1::ListPnlHistoryRequest& request) const;

  struct Counts {
    uint64_t sequence = 0;
    size_t accounts = 0;
    size_t symbols = 0;
    size_t stale_marks = 0;
    size_t history_points = 0;
  };
  Counts counts() const;

 private:
  void SetMarks(const MarkBoard::Changes& changes);  // lock held
  tradewind::v1::Pnl PnlWithPositions(const std::string& account,
                                      Timestamp now) const;  // lock held

  mutable std::mutex mutex_;
  Portfolio portfolio_;
  MarkBoard marks_;
  History history_;
};

}  // namespace tw::pnl
