// Book: a price-time limit order book and matcher for one symbol.
//
// Price first, then time: an incoming order trades with the best price of the other side, within a
// price with the order that has been there longest, at the price of the order that was there.
// The book is never crossed between two calls, but in an auction's call phase. Every call writes
// its events to `out`; a refusal is an event too (kRejected), given before anything was touched.
//
// After a command that traded, stops whose trigger one of its trades reached are set off: buys from
// the lowest trigger up, then sells from the highest down, the oldest first within a trigger. They
// enter one by one; what their trades set off queues behind them.
//
// An id is only known while its order rests or is held: keeping ids of finished orders apart is the
// caller's. Memory is set aside for `orders_expected`; as long as no more are there at once, and no
// level is half a window from the best, nothing is allocated. Not thread-safe; one owner.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "libs/book/cells.h"
#include "libs/book/event_ring.h"
#include "libs/book/id_index.h"
#include "libs/book/ladder.h"
#include "libs/book/types.h"

namespace tw::book {

struct BookOptions {
  uint32_t orders_max = kOrdersMax;  // in the book at once; 1 to kOrdersMax
  uint32_t orders_expected = 1024;   // memory set aside at construction
  uint32_t window_ticks = 4096;      // prices of a side that are addressed directly
  uint32_t id_window = 4096;         // ids so far apart share a place in the index
};

class Book {
 public:
  explicit Book(BookOptions options = {});

  // kAccepted, then kTrade for each fill, then kCanceled for what may not rest; or kRejected.
  void New(const NewOrder& order, EventRing& out);
  // kCanceled, or kRejected.
  void Cancel(const CancelOrder& order, EventRing& out);
  // kModified, then kTrade for each fill the new price causes; or kRejected.
  void Modify(const ModifyOrder& order, EventRing& out);
  // The same, one after the other.
  void Apply(std::span<const Command> commands, EventRing& out);

  // From here on orders rest without matching, and the book may cross, until Uncross. Orders that
  // must trade at once are refused; market orders rest ahead of all prices; stops are held.
  void BeginAuction() { auction_ = true; }
  bool in_auction() const { return auction_; }
  // The one price of an uncross now: the price with the largest volume; among several, with the
  // smallest surplus; among several, the nearest to `reference`, or where that is zero to the last
  // trade, or where there was none to the middle of the book. None: no volume at any price.
  std::optional<Auction> Indicative(int64_t reference) const;
  // Ends the call phase: trades all volume at that price by price-time priority (icebergs with all
  // they have, self-trades allowed), cancels what is left of market orders, sets off stops.
  std::optional<Auction> Uncross(int64_t reference, EventRing& out);

  // The best price of a side with all that is shown there. In a call phase market orders are a
  // level at kPriceMax + 1 (bids) and 0 (asks).
  std::optional<LevelView> Best(Side side) const;
  // The best `levels` prices of a side, best first.
  std::vector<LevelView> Depth(Side side, size_t levels) const;
  // What rests at one price; nothing is all zeros but the price.
  LevelView At(Side side, int64_t price) const;
  // What an order of the other side could trade down (or up) to `price`, inclusive, hidden
  // quantity too. Stops counting once `enough` is reached.
  int64_t Available(Side side, int64_t price, int64_t enough = INT64_MAX) const;

  std::optional<OrderView> Find(uint64_t id) const;
  std::optional<int64_t> Leaves(uint64_t id) const;
  // Resting orders and held stops.
  size_t order_count() const { return ids_.size(); }
  size_t held_count() const { return held_; }
  int64_t last_price() const { return last_price_; }  // zero: no trade yet
  // Every resting order in priority order, bids first.
  std::vector<OrderView> Orders() const;
  // Every held stop in the order of their triggers, buys first.
  std::vector<OrderView> Held() const;
  // Equal for books with the same orders in the same queues.
  uint64_t StateHash() const;

 private:
  struct Taker {
    uint64_t id;
    uint64_t owner;
    Side side;
    SelfTrade self_trade;
    int64_t price;
    int64_t floor;  // trades with keys of the other side not below it
    int64_t leaves;
  };
  // The prices of the trades since stops were last looked at.
  struct Range {
    int64_t low = kPriceMax + 1;
    int64_t high = 0;
  };

