// NormalizerState: what comes from live-gateway in, what is published out. Books, bars, day windows
// and gap trackers of every market, spoken to in messages. One owner at a time (the service's
// lock).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "services/normalizer/bar_store.h"
#include "services/normalizer/consolidator.h"
#include "services/normalizer/convert.h"
#include "services/normalizer/gap_tracker.h"
#include "services/normalizer/order_book.h"
#include "services/normalizer/top_of_book.h"

namespace tw::normalizer {

struct NormalizerOptions {
  size_t depth = 100;                                    // levels a side of a published book
  Duration book_period = Duration::Millis(200);          // between two books of a symbol
  Duration bar_period = Duration::Millis(500);           // between two updates of an open bar
  Duration statistics_period = Duration::Millis(500);    // of a symbol's day statistics
  Duration book_silence_max = Duration::Seconds(5);      // then the book is stale
  Duration live_lateness = Duration::Seconds(2);         // how late a live trade may come
  Duration recorded_lateness = Duration::Seconds(60);    // a recorded one, in event time
  Duration consolidated_period = Duration::Millis(100);  // between two of a symbol
  std::shared_ptr<const Intervals> intervals = std::make_shared<const Intervals>();
  // By symbol; one that is not there trades round the clock, and all of `continuous_venues` do.
  std::map<std::string, std::shared_ptr<const calendar::Calendar>> calendars{};
  std::set<std::string> continuous_venues{"PAPER"};
  size_t bars_max = 1'000;       // kept per series
  size_t bar_markets_max = 256;  // venue and symbol, with bars kept
  size_t live_markets_max = 2'000;
  size_t recorded_markets_max = 1'024;  // of the replay that plays
};

using Events = std::vector<tradewind::v1::FeedEvent>;

class NormalizerState {
 public:
  explicit NormalizerState(const NormalizerOptions& options)
      : options_(options),
        bars_(options.bars_max, options.bar_markets_max, options.intervals->size()) {}

  // One event of the raw feed; `now` is local. What is to be published is added to `out`, in order.
  void OnEvent(const tradewind::v1::FeedEvent& event, Timestamp now, Events& out);
  // A book that was asked for besides the feed, to heal a stale one.
  void OnHealingSnapshot(const tradewind::v1::FeedEvent& event, Timestamp now, Events& out);
  // Events of the feed were missed. `restarted`: live-gateway is a new process.
  void OnFeedGap(bool restarted, Timestamp now, Events& out);
  // Each 100 ms or so: what was held back by a period, books that fell silent, the rolling window.
  void OnTime(Timestamp now, Events& out);

  // The live markets as they stand: book, quote, statistics, book state, bars.
  Events Snapshot() const;
  // A live book never had a snapshot, or has waited for another one for a second.
  bool NeedsSnapshot(Timestamp now) const;

  // Of any interval that those of --bar-intervals make up. Closed bars, newest last, and with
  // `open` the running one of a live market. NotFound for a market without bars, InvalidArgument
  // for an unknown interval.
  absl::StatusOr<std::vector<Bar>> Bars(const std::string& venue,
                                        const std::string& symbol,
                                        const std::string& interval,
                                        size_t limit,
                                        bool open) const;

  // The best of every live venue of a symbol, and of all that count. NotFound: no quotes of it.
  struct VenueQuote {
    std::string venue;
    Quote quote;
    std::string stale;  // "": it counts
    Timestamp venue_time;
    Timestamp receive_time;
  };
  struct BestQuotes {
    ConsolidatedQuote best;
    std::vector<VenueQuote> venues;  // by name
  };
  absl::StatusOr<BestQuotes> Best(const std::string& symbol) const;

  struct Counts {
    uint64_t events = 0;
    uint64_t malformed = 0;   // left out
    uint64_t refused = 0;     // of a market too many
    uint64_t duplicates = 0;  // left out
    uint64_t out_of_order = 0;
    uint64_t gaps = 0;
    uint64_t late = 0;            // trades that missed a bar which had closed
    uint64_t crossed_quotes = 0;  // bid above ask; recorded ones once a millisecond
    uint64_t locked_quotes = 0;   // bid at ask
    uint64_t halts = 0;
    size_t halted = 0;  // now
    uint64_t closed_bars = 0;
    uint64_t partial_bars = 0;  // not published as closed: their beginning was not seen
    uint64_t book_stales = 0;   // times that a book went stale
    size_t live_markets = 0;
    size_t recorded_markets = 0;
    size_t stale_books = 0;
    std::string stale_symbols;  // "BTCUSDT gap, IBM timeout"; the first few
    Timestamp last_gap;
    Timestamp last_late;
  };
  Counts counts() const;

  // The last number seen of each live market, to go on from in another process.
  using Numbers = std::map<std::pair<std::string, std::string>, uint64_t>;
  Numbers numbers() const;
  // Recorded data is being played, or was when the feed was last read: what comes of it next may
  // be its middle.
  bool replaying() const { return mid_replay_ || recorded_count_ > 0; }
  void Restore(const Numbers& numbers, bool replaying);

