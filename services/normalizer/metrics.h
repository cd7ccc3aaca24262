// What the normalizer counts.
#pragma once

#include <string>

#include "libs/metrics/metrics.h"
#include "services/normalizer/state.h"

namespace tw::normalizer {

class NormalizerMetrics {
 public:
  explicit NormalizerMetrics(metrics::Registry& registry)
      : events_(Count(registry, "events_total", "Events of the raw feed.")),
        malformed_(Count(registry, "malformed_total", "Events left out as malformed.")),
        refused_(Count(registry, "refused_total", "Events of a market too many.")),
        duplicates_(Count(registry, "duplicates_total", "Events seen before, left out.")),
        out_of_order_(Count(registry, "out_of_order_total", "Events that came late.")),
        gaps_(Count(registry, "gaps_total", "Times that events were lost.")),
        late_(Count(registry, "late_ticks_total", "Trades whose bar had closed.")),
        crossed_(Count(registry, "crossed_quotes_total", "Quotes with bid over ask.")),
        locked_(Count(registry, "locked_quotes_total", "Quotes with bid at ask.")),
        halts_(Count(registry, "halts_total", "Times that a market was halted.")),
        closed_(Count(registry, "bars_closed_total", "Bars closed and published.")),
        partial_(Count(registry, "bars_partial_total", "Bars whose beginning was not seen.")),
        stales_(Count(registry, "book_stale_total", "Times that a book went stale.")),
        healings_(Count(registry, "snapshots_asked_total", "Snapshots asked to heal a book.")),
        impatient_(Count(registry,
                         "replay_waits_given_up_total",
                         "Waits for a reader of recorded data that were given up.")),
        stale_(registry.AddGauge("tw_normalizer_stale_books", "Books that are stale now.")),
        live_(registry.AddGauge("tw_normalizer_markets", "Markets.", {{"kind", "live"}})),
        recorded_(registry.AddGauge("tw_normalizer_markets", "Markets.", {{"kind", "recorded"}})),
        head_(registry.AddGauge("tw_normalizer_published", "Events published by this process.")) {}

  void SnapshotAsked() const { healings_.Add(); }
  void WaitGivenUp() const { impatient_.Add(); }

  // Called with the state's lock held.
  void Show(const NormalizerState::Counts& now, uint64_t published) {
    const auto add = [](const metrics::Counter& counter, uint64_t to, uint64_t from) {
      counter.Add(static_cast<double>(to - from));
    };
    add(events_, now.events, shown_.events);
    add(malformed_, now.malformed, shown_.malformed);
    add(refused_, now.refused, shown_.refused);
    add(duplicates_, now.duplicates, shown_.duplicates);
    add(out_of_order_, now.out_of_order, shown_.out_of_order);
    add(gaps_, now.gaps, shown_.gaps);
    add(late_, now.late, shown_.late);
    add(crossed_, now.crossed_quotes, shown_.crossed_quotes);
    add(locked_, now.locked_quotes, shown_.locked_quotes);
    add(halts_, now.halts, shown_.halts);
    add(closed_, now.closed_bars, shown_.closed_bars);
    add(partial_, now.partial_bars, shown_.partial_bars);
    add(stales_, now.book_stales, shown_.book_stales);
    stale_.Set(static_cast<double>(now.stale_books));
    live_.Set(static_cast<double>(now.live_markets));
    recorded_.Set(static_cast<double>(now.recorded_markets));
    head_.Set(static_cast<double>(published));
    shown_ = now;
  }

 private:
  static metrics::Counter Count(metrics::Registry& registry, const char* name, const char* help) {
    return registry.AddCounter(std::string("tw_normalizer_") + name, help);
  }

  NormalizerState::Counts shown_;
  metrics::Counter events_;
  metrics::Counter malformed_;
  metrics::Counter refused_;
  metrics::Counter duplicates_;
  metrics::Counter out_of_order_;
  metrics::Counter gaps_;
  metrics::Counter late_;
  metrics::Counter crossed_;
  metrics::Counter locked_;
  metrics::Counter halts_;
  metrics::Counter closed_;
  metrics::Counter partial_;
  metrics::Counter stales_;
  metrics::Counter healings_;
  metrics::Counter impatient_;
  metrics::Gauge stale_;
  metrics::Gauge live_;
  metrics::Gauge recorded_;
  metrics::Gauge head_;
};

}  // namespace tw::normalizer
