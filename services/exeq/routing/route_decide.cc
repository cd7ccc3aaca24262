// The half of RouteBook that decides: facts out of commands, reports and the time.
#include <algorithm>
#include <utility>

#include "services/exeq/routing/route_book.h"

namespace tw::exeq {
namespace {

// Refusals that are the venue's own: another may take the order.
bool IsOfTheVenue(RejectReason reason) {
  switch (reason) {
    case RejectReason::kVenueUnavailable:
    case RejectReason::kVenueRejected:
    case RejectReason::kVenueUnknownSymbol:
    case RejectReason::kVenueNoLiquidity:
    case RejectReason::kVenueHalted:
    case RejectReason::kVenueSessionDown:
    case RejectReason::kUnsupportedOrderType:
    case RejectReason::kUnsupportedTimeInForce: return true;
    default: return false;
  }
}

bool Ends(const LegReport& report) {
  return report.kind == LegReportKind::kRejected || report.kind == LegReportKind::kCanceled;
}

}  // namespace

void RouteBook::Lay(const RouteOrder& order,
                    const RouteTerms& terms,
                    Quantity rest,
                    const std::set<std::string>& without,
                    Facts& out) const {
  if (rest <= Quantity()) {
    return;
  }
  uint32_t number = order.legs.empty() ? 0 : order.legs.back().number;
  for (Allocation& part : planner_(terms, rest, without, !order.legs.empty())) {
    out.emplace_back(LegPlanned{terms.id, ++number, std::move(part.venue), part.quantity});
  }
}

Facts RouteBook::DecidePlace(const RouteTerms& terms) const {
  Facts out;
  if (Knows(terms.id)) {
    return out;
  }
  out.emplace_back(OrderPlaced{terms});
  RouteOrder order;
  order.terms = terms;
  Lay(order, terms, terms.quantity, {}, out);
  return out.size() > 1 ? out : Facts();
}

Facts RouteBook::DecideCancel(OrderId id) const {
  const RouteOrder* const order = Find(id);
  if (order == nullptr || order->finished || order->cancel_asked) {
    return {};
  }
  return {CancelAsked{id}};
}

Facts RouteBook::DecideReplace(OrderId id, Quantity quantity, Price price) const {
  const RouteOrder* const order = Find(id);
  const bool repeat = order != nullptr && order->change && order->change->quantity == quantity &&
                      order->change->price == price;
  if (order == nullptr || order->finished || order->cancel_asked || repeat) {
    return {};
  }
  return {ChangeAsked{id, quantity, price}};
}

bool RouteBook::GoesElsewhere(const RouteOrder& order,
                              const Leg& leg,
                              const LegReport& report) const {
  return Ends(report) && leg.open() && !order.finished && !order.cancel_asked && !order.change &&
         (leg.given_up || IsOfTheVenue(report.reason));
}

Facts RouteBook::DecideReport(const LegReport& report) const {
  if (report.sequence <= last_report_) {
    return {};
  }
  const RouteOrder& order = orders_.at(report.order_id);
  const auto leg = std::find_if(order.legs.begin(), order.legs.end(),
                                [&](const Leg& each) { return each.number == report.number; });
  Facts out;
  if (leg != order.legs.end()) {
    const Quantity others = order.Working() - leg->leaves();
    const bool ended =
        Ends(report) || (report.kind == LegReportKind::kCancelRejected && !leg->open());
    if (order.change && !order.cancel_asked && !order.finished && ended && others.IsZero()) {
      RouteTerms terms = order.terms;
      terms.quantity = order.change->quantity;
      terms.price = order.change->price;
      Lay(order, terms, terms.quantity - order.filled, order.tried, out);
    } else if (GoesElsewhere(order, *leg, report)) {
      std::set<std::string> without = order.tried;
      without.insert(leg->venue);
      Lay(order, order.terms, order.terms.quantity - order.filled - others, without, out);
    }
  }
  // The new legs first, so that the report finds out whether the order goes on.
  out.emplace_back(LegReported{report});
  return out;
}

Facts RouteBook::DecideTick(Timestamp now) const {
  Facts out;
  for (const OrderId id : open_) {
    const RouteOrder& order = orders_.at(id);
    if (order.finished || order.cancel_asked || order.change) {
      continue;
    }
    for (const Leg& leg : order.legs) {
      if (leg.state != LegState::kSent || leg.given_up || !leg.placed ||
          now - *leg.placed < limits_.answer_timeout) {
        continue;
      }
      std::set<std::string> without = order.tried;
      without.insert(leg.venue);
      if (!planner_(order.terms, leg.leaves(), without, true).empty()) {
        out.emplace_back(LegGivenUp{id, leg.number});
      }
    }
  }
  return out;
}

}  // namespace tw::exeq
