#include "services/normalizer/bar_store.h"

#include <algorithm>

namespace tw::normalizer {

void BarStore::Put(const std::string& venue,
                   const std::string& symbol,
                   size_t interval,
                   const Bar& bar) {
  const std::pair<std::string, std::string> key(venue, symbol);
  if (markets_.size() >= markets_max_ && !markets_.contains(key)) {
    DropStalest();
  }
  Market& market = markets_[key];
  market.series.resize(intervals_);
  market.touched = ++puts_;
  std::deque<Bar>& series = market.series[interval];
  const auto at = std::lower_bound(series.begin(), series.end(), bar,
                                   [](const Bar& a, const Bar& b) { return a.start < b.start; });
  if (at != series.end() && at->start == bar.start) {
    *at = bar;
    return;
  }
  series.insert(at, bar);
  if (series.size() > bars_max_) {
    series.pop_front();
  }
}

std::optional<std::vector<Bar>> BarStore::List(const std::string& venue,
                                               const std::string& symbol,
                                               size_t interval,
                                               size_t limit) const {
  const auto it = markets_.find(std::pair<std::string, std::string>(venue, symbol));
  if (it == markets_.end()) {
    return std::nullopt;
  }
  const std::deque<Bar>& series = it->second.series[interval];
  const size_t count = std::min(limit, series.size());
  return std::vector<Bar>(series.end() - static_cast<std::ptrdiff_t>(count), series.end());
}

void BarStore::DropStalest() {
  const auto stalest = std::min_element(
      markets_.begin(), markets_.end(),
      [](const auto& a, const auto& b) { return a.second.touched < b.second.touched; });
  if (stalest != markets_.end()) {
    markets_.erase(stalest);
  }
}

}  // namespace tw::normalizer