  static size_t IndexOf(Side side) { return side == Side::kBuy ? 0 : 1; }
  Ladder& ladder(Side side) { return ladders_[IndexOf(side)]; }
  const Ladder& ladder(Side side) const { return ladders_[IndexOf(side)]; }
  Ladder& LadderOf(const Cell& order) {
    return ladders_[IndexOf(order.side) + (order.held ? 2 : 0)];
  }
  uint32_t SlotOf(uint64_t id) const {
    return ids_.Find(id, [this](uint32_t slot) { return cells_[slot].id; });
  }
  // Zero for a market order.
  static int64_t PriceShown(const Cell& order) {
    if (order.held || order.kind == OrderKind::kMarket) [[unlikely]] {
      return order.held ? order.display : 0;
    }
    return PriceOf(order.side, order.key);
  }
  static OrderView View(const Cell& order);
  template <typename Visit>
  void ForEachOrder(uint32_t level, Visit visit) const;

  Reason Refusal(const NewOrder& order) const;
  Reason RefusalOfSpecial(const NewOrder& order) const;
  static Reason RefusalOfChange(const Cell& cell, const ModifyOrder& order);
  bool WouldTrade(Side side, int64_t price) const;
  static void Reject(uint64_t id, Reason reason, EventRing& out);

  // What the order does once it is live.
  void Enter(const NewOrder& order, EventRing& out);
  [[gnu::always_inline]] void EnterHere(const NewOrder& order, EventRing& out);
  // Of a call phase, or with a trigger.
  void EnterAside(const NewOrder& order, EventRing& out);
  void Perform(const Command& command, EventRing& out);
  void ModifyAside(uint32_t slot, const ModifyOrder& order, EventRing& out);

  // Trades until `taker` is filled, canceled or nothing is left at its price; what it has left.
  int64_t Match(Taker taker, EventRing& out);
  void TradeAt(uint32_t level, Taker& taker, EventRing& out);
  void PreventSelfTrade(uint32_t level, Taker& taker, EventRing& out);
  void Replenish(uint32_t level, EventRing& out);
  // What a taker that wants all or nothing could trade; counting ends at its quantity.
  int64_t Fillable(const Taker& taker) const;
  // False once an order of the taker's own stands in its way.
  bool FillableAt(uint32_t level, const Taker& taker, int64_t& sum) const;

  [[gnu::always_inline]] void Rest(const NewOrder& order, int64_t key, int64_t leaves);
  void Hold(const NewOrder& order);
  // Puts an order, whose fields are set, at the back of its queue.
  [[gnu::always_inline]] void Link(uint32_t slot);
  [[gnu::always_inline]] uint32_t AddLevel(Ladder& side, int64_t key);
  // Takes an order out of its queue, and the level with it when it was the last.
  [[gnu::always_inline]] void Unlink(uint32_t slot);
  // Takes the first order out of a level, which stays, and forgets it.
  void DropFirst(uint32_t level);
  [[gnu::always_inline]] void DropLevel(Ladder& side, uint32_t level);
  [[gnu::always_inline]] void Forget(uint32_t slot);
  // Takes `quantity` of an order's open quantity off, hidden first; its place stays.
  void Shrink(Cell& order, int64_t quantity);
  // Splits what an order has left into shown and hidden.
  static void Describe(Cell& cell, const NewOrder& order);
  static void Split(Cell& order, int64_t leaves);

  void NoteTrade(int64_t price);
  // Detaches the stops that were reached and appends them to a queue.
  void Elect(uint32_t& first, uint32_t& last);
  void RunStops(EventRing& out);

  void TradeInAuction(const Auction& auction, EventRing& out);
  void TakeInAuction(uint32_t slot, int64_t quantity);
  void CancelMarketOrders(Side side, EventRing& out);
  int64_t Reference(int64_t given) const;

  BookOptions options_;
  std::array<Ladder, 4> ladders_;  // bids, asks; held buys, held sells by their triggers
  CellPool cells_;
  IdIndex ids_;
  size_t held_ = 0;
  bool auction_ = false;
  int64_t last_price_ = 0;
  Range range_;
};

}  // namespace tw::book
