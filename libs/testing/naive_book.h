// NaiveBook: the order book as one would explain it, a std::map from price to a std::deque of
// orders. The oracle of tw::book::Book's differential tests and the baseline of its benchmark. It
// shares the command and event types with the book, and no code.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libs/book/types.h"

namespace tw::testing {

class NaiveBook {
 public:
  explicit NaiveBook(size_t orders_max = book::kOrdersMax) : orders_max_(orders_max) {}

  void New(const book::NewOrder& o, std::vector<book::Event>& out) {
    const bool buy = o.side == Side::kBuy;
    const bool market = o.kind == book::OrderKind::kMarket || o.kind == book::OrderKind::kMarketFok;
    const bool rests = o.kind == book::OrderKind::kLimit || o.kind == book::OrderKind::kPostOnly;
    const bool whole = o.kind == book::OrderKind::kFok || o.kind == book::OrderKind::kMarketFok;
    const int64_t price = market ? 0 : o.price;
    book::Reason refusal = book::Reason::kNone;
    if (where_.count(o.id) != 0) {
      refusal = book::Reason::kDuplicateId;
    } else if (o.side != Side::kBuy && o.side != Side::kSell) {
      refusal = book::Reason::kInvalidSide;
    } else if (!market && (price < 1 || price > book::kPriceMax)) {
      refusal = book::Reason::kInvalidPrice;
    } else if (o.quantity < 1 || o.quantity > book::kQuantityMax) {
      refusal = book::Reason::kInvalidQuantity;
    } else if (rests && where_.size() >= orders_max_) {
      refusal = book::Reason::kBookFull;
    } else if (o.kind == book::OrderKind::kPostOnly && Marketable(buy, price)) {
      refusal = book::Reason::kWouldTrade;
    }
    if (refusal != book::Reason::kNone) {
      out.push_back({book::EventType::kRejected, refusal, Side::kUnspecified, o.id, 0, 0, 0, 0, 0});
      return;
    }
    out.push_back({book::EventType::kAccepted, book::Reason::kNone, o.side, o.id, 0, price,
                   o.quantity, o.quantity, 0});
    if (whole && Reachable(buy, market, price) < o.quantity) {
      out.push_back({book::EventType::kCanceled, book::Reason::kFokUnfillable, o.side, o.id, 0,
                     price, o.quantity, 0, 0});
      return;
    }
    const int64_t leaves = Trade(o.id, buy, market, price, o.quantity, out);
    if (leaves > 0 && rests) {
      Rest({o.id, o.owner, leaves, o.kind == book::OrderKind::kPostOnly}, buy, price);
    } else if (leaves > 0) {
      out.push_back({book::EventType::kCanceled, book::Reason::kIocRemainder, o.side, o.id, 0,
                     price, leaves, 0, 0});
    }
  }

  void Cancel(const book::CancelOrder& o, std::vector<book::Event>& out) {
    const auto it = where_.find(o.id);
    if (it == where_.end()) {
      out.push_back({book::EventType::kRejected, book::Reason::kUnknownId, Side::kUnspecified, o.id,
                     0, 0, 0, 0, 0});
      return;
    }
    const auto [buy, price] = it->second;
    const Order order = Remove(o.id);
    out.push_back({book::EventType::kCanceled, book::Reason::kRequested,
                   buy ? Side::kBuy : Side::kSell, o.id, 0, price, order.leaves, 0, 0});
  }

  void Modify(const book::ModifyOrder& o, std::vector<book::Event>& out) {
    const auto it = where_.find(o.id);
    book::Reason refusal = book::Reason::kNone;
    if (it == where_.end()) {
      refusal = book::Reason::kUnknownId;
    } else if (o.price < 1 || o.price > book::kPriceMax) {
      refusal = book::Reason::kInvalidPrice;
    } else if (o.quantity < 1 || o.quantity > book::kQuantityMax) {
      refusal = book::Reason::kInvalidQuantity;
    } else if (Get(o.id).post_only && Marketable(it->second.first, o.price)) {
      refusal = book::Reason::kWouldTrade;
    }
    if (refusal != book::Reason::kNone) {
      out.push_back({book::EventType::kRejected, refusal, Side::kUnspecified, o.id, 0, 0, 0, 0, 0});
      return;
    }
    const auto [buy, price] = it->second;
    out.push_back({book::EventType::kModified, book::Reason::kNone, buy ? Side::kBuy : Side::kSell,
                   o.id, 0, o.price, o.quantity, o.quantity, 0});
    if (o.price == price && o.quantity <= Get(o.id).leaves) {
      Get(o.id).leaves = o.quantity;
      return;
    }
    Order order = Remove(o.id);
    order.leaves = Trade(o.id, buy, false, o.price, o.quantity, out);
    if (order.leaves > 0) {
      Rest(order, buy, o.price);
    }
  }

