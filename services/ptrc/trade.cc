#include "services/ptrc/trade.h"

namespace tw::ptrc {

std::string Describe(const Trade& t) {
  return std::string(Name(t.side)) + " " + t.quantity.ToString() + " " + t.symbol + " @ " +
         t.price.ToString() + " for " + t.account + ", order " + t.order_id.ToString();
}

}  // namespace tw::ptrc
