// The half of NaiveBook about auctions.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <tuple>

#include "libs/testing/naive_book.h"

namespace tw::testing {
namespace {

using book::EventRing;
using book::EventType;
using book::Reason;

}  // namespace

int64_t NaiveBook::VolumeAt(int64_t price, int64_t& surplus) const {
  int64_t demand = 0;
  int64_t supply = 0;
  for (const auto& [at, queue] : bids_) {
    for (const Order& o : queue) {
      demand += at >= price ? o.terms.quantity : 0;
    }
  }
  for (const auto& [at, queue] : asks_) {
    for (const Order& o : queue) {
      supply += at <= price ? o.terms.quantity : 0;
    }
  }
  surplus = demand - supply;
  return std::min(demand, supply);
}

int64_t NaiveBook::Reference(int64_t reference) const {
  if (reference != 0 || last_ != 0) {
    return reference != 0 ? reference : last_;
  }
  int64_t best_bid = 0;
  int64_t best_ask = 0;
  for (const auto& [at, queue] : bids_) {
    best_bid = PriceRight(at) ? at : best_bid;
  }
  for (const auto& [at, queue] : asks_) {
    best_ask = PriceRight(at) && best_ask == 0 ? at : best_ask;
  }
  return best_bid != 0 && best_ask != 0 ? (best_bid + best_ask) / 2 : best_bid + best_ask;
}

// Tries every price at which anything can change, its neighbours, and the reference.
std::optional<book::Auction> NaiveBook::Indicative(int64_t reference) const {
  reference = Reference(reference);
  if (reference == 0) {
    return std::nullopt;
  }
  std::vector<int64_t> prices = {1, book::kPriceMax};
  for (const Queues* queues : {&bids_, &asks_}) {
    for (const auto& [at, queue] : *queues) {
      prices.insert(prices.end(), {at - 1, at, at + 1});
    }
  }
  prices.push_back(reference);
  std::optional<book::Auction> best;
  for (const int64_t price : prices) {
    int64_t surplus = 0;
    const int64_t volume = PriceRight(price) ? VolumeAt(price, surplus) : 0;
    if (volume == 0) {
      continue;
    }
    const auto rank = [&](const book::Auction& a) {
      return std::tuple(-a.volume, std::abs(a.surplus), std::abs(a.price - reference));
    };
    const book::Auction here{price, volume, surplus};
    if (!best || rank(here) < rank(*best)) {
      best = here;
    }
  }
  return best;
}

std::optional<book::Auction> NaiveBook::Uncross(int64_t reference, EventRing& out) {
  const std::optional<book::Auction> auction = Indicative(reference);
  int64_t left = auction ? auction->volume : 0;
  while (left > 0) {
    Order& buy = std::prev(bids_.end())->second.front();
    Order& sell = asks_.begin()->second.front();
    const int64_t quantity = std::min({left, buy.terms.quantity, sell.terms.quantity});
    left -= quantity;
    for (Order* order : {&buy, &sell}) {
      order->terms.quantity -= quantity;
      Show(*order);
    }
    out.Push() = {EventType::kTrade, Reason::kAuction,   Side::kBuy,
                  buy.terms.id,      sell.terms.id,      auction->price,
                  quantity,          buy.terms.quantity, sell.terms.quantity};
    NoteTrade(auction->price);
    const bool bought = buy.terms.quantity == 0;
    const bool sold = sell.terms.quantity == 0;
    const uint64_t buy_id = buy.terms.id;
    const uint64_t sell_id = sell.terms.id;
    if (bought) {
      Remove(buy_id);
    }
    if (sold) {
      Remove(sell_id);
    }
  }
  for (Queues* queues : {&bids_, &asks_}) {
    const int64_t at = queues == &bids_ ? book::kPriceMax + 1 : 0;
    while (queues->count(at) != 0) {
      const Order order = Remove(queues->at(at).front().terms.id);
      out.Push() = {EventType::kCanceled,
                    Reason::kAuctionRemainder,
                    order.terms.side,
                    order.terms.id,
                    0,
                    0,
                    order.terms.quantity,
                    0,
                    0};
    }
  }
  auction_ = false;
  if (last_ != 0) {
    trades_.push_back(last_);
  }
  RunStops(out);
  return auction;
}

}  // namespace tw::testing
