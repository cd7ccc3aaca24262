// Seeded flows of commands for a book and its twin, some of them wrong, and what compares the two.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/book/book.h"
#include "libs/core/prng.h"
#include "libs/testing/naive_book.h"

namespace tw::book {

struct BeginAuction {};
struct Uncross {
  int64_t reference = 0;
};
using Step = std::variant<NewOrder, CancelOrder, ModifyOrder, BeginAuction, Uncross>;

template <typename AnyBook>
void Play(AnyBook& book, const Step& step, EventRing& out) {
  if (const auto* order = std::get_if<NewOrder>(&step)) {
    book.New(*order, out);
  } else if (const auto* cancel = std::get_if<CancelOrder>(&step)) {
    book.Cancel(*cancel, out);
  } else if (const auto* modify = std::get_if<ModifyOrder>(&step)) {
    book.Modify(*modify, out);
  } else if (std::holds_alternative<BeginAuction>(step)) {
    book.BeginAuction();
  } else {
    book.Uncross(std::get<Uncross>(step).reference, out);
  }
}

struct Flow {
  const char* name;
  uint64_t seed;
  int64_t mid;
  int64_t spread;      // prices within so many ticks of the mid
  int64_t step_every;  // operations between two moves of the mid
  int64_t step;        // ticks it moves at most
  uint64_t cancel_percent;
  uint64_t modify_percent;
  uint64_t rest_percent;     // of new orders: those that are plain limit orders
  uint64_t special_percent;  // of new orders: icebergs, stops and self-trade prevention
  int64_t auction_every;     // operations between two auctions; zero: none
  int operations;
};

class FlowMaker {
 public:
  static constexpr uint32_t kOrdersMax = 600;

  FlowMaker(const Flow& flow, uint64_t seed) : flow_(flow), prng_(seed), mid_(flow.mid) {}

  // The next command for a book in this state.
  Step Next(const Book& book) {
    ++n_;
    if (n_ % flow_.step_every == 0) {
      mid_ = std::max<int64_t>(1, mid_ + prng_.Between(-flow_.step, flow_.step));
    }
    if (flow_.auction_every != 0 && n_ % flow_.auction_every == 0) {
      return BeginAuction{};
    }
    if (book.in_auction() && prng_.Percent(2)) {
      return Uncross{prng_.Percent(50) ? 0 : std::max<int64_t>(1, SomePrice())};
    }
    const uint64_t dice = prng_.Below(100);
    if (dice < flow_.cancel_percent) {
      return CancelOrder{SomeId()};
    }
    if (dice < flow_.cancel_percent + flow_.modify_percent) {
      return SomeModify(book);
    }
    return SomeNew();
  }

 private:
  int64_t SomePrice() {
    if (prng_.Percent(1)) {
      constexpr int64_t kEdges[] = {-1, 0, 1, kPriceMax, kPriceMax + 1};
      return kEdges[prng_.Below(5)];
    }
    return mid_ + prng_.Between(-flow_.spread, flow_.spread);
  }
  int64_t SomeQuantity() {
    if (prng_.Percent(1)) {
      constexpr int64_t kEdges[] = {-1, 0, kQuantityMax, kQuantityMax + 1};
      return kEdges[prng_.Below(4)];
    }
    return prng_.Between(1, 40);
  }
  // Mostly one of the last ids given out, which may be resting, finished or not yet used.
  uint64_t SomeId() { return last_id_ < 800 ? prng_.Below(802) : last_id_ - prng_.Below(800); }

  NewOrder SomeNew() {
    NewOrder order;
    order.id = prng_.Percent(2) ? SomeId() : ++last_id_;
    order.owner = prng_.Below(5);
    order.side = prng_.Percent(50) ? Side::kBuy : Side::kSell;
    if (prng_.Below(500) == 0) {
      order.side = Side::kUnspecified;
    }
    constexpr OrderKind kOthers[] = {OrderKind::kPostOnly, OrderKind::kIoc, OrderKind::kFok,
                                     OrderKind::kMarket, OrderKind::kMarketFok};
    order.kind = prng_.Percent(flow_.rest_percent) ? OrderKind::kLimit : kOthers[prng_.Below(5)];
    order.price = SomePrice();
    order.quantity = SomeQuantity();
    if (prng_.Percent(flow_.special_percent)) {
      order.display = prng_.Percent(40) ? prng_.Between(-1, 12) : 0;
      order.trigger = order.display == 0 && prng_.Percent(40) ? SomePrice() : 0;
      order.self_trade = static_cast<SelfTrade>(prng_.Below(5));
    }
    return order;
  }

  ModifyOrder SomeModify(const Book& book) {
    ModifyOrder modify{SomeId(), SomePrice(), SomeQuantity()};
    if (const auto order = book.Find(modify.id); order && prng_.Percent(50)) {
      modify.price = order->price;
    }
    return modify;
  }

  Flow flow_;
  Prng prng_;
  int64_t mid_;
  int64_t n_ = 0;
  uint64_t last_id_ = 0;
};

inline std::vector<Event> Taken(const EventRing& ring) {
  std::vector<Event> out;
  for (size_t i = 0; i < ring.size(); ++i) {
    out.push_back(ring[i]);
  }
  return out;
}

inline void ExpectSameState(const Book& book, const ::tw::testing::NaiveBook& twin) {
  ASSERT_EQ(book.Orders(), twin.Orders());
  ASSERT_EQ(book.Held(), twin.Held());
  ASSERT_EQ(book.order_count(), twin.order_count());
  ASSERT_EQ(book.held_count(), twin.held_count());
  ASSERT_EQ(book.last_price(), twin.last_price());
  ASSERT_EQ(book.Indicative(0), twin.Indicative(0));
  for (const Side side : {Side::kBuy, Side::kSell}) {
    ASSERT_EQ(book.Depth(side, 7), twin.Depth(side, 7));
    const auto levels = twin.Depth(side, 50);
    ASSERT_EQ(book.Best(side), levels.empty() ? std::nullopt : std::optional(levels.front()));
    for (const LevelView& level : levels) {
      ASSERT_EQ(book.At(side, level.price), level);
    }
  }
  for (const OrderView& order : twin.Orders()) {
    ASSERT_EQ(book.Find(order.id), order);
    ASSERT_EQ(book.Leaves(order.id), order.leaves);
  }
  const auto bid = book.Best(Side::kBuy);
  const auto ask = book.Best(Side::kSell);
  ASSERT_TRUE(book.in_auction() || !bid || !ask || bid->price < ask->price);
}

}  // namespace tw::book
