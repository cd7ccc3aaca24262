#include "services/ptrc/trade_store.h"

#include <algorithm>

namespace tw::ptrc {

void TradeStore::Add(Trade trade) {
  trades_.push_back(std::move(trade));
  if (trades_.size() > max_) {
    trades_.pop_front();
    ++forgotten_;
  }
}

std::vector<Trade> TradeStore::List(std::string_view account,
                                    std::string_view symbol,
                                    size_t limit) const {
  std::vector<Trade> out;
  for (auto it = trades_.rbegin(); it != trades_.rend() && out.size() < limit; ++it) {
    if ((account.empty() || it->account == account) && (symbol.empty() || it->symbol == symbol)) {
      out.push_back(*it);
    }
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace tw::ptrc
