#include "services/execution-quality/quality.h"

#include <algorithm>

namespace tw::eq {

bool Quality::Apply(const OrderChange& change) {
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
    Finish(order);
  }
  return true;
}

const OrderRecord* Quality::Find(OrderId id) const {
  const auto it = orders_.find(id);
  return it == orders_.end() ? nullptr : &it->second;
}

void Quality::AddFill(OrderRecord& order, const OrderChange& change) const {
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

void Quality::Finish(OrderRecord& order) {
  order.finished = true;
  venues_.OnFinished(order);
  finished_.push_back(order.order_id);
  if (finished_.size() > limits_.finished_max) {
    orders_.erase(finished_.front());
    finished_.pop_front();
    ++forgotten_;
  }
}

}  // namespace tw::eq