 private:
  struct Market;
  struct Symbol {               // the live markets of one symbol
    Consolidator consolidator;  // fed from the second market on
    std::vector<Market*> markets;
    Timestamp last;
    bool dirty = false;
  };
  struct Held {  // what a period holds back
    Timestamp last;
    bool dirty = false;
  };
  struct Market {
    Market(Origin o, BarRules rules, Duration silence_max);

    const Origin origin;
    const std::shared_ptr<const calendar::Calendar> sessions;  // null: round the clock
    GapTracker sequence;
    BookBuilder book;
    OrderBook orders;             // of a level 3 source
    TopOfBook top;                // of a source of quotes
    Quote shown;                  // derived from the book, last published
    Symbol* of_symbol = nullptr;  // of a live market
    calendar::Segment segment{
        calendar::Phase::kOpen, {}, {}};        // of the calendar, when last looked at
    tradewind::v1::TradingStatus venue_status;  // phase unspecified: the calendar's word
    tradewind::v1::TradingPhase phase = tradewind::v1::TRADING_PHASE_OPEN;  // last told
    BarBuilder bars;
    DayWindow day;
    tradewind::v1::FeedEvent head;  // of the newest event: number and times
    bool observed = false;          // bars know from when on they see everything
    bool has_book = false;
    bool has_quote = false;                 // the source sends quotes
    uint64_t book_events = 0;               // news of it
    StaleReason told = StaleReason::kNone;  // the state last published
    bool ever_told = false;
    Timestamp needs_snapshot_since;
    Held book_out;
    Held bars_out;
    Held statistics_out;
    uint32_t changed_bars = 0;
    uint64_t run_last = 0;  // number of the last row of a replay's run, and its kind
    tradewind::v1::FeedEvent::BodyCase run_kind = tradewind::v1::FeedEvent::BODY_NOT_SET;
    uint64_t touched = 0;
  };
  using Markets =
      absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, std::unique_ptr<Market>>>;

  Market* FindOrAdd(const tradewind::v1::FeedEvent& event, Events& out);
  bool CheckNumber(Market& market,
                   const tradewind::v1::FeedEvent& event,
                   Timestamp now,
                   Events& out);
  void OnLive(Market& market, const tradewind::v1::FeedEvent& event, Timestamp now, Events& out);
  void OnRecorded(Market& market, const tradewind::v1::FeedEvent& event, Events& out);
  void OnLiveTrade(Market& market,
                   const tradewind::v1::FeedEvent& event,
                   Timestamp now,
                   Events& out);
  void OnQuote(Market& market, const tradewind::v1::FeedEvent& event, Timestamp now, Events& out);
  void OnBook(Market& market, const tradewind::v1::FeedEvent& event, Timestamp now, Events& out);
  void OnRecordedTrade(Market& market, const tradewind::v1::FeedEvent& event, Events& out);
  void OnRecordedBar(Market& market, const tradewind::v1::FeedEvent& event, Events& out);
  bool ApplyBook(Market& market, const tradewind::v1::FeedEvent& event, Timestamp now);
  void OnStatus(Market& market, const tradewind::v1::FeedEvent& event, Timestamp now, Events& out);
  // The calendar's phase at the market's time `t`.
  void OnMarketTime(Market& market, Timestamp t, Timestamp now, Events& out);
  void SetPhase(Market& market, Timestamp now, Events& out);
  static StaleReason StaleOf(const Market& market);
  static Quote BestOf(const Market& market);
  void PublishBestOfBook(Market& market, Events& out);
  void Consolidate(Market& market);
  void PublishConsolidated(Timestamp now, Events& out);
  BarRules RulesOf(const Origin& origin, bool recorded) const;
  std::vector<Bar> Joined(std::vector<Bar> parts,
                          Duration each,
                          const Interval& wanted,
                          size_t limit,
                          const Origin& origin) const;
  void OnReplayEnd(const tradewind::v1::FeedEvent& event, Events& out);
  void OnReplayBrokenOff(const tradewind::v1::FeedEvent& event, Timestamp now, Events& out);
  void NoteUnseen(Market& market, Timestamp from, Timestamp to);
  void ObserveRecorded(Market& market, const tradewind::v1::FeedEvent& event, Events& out);
  void PublishBars(const Market& market, const std::vector<ClosedBar>& closed, Events& out);
  void PublishBookState(Market& market, Timestamp now, Events& out);
  void PublishBook(Market& market, Events& out);
  void PublishHeld(Market& market, Timestamp now, Events& out);
  void Retire(const Market& market);
  void BreakOff(Market& market, Timestamp now, Events& out);
  void DropStalestReplay(Events& out);
  void AddBars(const Market& market, size_t limit, Events& out) const;

  const NormalizerOptions options_;
  std::map<std::string, Symbol> symbols_;
  Markets live_;
  Markets recorded_;
  size_t live_count_ = 0;
  size_t recorded_count_ = 0;
  uint64_t touches_ = 0;
  Numbers restored_;
  bool source_restarted_ = false;  // since those numbers
  bool mid_replay_ = false;        // the beginning of the replay that runs was not seen
  BarStore bars_;
  Counts counts_;
  std::vector<ClosedBar> closed_;  // scratch
};

}  // namespace tw::normalizer
