#include "services/pnl/marks.h"

#include <algorithm>

namespace tw::pnl {

MarkBoard::Changes MarkBoard::OnQuote(const std::string& symbol,
                                      Price bid,
                                      Price ask,
                                      Timestamp received) {
  Changes changes;
  Symbol& s = symbols_[symbol];
  s.received = received;
  if (bid <= Price() || ask < bid) {
    MarkStale(symbol, s, changes);
    return changes;
  }
  const int64_t spread = ask.e8() - bid.e8();
  const Mark mark{.price = Price::FromE8(bid.e8() + spread / 2 + spread % 2),
                  .stale = s.book_stale};
  if (!s.known || mark.price != s.mark.price || mark.stale != s.mark.stale) {
    s.known = true;
    s.mark = mark;
    changes.emplace_back(symbol, mark);
  }
  return changes;
}

MarkBoard::Changes MarkBoard::OnBookState(const std::string& symbol, bool stale) {
  Changes changes;
  Symbol& s = symbols_[symbol];
  s.book_stale = stale;
  if (stale) {
    MarkStale(symbol, s, changes);
  }
  return changes;  // the quote after a healed book clears the flag
}

MarkBoard::Changes MarkBoard::OnTime(Timestamp now) {
  Changes changes;
  for (auto& [name, symbol] : symbols_) {
    if (now - symbol.received > stale_after_) {
      MarkStale(name, symbol, changes);
    }
  }
  return changes;
}

MarkBoard::Changes MarkBoard::OnFeedLost() {
  Changes changes;
  for (auto& [name, symbol] : symbols_) {
    MarkStale(name, symbol, changes);
  }
  return changes;
}

size_t MarkBoard::stale() const {
  return static_cast<size_t>(std::count_if(symbols_.begin(), symbols_.end(), [](const auto& entry) {
    return !entry.second.known || entry.second.mark.stale;
  }));
}

void MarkBoard::MarkStale(const std::string& name, Symbol& symbol, Changes& changes) {
  if (symbol.known && !symbol.mark.stale) {
    symbol.mark.stale = true;
    changes.emplace_back(name, symbol.mark);
  }
}

}  // namespace tw::pnl
