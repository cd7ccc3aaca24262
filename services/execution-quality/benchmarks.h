// Benchmarks of one symbol's market: mid, VWAP over one and five minutes, TWAP over one minute.
// Trades and mids fall into seconds of local time; a window is the second of `now` and those before
// it, 60 or 300 in all. A late trade counts in its own second while that is in the window. One
// thread, 300 seconds of memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

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

 private:
  static constexpr int64_t kSeconds = 300;
  struct Second {
    int64_t number = -1;    // since the epoch
    __int128 notional = 0;  // 1e-16
    __int128 quantity = 0;  // 1e-8
    int64_t mid_e8 = 0;     // the last one that held in it; 0: none
  };
  Second* At(int64_t second);
  std::optional<Price> Vwap(int64_t now, int64_t seconds) const;
  std::optional<Price> Twap(int64_t now, int64_t seconds) const;

  std::array<Second, kSeconds> ring_{};
  std::optional<Price> mid_;
  int64_t filled_to_ = 0;  // seconds up to here have their mid
  Timestamp updated_;
};

}  // namespace tw::eq
