#include "libs/testing/naive_book.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace tw::testing {
namespace {

using book::EventRing;
using book::EventType;
using book::NewOrder;
using book::OrderKind;
using book::Reason;
using book::SelfTrade;

bool IsMarket(OrderKind k) {
  return k == OrderKind::kMarket || k == OrderKind::kMarketFok;
}
bool Rests(OrderKind k) {
  return k == OrderKind::kLimit || k == OrderKind::kPostOnly;
}
bool Whole(OrderKind k) {
  return k == OrderKind::kFok || k == OrderKind::kMarketFok;
}
int64_t PriceOf(const NewOrder& o) {
  return IsMarket(o.kind) ? 0 : o.price;
}
bool Watches(const NewOrder& o) {
  return o.owner != 0 && o.self_trade != SelfTrade::kAllow;
}

void Say(EventRing& out,
         EventType type,
         Reason reason,
         const NewOrder& o,
         int64_t quantity,
         int64_t leaves) {
  out.Push() = {type, reason, o.side, o.id, 0, PriceOf(o), quantity, leaves, 0};
}

void Refuse(EventRing& out, uint64_t id, Reason reason) {
  out.Push() = {EventType::kRejected, reason, Side::kUnspecified, id, 0, 0, 0, 0, 0};
}

bool QuantityRight(int64_t quantity) {
  return quantity >= 1 && quantity <= book::kQuantityMax;
}

}  // namespace

bool NaiveBook::Marketable(Side side, int64_t price) const {
  return side == Side::kBuy ? !asks_.empty() && asks_.begin()->first <= price
                            : !bids_.empty() && bids_.rbegin()->first >= price;
}

Reason NaiveBook::Refusal(const NewOrder& o) const {
  const bool stop = o.trigger != 0;
  if (where_.count(o.id) != 0) return Reason::kDuplicateId;
  if (o.side != Side::kBuy && o.side != Side::kSell) return Reason::kInvalidSide;
  if (!IsMarket(o.kind) && !PriceRight(o.price)) return Reason::kInvalidPrice;
  if (!QuantityRight(o.quantity)) return Reason::kInvalidQuantity;
  if (o.display != 0) {
    if (!Rests(o.kind) || stop || o.display < 0 || o.display > o.quantity) {
      return Reason::kInvalidDisplay;
    }
    if ((o.quantity + o.display - 1) / o.display > book::kSlicesMax) {
      return Reason::kInvalidDisplay;
    }
  }
  if (stop && (!PriceRight(o.trigger) || o.kind == OrderKind::kPostOnly)) {
    return Reason::kInvalidTrigger;
  }
  if (auction_ && !stop && o.kind != OrderKind::kLimit && o.kind != OrderKind::kMarket) {
    return Reason::kNotInAuction;
  }
  const bool stays = Rests(o.kind) || stop || auction_;
  if (stays && where_.size() >= orders_max_) return Reason::kBookFull;
  if (o.kind == OrderKind::kPostOnly && Marketable(o.side, o.price)) return Reason::kWouldTrade;
  return Reason::kNone;
}

void NaiveBook::New(const NewOrder& o, EventRing& out) {
  if (const Reason reason = Refusal(o); reason != Reason::kNone) {
    Refuse(out, o.id, reason);
    return;
  }
  Say(out, EventType::kAccepted, Reason::kNone, o, o.quantity, o.quantity);
  if (o.trigger != 0) {
    const bool reached =
        last_ != 0 && (o.side == Side::kBuy ? last_ >= o.trigger : last_ <= o.trigger);
    if (auction_ || !reached) {
      Put(o.side == Side::kBuy ? held_buys_ : held_sells_, o.trigger, {o, 0});
      return;
    }
    Say(out, EventType::kTriggered, Reason::kNone, o, o.quantity, o.quantity);
  }
  if (auction_) {
    Order order{o, 0};
    Show(order);
    const int64_t ahead = o.side == Side::kBuy ? book::kPriceMax + 1 : 0;
    Put(SideOf(o.side), IsMarket(o.kind) ? ahead : o.price, order);
    return;
  }
  Execute(o, out);
  RunStops(out);
}

void NaiveBook::Execute(NewOrder o, EventRing& out) {
  if (Whole(o.kind) && !CanFill(o)) {
    Say(out, EventType::kCanceled, Reason::kFokUnfillable, o, o.quantity, 0);
    return;
  }
  o.quantity = Trade(o, out);
  if (o.quantity == 0) {
    return;
  }
  if (Rests(o.kind)) {
    Order order{o, 0};
    order.terms.trigger = 0;
    Show(order);
    Put(SideOf(o.side), o.price, order);
  } else {
    Say(out, EventType::kCanceled, Reason::kIocRemainder, o, o.quantity, 0);
  }
}

