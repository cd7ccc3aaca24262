#include "services/execution-quality/quality.h"

#include <algorithm>
#include <utility>
#include <variant>

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
    Finish(order, change.time);
  }
  return true;
}

void Quality::Apply(const Sighting& sighting) {
  std::visit([this](const auto& seen) { Take(seen); }, sighting.what);
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
    for (size_t i = 0; i < kHorizons.size(); ++i) {
      Await(awaited_.at(i), {order.order_id, fill.fill_id, fill.time + kHorizons[i]}, change.time);
    }
  }
}

void Quality::Await(std::deque<Awaited>& queue, Awaited awaited, Timestamp now) const {
  while (!queue.empty() && now - queue.front().due > kSeenLive) {
    queue.pop_front();  // too late for it: the ledger is being read from its start
  }
  if (queue.size() < limits_.mark_outs_max) {
    queue.push_back(std::move(awaited));
  }
}

// For what an earlier process has seen, nobody looks again.
std::optional<Price> Quality::Look(const Awaited& awaited,
                                   std::optional<size_t> horizon,
                                   Timestamp now,
                                   const MidOfSymbol& mid) {
  const auto it = orders_.find(awaited.order_id);
  if (it == orders_.end() || now - awaited.due > kSeenLive) {
    return std::nullopt;
  }
  if (!horizon) {
    return it->second.end_mid ? std::nullopt : mid(it->second.symbol);
  }
  const FillRecord* const fill = FindFill(it->second, awaited.fill_id);
  return fill == nullptr || fill->mids.at(*horizon) ? std::nullopt : mid(it->second.symbol);
}

std::vector<Sighting> Quality::Due(Timestamp now, const MidOfSymbol& mid) {
  std::vector<Sighting> out;
  for (; !ended_.empty(); ended_.pop_front()) {
    if (const std::optional<Price> seen = Look(ended_.front(), std::nullopt, now, mid)) {
      out.push_back({sequence_, EndSeen{ended_.front().order_id, *seen}});
    }
  }
  for (size_t i = 0; i < kHorizons.size(); ++i) {
    std::deque<Awaited>& awaited = awaited_.at(i);
    for (; !awaited.empty() && awaited.front().due <= now; awaited.pop_front()) {
      if (const std::optional<Price> seen = Look(awaited.front(), i, now, mid)) {
        out.push_back({sequence_, MarkSeen{.order_id = awaited.front().order_id,
                                           .fill_id = std::move(awaited.front().fill_id),
                                           .horizon = static_cast<uint32_t>(i),
                                           .mid = *seen}});
      }
    }
  }
  return out;
}

std::vector<Sighting> Quality::Seen() const {
  std::vector<Sighting> out;
  venues_.VisitMarkOuts([&](const std::string& venue, size_t horizon, const MarkOut& sum) {
    out.push_back({sequence_, MarksSummed{venue, static_cast<uint32_t>(horizon), sum}});
  });
  for (const auto& [id, order] : orders_) {
    if (order.end_mid) {
      out.push_back({sequence_, EndSeen{id, *order.end_mid}});
    }
    for (const FillRecord& fill : order.fills) {
      for (size_t i = 0; i < kHorizons.size(); ++i) {
        if (fill.mids.at(i)) {
          out.push_back({sequence_, MarkSeen{.order_id = id,
                                             .fill_id = fill.fill_id,
                                             .horizon = static_cast<uint32_t>(i),
                                             .mid = *fill.mids[i],
                                             .in_totals = true}});
        }
      }
    }
  }
  return out;
}

FillRecord* Quality::FindFill(OrderRecord& order, const std::string& fill_id) {
  const auto fill = std::find_if(order.fills.rbegin(), order.fills.rend(),
                                 [&](const FillRecord& each) { return each.fill_id == fill_id; });
  return fill == order.fills.rend() ? nullptr : &*fill;
}

void Quality::Take(const MarkSeen& seen) {
  const auto it = orders_.find(seen.order_id);
  if (it == orders_.end()) {
    return;
  }
  FillRecord* const fill = FindFill(it->second, seen.fill_id);
  if (fill == nullptr || fill->mids.at(seen.horizon)) {
    return;  // taken back since; or there already
  }
  fill->mids[seen.horizon] = seen.mid;
  if (!seen.in_totals) {
    venues_.OnMarkOut(it->second, seen.horizon, *fill);
  }
}

void Quality::Take(const EndSeen& seen) {
  if (const auto it = orders_.find(seen.order_id); it != orders_.end()) {
    it->second.end_mid = seen.mid;
  }
}

void Quality::Take(const MarksSummed& seen) {
  venues_.SetMarkOuts(seen.venue, seen.horizon, seen.sum);
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

void Quality::Finish(OrderRecord& order, Timestamp time) {
  order.finished = true;
  if (order.filled < order.quantity) {
    Await(ended_, {order.order_id, "", time}, time);
  }
  venues_.OnFinished(order);
  finished_.push_back(order.order_id);
  if (finished_.size() > limits_.finished_max) {
    orders_.erase(finished_.front());
    finished_.pop_front();
    ++forgotten_;
  }
}

}  // namespace tw::eq
