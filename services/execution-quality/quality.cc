#include "services/execution-quality/quality.h"

#include <algorithm>

namespace tw::eq {

bool Quality::Apply(const OrderChange& change, std::optional<Price> mid) {
  if (change.sequence <= sequence_) {
    return false;
  }
  sequence_ = change.sequence;
  auto it = orders_.find(change.order_id);
  if (it == orders_.end()) {
    if (!change.approved) {
      return true;
    }
    it = orders_.emplace(change.order_id, OrderRecord{}).first;
    OrderRecord& fresh = it->second;
    fresh.order_id = change.order_id;
    fresh.account = change.account;
    fresh.symbol = change.symbol;
    fresh.side = change.side;
    fresh.arrival = change.created;
    fresh.arrival_mid = MidOf(change.reference_bid, change.reference_ask);
  }
  OrderRecord& order = it->second;
  order.quantity = change.quantity;
  if (!change.venue.empty()) {
    order.venue = change.venue;
  }
  if (change.fill && change.fill->original_id.empty()) {
    AddFill(order, change);
  } else if (change.fill) {
    Revise(order, *change.fill);
  }
  if (change.finished && !order.finished) {
    Finish(order, mid);
  }
  return true;
}

const OrderRecord* Quality::Find(OrderId id) const {
  const auto it = orders_.find(id);
  return it == orders_.end() ? nullptr : &it->second;
}

void Quality::AddFill(OrderRecord& order, const OrderChange& change) {
  const FillRecord& fill = *change.fill;
  order.filled = Quantity::SaturatingAdd(order.filled, fill.quantity);
  order.filled_notional = Money::SaturatingAdd(
      order.filled_notional, Notional(fill.price, fill.quantity).value_or(Money::Max()));
  order.fees = Money::SaturatingAdd(order.fees, fill.fee);
  order.first_fill = order.first_fill.IsSet() ? std::min(order.first_fill, fill.time) : fill.time;
  order.last_fill = std::max(order.last_fill, fill.time);
  ++order.fill_count;
  if (order.fills.size() < limits_.fills_max) {
    order.fills.push_back(fill);
    Await(order, fill);
  }
}

void Quality::Await(const OrderRecord& order, const FillRecord& fill) {
  for (size_t i = 0; i < kHorizons.size(); ++i) {
    if (awaited_.at(i).size() < limits_.mark_outs_max) {
      awaited_[i].push_back({order.order_id, fill.fill_id, fill.time + kHorizons[i]});
    }
  }
}

void Quality::OnTime(Timestamp now,
                     const std::function<std::optional<Price>(const std::string&)>& mid) {
  for (size_t i = 0; i < kHorizons.size(); ++i) {
    std::deque<Awaited>& awaited = awaited_.at(i);
    for (; !awaited.empty() && awaited.front().due <= now; awaited.pop_front()) {
      const OrderRecord* const order = Find(awaited.front().order_id);
      if (order == nullptr || now - awaited.front().due > kSeenLive) {
        continue;
      }
      if (const std::optional<Price> seen = mid(order->symbol)) {
        Mark(awaited.front(), i, *seen);
      }
    }
  }
}

void Quality::Mark(const Awaited& awaited, size_t horizon, Price mid) {
  OrderRecord& order = orders_.at(awaited.order_id);
  // Taken back since: not there any more.
  const auto fill = std::find_if(order.fills.rbegin(), order.fills.rend(),
                                 [&](const auto& each) { return each.fill_id == awaited.fill_id; });
  if (fill != order.fills.rend()) {
    fill->mids.at(horizon) = mid;
    venues_.OnMarkOut(order, horizon, *fill);
  }
}

// A trade was busted or corrected: the order shows what is left of it, and so does its venue.
void Quality::Revise(OrderRecord& order, const FillRecord& fill) {
  const OrderRecord before = order;
  order.filled = Quantity::SaturatingAdd(order.filled, fill.quantity);
  order.filled_notional = Money::SaturatingAdd(
      order.filled_notional, Notional(fill.price, fill.quantity).value_or(Money()));
  order.fees = Money::SaturatingAdd(order.fees, fill.fee);
  if (fill.quantity < Quantity()) {
    --order.fill_count;
    std::erase_if(order.fills,
                  [&](const FillRecord& each) { return each.fill_id == fill.original_id; });
  } else {
    ++order.fill_count;
    if (order.fills.size() < limits_.fills_max) {
      order.fills.push_back(fill);
      order.fills.back().fill_id = fill.original_id;
    }
  }
  if (order.finished) {
    venues_.OnRevised(before, order);
  }
}

void Quality::Finish(OrderRecord& order, std::optional<Price> mid) {
  order.finished = true;
  order.end_mid = order.filled < order.quantity ? mid : std::nullopt;
  venues_.OnFinished(order);
  finished_.push_back(order.order_id);
  if (finished_.size() > limits_.finished_max) {
    orders_.erase(finished_.front());
    finished_.pop_front();
    ++forgotten_;
  }
}

}  // namespace tw::eq
