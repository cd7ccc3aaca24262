// The half of RouteBook that changes its state, by facts alone.
#include <algorithm>
#include <utility>

#include "libs/base/check.h"
#include "services/exeq/routing/route_book.h"

namespace tw::exeq {

void RouteBook::Apply(const Fact& fact) {
  std::visit([this](const auto& f) { On(f); }, fact);
}

void RouteBook::On(const OrderPlaced& fact) {
  RouteOrder& order = orders_[fact.terms.id];
  order.terms = fact.terms;
  open_.insert(fact.terms.id);
  touched_.insert(fact.terms.id);
}

void RouteBook::On(const LegPlanned& fact) {
  touched_.insert(fact.id);
  RouteOrder& order = orders_.at(fact.id);
  Leg leg;
  leg.number = fact.number;
  leg.venue = fact.venue;
  leg.quantity = fact.quantity;
  leg.after_change = order.change.has_value();
  order.legs.push_back(std::move(leg));
}

void RouteBook::On(const CancelAsked& fact) {
  touched_.insert(fact.id);
  orders_.at(fact.id).cancel_asked = true;
}

void RouteBook::On(const ChangeAsked& fact) {
  touched_.insert(fact.id);
  RouteOrder& order = orders_.at(fact.id);
  const auto open = [](const Leg& leg) { return leg.open(); };
  const auto only = std::find_if(order.legs.begin(), order.legs.end(), open);
  const bool one = std::count_if(order.legs.begin(), order.legs.end(), open) == 1;
  order.change = RouteChange{fact.quantity, fact.price,
                             one && only->state == LegState::kWorking && !only->given_up};
  for (Leg& leg : order.legs) {
    leg.replaced.reset();
  }
}

void RouteBook::On(const LegGivenUp& fact) {
  touched_.insert(fact.id);
  RouteOrder& order = orders_.at(fact.id);
  Leg* const leg = order.Find(fact.number);
  TW_CHECK(leg != nullptr);
  leg->given_up = true;
  leg->reason = "no answer in time";
  order.tried.insert(leg->venue);
}

void RouteBook::On(const LegReported& fact) {
  const LegReport& report = fact.report;
  touched_.insert(report.order_id);
  RouteOrder& order = orders_.at(report.order_id);
  Leg* leg = order.Find(report.number);
  if (leg == nullptr) {  // of a process whose journal is lost
    Leg stranger;
    stranger.number = report.number;
    stranger.quantity = report.quantity;
    order.legs.push_back(std::move(stranger));
    leg = &order.legs.back();
  }
  last_report_ = std::max(last_report_, report.sequence);
  told_[report.sequence] = TellOf(order, *leg, report);
  if (told_.size() > limits_.told_max) {
    told_.erase(told_.begin());
  }
  if (order.finished && !order.HasOpenLegs() && open_.erase(order.terms.id) > 0) {
    finished_.push_back(order.terms.id);
  }
  while (finished_.size() > limits_.finished_max) {
    orders_.erase(finished_.front());
    finished_.pop_front();
  }
}

Told RouteBook::Word(const RouteOrder& order, LegReportKind kind) {
  Told told;
  told.leg_only = false;
  told.kind = kind;
  told.quantity = order.terms.quantity;
  told.price = order.terms.price;
  told.cumulative = order.filled;
  told.leaves = order.finished ? Quantity() : order.terms.quantity - order.filled;
  return told;
}

void RouteBook::Finish(RouteOrder& order) {
  order.finished = true;
  order.change.reset();
}

Told RouteBook::TellOf(RouteOrder& order, Leg& leg, const LegReport& report) {
  switch (report.kind) {
    case LegReportKind::kAccepted:
      if (leg.state == LegState::kSent) {
        leg.state = LegState::kWorking;
        leg.quantity = report.quantity;
      }
      if (order.accepted || order.finished) {
        return {};
      }
      order.accepted = true;
      return Word(order, LegReportKind::kAccepted);
    case LegReportKind::kFilled: return OnFilled(order, leg, report);
    case LegReportKind::kRejected:
    case LegReportKind::kCanceled: return OnEnd(order, leg, report);
    case LegReportKind::kCancelRejected: return OnCancelRejected(order, leg);
    case LegReportKind::kReplaced:
    case LegReportKind::kReplaceRejected: return OnReplaced(order, leg, report);
  }
  TW_UNREACHABLE();
}

Told RouteBook::OnFilled(RouteOrder& order, Leg& leg, const LegReport& report) {
  leg.filled += report.quantity;
  order.filled += report.quantity;
  order.accepted = true;
  if (leg.open()) {
    leg.state = leg.filled >= leg.quantity ? LegState::kFilled : LegState::kWorking;
  }
  if (order.filled >= order.terms.quantity) {
    Finish(order);
  }
  Told told = Word(order, LegReportKind::kFilled);
  told.quantity = report.quantity;
  told.price = report.price;
  return told;
}

Told RouteBook::OnEnd(RouteOrder& order, Leg& leg, const LegReport& report) {
  if (!leg.open()) {
    return {};
  }
  const bool elsewhere = GoesElsewhere(order, leg, report);
  const bool rejected = report.kind == LegReportKind::kRejected;
  leg.state = rejected ? LegState::kRejected : LegState::kCanceled;
  if (leg.reason.empty()) {
    leg.reason = report.message;
  }
  if (elsewhere) {
    order.tried.insert(leg.venue);
  }
  if (order.finished) {
    return {};
  }
  if (order.Works()) {
    order.reroutes += elsewhere ? 1 : 0;
    return {};
  }
  return Settle(order, rejected ? LegReportKind::kRejected : LegReportKind::kCanceled);
}

// No leg of the order works any more, but for those of the change that is due.
Told RouteBook::Settle(RouteOrder& order, LegReportKind otherwise) {
  if (order.change && !order.cancel_asked) {
    order.terms.quantity = std::max(order.change->quantity, order.filled);
    order.terms.price = order.change->price;
    order.change.reset();
    order.accepted = true;
    for (Leg& leg : order.legs) {
      leg.after_change = false;
    }
    if (order.filled >= order.terms.quantity) {
      Finish(order);
    }
    return Word(order, LegReportKind::kReplaced);
  }
  Finish(order);
  Told told = Word(order, order.accepted ? LegReportKind::kCanceled : otherwise);
  if (told.kind == LegReportKind::kCanceled) {
    told.quantity = order.terms.quantity - order.filled;
  }
  return told;
}

Told RouteBook::OnCancelRejected(RouteOrder& order, Leg& leg) {
  leg.canceled.reset();
  if (!leg.open()) {
    return order.finished || order.Works() ? Told() : Settle(order, LegReportKind::kCanceled);
  }
  if (leg.state == LegState::kSent) {
    leg.placed.reset();  // the venue never had it: it gets it, then the cancel
    return {};
  }
  if (order.cancel_asked) {
    order.cancel_asked = false;
    return Word(order, LegReportKind::kCancelRejected);
  }
  if (order.change && !order.change->passed_on) {
    order.change.reset();
    return Word(order, LegReportKind::kReplaceRejected);
  }
  leg.given_up = false;
  return {};
}

Told RouteBook::OnReplaced(RouteOrder& order, Leg& leg, const LegReport& report) {
  const bool replaced = report.kind == LegReportKind::kReplaced;
  const Quantity grown = replaced ? report.quantity - leg.quantity : Quantity();
  leg.quantity += grown;
  if (order.finished) {
    return {};
  }
  if (order.change && order.change->passed_on) {
    const RouteChange change = *std::exchange(order.change, std::nullopt);
    if (replaced) {
      order.terms.quantity = change.quantity;
      order.terms.price = change.price;
    }
    return Word(order, report.kind);
  }
  if (grown.IsZero()) {
    return {};
  }
  order.terms.quantity += grown;  // by the venue itself, or of a change that was given up
  return Word(order, LegReportKind::kReplaced);
}

}  // namespace tw::exeq
