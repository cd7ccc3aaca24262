// History: an account's P&L over time, a point per fill and at most one a second between fills,
// left out while nothing changes. In memory and bounded: the newest account_max points of an
// account, the newest total_max of all. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/time.h"
#include "services/pnl/portfolio.h"

namespace tw::pnl {

struct HistoryPoint {
  Timestamp time;
  uint64_t sequence = 0;  // of the ledger
  AccountView view;
};

class History {
 public:
  History(size_t account_max, size_t total_max)
      : account_max_(account_max), total_max_(total_max) {}

  // Dropped when its figures are those of the account's newest point.
  void Add(Timestamp time, uint64_t sequence, const AccountView& view);

  // The newest `limit` points, newest last.
  std::vector<HistoryPoint> List(const std::string& account, size_t limit) const;
  size_t size() const { return size_; }

 private:
  struct Series {
    uint64_t first = 0;  // number of the oldest point kept; they are numbered without holes
    std::deque<HistoryPoint> points;
  };
  struct Place {
    std::string account;
    uint64_t number;
  };
  void DropOldest(Series& series);

  size_t account_max_;
  size_t total_max_;
  absl::flat_hash_map<std::string, Series> series_;
  std::deque<Place> newest_;  // the newest total_max points, oldest first; some may have left
  size_t size_ = 0;
};

}  // namespace tw::pnl
