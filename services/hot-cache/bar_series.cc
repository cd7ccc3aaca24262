#include "services/hot-cache/bar_series.h"

#include <algorithm>

namespace tw::hot_cache {

bool BarSeries::Put(const Bar& bar, size_t bars_max) {
  auto at = std::lower_bound(bars_.begin(), bars_.end(), bar,
                             [](const Bar& a, const Bar& b) { return a.start < b.start; });
  const bool known = at != bars_.end() && at->start == bar.start;
  if (known && (*at == bar || (at->closed && !bar.closed))) {
    return false;
  }
  if (known) {
    *at = bar;
  } else {
    at = bars_.insert(at, bar);
  }
  if (bar.closed) {
    const auto open = [](const Bar& earlier) { return !earlier.closed; };
    bars_.erase(std::remove_if(bars_.begin(), at, open), at);
  }
  while (bars_.size() > bars_max) {
    bars_.pop_front();
  }
  return true;
}

std::vector<Bar> BarSeries::Newest(size_t limit) const {
  const size_t count = std::min(limit, bars_.size());
  return {bars_.end() - static_cast<std::ptrdiff_t>(count), bars_.end()};
}

}  // namespace tw::hot_cache
