// What was seen of the market at a moment that does not come again: the ledger does not hold it, so
// it is kept on disk as it is seen (sight_log.h). Each belongs behind one event of the ledger;
// played back there, the figures are what they were. Pure values.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "services/execution-quality/benchmarks.h"
#include "services/execution-quality/order_tca.h"

namespace tw::eq {

// The mid at one horizon after a fill.
struct MarkSeen {
  OrderId order_id;
  std::string fill_id;
  uint32_t horizon = 0;  // index in kHorizons
  Price mid;
  bool in_totals = false;  // its venue's MarksSummed holds it already
};

// The mid when an order ended with something left.
struct EndSeen {
  OrderId order_id;
  Price mid;
};

// A venue's mark-outs so far, those of forgotten orders too.
struct MarksSummed {
  std::string venue;
  uint32_t horizon = 0;
  MarkOut sum;
};

// A second of a symbol's market; belongs behind no event.
struct SecondSeen {
  std::string symbol;
  MarketSecond second;
};

struct Sighting {
  uint64_t after = 0;  // the last event of the ledger before it
  std::variant<MarkSeen, EndSeen, MarksSummed, SecondSeen> what;
};

}  // namespace tw::eq
