// What an operator's word makes of an uncertain order, and what becomes of it when the venue speaks
// after all.
//
// The venue's word counts: its fills are booked, first in place of what the operator's word had
// booked (which is taken back by a fill of negative quantity), then out of what was canceled.
#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/field_error.h"
#include "services/oms/ledger.h"

namespace tw::oms {
namespace {

using Outcome = Resolution::Outcome;

// A fill by an operator's word. Its number makes the id: it was never at a venue.
Filled OperatorFill(const Order& order, Quantity quantity, Price price) {
  Filled fill;
  fill.report.venue = kOperatorVenue;
  fill.report.venue_exec_id = order.id.ToString() + "." + std::to_string(order.operator_fills + 1);
  fill.fill_id = FillId(fill.report);
  fill.quantity = quantity;
  fill.price = price;
  return fill;
}

Quantity FillQuantity(const Order& order, const ResolveTerms& terms) {
  return terms.quantity.IsZero() ? order.leaves : terms.quantity;
}

Price FillPrice(const Order& order, const ResolveTerms& terms) {
  return terms.price.IsZero() ? order.terms.price : terms.price;
}

// Whether the venue's report says that the order is not open there (any more).
bool IsLastWord(ReportKind kind) {
  return kind == ReportKind::kRejected || kind == ReportKind::kCanceled ||
         kind == ReportKind::kExpired || kind == ReportKind::kCancelRejected;
}

}  // namespace

absl::Status Ledger::CanResolve(OrderId id, const ResolveTerms& terms) const {
  const Order& order = At(id);
  if (!order.uncertain) {
    return absl::FailedPreconditionError("order " + id.ToString() + " is not uncertain: it is " +
                                         std::string(tw::Name(order.status())));
  }
  if (terms.resolution.outcome != Outcome::kFilled) {
    return absl::OkStatus();
  }
  const Quantity quantity = FillQuantity(order, terms);
  if (quantity > order.leaves) {
    return FieldError("quantity",
                      quantity.ToString() + " is more than is open, " + order.leaves.ToString());
  }
  const Price price = FillPrice(order, terms);
  if (price <= Price()) {
    return FieldError("price", "is required: the order has no limit price");
  }
  if (!Notional(price, quantity)) {
    return FieldError("price", "price times quantity is out of range");
  }
  return absl::OkStatus();
}

Events Ledger::DecideResolve(OrderId id, const ResolveTerms& terms, Timestamp now) const {
  const Order& order = At(id);
  std::vector<EventBody> bodies;
  bodies.emplace_back(Resolved{terms.resolution});
  const bool filled = terms.resolution.outcome == Outcome::kFilled;
  const Quantity quantity = filled ? FillQuantity(order, terms) : Quantity();
  if (filled) {
    bodies.emplace_back(OperatorFill(order, quantity, FillPrice(order, terms)));
  }
  if (quantity < order.leaves) {
    VenueReport report;
    report.venue = kOperatorVenue;
    bodies.emplace_back(Canceled{report, terms.resolution.reason});
  }
  return Make(id, now, std::move(bodies));
}

Events Ledger::DecideResolved(const Order& order, const ExecutionReport& r, Timestamp now) const {
  std::vector<EventBody> bodies;
  if (r.kind == ReportKind::kFilled) {
    const Quantity in_place = std::min(r.quantity, order.assumed);
    if (r.quantity <= Quantity() || r.price <= Price() || !Notional(r.price, r.quantity) ||
        r.quantity - in_place > order.canceled) {
      return {};  // more than was ordered: the books would not balance
    }
    if (!in_place.IsZero()) {
      bodies.emplace_back(OperatorFill(order, -in_place, order.assumed_price));
    }
    bodies.emplace_back(Filled{r.report, FillId(r.report), r.quantity, r.price, r.liquidity, r.fee,
                               r.fee_currency});
  } else if (IsLastWord(r.kind) && unsettled_.contains(order.id)) {
    // A venue that refuses the cancel may have forgotten the order, which is why an operator had to
    // decide; one that ended it unfilled knows better.
    if (r.kind != ReportKind::kCancelRejected && !order.assumed.IsZero()) {
      bodies.emplace_back(OperatorFill(order, -order.assumed, order.assumed_price));
    }
    bodies.emplace_back(Settled{r.report, r.kind, r.message});
  }
  return Make(order.id, now, std::move(bodies));
}

void Ledger::On(Order& order, const Resolved& e) {
  TW_CHECK(order.uncertain && !IsTerminal(order.phase));
  order.resolution = e.resolution;
  order.uncertain = false;
  order.uncertain_reason.clear();
  order.uncertain_since = Timestamp();
  unsettled_.insert(order.id);
}

void Ledger::On(Order& order, const Settled& e) {
  Heard(order, e.report);
  unsettled_.erase(order.id);
}

// A fill of an order that an operator ended, or a part of that fill taken back; or one of what the
// venue had busted.
void Ledger::FillFinished(Order& order, const Filled& e) {
  TW_CHECK(order.resolution.outcome != Outcome::kNone || e.quantity <= order.busted);
  TW_CHECK(e.quantity <= order.canceled && order.filled >= Quantity() &&
           order.assumed >= Quantity());
  order.canceled -= e.quantity;
  order.busted = std::max(order.busted - e.quantity, Quantity());
  if (order.phase == Phase::kFilled || order.phase == Phase::kCanceled) {
    order.phase = order.canceled.IsZero() ? Phase::kFilled : Phase::kCanceled;
  }
}

}  // namespace tw::oms
