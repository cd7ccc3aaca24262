// BarBuilder: the bars of all intervals of one venue and symbol, from its trades.
//
// A bar [start, start + span) is aligned to the epoch and holds the trades whose event time lies in
// it; open and close are those of its first and last trade by (time, source_seq), whatever the
// order of arrival. It closes when the watermark, the newest event time less `lateness`, has
// reached its end: trades that come late while it is open correct it, later ones are only counted.
// An interval without trades has no bar. A volume that would leave 64 bits sticks at the end of the
// range.
//
// One owner. Time is the market's, never a clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "services/normalizer/interval.h"
#include "services/normalizer/tick.h"

namespace tw::normalizer {

struct Bar {
  Timestamp start;
  Price open;
  Price high;
  Price low;
  Price close;
  Quantity volume;
  int64_t trades = 0;

  friend bool operator==(const Bar&, const Bar&) = default;
};

struct ClosedBar {
  size_t interval = 0;  // in kIntervals
  Bar bar;
  bool complete = false;  // every trade of it was to be seen, see ObserveFrom
};

class BarBuilder {
 public:
  explicit BarBuilder(Duration lateness) : lateness_(lateness) {}

  // Trades before `time` may not have been seen (a start, a gap): bars that begin before it are not
  // complete. Without a call every bar is.
  void ObserveFrom(Timestamp time) { observed_from_ = time; }

  // Adds what has closed to `closed`, in order per interval. Returns for how many intervals the
  // trade came too late: 0 is the rule.
  size_t Add(const Trade& trade, std::vector<ClosedBar>& closed);
  // The market's time has moved without a trade.
  void Advance(Timestamp time, std::vector<ClosedBar>& closed);
  // There will be no more trades.
  void CloseAll(std::vector<ClosedBar>& closed);

  // The newest bar that is still open; null when there is none.
  const Bar* Open(size_t interval) const;
  // The intervals whose newest bar has changed since the last call, as bits.
  uint32_t TakeChanged();
  Timestamp watermark() const { return watermark_; }

 private:
  struct OpenBar {
    Bar bar;
    Place first;
    Place last;
  };

  bool AddTo(size_t interval, const Trade& trade);
  void Close(size_t interval, size_t count, std::vector<ClosedBar>& closed);
  void FindNextEnd();

  Duration lateness_;
  Timestamp observed_from_{std::numeric_limits<int64_t>::min()};
  Timestamp watermark_{std::numeric_limits<int64_t>::min()};
  Timestamp next_end_{std::numeric_limits<int64_t>::max()};  // of the open bar that closes first
  std::array<std::vector<OpenBar>, kIntervalCount> open_;    // by start
  uint32_t changed_ = 0;
};

}  // namespace tw::normalizer