void NaiveBook::Cancel(const book::CancelOrder& o, EventRing& out) {
  if (where_.count(o.id) == 0) {
    Refuse(out, o.id, Reason::kUnknownId);
    return;
  }
  const Order order = Remove(o.id);
  Say(out, EventType::kCanceled, Reason::kRequested, order.terms, order.terms.quantity, 0);
}

void NaiveBook::Modify(const book::ModifyOrder& o, EventRing& out) {
  const auto it = where_.find(o.id);
  if (it == where_.end()) {
    Refuse(out, o.id, Reason::kUnknownId);
    return;
  }
  const Place place = it->second;
  const bool held = place.queues == &held_buys_ || place.queues == &held_sells_;
  const NewOrder before = Get(o.id).terms;
  Reason reason = Reason::kNone;
  if (!IsMarket(before.kind) && !PriceRight(o.price)) {
    reason = Reason::kInvalidPrice;
  } else if (!QuantityRight(o.quantity) ||
             (before.display != 0 && o.quantity > before.display * book::kSlicesMax)) {
    reason = Reason::kInvalidQuantity;
  } else if (!auction_ && before.kind == OrderKind::kPostOnly && Marketable(before.side, o.price)) {
    reason = Reason::kWouldTrade;
  }
  if (reason != Reason::kNone) {
    Refuse(out, o.id, reason);
    return;
  }
  NewOrder after = before;
  after.price = IsMarket(before.kind) ? before.price : o.price;
  after.quantity = o.quantity;
  Say(out, EventType::kModified, Reason::kNone, after, o.quantity, o.quantity);
  if (PriceOf(after) == PriceOf(before) && o.quantity <= before.quantity) {
    Order& order = Get(o.id);
    order.terms.quantity = o.quantity;
    order.shown = std::min(order.shown, o.quantity);
    return;
  }
  Remove(o.id);
  if (!held && !auction_) {
    after.quantity = Trade(after, out);
  }
  if (after.quantity > 0) {
    Order order{after, 0};
    if (!held) {
      Show(order);
    }
    Put(*place.queues, held || IsMarket(after.kind) ? place.at : after.price, order);
  }
  if (!auction_) {
    RunStops(out);
  }
}

NaiveBook::Order* NaiveBook::Best(const NewOrder& o) {
  Queues& other = o.side == Side::kBuy ? asks_ : bids_;
  if (other.empty() || (!IsMarket(o.kind) && !Marketable(o.side, o.price))) {
    return nullptr;
  }
  return &(o.side == Side::kBuy ? other.begin() : std::prev(other.end()))->second.front();
}

// Plays the order on a copy of the book.
bool NaiveBook::CanFill(const NewOrder& o) const {
  NaiveBook trial;
  trial.bids_ = bids_;
  trial.asks_ = asks_;
  for (Queues* queues : {&trial.bids_, &trial.asks_}) {
    for (const auto& [price, queue] : *queues) {
      for (const Order& order : queue) {
        trial.where_[order.terms.id] = {queues, price};
      }
    }
  }
  EventRing ring(64);
  trial.Trade(o, ring);
  int64_t filled = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    filled += ring[i].type == EventType::kTrade ? ring[i].quantity : 0;
  }
  return filled == o.quantity;
}

int64_t NaiveBook::Trade(NewOrder o, EventRing& out) {
  while (o.quantity > 0) {
    Order* maker = Best(o);
    if (maker == nullptr) {
      break;
    }
    if (Watches(o) && maker->terms.owner == o.owner) {
      o.quantity = MeetOwn(o, *maker, out);
      continue;
    }
    const int64_t price = where_.at(maker->terms.id).at;
    const int64_t quantity = std::min(o.quantity, maker->shown);
    o.quantity -= quantity;
    maker->shown -= quantity;
    maker->terms.quantity -= quantity;
    out.Push() = {EventType::kTrade,    Reason::kNone, o.side,   o.id,
                  maker->terms.id,      price,         quantity, o.quantity,
                  maker->terms.quantity};
    NoteTrade(price);
    if (maker->shown > 0) {
      continue;
    }
    Order order = Remove(maker->terms.id);
    if (order.terms.quantity > 0) {
      Show(order);
      Put(SideOf(order.terms.side), price, order);
      Say(out, EventType::kModified, Reason::kReplenished, order.terms, order.shown,
          order.terms.quantity);
    }
  }
  return o.quantity;
}

// What the incoming order has left.
int64_t NaiveBook::MeetOwn(const NewOrder& o, Order& maker, EventRing& out) {
  const int64_t both = std::min(o.quantity, maker.terms.quantity);
  const bool newest = o.self_trade != SelfTrade::kCancelOldest;
  const bool oldest = o.self_trade != SelfTrade::kCancelNewest;
  const bool part = o.self_trade == SelfTrade::kDecrement;
  if (oldest) {
    const int64_t off = part ? both : maker.terms.quantity;
    if (off == maker.terms.quantity) {
      Say(out, EventType::kCanceled, Reason::kSelfTrade, maker.terms, off, 0);
      Remove(maker.terms.id);
    } else {
      maker.terms.quantity -= off;
      maker.shown = std::min(maker.shown, maker.terms.quantity);
      Say(out, EventType::kModified, Reason::kSelfTrade, maker.terms, maker.terms.quantity,
          maker.terms.quantity);
    }
  }
  if (!newest) {
    return o.quantity;
  }
  const int64_t off = part ? both : o.quantity;
  const int64_t left = o.quantity - off;
  if (left == 0) {
    Say(out, EventType::kCanceled, Reason::kSelfTrade, o, off, 0);
  } else {
    Say(out, EventType::kModified, Reason::kSelfTrade, o, left, left);
  }
  return left;
}

