// A position as lots, closed oldest first. The same exactness as AverageCost:
// realized == cash flow + cost of the open lots, to the last 1e-8.
//
// At most kLotsMax lots: past it a fill that would open one more joins the newest lot, whose price
// becomes the average of the two and whose id and time stay those of the older.
#pragma once

#include <deque>
#include <string>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "services/pnl/amount.h"
#include "services/pnl/fill.h"

namespace tw::pnl {

inline constexpr size_t kLotsMax = 100'000;

struct Lot {
  std::string open_fill_id;
  Quantity quantity;  // signed, what is left of it
  Price price;        // at which it was opened
  Amount cost = 0;    // of what is left, signed as the quantity is
  Timestamp opened;
};

class FifoLots {
 public:
  explicit FifoLots(size_t lots_max = kLotsMax) : lots_max_(lots_max) {}

  // REQUIRES: fill.quantity > 0, the position stays in range.
  void Apply(const Fill& fill, Amount notional);
  // A position that was there before the first fill. REQUIRES: no lots yet, quantity != 0.
  void Open(const std::string& id, Quantity quantity, Price price, Amount cost);

  const std::deque<Lot>& lots() const { return lots_; }  // oldest first, all of one sign
  Quantity quantity() const { return quantity_; }
  Amount cost() const { return cost_; }
  Amount realized() const { return realized_; }

 private:
  // Closes at most `quantity` of the oldest lot; returns how much it closed.
  Quantity CloseOldest(int sign, Quantity quantity, Amount& notional);
  void OpenLot(Lot lot);

  size_t lots_max_;
  std::deque<Lot> lots_;
  Quantity quantity_;
  Amount cost_ = 0;
  Amount realized_ = 0;
};

}  // namespace tw::pnl
