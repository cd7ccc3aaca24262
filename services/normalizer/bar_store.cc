#include "services/normalizer/bar_store.h"

#include <algorithm>
#include <limits>

namespace tw::normalizer {

BarStore::Market& BarStore::FindOrAdd(const std::string& venue, const std::string& symbol) {
  const std::pair<std::string, std::string> key(venue, symbol);
  if (markets_.size() >= markets_max_ && !markets_.contains(key)) {
    DropStalest();
  }
  Market& market = markets_[key];
  market.series.resize(intervals_);
  market.touched = ++puts_;
  return market;
}

void BarStore::Put(const std::string& venue,
                   const std::string& symbol,
                   size_t interval,
                   const Bar& bar) {
  std::deque<Bar>& series = FindOrAdd(venue, symbol).series[interval];
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

void BarStore::NoteUnseen(const std::string& venue,
                          const std::string& symbol,
                          Timestamp from,
                          Timestamp to) {
  auto& unseen = FindOrAdd(venue, symbol).unseen;
  unseen.emplace_back(from, to);
  if (unseen.size() > kUnseenMax) {
    unseen.pop_front();
    unseen.front().first = {std::numeric_limits<int64_t>::min()};
  }
}

void BarStore::ForgetUnseen(const std::string& venue, const std::string& symbol) {
  const auto it = markets_.find(std::pair<std::string, std::string>(venue, symbol));
  if (it != markets_.end()) {
    it->second.unseen.clear();
  }
}

bool BarStore::Seen(const std::string& venue,
                    const std::string& symbol,
                    Timestamp from,
                    Timestamp to) const {
  const auto it = markets_.find(std::pair<std::string, std::string>(venue, symbol));
  return it == markets_.end() ||
         std::none_of(it->second.unseen.begin(), it->second.unseen.end(),
                      [&](const auto& span) { return from < span.second && span.first < to; });
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
