#include "libs/core/instrument.h"

namespace tw {

Instruments::Instruments(std::vector<Instrument> list, std::string hash)
    : list_(std::move(list)), hash_(std::move(hash)) {
  for (size_t i = 0; i < list_.size(); ++i) {
    TW_CHECK(index_.emplace(list_[i].symbol, i).second);
  }
}

const Instrument* Instruments::Find(std::string_view symbol) const {
  const auto it = index_.find(absl::string_view(symbol.data(), symbol.size()));
  return it == index_.end() ? nullptr : &list_[it->second];
}

Price RoundToTick(Price price, Price tick, Rounding rounding) {
  const int64_t rest = price.e8() % tick.e8();
  if (rest == 0 || price.e8() <= 0) {
    return price;
  }
  const int64_t below = price.e8() - rest;
  const bool up = rounding == Rounding::kUp ||
                  (rounding == Rounding::kHalfAwayFromZero && rest * 2 >= tick.e8());
  return Price::FromE8(up ? below + tick.e8() : below);
}

}  // namespace tw
