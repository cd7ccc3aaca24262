// Opening: what an account brought in from elsewhere, a fact of oms's ledger that every view of
// positions and cash takes over.
//
// It is no trade: lots come at what they cost, and cash changes by the amount said alone. One that
// does not add stands in place of what accounts.toml gives the account to begin with.
#pragma once

#include <string>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"

namespace tw {

struct OpeningLot {
  std::string symbol;
  Quantity quantity;  // signed, not 0
  Price price;        // > 0; what one cost
  Timestamp opened;   // not set: not known

  friend bool operator==(const OpeningLot&, const OpeningLot&) = default;
};

struct Opening {
  std::string import_id;
  std::string by;
  std::string reason;
  std::string account;
  bool adds = false;
  std::string currency;
  Money cash;
  std::vector<OpeningLot> lots;  // by symbol; of one the oldest first, all of one sign

  friend bool operator==(const Opening&, const Opening&) = default;
};

}  // namespace tw
