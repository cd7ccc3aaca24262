// BarBuilder: the bars of all intervals of one venue and symbol, from its trades, or from shorter
// bars that somebody else made.
//
// A bar [start, end) holds the trades whose event time lies in it; open and close are those of its
// first and last trade by (time, source_seq), whatever the order of arrival. It closes when the
// watermark, the newest event time less `lateness`, has reached its end: trades that come late
// while it is open correct it, later ones are only counted. An interval without trades has no bar.
// A volume that would leave 64 bits sticks at the end of the range.
//
// Without a calendar, bars are aligned to the epoch. With one they are aligned to the beginning of
// the phase they lie in and cut at its end, so that none spans the open or the close; and a bar of
// a day is that of the session, from open to close: what is traded outside it has none.
//
// One owner. Time is the market's, never a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "libs/calendar/calendar.h"
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
  size_t interval = 0;  // of the builder's intervals
  Bar bar;
  bool complete = false;  // every trade of it was to be seen, see ObserveFrom
};

// What all builders of a kind share.
struct BarRules {
  Duration lateness;
  std::shared_ptr<const Intervals> intervals = std::make_shared<const Intervals>();
  std::shared_ptr<const calendar::Calendar> sessions{};  // null: round the clock
};

class BarBuilder {
 public:
  explicit BarBuilder(BarRules rules) : rules_(std::move(rules)), open_(rules_.intervals->size()) {}
  explicit BarBuilder(Duration lateness) : BarBuilder(BarRules{.lateness = lateness}) {}

  // Trades before `time` may not have been seen (a start, a gap): bars that begin before it are not
  // complete. Without a call every bar is.
  void ObserveFrom(Timestamp time) { observed_from_ = time; }

  // Adds what has closed to `closed`, in order per interval. Returns for how many intervals the
  // trade came too late: 0 is the rule.
  size_t Add(const Trade& trade, std::vector<ClosedBar>& closed);
  // A bar of `span` that somebody else made, into the intervals that are longer and a multiple.
  size_t AddBar(const Bar& bar, uint64_t source_seq, Duration span, std::vector<ClosedBar>& closed);
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
    Timestamp end;
    Place first;
    Place last;
  };
  struct Span {
    Timestamp start;
    Timestamp end;
  };

  std::optional<Span> SpanOf(Timestamp time, Duration span) const;
  bool AddTo(size_t interval, const Place& place, const Bar& piece);
  void Close(size_t interval, size_t count, std::vector<ClosedBar>& closed);
  void FindNextEnd();

  BarRules rules_;
  Timestamp observed_from_{std::numeric_limits<int64_t>::min()};
  Timestamp watermark_{std::numeric_limits<int64_t>::min()};
  Timestamp next_end_{std::numeric_limits<int64_t>::max()};  // of the open bar that closes first
  std::vector<std::vector<OpenBar>> open_;                   // by interval, by start
  uint32_t changed_ = 0;
};

// Bars of `span` from complete shorter ones, in order: what a builder would have made of the same
// trades.
std::vector<Bar> JoinBars(const std::vector<Bar>& bars,
                          Duration each,
                          const Interval& joined,
                          std::shared_ptr<const calendar::Calendar> calendar);

}  // namespace tw::normalizer
