#include "services/cli/books.h"

#include <algorithm>

namespace tw::cli {
namespace {

void Add(Finding& finding, std::string example) {
  ++finding.differences;
  if (finding.examples.size() < kExamplesMax) {
    finding.examples.push_back(std::move(example));
  }
}

std::string Name(const CellKey& cell) {
  return cell.first + " " + cell.second;
}

// As risk holds an order: rounded up, held at the end of the range.
Money Reserved(Price price, Quantity quantity) {
  return Notional(price, quantity, Rounding::kUp).value_or(Money::Max());
}

template <typename Value>
Value Get(const absl::btree_map<CellKey, Value>& map, const CellKey& key) {
  const auto it = map.find(key);
  return it == map.end() ? Value() : it->second;
}

// Calls f(key, ours, theirs) for every key of either.
template <typename Value, typename F>
void ForBoth(const absl::btree_map<CellKey, Value>& ours,
             const absl::btree_map<CellKey, Value>& theirs,
             F f) {
  for (const auto& [key, value] : ours) {
    f(key, value, Get(theirs, key));
  }
  for (const auto& [key, value] : theirs) {
    if (ours.find(key) == ours.end()) {
      f(key, Value(), value);
    }
  }
}

std::string Show(const OpenOrders& open) {
  return "buy " + open.buy.ToString() + ", sell " + open.sell.ToString() + ", reserved " +
         open.reserved.ToString();
}

}  // namespace

void Books::Apply(const OrderLine& line) {
  Order& order = orders_[line.order_id];
  order.cell = {line.account, line.symbol};
  order.side = line.side;
  order.status = line.status;
  order.quantity = line.quantity;
  order.filled = line.filled;
  order.leaves = line.leaves;
  order.canceled = line.canceled;
  order.dormant = line.dormant;
  order.reserve_price = line.reserve_price;
  order.requested_quantity = line.requested_quantity;
  order.requested_price = line.requested_price;
  if (line.fill_id.empty()) {
    return;
  }
  ++fills_;
  ++fill_ids_[line.fill_id];
  if (line.fill_id != line.fill_key) {
    odd_fill_ids_.push_back(line.fill_id + " of execution " + line.fill_key);
  }
  order.fills_sum = Quantity::SaturatingAdd(order.fills_sum, line.fill_quantity);
  const Quantity change = line.side == Side::kBuy ? line.fill_quantity : -line.fill_quantity;
  Quantity& position = positions_[order.cell];
  position = Quantity::SaturatingAdd(position, change);
}

void Books::AddOpening(std::string_view account, std::string_view symbol, Quantity quantity) {
  Quantity& position = positions_[{std::string(account), std::string(symbol)}];
  position = Quantity::SaturatingAdd(position, quantity);
}

absl::btree_map<CellKey, OpenOrders> Books::OpenByCell() const {
  absl::btree_map<CellKey, OpenOrders> out;
  for (const auto& [id, order] : orders_) {
    if (IsTerminal(order.status) || order.dormant) {
      continue;
    }
    Quantity leaves = order.leaves;
    Money reserved = Reserved(order.reserve_price, order.leaves);
    // While a replace is pending the larger of old and new terms counts.
    if (order.status == OrderStatus::kPendingReplace && order.requested_quantity > order.filled) {
      const Quantity asked = order.requested_quantity - order.filled;
      const Price price =
          order.requested_price.IsZero() ? order.reserve_price : order.requested_price;
      leaves = std::max(leaves, asked);
      reserved = std::max(reserved, Reserved(price, asked));
    }
    OpenOrders& cell = out[order.cell];
    Quantity& side = order.side == Side::kBuy ? cell.buy : cell.sell;
    side = Quantity::SaturatingAdd(side, leaves);
    cell.reserved = Money::SaturatingAdd(cell.reserved, reserved);
  }
  return out;
}

Finding Books::QuantitiesAddUp() const {
  Finding finding{
      "filled + leaves + canceled = quantity of every order", orders_.size(), 0, {}, {}};
  for (const auto& [id, o] : orders_) {
    const auto some = Quantity::CheckedAdd(o.filled, o.leaves);
    const auto all = some ? Quantity::CheckedAdd(*some, o.canceled) : std::nullopt;
    if (all != o.quantity) {
      Add(finding, "order " + id.ToString() + ": " + o.filled.ToString() + " + " +
                       o.leaves.ToString() + " + " + o.canceled.ToString() + ", not " +
                       o.quantity.ToString());
    }
  }
  return finding;
}

Finding Books::FillsMakeFilled() const {
  Finding finding{"sum of fills = filled quantity of every order", orders_.size(), 0, {}, {}};
  for (const auto& [id, o] : orders_) {
    if (o.fills_sum != o.filled) {
      Add(finding, "order " + id.ToString() + ": fills of " + o.fills_sum.ToString() +
                       ", filled quantity " + o.filled.ToString());
    }
  }
  return finding;
}

Finding Books::FinishedHaveNoLeaves() const {
  Finding finding{"nothing is left of finished orders", 0, 0, {}, {}};
  for (const auto& [id, o] : orders_) {
    if (!IsTerminal(o.status)) {
      continue;
    }
    ++finding.looked_at;
    if (!o.leaves.IsZero()) {
      Add(finding, "order " + id.ToString() + " is " + std::string(tw::Name(o.status)) +
                       ", leaves " + o.leaves.ToString());
    }
  }
  return finding;
}

Finding Books::FillIdsAreUnique() const {
  Finding finding{"fill ids in oms are unique", fills_, 0, {}, {}};
  for (const auto& [id, times] : fill_ids_) {
    if (times > 1) {
      Add(finding, id + " stands there " + std::to_string(times) + " times");
    }
  }
  for (const std::string& odd : odd_fill_ids_) {
    Add(finding, odd);
  }
  return finding;
}

Finding CompareFillIds(std::string check,
                       const Books& books,
                       const std::vector<std::string>& theirs,
                       uint64_t older) {
  Finding finding{std::move(check), std::max<uint64_t>(books.fills(), theirs.size()), 0, {}, {}};
  absl::flat_hash_map<std::string_view, uint32_t> seen;
  for (const std::string& id : theirs) {
    if (++seen[id] == 2) {
      Add(finding, id + " is there more than once");
    }
    if (!books.fill_ids().contains(id)) {
      Add(finding, id + " is there and not in oms");
    }
  }
  std::vector<std::string_view> missing;
  for (const auto& [id, times] : books.fill_ids()) {
    if (!seen.contains(std::string_view(id))) {
      missing.push_back(id);
    }
  }
  if (older > 0) {
    finding.note = std::to_string(older) + " are too old to be kept there: counted only";
  }
  if (missing.size() == older) {
    return finding;
  }
  if (older > 0) {
    Add(finding, std::to_string(missing.size()) + " are missing, not " + std::to_string(older));
  }
  for (const std::string_view id : missing) {
    Add(finding, std::string(id) + " is missing");
  }
  return finding;
}

Finding ComparePositions(std::string check,
                         const Books& books,
                         const absl::btree_map<CellKey, Quantity>& theirs) {
  Finding finding{std::move(check), 0, 0, {}, {}};
  ForBoth(books.positions(), theirs, [&](const CellKey& cell, Quantity ours, Quantity other) {
    ++finding.looked_at;
    if (ours != other) {
      Add(finding, Name(cell) + ": " + other.ToString() + ", not " + ours.ToString());
    }
  });
  return finding;
}

Finding CompareOpen(std::string check,
                    const Books& books,
                    const absl::btree_map<CellKey, OpenOrders>& theirs) {
  Finding finding{std::move(check), 0, 0, {}, {}};
  ForBoth(books.OpenByCell(), theirs,
          [&](const CellKey& cell, const OpenOrders& ours, const OpenOrders& other) {
            ++finding.looked_at;
            if (!(ours == other)) {
              Add(finding, Name(cell) + ": " + Show(other) + "; not " + Show(ours));
            }
          });
  return finding;
}

}  // namespace tw::cli
