// Book: a price-time limit order book and matcher for one symbol.
//
// Price first, then time: an incoming order trades with the best price of the other side, within a
// price with the order that has been there longest, at the price of the order that was there.
// The book is never crossed between two calls. Every call appends its events to `out`; a refusal is
// an event too (kRejected), given before anything was touched.
//
// An id is only known while its order rests: keeping ids of finished orders apart is the caller's.
// Memory grows to the largest number of resting orders and is then reused: steady state allocates
// nothing, beyond what `out` needs. Not thread-safe; one owner.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "libs/book/id_index.h"
#include "libs/book/ladder.h"
#include "libs/book/types.h"

namespace tw::book {

struct BookOptions {
  uint32_t orders_max = kOrdersMax;  // resting at once; 1 to kOrdersMax
  uint32_t orders_expected = 1024;   // memory set aside at construction
};

class Book {
 public:
  explicit Book(BookOptions options = {});

  // kAccepted, then kTrade for each fill, then kCanceled for what may not rest; or kRejected.
  void New(const NewOrder& order, std::vector<Event>& out);
  // kCanceled, or kRejected.
  void Cancel(const CancelOrder& order, std::vector<Event>& out);
  // kModified, then kTrade for each fill the new price causes; or kRejected.
  void Modify(const ModifyOrder& order, std::vector<Event>& out);

  // The best price of a side with all that rests there.
  std::optional<LevelView> Best(Side side) const;
  // The best `levels` prices of a side, best first.
  std::vector<LevelView> Depth(Side side, size_t levels) const;
  // What rests at one price; nothing is all zeros but the price.
  LevelView At(Side side, int64_t price) const;
  // What an order of the other side could trade down (or up) to `price`, inclusive. Stops counting
  // once `enough` is reached.
  int64_t Available(Side side, int64_t price, int64_t enough = INT64_MAX) const;

  std::optional<OrderView> Find(uint64_t id) const;
  std::optional<int64_t> Leaves(uint64_t id) const;
  size_t order_count() const { return ids_.size(); }
  // Every resting order in priority order, bids first.
  std::vector<OrderView> Orders() const;
  // Equal for books with the same orders in the same queues.
  uint64_t StateHash() const;

 private:
  // One cache line.
  struct alignas(64) Node {
    uint64_t id = 0;
    uint64_t owner = 0;
    int64_t key = 0;  // the price, as its side's ladder has it
    int64_t leaves = 0;
    uint32_t prev = kNil;
    uint32_t next = kNil;  // also the link of the free list
    uint32_t page = 0;
    Side side = Side::kUnspecified;
    bool post_only = false;
  };
  struct Taker {
    uint64_t id;
    Side side;
    int64_t limit_key;  // trades with keys of the other side not below it
    int64_t leaves;
  };

  Ladder& ladder(Side side) { return ladders_[side == Side::kBuy ? 0 : 1]; }
  const Ladder& ladder(Side side) const { return ladders_[side == Side::kBuy ? 0 : 1]; }
  uint32_t SlotOf(uint64_t id) const {
    return ids_.Find(id, [this](uint32_t slot) { return nodes_[slot].id; });
  }
  static OrderView View(const Node& node);

  Reason Refusal(const NewOrder& order) const;
  bool WouldTrade(Side side, int64_t price) const;
  // Trades until `taker` is filled or nothing is left at its price; what it has left.
  int64_t Match(Taker taker, std::vector<Event>& out);
  uint32_t TakeNode();
  // Puts a node, whose identity, price and leaves are set, at the back of its queue.
  void Link(uint32_t slot);
  // Takes a node out of its queue, and the level with it when it was the last.
  void Unlink(uint32_t slot);
  void Forget(uint32_t slot);

  BookOptions options_;
  std::array<Ladder, 2> ladders_;  // bids, asks
  std::vector<Node> nodes_;
  uint32_t free_ = kNil;
  IdIndex ids_;
};

}  // namespace tw::book
