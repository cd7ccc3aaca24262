// MarkBoard: the live mark of each symbol, the middle of the best bid and ask. A mark goes stale
// when its book does, when a side is missing or the sides cross, and when no quote came for a
// while; its last price then stays, flagged. Time is that of local receipt. One thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "services/pnl/portfolio.h"

namespace tw::pnl {

class MarkBoard {
 public:
  explicit MarkBoard(Duration stale_after) : stale_after_(stale_after) {}

  using Changes = std::vector<std::pair<std::string, Mark>>;

  // A zero price: no such side. Each answers the marks that have changed by it.
  Changes OnQuote(const std::string& symbol, Price bid, Price ask, Timestamp received);
  Changes OnBookState(const std::string& symbol, bool stale);
  Changes OnTime(Timestamp now);  // each second or so
  Changes OnFeedLost();

  size_t stale() const;
  size_t size() const { return symbols_.size(); }

 private:
  struct Symbol {
    Mark mark;
    bool known = false;  // a price was seen
    bool book_stale = false;
    Timestamp received;
  };
  static void MarkStale(const std::string& name, Symbol& symbol, Changes& changes);

  Duration stale_after_;
  absl::btree_map<std::string, Symbol> symbols_;
};

}  // namespace tw::pnl
