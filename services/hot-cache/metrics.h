// What the cache counts.
#pragma once

#include <string>

#include "libs/fanout/fanout.h"
#include "libs/metrics/metrics.h"
#include "services/hot-cache/state.h"

namespace tw::hot_cache {

// tidy: analytics, a ratio for people; 1 while nothing was read
inline double HitRatio(const ReadCounts& reads) {
  const uint64_t all = reads.hits + reads.misses;
  return all == 0 ? 1 : static_cast<double>(reads.hits) / static_cast<double>(all);
}

class CacheMetrics {
 public:
  explicit CacheMetrics(metrics::Registry& registry)
      : tickers_(registry, "ticker"),
        books_(registry, "book"),
        trades_(registry, "trades"),
        bars_(registry, "bars"),
        positions_(registry, "positions"),
        events_(registry.AddCounter("tw_cache_feed_events_total", "Events of the market feed.")),
        pnl_(registry.AddCounter("tw_cache_pnl_messages_total", "Messages of pnl's stream.")),
        merged_(registry.AddCounter("tw_cache_updates_merged_total",
                                    "Updates merged or dropped for slow subscribers.")),
        sent_(registry.AddCounter("tw_cache_updates_sent_total", "Updates sent to subscribers.")),
        entries_(registry.AddGauge("tw_cache_entries", "Keys in memory.")),
        bytes_(registry.AddGauge("tw_cache_bytes", "What they take, as counted.")),
        streams_(registry.AddGauge("tw_cache_streams", "Subscribers of market data.")),
        stale_(registry.AddGauge("tw_cache_stale_tickers", "Tickers that are stale.")) {}

  void FeedEvent() const { events_.Add(); }
  void PnlMessage() const { pnl_.Add(); }

  // One thread at a time.
  void Show(const CacheState::Counts& now, const fanout::Fanout& streams) {
    tickers_.Show(now.tickers, shown_.tickers);
    books_.Show(now.books, shown_.books);
    trades_.Show(now.trades, shown_.trades);
    bars_.Show(now.bars, shown_.bars);
    positions_.Show(now.positions, shown_.positions);
    const uint64_t merged = streams.merged();
    const uint64_t sent = streams.sent();
    merged_.Add(static_cast<double>(merged - merged_shown_));
    sent_.Add(static_cast<double>(sent - sent_shown_));
    entries_.Set(static_cast<double>(now.entries));
    bytes_.Set(static_cast<double>(now.bytes));
    streams_.Set(static_cast<double>(streams.subscribers()));
    stale_.Set(static_cast<double>(now.stale_tickers));
    shown_ = now;
    merged_shown_ = merged;
    sent_shown_ = sent;
  }

 private:
  struct Reads {
    Reads(metrics::Registry& registry, const std::string& kind)
        : hits(registry.AddCounter("tw_cache_hits_total", "Reads answered.", {{"kind", kind}})),
          misses(registry.AddCounter(
              "tw_cache_misses_total", "Reads of what was absent or expired.", {{"kind", kind}})),
          evicted(registry.AddCounter(
              "tw_cache_evictions_total", "Entries expired or pushed out.", {{"kind", kind}})),
          ratio(registry.AddGauge(
              "tw_cache_hit_ratio", "Reads answered of all since the start.", {{"kind", kind}})) {}
    void Show(const ReadCounts& now, const ReadCounts& before) const {
      hits.Add(static_cast<double>(now.hits - before.hits));
      misses.Add(static_cast<double>(now.misses - before.misses));
      evicted.Add(static_cast<double>(now.evicted - before.evicted));
      ratio.Set(HitRatio(now));
    }
    metrics::Counter hits;
    metrics::Counter misses;
    metrics::Counter evicted;
    metrics::Gauge ratio;
  };

  Reads tickers_;
  Reads books_;
  Reads trades_;
  Reads bars_;
  Reads positions_;
  metrics::Counter events_;
  metrics::Counter pnl_;
  metrics::Counter merged_;
  metrics::Counter sent_;
  metrics::Gauge entries_;
  metrics::Gauge bytes_;
  metrics::Gauge streams_;
  metrics::Gauge stale_;
  CacheState::Counts shown_;
  uint64_t merged_shown_ = 0;
  uint64_t sent_shown_ = 0;
};

}  // namespace tw::hot_cache
