#include "services/normalizer/book_builder.h"

#include <algorithm>
#include <utility>

namespace tw::normalizer {

std::string_view Name(StaleReason reason) {
  switch (reason) {
    case StaleReason::kNone: return "";
    case StaleReason::kNoSnapshot: return "no_snapshot";
    case StaleReason::kGap: return "gap";
    case StaleReason::kCrossed: return "crossed";
    case StaleReason::kTooDeep: return "too_deep";
    case StaleReason::kUnknownOrder: return "unknown_order";
    case StaleReason::kTimeout: return "timeout";
    case StaleReason::kHalted: return "halted";
    case StaleReason::kClosed: return "closed";
  }
  return "";
}

bool BookBuilder::OnSnapshot(const Snapshot& snapshot, Timestamp now) {
  last_message_ = now;
  if (!NeedsSnapshot() && snapshot.last_update < last_update_) {
    return false;
  }
  bids_.clear();
  asks_.clear();
  PutAll(bids_, true, snapshot.bids);
  PutAll(asks_, false, snapshot.asks);
  last_update_ = snapshot.last_update;
  fresh_ = true;
  stale_ = StaleReason::kNone;
  Judge();
  std::deque<Delta> pending = std::exchange(pending_, {});
  for (Delta& delta : pending) {
    OnDelta(std::move(delta), now);
  }
  return true;
}

bool BookBuilder::OnDelta(Delta delta, Timestamp now) {
  last_message_ = now;
  if (NeedsSnapshot()) {
    Hold(std::move(delta));
    return false;
  }
  if (delta.last_update <= last_update_) {
    return false;
  }
  if (!Follows(delta)) {
    stale_ = StaleReason::kGap;
    Hold(std::move(delta));
    return false;
  }
  stale_ = StaleReason::kNone;
  Apply(delta);
  Judge();
  return true;
}

void BookBuilder::OnMessage(Timestamp now) {
  last_message_ = now;
}

void BookBuilder::OnTime(Timestamp now) {
  if (!suspended_ && stale_ == StaleReason::kNone && now - last_message_ > silence_max_) {
    stale_ = StaleReason::kTimeout;
  }
}

void BookBuilder::Suspend(bool suspended, Timestamp now) {
  if (suspended_ == suspended) {
    return;
  }
  suspended_ = suspended;
  last_message_ = now;
  if (!NeedsSnapshot()) {
    stale_ = StaleReason::kNone;
    Judge();
  }
}

void BookBuilder::Reset() {
  bids_.clear();
  asks_.clear();
  pending_.clear();
  last_update_ = 0;
  stale_ = StaleReason::kNoSnapshot;
}

std::vector<Level> BookBuilder::Best(bool bids, size_t count) const {
  const std::vector<Level>& side = bids ? bids_ : asks_;
  const size_t n = std::min(count, side.size());
  return {side.rbegin(), side.rbegin() + static_cast<std::ptrdiff_t>(n)};
}

void BookBuilder::Put(std::vector<Level>& side, bool bids, const Level& level) {
  const auto worse = [bids](const Level& a, const Level& b) {
    return bids ? a.price < b.price : a.price > b.price;
  };
  const auto at = std::lower_bound(side.begin(), side.end(), level, worse);
  const bool found = at != side.end() && at->price == level.price;
  if (level.size > Quantity()) {
    found ? * at = level : *side.insert(at, level);
  } else if (found) {
    side.erase(at);
  }
}

void BookBuilder::PutAll(std::vector<Level>& side, bool bids, const std::vector<Level>& levels) {
  // Best first is the rule; from the worst on, each goes to the end.
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    Put(side, bids, *level);
  }
}

bool BookBuilder::Follows(const Delta& delta) const {
  if (delta.previous_update != 0 && delta.previous_update == last_update_) {
    return true;
  }
  return (fresh_ || delta.previous_update == 0) && delta.first_update <= last_update_ + 1;
}

void BookBuilder::Apply(const Delta& delta) {
  for (const Level& level : delta.bids) {
    Put(bids_, true, level);
  }
  for (const Level& level : delta.asks) {
    Put(asks_, false, level);
  }
  last_update_ = delta.last_update;
  fresh_ = false;
}

void BookBuilder::Judge() {
  if (!suspended_ && !bids_.empty() && !asks_.empty() && bids_.back().price >= asks_.back().price) {
    stale_ = StaleReason::kCrossed;
  } else if (bids_.size() > kLevelsMax || asks_.size() > kLevelsMax) {
    stale_ = StaleReason::kTooDeep;
  }
}

void BookBuilder::Hold(Delta delta) {
  pending_.push_back(std::move(delta));
  if (pending_.size() > kPendingMax) {
    pending_.pop_front();
  }
}

}  // namespace tw::normalizer
