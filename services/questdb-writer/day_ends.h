// DayEnds: what every account held and made when a market closed, as rows of `day_ends`: one for
// each account, symbol and close, exactly once.
//
// A close is over when an event at or after it comes, or when the caller's clock says so. Either
// way the row depends on the events before it alone, so that a second time it meets its own row.
// One thread.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "libs/base/time.h"
#include "libs/ilp/line_buffer.h"
#include "services/pnl/portfolio.h"

namespace tw::questdb_writer {

// The first close of the symbol's market after a moment; not set: none is known.
using NextClose = std::function<Timestamp(const std::string& symbol, Timestamp after)>;

class DayEnds {
 public:
  explicit DayEnds(NextClose next_close) : next_close_(std::move(next_close)) {}

  // The symbol is traded, or held, from `since` on.
  void Follow(const std::string& symbol, Timestamp since);
  // Adds the rows of every close up to `now`, of the portfolio as it is: with all events before
  // `now`, and none after. No rows: the closes are over all the same.
  absl::Status RollTo(Timestamp now, const pnl::Portfolio& portfolio, ilp::LineBuffer* rows);

 private:
  struct Last {
    uint64_t sequence = 0;  // of the fill that last changed the position
    Money realized;
    Money fees;
  };

  absl::Status Close(Timestamp at,
                     const std::string& symbol,
                     const pnl::Portfolio& portfolio,
                     ilp::LineBuffer* rows);

  const NextClose next_close_;
  absl::btree_set<std::string> followed_;
  absl::btree_set<std::pair<Timestamp, std::string>> closes_;        // the next one of each symbol
  absl::btree_map<std::pair<std::string, std::string>, Last> last_;  // account, symbol: a close ago
};

}  // namespace tw::questdb_writer
