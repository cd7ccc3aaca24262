// The part of Book that uncrosses an auction.
#include <algorithm>
#include <vector>

#include "libs/base/check.h"
#include "libs/book/book.h"
#include "libs/book/event_making.h"
#include "libs/book/queues.h"

namespace tw::book {
namespace {

// What rests at one limit price, or at one side's best without a limit.
struct Step {
  int64_t price;
  int64_t bid;
  int64_t ask;
};

// Finds the run of prices with the largest volume and, among those, the smallest surplus. Demand
// falls and supply rises with the price, so the prices that tie are neighbours.
class PriceFinder {
 public:
  // All prices from `low` to `high` have this demand and supply.
  void Consider(int64_t low, int64_t high, int64_t demand, int64_t supply) {
    const int64_t volume = std::min(demand, supply);
    const int64_t surplus = demand > supply ? demand - supply : supply - demand;
    if (low > high || volume == 0) {
      return;
    }
    if (volume > volume_ || (volume == volume_ && surplus < surplus_)) {
      volume_ = volume;
      surplus_ = surplus;
      low_ = low;
      high_ = high;
    } else if (volume == volume_ && surplus == surplus_) {
      high_ = high;
    }
  }
  int64_t volume() const { return volume_; }
  int64_t Nearest(int64_t reference) const { return std::clamp(reference, low_, high_); }

 private:
  int64_t volume_ = 0;
  int64_t surplus_ = 0;
  int64_t low_ = 0;
  int64_t high_ = 0;
};

constexpr bool IsMarket(int64_t price) {
  return price == 0 || price == kPriceMax + 1;
}

}  // namespace

int64_t Book::Reference(int64_t given) const {
  if (given != 0 || last_price_ != 0) {
    return given != 0 ? given : last_price_;
  }
  int64_t sum = 0;
  int64_t sides = 0;
  for (const Side side : {Side::kBuy, Side::kSell}) {
    ladder(side).ForEach([&](int64_t key, uint32_t) {
      const int64_t price = PriceOf(side, key);
      sum += IsMarket(price) ? 0 : price;
      sides += IsMarket(price) ? 0 : 1;
      return IsMarket(price);
    });
  }
  return sides == 0 ? 0 : sum / sides;
}

std::optional<Auction> Book::Indicative(int64_t reference) const {
  std::vector<Step> steps;
  int64_t demand = 0;
  int64_t supply = 0;  // at the price in question
  const auto collect = [&](Side side, int64_t key, const Cell& level) {
    const bool buy = side == Side::kBuy;
    const int64_t price = PriceOf(side, key);
    const int64_t all = level.leaves + level.hidden;
    demand += buy ? all : 0;
    if (!IsMarket(price)) {
      steps.push_back({price, buy ? all : 0, buy ? 0 : all});
    } else if (!buy) {
      supply += all;
    }
  };
  for (const Side side : {Side::kBuy, Side::kSell}) {
    ladder(side).ForEach([&](int64_t key, uint32_t level) {
      collect(side, key, cells_[level]);
      return true;
    });
  }
  std::sort(steps.begin(), steps.end(),
            [](const Step& a, const Step& b) { return a.price < b.price; });
  const int64_t at_lowest = supply;
  PriceFinder finder;
  int64_t from = 1;
  for (size_t i = 0; i < steps.size();) {
    const int64_t price = steps[i].price;
    finder.Consider(from, price - 1, demand, supply);
    int64_t bid = 0;
    for (; i < steps.size() && steps[i].price == price; ++i) {
      bid += steps[i].bid;
      supply += steps[i].ask;
    }
    finder.Consider(price, price, demand, supply);
    demand -= bid;
    from = price + 1;
  }
  finder.Consider(from, kPriceMax, demand, supply);
  const int64_t wanted = Reference(reference);
  if (finder.volume() == 0 || wanted == 0) {
    return std::nullopt;
  }
  Auction auction{finder.Nearest(wanted), finder.volume(), 0};
  int64_t surplus = demand - at_lowest;  // of market orders alone
  for (const Step& step : steps) {
    surplus += step.price >= auction.price ? step.bid : 0;
    surplus -= step.price <= auction.price ? step.ask : 0;
  }
  auction.surplus = surplus;
  return auction;
}

std::optional<Auction> Book::Uncross(int64_t reference, EventRing& out) {
  TW_CHECK(auction_);
  const std::optional<Auction> auction = Indicative(reference);
  if (auction) {
    TradeInAuction(*auction, out);
  }
  CancelMarketOrders(Side::kBuy, out);
  CancelMarketOrders(Side::kSell, out);
  auction_ = false;
  if (last_price_ != 0) {
    NoteTrade(last_price_);  // for stops that came in the call phase
  }
  if (held_ != 0) {
    RunStops(out);
  }
  return auction;
}

void Book::TradeInAuction(const Auction& auction, EventRing& out) {
  int64_t left = auction.volume;
  while (left > 0) {
    const uint32_t buy = cells_[ladder(Side::kBuy).best()].next;
    const uint32_t sell = cells_[ladder(Side::kSell).best()].next;
    const int64_t buys = cells_[buy].leaves + cells_[buy].hidden;
    const int64_t sells = cells_[sell].leaves + cells_[sell].hidden;
    const int64_t quantity = std::min({left, buys, sells});
    left -= quantity;
    Event& e = out.Push();
    e.type = EventType::kTrade;
    e.reason = Reason::kAuction;
    e.side = Side::kBuy;
    e.order = cells_[buy].id;
    e.maker = cells_[sell].id;
    e.price = auction.price;
    e.quantity = quantity;
    e.leaves = buys - quantity;
    e.maker_leaves = sells - quantity;
    NoteTrade(auction.price);
    TakeInAuction(buy, quantity);
    TakeInAuction(sell, quantity);
  }
}

// What was shown goes first; an iceberg then shows anew, and keeps its place.
void Book::TakeInAuction(uint32_t slot, int64_t quantity) {
  Cell& order = cells_[slot];
  const int64_t left = order.leaves + order.hidden - quantity;
  if (left == 0) {
    Unlink(slot);
    Forget(slot);
    return;
  }
  Cell& level = cells_[order.level];
  level.leaves -= order.leaves;
  level.hidden -= order.hidden;
  Split(order, left);
  level.leaves += order.leaves;
  level.hidden += order.hidden;
}

void Book::CancelMarketOrders(Side side, EventRing& out) {
  while (!ladder(side).empty() && IsMarket(PriceOf(side, ladder(side).best_key()))) {
    const uint32_t slot = cells_[ladder(side).best()].next;
    const Cell& order = cells_[slot];
    PutCanceled(out, Reason::kAuctionRemainder, {side, order.id, 0}, order.leaves + order.hidden);
    Unlink(slot);
    Forget(slot);
  }
}

}  // namespace tw::book
