// What a venue takes back or puts right afterwards: a trade that is busted or corrected (FIX
// ExecType H and G).
//
// Whether what is taken back works again is the venue's to say, by what it says is left: then an
// order that was FILLED works on. Else it counts as canceled, an order that was FILLED is CANCELED,
// and a later fill of the venue's may still be of it. A correction is two events: the fill as it
// was, taken back, and as it is now; more of it than before comes out of what works, or, where the
// order is finished, of what was canceled.
#include <algorithm>

#include "libs/base/check.h"
#include "services/oms/ledger.h"

namespace tw::oms {
namespace {

std::vector<BookedFill>::const_iterator FindFill(const Order& order, const std::string& exec_id) {
  return std::find_if(order.fills.begin(), order.fills.end(), [&](const BookedFill& fill) {
    return fill.venue_exec_id == exec_id && !fill.quantity.IsZero();
  });
}

Filled TakenBack(const ExecutionReport& r, const BookedFill& fill, FillKind kind) {
  Filled out;
  out.report = r.report;
  out.quantity = -fill.quantity;
  out.price = fill.price;
  out.liquidity = r.liquidity;
  out.fee = -fill.fee;
  out.fee_currency = r.fee_currency;
  out.kind = kind;
  out.original_exec_id = fill.venue_exec_id;
  if (kind == FillKind::kCorrectedAway) {
    out.report.venue_exec_id += ".0";  // the report's own id is that of what the fill is now
  }
  out.fill_id = FillId(out.report);
  return out;
}

// How much of `quantity`, which is taken back, the venue works again.
Quantity WorksAgain(const Order& order, const ExecutionReport& r, Quantity quantity) {
  const bool resolved = order.resolution.outcome != Resolution::Outcome::kNone;
  const bool can = !IsTerminal(order.phase) || (order.phase == Phase::kFilled && !resolved);
  return can ? std::clamp(r.leaves - order.leaves, Quantity(), quantity) : Quantity();
}

}  // namespace

Events Ledger::DecideAdjustment(const Order& order, const ExecutionReport& r, Timestamp now) const {
  const auto fill = FindFill(order, r.original_exec_id);
  if (fill == order.fills.end()) {
    return {};  // never booked here, or busted already
  }
  if (r.kind == ReportKind::kTradeBusted) {
    Filled busted = TakenBack(r, *fill, FillKind::kBusted);
    busted.from_leaves = -WorksAgain(order, r, fill->quantity);
    return Make(order.id, now, {std::move(busted)});
  }
  if (r.quantity <= Quantity() || r.price <= Price() || !Notional(r.price, r.quantity)) {
    return {};
  }
  const Quantity more = r.quantity - fill->quantity;
  const bool over = IsTerminal(order.phase);
  if (more > (over ? order.canceled : order.leaves)) {
    return {};  // more than was ordered: the books would not balance
  }
  Filled now_is{r.report, FillId(r.report), r.quantity, r.price, r.liquidity,
                r.fee,    r.fee_currency};
  now_is.kind = FillKind::kCorrected;
  now_is.original_exec_id = fill->venue_exec_id;
  if (more > Quantity()) {
    now_is.from_leaves = over ? Quantity() : more;
  } else {
    now_is.from_leaves = -WorksAgain(order, r, -more);
  }
  return Make(order.id, now, {TakenBack(r, *fill, FillKind::kCorrectedAway), std::move(now_is)});
}

// Keeps what the venue may yet take back.
void Ledger::NoteFill(Order& order, const Filled& e) {
  if (e.kind == FillKind::kTrade) {
    if (e.report.venue != kOperatorVenue) {
      order.fills.push_back({e.report.venue_exec_id, e.quantity, e.price, e.fee});
    }
    return;
  }
  const auto fill = std::find_if(
      order.fills.begin(), order.fills.end(),
      [&](const BookedFill& each) { return each.venue_exec_id == e.original_exec_id; });
  TW_CHECK(fill != order.fills.end());
  fill->quantity = std::max(e.quantity, Quantity());
  fill->price = e.price;
  fill->fee = e.fee;
}

void Ledger::Adjust(Order& order, const Filled& e) {
  order.leaves -= e.from_leaves;
  order.canceled -= e.quantity - e.from_leaves;
  TW_CHECK(order.filled >= Quantity() && order.leaves >= Quantity() &&
           order.canceled >= Quantity());
  if (e.kind == FillKind::kBusted) {
    order.busted += e.from_leaves - e.quantity;
  }
  const bool ended = IsTerminal(order.phase);
  if (!order.leaves.IsZero()) {
    order.phase = ended ? Phase::kWorking : order.phase;
    if (ended) {
      NoteOpen(order);
    }
  } else if (!ended || order.phase == Phase::kFilled || order.phase == Phase::kCanceled) {
    order.phase = order.canceled.IsZero() ? Phase::kFilled : Phase::kCanceled;
  }
}

// It is new, or was finished and works again.
void Ledger::NoteOpen(const Order& order) {
  open_.insert(order.id);
  if (order.terms.expires.IsSet()) {
    expiries_.emplace(order.terms.expires, order.id);
  }
  if (order.terms.asked.reduce_only) {
    reduce_only_.insert(order.id);
  }
  if (const OrderId link = order.terms.link.id; link.IsSet() && !open_links_.contains(link)) {
    for (const Order* other : FindLinked(link)) {
      MarkUnsaved(*FindKept(other->id));  // they must stay in memory from now on
    }
    open_links_.insert(link);
  }
}

}  // namespace tw::oms
