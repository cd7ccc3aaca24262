// Benchmarks of one symbol's market: mid, VWAP over one and five minutes, TWAP over one minute.
// Trades and mids fall into seconds of local time; a window is the second of `now` and those before
// it, 60 or 300 in all. A late trade counts in its own second while that is in the window. One
// thread, 300 seconds of memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"

namespace tw::eq {

struct BenchmarkView {
  std::optional<Price> mid;
  std::optional<Price> vwap_1m;  // nullopt: nothing traded in the window
  std::optional<Price> vwap_5m;
  std::optional<Price> twap_1m;  // of the seconds that had a mid
  Timestamp updated;             // newest input
};

// What happened in one second.
struct MarketSecond {
  int64_t number = -1;    // since the epoch
  __int128 notional = 0;  // 1e-16
  __int128 quantity = 0;  // 1e-8
  int64_t mid_e8 = 0;     // the last one that held in it; 0: none
};

class Benchmarks {
 public:
  // REQUIRES: price > 0, quantity > 0.
  void OnTrade(Timestamp time, Price price, Quantity quantity);
  // The mid holds from `time` until the next one.
  void OnMid(Timestamp time, Price mid);
  // No mid holds any more (the book is stale or one-sided).
  void OnNoMid(Timestamp time);

  // Fills the seconds up to `now` with the mid that holds. Call it at least each minute, and before
  // View.
  void OnTime(Timestamp now);
  BenchmarkView View(Timestamp now) const;
  // The one that holds now.
  std::optional<Price> mid() const { return mid_; }

  // The seconds before that of `now` in which something happened, each answered once.
  std::vector<MarketSecond> TakeFinished(Timestamp now);
  // A second of an earlier process. One that is here already stays as it is; one that is out of the
  // windows, or not over yet, is left out.
  void Restore(Timestamp now, const MarketSecond& second);
  // Every second in memory that is over and in which something happened.
  std::vector<MarketSecond> Finished() const;

 private:
  static constexpr int64_t kSeconds = 300;
  MarketSecond* At(int64_t second);
  std::optional<Price> Vwap(int64_t now, int64_t seconds) const;
  std::optional<Price> Twap(int64_t now, int64_t seconds) const;

  std::array<MarketSecond, kSeconds> ring_{};
  std::optional<Price> mid_;
  int64_t filled_to_ = 0;  // seconds up to here have their mid
  int64_t taken_to_ = 0;   // seconds up to here were taken, or restored
  Timestamp updated_;
};

}  // namespace tw::eq
