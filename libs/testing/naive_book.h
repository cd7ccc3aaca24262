// NaiveBook: the order book as one would explain it, a std::map from price to a std::deque of
// orders. The oracle of tw::book::Book's differential tests. It shares the command and event types
// with the book, and no code. Nothing here is meant to be fast.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "libs/book/event_ring.h"
#include "libs/book/types.h"

namespace tw::testing {

inline bool PriceRight(int64_t price) {
  return price >= 1 && price <= book::kPriceMax;
}

class NaiveBook {
 public:
  explicit NaiveBook(size_t orders_max = book::kOrdersMax) : orders_max_(orders_max) {}

  void New(const book::NewOrder& o, book::EventRing& out);
  void Cancel(const book::CancelOrder& o, book::EventRing& out);
  void Modify(const book::ModifyOrder& o, book::EventRing& out);

  void BeginAuction() { auction_ = true; }
  bool in_auction() const { return auction_; }
  std::optional<book::Auction> Indicative(int64_t reference) const;
  std::optional<book::Auction> Uncross(int64_t reference, book::EventRing& out);

  std::vector<book::OrderView> Orders() const;
  std::vector<book::OrderView> Held() const;
  std::vector<book::LevelView> Depth(Side side, size_t levels) const;
  size_t order_count() const { return where_.size(); }
  size_t held_count() const { return Held().size(); }
  int64_t last_price() const { return last_; }

 private:
  struct Order {
    book::NewOrder terms;  // quantity: what is open, hidden too; price as it was asked for
    int64_t shown = 0;
  };
  using Queues = std::map<int64_t, std::deque<Order>>;
  struct Place {
    Queues* queues = nullptr;
    int64_t at = 0;
  };

  Queues& SideOf(Side side) { return side == Side::kBuy ? bids_ : asks_; }
  const Queues& SideOf(Side side) const { return side == Side::kBuy ? bids_ : asks_; }
  bool Marketable(Side side, int64_t price) const;
  book::Reason Refusal(const book::NewOrder& o) const;
  bool Fits(const book::NewOrder& o) const;
  // The best order of the other side that `o` may trade with; null where there is none.
  Order* Best(const book::NewOrder& o);
  bool CanFill(const book::NewOrder& o) const;
  void Execute(book::NewOrder o, book::EventRing& out);
  // What is left of `o`.
  int64_t Trade(book::NewOrder o, book::EventRing& out);
  int64_t MeetOwn(const book::NewOrder& o, Order& maker, book::EventRing& out);
  void RunStops(book::EventRing& out);
  void Put(Queues& queues, int64_t at, const Order& order);
  Order& Get(uint64_t id);
  Order Remove(uint64_t id);
  void Show(Order& order) const;
  int64_t Reference(int64_t reference) const;
  int64_t VolumeAt(int64_t price, int64_t& surplus) const;
  void NoteTrade(int64_t price);
  static book::OrderView View(const Order& order, bool held);

  size_t orders_max_;
  Queues bids_;
  Queues asks_;
  Queues held_buys_;
  Queues held_sells_;
  std::unordered_map<uint64_t, Place> where_;
  bool auction_ = false;
  int64_t last_ = 0;
  std::vector<int64_t> trades_;  // prices since stops were last looked at
};

}  // namespace tw::testing
