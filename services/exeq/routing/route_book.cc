#include "services/exeq/routing/route_book.h"

#include <utility>

namespace tw::exeq {

const RouteOrder* RouteBook::Find(OrderId id) const {
  const auto it = orders_.find(id);
  return it == orders_.end() ? nullptr : &it->second;
}

std::optional<Told> RouteBook::Tell(uint64_t sequence) const {
  const auto it = told_.find(sequence);
  return it == told_.end() ? std::nullopt : std::optional<Told>(it->second);
}

// --- Requests -----------------------------------------------------------------------------------

bool RouteBook::Due(const std::optional<Timestamp>& sent, Timestamp now) const {
  return !sent || now - *sent >= limits_.retry;
}

void RouteBook::AddRequests(RouteOrder& order, Timestamp now, std::vector<LegRequest>& out) const {
  const auto request = [&](LegRequest::Kind kind, const Leg& leg) {
    LegRequest& added = out.emplace_back(LegRequest{kind, order.terms, leg.number, leg.venue});
    added.terms.quantity = leg.quantity;
    return &added;
  };
  for (Leg& leg : order.legs) {
    if (!leg.open()) {
      continue;
    }
    if (leg.state == LegState::kSent && !leg.placed) {
      leg.placed = now;
      request(LegRequest::Kind::kPlace, leg);
    }
    const bool pulled = order.change && !order.change->passed_on;
    if ((order.finished || order.cancel_asked || leg.given_up || pulled) &&
        Due(leg.canceled, now)) {
      leg.canceled = now;
      request(LegRequest::Kind::kCancel, leg);
    }
    if (order.change && order.change->passed_on && leg.state == LegState::kWorking &&
        !leg.replaced) {
      leg.replaced = now;
      LegRequest& replace = *request(LegRequest::Kind::kReplace, leg);
      replace.terms.quantity = order.change->quantity - (order.filled - leg.filled);
      replace.terms.price = order.change->price;
    }
  }
  // It has ended, and no report is left to say so with.
  if (!order.finished && !order.HasOpenLegs() && Due(order.legs.back().canceled, now)) {
    order.legs.back().canceled = now;
    request(LegRequest::Kind::kCancel, order.legs.back());
  }
}

std::vector<LegRequest> RouteBook::TakeRequests(Timestamp now) {
  std::vector<LegRequest> out;
  for (const OrderId id : std::exchange(touched_, {})) {
    if (open_.contains(id)) {
      AddRequests(orders_.at(id), now, out);
    }
  }
  return out;
}

void RouteBook::ForgetSent() {
  for (const OrderId id : open_) {
    for (Leg& leg : orders_.at(id).legs) {
      leg.placed.reset();
      leg.canceled.reset();
      leg.replaced.reset();
    }
  }
  LookAgain();
}

}  // namespace tw::exeq
