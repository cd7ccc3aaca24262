// BarSeries: the newest bars of one venue, symbol and interval, the running ones included. One
// owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"

namespace tw::hot_cache {

struct Bar {
  Timestamp start;
  Price open;
  Price high;
  Price low;
  Price close;
  Quantity volume;
  int64_t trades = 0;
  bool closed = false;

  friend bool operator==(const Bar&, const Bar&) = default;
};

class BarSeries {
 public:
  // Replaces the bar with the same start; one that has closed is not opened again. A bar that
  // closes takes away the open ones before it: those will never close (their beginning was not
  // seen). False: nothing has changed.
  bool Put(const Bar& bar, size_t bars_max);

  // The newest `limit`, newest last.
  std::vector<Bar> Newest(size_t limit) const;
  size_t size() const { return bars_.size(); }

 private:
  std::deque<Bar> bars_;  // by start
};

}  // namespace tw::hot_cache
