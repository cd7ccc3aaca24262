#include "services/pnl/history.h"

#include <algorithm>

namespace tw::pnl {
namespace {

bool SameFigures(const AccountView& a, const AccountView& b) {
  return a.cash == b.cash && a.realized == b.realized && a.unrealized == b.unrealized &&
         a.fees == b.fees && a.equity == b.equity;
}

}  // namespace

void History::Add(Timestamp time, uint64_t sequence, const AccountView& view) {
  Series& series = series_[view.account];
  if (!series.points.empty() && SameFigures(series.points.back().view, view)) {
    return;
  }
  newest_.push_back({.account = view.account, .number = series.first + series.points.size()});
  series.points.push_back({.time = time, .sequence = sequence, .view = view});
  ++size_;
  if (series.points.size() > account_max_) {
    DropOldest(series);
  }
  if (newest_.size() > total_max_) {
    Series& oldest = series_[newest_.front().account];
    if (oldest.first == newest_.front().number && !oldest.points.empty()) {
      DropOldest(oldest);
    }
    newest_.pop_front();
  }
}

std::vector<HistoryPoint> History::List(const std::string& account, size_t limit) const {
  const auto it = series_.find(account);
  if (it == series_.end()) {
    return {};
  }
  const std::deque<HistoryPoint>& points = it->second.points;
  const size_t count = std::min(limit, points.size());
  return {points.end() - static_cast<std::ptrdiff_t>(count), points.end()};
}

void History::DropOldest(Series& series) {
  series.points.pop_front();
  ++series.first;
  --size_;
}

}  // namespace tw::pnl
