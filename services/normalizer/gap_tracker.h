// GapTracker: what the numbers of one source say about what was lost, sent twice or sent late. One
// per venue and symbol, one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tw::normalizer {

enum class Seen : uint8_t {
  kFirst,       // nothing to compare with
  kNext,        // in order
  kGap,         // numbers are missing before this one
  kRestart,     // the first one after Restart()
  kOutOfOrder,  // it was missing and has come after all
  kDuplicate,   // not to be counted again
};

class GapTracker {
 public:
  // Ranges of missing numbers remembered, so that late ones can be told from repeated ones; older
  // ranges are forgotten, and what comes of them then is a duplicate.
  static constexpr size_t kMissingMax = 64;

  GapTracker() = default;
  // Goes on after `last`, which an earlier process has seen.
  explicit GapTracker(uint64_t last) : last_(last) {}

  struct Result {
    Seen seen = Seen::kNext;
    // kGap, kRestart: what is missing, inclusive; `to` is 0 where it is not known how much, as
    // after a restart.
    uint64_t from = 0;
    uint64_t to = 0;
  };

  // Number 0 is no number: always kNext.
  Result See(uint64_t number);

  // The source has begun anew: its numbers may go on anywhere.
  void Restart() { restarted_ = last_ != 0; }

  uint64_t last() const { return last_; }  // highest seen; 0: none

 private:
  struct Range {
    uint64_t from;
    uint64_t to;
  };
  bool TakeMissing(uint64_t number);

  uint64_t last_ = 0;
  bool restarted_ = false;
  std::vector<Range> missing_;
};

}  // namespace tw::normalizer
