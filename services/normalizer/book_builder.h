// BookBuilder: one venue's book of one symbol from a snapshot and the deltas after it, and whether
// it can be trusted. One owner.
//
// A book is stale until its first snapshot; when a delta does not follow the one before it (gap);
// when its best bid reaches its best ask (crossed); when it is deeper than kLevelsMax (too_deep):
// all until a snapshot. And when no message came for `silence_max` (timeout), until one comes that
// follows: numbers that go on without a hole prove that nothing was lost.
//
// While it is suspended (its market is halted, in an auction or closed) it is kept as ever, but may
// be crossed or silent; both are judged when it goes on.
//
// While it waits for a snapshot it holds the newest kPendingMax deltas back, so that a snapshot
// that was taken before them heals it too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "services/normalizer/tick.h"

namespace tw::normalizer {

enum class StaleReason : uint8_t {
  kNone,
  kNoSnapshot,
  kGap,
  kCrossed,
  kTooDeep,
  kUnknownOrder,  // a change of an order that the book does not hold, or holds already
  kTimeout,
  kHalted,  // halted or in an auction: by the word of the venue
  kClosed,  // no session: by the calendar or the word of the venue
};

// "", "no_snapshot", "gap", "crossed", "too_deep", "unknown_order", "timeout", "halted", "closed".
std::string_view Name(StaleReason reason);

struct Snapshot {
  uint64_t last_update = 0;
  std::vector<Level> bids;  // any order
  std::vector<Level> asks;
};

struct Delta {
  uint64_t first_update = 0;
  uint64_t last_update = 0;
  uint64_t previous_update = 0;  // last_update of the delta before it; 0: the venue does not say
  std::vector<Level> bids;
  std::vector<Level> asks;
};

class BookBuilder {
 public:
  static constexpr size_t kLevelsMax = 100'000;  // a side
  static constexpr size_t kPendingMax = 1'000;

  explicit BookBuilder(Duration silence_max) : silence_max_(silence_max) {}

  // Each is true when the levels have changed. A snapshot that is older than a sound book and a
  // delta that it already holds change nothing.
  bool OnSnapshot(const Snapshot& snapshot, Timestamp now);
  bool OnDelta(Delta delta, Timestamp now);
  // A message about this market that is not a change of the book: it is alive.
  void OnMessage(Timestamp now);
  void OnTime(Timestamp now);
  // Whether what is crossed or silent counts; goes on at `now`.
  void Suspend(bool suspended, Timestamp now);
  // Somebody who reads more of the messages than levels has found them wrong.
  void MarkStale(StaleReason reason) { stale_ = reason; }
  // The delta goes on where the book is.
  bool Follows(const Delta& delta) const;
  // The source has begun anew: its numbers mean nothing any more.
  void Reset();

  StaleReason stale() const { return stale_; }
  bool NeedsSnapshot() const {
    return stale_ != StaleReason::kNone && stale_ != StaleReason::kTimeout;
  }
  uint64_t last_update() const { return last_update_; }
  size_t depth(bool bids) const { return bids ? bids_.size() : asks_.size(); }
  // The best `count` levels of a side, best first.
  std::vector<Level> Best(bool bids, size_t count) const;

 private:
  static void Put(std::vector<Level>& side, bool bids, const Level& level);
  static void PutAll(std::vector<Level>& side, bool bids, const std::vector<Level>& levels);
  void Apply(const Delta& delta);
  void Judge();
  void Hold(Delta delta);

  const Duration silence_max_;
  StaleReason stale_ = StaleReason::kNoSnapshot;
  bool suspended_ = false;
  bool fresh_ = false;  // no delta since the snapshot: the first may overlap it
  uint64_t last_update_ = 0;
  Timestamp last_message_;
  std::vector<Level> bids_;  // worst first: changes are near the end
  std::vector<Level> asks_;
  std::deque<Delta> pending_;
};

}  // namespace tw::normalizer
