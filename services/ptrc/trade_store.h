// TradeStore: the newest trades, for lists and reports; a trade that is older is in the venue's and
// oms's journals. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "services/ptrc/trade.h"

namespace tw::ptrc {

class TradeStore {
 public:
  explicit TradeStore(size_t max) : max_(max) {}

  void Add(Trade trade);

  // The newest `limit` that match, newest last. An empty text matches all.
  std::vector<Trade> List(std::string_view account, std::string_view symbol, size_t limit) const;
  size_t size() const { return trades_.size(); }
  uint64_t forgotten() const { return forgotten_; }

 private:
  size_t max_;
  std::deque<Trade> trades_;
  uint64_t forgotten_ = 0;
};

}  // namespace tw::ptrc
