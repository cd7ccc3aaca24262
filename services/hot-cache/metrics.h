// What the cache counts.
#pragma once

#include <string>

#include "libs/metrics/metrics.h"
#include "services/hot-cache/state.h"

namespace tw::hot_cache {

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
        entries_(registry.AddGauge("tw_cache_entries", "Keys in memory.")),
        streams_(registry.AddGauge("tw_cache_streams", "Subscribers of market data.")),
        stale_(registry.AddGauge("tw_cache_stale_tickers", "Tickers that are stale.")) {}

  void FeedEvent() const { events_.Add(); }
  void PnlMessage() const { pnl_.Add(); }

  // One thread at a time.
  void Show(const CacheState::Counts& now, uint64_t merged, size_t streams) {
    tickers_.Show(now.tickers, shown_.tickers);
    books_.Show(now.books, shown_.books);
    trades_.Show(now.trades, shown_.trades);
    bars_.Show(now.bars, shown_.bars);
    positions_.Show(now.positions, shown_.positions);
    merged_.Add(static_cast<double>(merged - merged_shown_));
    entries_.Set(static_cast<double>(now.entries));
    streams_.Set(static_cast<double>(streams));
    stale_.Set(static_cast<double>(now.stale_tickers));
    shown_ = now;
    merged_shown_ = merged;
  }

 private:
  struct Reads {
    Reads(metrics::Registry& registry, const std::string& kind)
        : hits(registry.AddCounter("tw_cache_hits_total", "Reads answered.", {{"kind", kind}})),
          misses(registry.AddCounter(
              "tw_cache_misses_total", "Reads of what was absent or expired.", {{"kind", kind}})),
          evicted(registry.AddCounter(
              "tw_cache_evictions_total", "Entries expired or pushed out.", {{"kind", kind}})) {}
    void Show(const ReadCounts& now, const ReadCounts& before) const {
      hits.Add(static_cast<double>(now.hits - before.hits));
      misses.Add(static_cast<double>(now.misses - before.misses));
      evicted.Add(static_cast<double>(now.evicted - before.evicted));
    }
    metrics::Counter hits;
    metrics::Counter misses;
    metrics::Counter evicted;
  };

  Reads tickers_;
  Reads books_;
  Reads trades_;
  Reads bars_;
  Reads positions_;
  metrics::Counter events_;
  metrics::Counter pnl_;
  metrics::Counter merged_;
  metrics::Gauge entries_;
  metrics::Gauge streams_;
  metrics::Gauge stale_;
  CacheState::Counts shown_;
  uint64_t merged_shown_ = 0;
};

}  // namespace tw::hot_cache
