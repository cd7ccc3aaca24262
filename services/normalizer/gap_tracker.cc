#include "services/normalizer/gap_tracker.h"

namespace tw::normalizer {

GapTracker::Result GapTracker::See(uint64_t number) {
  if (number == 0) {
    return {};
  }
  const uint64_t last = last_;
  if (restarted_) {
    restarted_ = false;
    missing_.clear();
    last_ = number;
    return {.seen = Seen::kRestart, .from = last + 1};
  }
  if (last == 0 || number == last + 1) {
    last_ = number;
    return {.seen = last == 0 ? Seen::kFirst : Seen::kNext};
  }
  if (number <= last) {
    return {.seen = TakeMissing(number) ? Seen::kOutOfOrder : Seen::kDuplicate};
  }
  last_ = number;
  missing_.push_back({last + 1, number - 1});
  if (missing_.size() > kMissingMax) {
    missing_.erase(missing_.begin());
  }
  return {.seen = Seen::kGap, .from = last + 1, .to = number - 1};
}

bool GapTracker::TakeMissing(uint64_t number) {
  for (size_t i = 0; i < missing_.size(); ++i) {
    const Range range = missing_[i];
    if (number < range.from || number > range.to) {
      continue;
    }
    const auto at = missing_.begin() + static_cast<std::ptrdiff_t>(i);
    if (range.from == range.to) {
      missing_.erase(at);
    } else if (number == range.from) {
      at->from = number + 1;
    } else if (number == range.to) {
      at->to = number - 1;
    } else {
      at->to = number - 1;
      missing_.insert(at + 1, {number + 1, range.to});
      if (missing_.size() > kMissingMax) {
        missing_.erase(missing_.begin());
      }
    }
    return true;
  }
  return false;
}

}  // namespace tw::normalizer
