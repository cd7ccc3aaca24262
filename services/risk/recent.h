// Recent: what was asked and done a moment ago, for the checks that look at the pace of orders:
// message rates, duplicates, one's own prices, executions of a strategy. Pure; one owner; volatile.
// What is kept is bounded; what is older than any window is forgotten.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/types.h"
#include "services/risk/limits.h"

namespace tw::risk {

// Token buckets, one per level and name. A bucket is the one time at which it will be full again.
class MessageRates {
 public:
  static constexpr size_t kBucketsMax = 20'000;  // of a level

  // Messages that may come at once now; negative: so many too many have come. REQUIRES: rate > 0.
  // `rate` and `burst` in 1e-8.
  int64_t Free(LimitScope level,
               std::string_view name,
               const Number& rate,
               const Number& burst,
               Timestamp now) const;
  void Count(LimitScope level,
             std::string_view name,
             const Number& rate,
             const Number& burst,
             Timestamp now);

 private:
  static constexpr size_t kLevels = 7;  // LimitScope's

  std::array<absl::flat_hash_map<std::string, Timestamp>, kLevels> full_again_;
};

// What makes two orders the same by content.
struct OrderContent {
  size_t account = 0;
  size_t symbol = 0;
  Side side = Side::kBuy;
  Quantity quantity;
  Price price;

  friend bool operator==(const OrderContent&, const OrderContent&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const OrderContent& c) {
    return H::combine(std::move(h), c.account, c.symbol, c.side, c.quantity, c.price);
  }
};

class Duplicates {
 public:
  static constexpr size_t kOrdersMax = 100'000;  // the oldest go first

  // When such an order was last approved.
  std::optional<Timestamp> Find(const OrderContent& content) const;
  void Add(const OrderContent& content, Timestamp now);
  size_t size() const { return last_.size(); }

 private:
  absl::flat_hash_map<OrderContent, Timestamp> last_;
  std::deque<std::pair<OrderContent, Timestamp>> added_;
};

// The lowest and highest price of one's own orders in a symbol, over a period and at most half of
// it again.
class OwnPrices {
 public:
  static constexpr size_t kCellsMax = 100'000;

  struct Range {
    Price low;
    Price high;
    Timestamp since;
  };
  std::optional<Range> Find(size_t account, size_t symbol, Duration period, Timestamp now) const;
  void Add(size_t account, size_t symbol, Price price, Duration period, Timestamp now);
  size_t size() const { return cells_.size(); }

 private:
  struct Cell {
    std::array<Range, 2> halves{};  // this half of the period, and the one before
  };
  absl::flat_hash_map<std::pair<size_t, size_t>, Cell> cells_;
};

// Executions of each strategy: too many within the window trip the throttle.
class Executions {
 public:
  // True when this execution is one more than `max` within `window`. REQUIRES: times rise.
  bool Add(std::string_view strategy, Timestamp time, size_t max, Duration window);
  void Clear(std::string_view strategy);

 private:
  absl::flat_hash_map<std::string, std::deque<Timestamp>> by_strategy_;
};

}  // namespace tw::risk
