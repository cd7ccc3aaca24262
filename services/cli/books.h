// Books: what oms's ledger says, added up, and Compare: whether every other view says the same. The
// core of `tradewind audit`; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/core/types.h"

namespace tw::cli {

// An order as one ledger event leaves it.
struct OrderLine {
  OrderId order_id;
  std::string account;
  std::string symbol;
  Side side = Side::kUnspecified;
  OrderStatus status = OrderStatus::kUnspecified;
  Quantity quantity;
  Quantity filled;
  Quantity leaves;
  Quantity canceled;
  Price reserve_price;          // what risk holds the leaves at
  Quantity requested_quantity;  // new total, while PENDING_REPLACE
  Price requested_price;
  std::string fill_id;  // of this event; empty when it is no fill
  Quantity fill_quantity;
  std::string fill_key;  // "<venue>-<venue_exec_id>"
  bool dormant = false;  // a leg that waits: it counts nothing at risk
};

using CellKey = std::pair<std::string, std::string>;  // account, symbol

// What is on order in one cell.
struct OpenOrders {
  Quantity buy;
  Quantity sell;
  Money reserved;  // each order rounded up

  friend bool operator==(const OpenOrders&, const OpenOrders&) = default;
};

// A result of the audit: how much was looked at, what did not agree.
struct Finding {
  std::string check;
  uint64_t looked_at = 0;
  uint64_t differences = 0;
  std::vector<std::string> examples;  // at most kExamplesMax
  std::string note;                   // why it was left out, or what of it was
};

inline constexpr size_t kExamplesMax = 5;

// One thread.
class Books {
 public:
  // REQUIRES: each event once, in ledger order.
  void Apply(const OrderLine& line);
  // A position brought in from outside the ledger.
  void AddOpening(std::string_view account, std::string_view symbol, Quantity position);

  size_t orders() const { return orders_.size(); }
  size_t fills() const { return fills_; }
  // By account, then symbol; those that were never held are left out.
  const absl::btree_map<CellKey, Quantity>& positions() const { return positions_; }
  // Of orders that are not finished.
  absl::btree_map<CellKey, OpenOrders> OpenByCell() const;
  const absl::flat_hash_map<std::string, uint32_t>& fill_ids() const { return fill_ids_; }

  // Of the ledger by itself.
  Finding QuantitiesAddUp() const;   // filled + leaves + canceled = quantity
  Finding FillsMakeFilled() const;   // sum of fills = filled quantity
  Finding FillIdsAreUnique() const;  // and are "<venue>-<venue_exec_id>"
  Finding FinishedHaveNoLeaves() const;

 private:
  struct Order {
    CellKey cell;
    Side side = Side::kUnspecified;
    OrderStatus status = OrderStatus::kUnspecified;
    Quantity quantity, filled, leaves, canceled;
    Price reserve_price;
    Quantity requested_quantity;
    Price requested_price;
    Quantity fills_sum;
    bool dormant = false;
  };

  absl::btree_map<OrderId, Order> orders_;
  absl::flat_hash_map<std::string, uint32_t> fill_ids_;  // how often
  std::vector<std::string> odd_fill_ids_;
  absl::btree_map<CellKey, Quantity> positions_;
  uint64_t fills_ = 0;
};

// The same ids on both sides, each once. `older`: how many they had and no longer keep; so many
// must be missing.
Finding CompareFillIds(std::string check,
                       const Books& books,
                       const std::vector<std::string>& theirs,
                       uint64_t older = 0);

// Flat positions may be left out on either side.
Finding ComparePositions(std::string check,
                         const Books& books,
                         const absl::btree_map<CellKey, Quantity>& theirs);

Finding CompareOpen(std::string check,
                    const Books& books,
                    const absl::btree_map<CellKey, OpenOrders>& theirs);

}  // namespace tw::cli
