// tidy: analytics file, a statistic of quotes that nothing is booked by
//
// OrderFlow: order flow imbalance over a window of time. Pure; one owner.
//
// R. Cont, A. Kukanov, S. Stoikov, "The Price Impact of Order Book Events", J. Financial
// Econometrics 12 (2014), eq. 4: each change of the best quotes adds
//   e = [bid >= bid before] bid size - [bid <= bid before] bid size before
//     - [ask <= ask before] ask size + [ask >= ask before] ask size before
// and the imbalance is the sum of e over the window, in units of the instrument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "libs/base/time.h"
#include "libs/core/decimal.h"

namespace tw::features {

struct Quote {
  Price bid;
  Quantity bid_size;
  Price ask;
  Quantity ask_size;
};

// What one change of the best quotes adds, in 1e-8.
__int128 OrderFlowE8(const Quote& before, const Quote& now);

class OrderFlow {
 public:
  static constexpr size_t kEventsMax = 20'000;  // in the window; past it, not ready for a while

  explicit OrderFlow(Duration window) : window_(window) {}

  // REQUIRES: both sides are there.
  void OnQuote(const Quote& quote, Timestamp time);
  // What follows is not compared with what was before; the window begins anew.
  void Reset();

  // A whole window has been seen. It ends with the newest quote.
  bool ready() const { return any_ && newest_ - begun_ >= window_; }
  double value() const { return static_cast<double>(sum_) / static_cast<double>(kDecimalScale); }

 private:
  Duration window_;
  bool any_ = false;
  Quote last_;
  Timestamp begun_;   // from when on nothing is missing
  Timestamp newest_;  // times never run backwards here
  std::deque<std::pair<Timestamp, __int128>> events_;
  __int128 sum_ = 0;
};

}  // namespace tw::features