  std::vector<book::OrderView> Orders() const {
    std::vector<book::OrderView> out;
    for (auto level = bids_.rbegin(); level != bids_.rend(); ++level) {
      for (const Order& o : level->second) {
        out.push_back({o.id, o.owner, Side::kBuy, o.post_only, level->first, o.leaves});
      }
    }
    for (const auto& [price, queue] : asks_) {
      for (const Order& o : queue) {
        out.push_back({o.id, o.owner, Side::kSell, o.post_only, price, o.leaves});
      }
    }
    return out;
  }

  std::vector<book::LevelView> Depth(Side side, size_t levels) const {
    std::vector<book::LevelView> out;
    for (const book::OrderView& o : Orders()) {
      if (o.side != side) {
        continue;
      }
      if (out.empty() || out.back().price != o.price) {
        if (out.size() == levels) {
          break;
        }
        out.push_back({o.price, 0, 0});
      }
      out.back().quantity += o.leaves;
      ++out.back().orders;
    }
    return out;
  }

  size_t order_count() const { return where_.size(); }

 private:
  struct Order {
    uint64_t id;
    uint64_t owner;
    int64_t leaves;
    bool post_only;
  };
  using Queues = std::map<int64_t, std::deque<Order>>;

  bool Marketable(bool buy, int64_t price) const {
    return buy ? !asks_.empty() && asks_.begin()->first <= price
               : !bids_.empty() && bids_.rbegin()->first >= price;
  }

  int64_t Reachable(bool buy, bool market, int64_t price) const {
    int64_t sum = 0;
    for (const auto& [level, queue] : buy ? asks_ : bids_) {
      if (market || (buy ? level <= price : level >= price)) {
        for (const Order& o : queue) {
          sum += o.leaves;
        }
      }
    }
    return sum;
  }

  int64_t Trade(uint64_t id,
                bool buy,
                bool market,
                int64_t price,
                int64_t leaves,
                std::vector<book::Event>& out) {
    Queues& other = buy ? asks_ : bids_;
    while (leaves > 0 && !other.empty() && (market || Marketable(buy, price))) {
      const auto level = buy ? other.begin() : std::prev(other.end());
      Order& maker = level->second.front();
      const int64_t quantity = leaves < maker.leaves ? leaves : maker.leaves;
      leaves -= quantity;
      maker.leaves -= quantity;
      out.push_back({book::EventType::kTrade, book::Reason::kNone, buy ? Side::kBuy : Side::kSell,
                     id, maker.id, level->first, quantity, leaves, maker.leaves});
      if (maker.leaves == 0) {
        where_.erase(maker.id);
        level->second.pop_front();
        if (level->second.empty()) {
          other.erase(level);
        }
      }
    }
    return leaves;
  }

  void Rest(const Order& order, bool buy, int64_t price) {
    (buy ? bids_ : asks_)[price].push_back(order);
    where_[order.id] = {buy, price};
  }

  Order& Get(uint64_t id) {
    const auto [buy, price] = where_.at(id);
    for (Order& o : (buy ? bids_ : asks_).at(price)) {
      if (o.id == id) {
        return o;
      }
    }
    std::abort();
  }

  Order Remove(uint64_t id) {
    const auto [buy, price] = where_.at(id);
    Queues& side = buy ? bids_ : asks_;
    std::deque<Order>& queue = side.at(price);
    auto it = queue.begin();
    while (it->id != id) {
      ++it;
    }
    const Order order = *it;
    queue.erase(it);
    if (queue.empty()) {
      side.erase(price);
    }
    where_.erase(id);
    return order;
  }

  size_t orders_max_;
  Queues bids_;
  Queues asks_;
  std::unordered_map<uint64_t, std::pair<bool, int64_t>> where_;
};

}  // namespace tw::testing
