// What can be traded and by which rules. One file, deploy/config/instruments.toml, read by
// libs/config.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/core/decimal.h"

namespace tw {

struct Instrument {
  std::string symbol;  // "BTCUSDT"
  std::string description;
  std::string base_currency;   // "BTC"
  std::string quote_currency;  // "USDT"
  Price tick_size;             // prices are multiples of it, > 0
  Quantity lot_size;           // quantities are multiples of it, > 0
  Quantity min_quantity;       // smallest order, inclusive
  Quantity max_quantity;       // largest order, inclusive
  Price start_price;           // where the built-in paper market begins
  Quantity min_depth{};        // what that market keeps within 0.5 % on each side
};

// Immutable after construction; any thread.
class Instruments {
 public:
  Instruments() = default;
  // REQUIRES: symbols are distinct. `hash` names the file's content (shown by every /check).
  Instruments(std::vector<Instrument> list, std::string hash);

  const Instrument* Find(std::string_view symbol) const;
  const std::vector<Instrument>& list() const { return list_; }  // in file order
  const std::string& hash() const { return hash_; }

 private:
  std::vector<Instrument> list_;
  absl::flat_hash_map<std::string, size_t> index_;
  std::string hash_;
};

// True for a multiple of `step`.
inline bool IsMultiple(int64_t value_e8, int64_t step_e8) {
  return value_e8 % step_e8 == 0;
}

// The largest multiple of `tick` not above (kDown) or the smallest not below (kUp) a positive
// price.
Price RoundToTick(Price price, Price tick, Rounding rounding);

}  // namespace tw
