// What the cores of the normalizer take in.
#pragma once

#include <compare>
#include <cstdint>

#include "libs/base/time.h"
#include "libs/core/decimal.h"

namespace tw::normalizer {

// Where an event stands in its market: by event time, by number at its source where times are
// equal.
struct Place {
  Timestamp time;
  uint64_t source_seq = 0;

  friend constexpr auto operator<=>(const Place&, const Place&) = default;
};

struct Trade {
  Place place;
  Price price;        // > 0
  Quantity quantity;  // > 0
};

struct Level {
  Price price;
  Quantity size;  // zero in a delta: the level is gone

  friend constexpr bool operator==(const Level&, const Level&) = default;
};

}  // namespace tw::normalizer
