// Reconciler: the venue's executions against oms's fills, fill by fill, and against pnl's
// positions, as of a sequence of the ledger. What is merely on its way is no break: a difference
// becomes one when it has outlived the grace period, counted from when both streams were current.
// One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "services/ptrc/breaks.h"
#include "services/ptrc/trade.h"

namespace tw::ptrc {

using PositionKey = std::pair<std::string, std::string>;  // account, symbol
using PositionMap = absl::btree_map<PositionKey, Quantity>;

struct ReconcilerLimits {
  Duration grace = Duration::Seconds(2);
  size_t unmatched_max = 1'000'000;  // a side; more are counted and not compared
  size_t matched_max = 100'000;      // remembered, to know a repeat
};

class Reconciler {
 public:
  explicit Reconciler(ReconcilerLimits limits) : limits_(limits) {}

  // What an account held before its first trade.
  void OpenPosition(const PositionKey& key, Quantity quantity);
  // What an account brought in, by the ledger at `ledger_sequence`; no venue knows it.
  void BringIn(const PositionKey& key, Quantity quantity, uint64_t ledger_sequence);

  // False for an execution id used before: it is a break and must not be booked again.
  bool OnVenueTrade(const Trade& trade, Timestamp now);
  void OnOmsFill(const Trade& fill, Timestamp now);
  // The ledger was read up to `sequence`.
  void AdvanceLedger(uint64_t sequence);
  // pnl's positions as of a ledger sequence. The newest answer waits until the ledger was read that
  // far, and is compared by the next OnTime.
  void OnPnlPositions(PositionMap positions, uint64_t ledger_sequence);

  // Opens what outlived the grace period, closes what healed. `current_since`: since when both
  // streams have been read to their heads; nullopt while one has not, and then nothing is judged.
  void OnTime(Timestamp now, std::optional<Timestamp> current_since);

  // Both sides show this fill, alike.
  bool IsMatched(const std::string& trade_key) const;
  const BreakBook& breaks() const { return breaks_; }
  size_t unmatched() const { return venue_only_.size() + oms_only_.size(); }
  uint64_t matched() const { return matched_count_; }
  uint64_t overflowed() const { return overflowed_; }
  uint64_t positions_compared() const { return positions_compared_; }

 private:
  struct Waiting {
    Trade trade;
    Timestamp seen;
  };
  using WaitingMap = absl::btree_map<std::string, Waiting>;
  struct Match {
    std::string key;  // empty: it was brought in
    uint64_t ledger_sequence;
    PositionKey position;
    Quantity quantity;  // signed, as the venue says
  };

  bool Wait(WaitingMap& side, const std::string& key, const Trade& trade, Timestamp now);
  void Pair(const Trade& venue, const Trade& oms, Timestamp now);
  void Remember(Match match);
  void OpenOverdue(const WaitingMap& side, BreakKind kind, Timestamp now, Timestamp current_since);
  bool IsOverdue(const Waiting& waiting, Timestamp now, Timestamp current_since) const;
  // Positions that pnl should show at ledger sequence `at`.
  PositionMap Expected(uint64_t at, Timestamp now, Timestamp current_since) const;
  void ComparePositions(Timestamp now, Timestamp current_since);

  ReconcilerLimits limits_;
  BreakBook breaks_;
  PositionMap positions_;  // by the venue's executions
  WaitingMap venue_only_;
  WaitingMap oms_only_;
  std::deque<Match> matches_;  // the newest matched_max
  absl::flat_hash_set<std::string> matched_keys_;
  uint64_t forgotten_sequence_ = 0;  // the highest ledger sequence dropped from matches_
  uint64_t ledger_sequence_ = 0;
  uint64_t matched_count_ = 0;
  uint64_t overflowed_ = 0;
  uint64_t positions_compared_ = 0;

  struct PnlAnswer {
    PositionMap positions;
    uint64_t ledger_sequence;
  };
  std::optional<PnlAnswer> pnl_;
  absl::btree_map<PositionKey, Timestamp> differing_since_;
};

}  // namespace tw::ptrc
