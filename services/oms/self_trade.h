// Self-trade prevention: what becomes of an order that would trade with an open one of its own
// account, or firm. Judged here, where the prices of all open orders are, by price alone: an order
// of somebody else's that would have been met first is not looked for.
//
// Pure; one thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "services/oms/ledger.h"

namespace tw::oms {

// What an account has agreed to.
struct SelfTradePolicy {
  SelfTradePrevention prevention = SelfTradePrevention::kNone;
  bool firm = false;  // orders of every account are its own
};

// Open orders that rest at the venue, or may: by account (and over all), symbol, side and price.
// Derived from the ledger; empty and free until the first order that asks.
class RestingOrders {
 public:
  bool active() const { return active_; }
  void Activate(const Ledger& ledger);
  // Keeps up with an order as it stands now. Nothing while not active.
  void Follow(const Order& order);

  // Those that an order of this kind, willing to trade at `limit`, would meet, best price first and
  // the oldest of a price first. Both while a replace of theirs is pending: at either price.
  std::vector<OrderId> Against(const NewOrder& order, Price limit, bool firm) const;

 private:
  using Levels = absl::btree_set<std::pair<Price, OrderId>>;
  using Key = std::pair<std::string, std::string>;  // account or empty, symbol
  struct Market {
    Levels buys;
    Levels sells;
    Levels& of(Side side) { return side == Side::kBuy ? buys : sells; }
  };
  struct Place {
    std::string account;
    std::string symbol;
    Side side = Side::kBuy;
    Price price;
  };

  void Remove(OrderId id);

  bool active_ = false;
  absl::flat_hash_map<Key, Market> markets_;
  absl::flat_hash_map<OrderId, Place> places_;
};

struct SelfTradePlan {
  std::string met;      // what it would trade with; empty: nothing of its own
  std::string refusal;  // why the new order must not go out; empty: it may
  Quantity quantity;    // what of it goes out; zero: all
  std::vector<OrderId> cancels;
  std::vector<std::pair<OrderId, Quantity>> reductions;  // to this total
  bool empty() const { return met.empty(); }
};

// `against`: those it would meet (RestingOrders::Against). `id`, `order`: the new order, `left`
// what of it would trade. Linked orders are not made smaller: a new one is refused instead.
SelfTradePlan PlanSelfTrade(SelfTradePrevention prevention,
                            const NewOrder& order,
                            Quantity left,
                            const std::vector<const Order*>& against);

}  // namespace tw::oms