void NaiveBook::NoteTrade(int64_t price) {
  last_ = price;
  trades_.push_back(price);
}

void NaiveBook::RunStops(EventRing& out) {
  std::deque<NewOrder> due;
  const auto collect = [&] {
    const std::vector<int64_t> prices = std::move(trades_);
    trades_.clear();
    const auto reached = [&](Side side, int64_t trigger) {
      return std::any_of(prices.begin(), prices.end(), [&](int64_t p) {
        return side == Side::kBuy ? p >= trigger : p <= trigger;
      });
    };
    while (!held_buys_.empty() && reached(Side::kBuy, held_buys_.begin()->first)) {
      due.push_back(held_buys_.begin()->second.front().terms);
      Remove(due.back().id);
    }
    while (!held_sells_.empty() && reached(Side::kSell, held_sells_.rbegin()->first)) {
      due.push_back(held_sells_.rbegin()->second.front().terms);
      Remove(due.back().id);
    }
  };
  for (collect(); !due.empty(); collect()) {
    const NewOrder o = due.front();
    due.pop_front();
    Say(out, EventType::kTriggered, Reason::kNone, o, o.quantity, o.quantity);
    Execute(o, out);
  }
}

void NaiveBook::Show(Order& order) const {
  const int64_t display = order.terms.display;
  order.shown = display == 0 ? order.terms.quantity : std::min(display, order.terms.quantity);
}

void NaiveBook::Put(Queues& queues, int64_t at, const Order& order) {
  queues[at].push_back(order);
  where_[order.terms.id] = {&queues, at};
}

NaiveBook::Order& NaiveBook::Get(uint64_t id) {
  const Place place = where_.at(id);
  for (Order& o : place.queues->at(place.at)) {
    if (o.terms.id == id) {
      return o;
    }
  }
  std::abort();
}

NaiveBook::Order NaiveBook::Remove(uint64_t id) {
  const Place place = where_.at(id);
  std::deque<Order>& queue = place.queues->at(place.at);
  const auto it =
      std::find_if(queue.begin(), queue.end(), [&](const Order& o) { return o.terms.id == id; });
  const Order order = *it;
  queue.erase(it);
  if (queue.empty()) {
    place.queues->erase(place.at);
  }
  where_.erase(id);
  return order;
}

// --- Views --------------------------------------------------------------------------------------

book::OrderView NaiveBook::View(const Order& order, bool held) {
  const NewOrder& o = order.terms;
  return {o.id,
          o.owner,
          o.side,
          o.kind == OrderKind::kPostOnly,
          PriceOf(o),
          o.quantity,
          held ? 0 : order.shown,
          held ? o.trigger : 0};
}

std::vector<book::OrderView> NaiveBook::Orders() const {
  std::vector<book::OrderView> out;
  for (auto level = bids_.rbegin(); level != bids_.rend(); ++level) {
    for (const Order& o : level->second) {
      out.push_back(View(o, false));
    }
  }
  for (const auto& [price, queue] : asks_) {
    for (const Order& o : queue) {
      out.push_back(View(o, false));
    }
  }
  return out;
}

std::vector<book::OrderView> NaiveBook::Held() const {
  std::vector<book::OrderView> out;
  for (const auto& [trigger, queue] : held_buys_) {
    for (const Order& o : queue) {
      out.push_back(View(o, true));
    }
  }
  for (auto level = held_sells_.rbegin(); level != held_sells_.rend(); ++level) {
    for (const Order& o : level->second) {
      out.push_back(View(o, true));
    }
  }
  return out;
}

std::vector<book::LevelView> NaiveBook::Depth(Side side, size_t levels) const {
  std::vector<book::LevelView> out;
  const auto add = [&](int64_t price, const std::deque<Order>& queue) {
    if (out.size() < levels) {
      out.push_back({price, 0, static_cast<uint32_t>(queue.size())});
      for (const Order& o : queue) {
        out.back().quantity += o.shown;
      }
    }
  };
  if (side == Side::kSell) {
    for (const auto& [price, queue] : asks_) {
      add(price, queue);
    }
  } else {
    for (auto level = bids_.rbegin(); level != bids_.rend(); ++level) {
      add(level->first, level->second);
    }
  }
  return out;
}

}  // namespace tw::testing
