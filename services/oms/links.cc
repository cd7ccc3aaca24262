#include "services/oms/links.h"

#include <algorithm>

namespace tw::oms {
namespace {

// At the venue, or on its way there.
bool IsOut(const Order& order) {
  return !IsTerminal(order.phase) && order.phase != Phase::kHeld;
}

bool IsOpen(const Order& order) {
  return !IsTerminal(order.phase);
}

// It ended of itself or by somebody's will, not to make room and not for want of quantity.
bool WasGivenUp(const Order& leg) {
  return (leg.phase == Phase::kCanceled || leg.phase == Phase::kExpired) && !leg.yielding;
}

// It has done its part, or is at it.
bool HasActed(const Order& leg) {
  return leg.phase == Phase::kFilled || (IsStop(leg.terms.type) && leg.triggered.IsSet());
}

std::string Named(const Order& order, const char* what) {
  return "linked order " + order.id.ToString() + " " + what;
}

// Why every leg that is open must end; empty: it need not.
std::string WhyAllEnd(const LinkView& view) {
  for (const Order* leg : view.legs()) {
    if (WasGivenUp(*leg)) {
      return Named(*leg, leg->phase == Phase::kExpired ? "expired" : "was canceled");
    }
  }
  const Order* parent = view.parent();
  if (parent != nullptr && IsOpen(*parent)) {
    return "";
  }
  if (parent != nullptr && parent->filled.IsZero()) {
    return Named(*parent, "ended unfilled");
  }
  if (view.left() > Quantity()) {
    return "";
  }
  for (const Order* leg : view.legs()) {
    if (!leg->filled.IsZero()) {
      return Named(*leg, "was filled");
    }
  }
  return "nothing is left to do";
}

void EndAll(const LinkView& view, const std::string& reason, std::vector<LinkStep>& steps) {
  for (const Order* leg : view.legs()) {
    if (IsOpen(*leg) && leg->phase != Phase::kPendingCancel) {
      steps.push_back({LinkStep::Kind::kCancel, leg->id, {}, reason});
    }
  }
}

void EndParent(const LinkView& view, const Order* set_off, std::vector<LinkStep>& steps) {
  const Order* parent = view.parent();
  if (parent == nullptr || !IsOpen(*parent) || parent->phase == Phase::kPendingCancel) {
    return;
  }
  for (const Order* leg : view.legs()) {
    if (leg == set_off || HasActed(*leg)) {
      steps.push_back({LinkStep::Kind::kCancel,
                       parent->id,
                       {},
                       Named(*leg, leg->phase == Phase::kFilled ? "was filled" : "was set off")});
      return;
    }
  }
}

// What one leg that is open should do, beside a leg `set_off` that wants to go out.
void Follow(const LinkView& view,
            const Order& leg,
            const Order* set_off,
            std::vector<LinkStep>& steps) {
  using Kind = LinkStep::Kind;
  const bool makes_room = set_off != nullptr && &leg != set_off;
  const bool waits = leg.dormant() && IsStop(leg.terms.type);
  if (makes_room && !waits) {
    if (leg.phase != Phase::kPendingCancel) {
      steps.push_back({Kind::kYield, leg.id, {}, Named(*set_off, "was set off")});
    }
    return;
  }
  const Quantity target = view.TargetOf(leg);
  if (leg.dormant()) {
    if (!view.IsArmed(leg)) {
      return;
    }
    if (!IsStop(leg.terms.type) && view.MayGoOut(leg)) {
      steps.push_back({Kind::kActivate, leg.id, target});
    } else if (leg.terms.quantity != target) {
      steps.push_back({Kind::kResize, leg.id, target});
    }
    return;
  }
  const bool can_change = leg.phase == Phase::kWorking && (leg.terms.type == OrderType::kLimit ||
                                                           leg.terms.type == OrderType::kStopLimit);
  if (!can_change || leg.terms.quantity - leg.canceled == target) {
    return;
  }
  if (target > leg.filled) {
    steps.push_back({Kind::kReplace, leg.id, target + leg.canceled});
  } else {
    steps.push_back({Kind::kCancel, leg.id, {}, "nothing is left to do"});
  }
}

bool Rests(const NewOrder& order) {
  const bool passing =
      order.time_in_force == TimeInForce::kIoc || order.time_in_force == TimeInForce::kFok;
  return (order.type == OrderType::kLimit || IsStop(order.type)) && !passing;
}

absl::Status Wrong(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

absl::Status CheckLegs(LinkKind kind, const std::vector<NewOrder>& orders, size_t first_leg) {
  size_t limits = 0;
  const NewOrder& first = orders.front();
  for (size_t i = 0; i < orders.size(); ++i) {
    const NewOrder& order = orders[i];
    if (order.account != first.account || order.symbol != first.symbol) {
      return Wrong("linked orders are of one account and symbol");
    }
    if (order.quantity != first.quantity) {
      return Wrong("linked orders have one quantity; the legs' may be left empty");
    }
    if (i >= first_leg && !Rests(order)) {
      return Wrong("must be LIMIT or stop orders whose time in force lets them wait");
    }
    limits += i >= first_leg && order.type == OrderType::kLimit ? 1 : 0;
  }
  const bool pair = kind != LinkKind::kOto;
  if (pair && limits == 2) {
    return Wrong("one of two is a stop, so that they cannot both trade");
  }
  if (kind == LinkKind::kBracket &&
      (limits != 1 || orders[1].side == first.side || orders[2].side == first.side)) {
    return Wrong("those of a bracket are a limit order and a stop, against the parent");
  }
  return absl::OkStatus();
}

}  // namespace

LinkView::LinkView(const std::vector<const Order*>& orders) {
  for (const Order* order : orders) {
    if (order->terms.link.role == LinkRole::kParent) {
      parent_ = order;
    } else {
      legs_.push_back(order);
    }
  }
}

Quantity LinkView::base() const {
  return parent_ != nullptr ? parent_->filled : legs_.front()->original_quantity;
}

Quantity LinkView::left() const {
  Quantity left = base();
  for (const Order* leg : legs_) {
    left -= leg->filled;
  }
  return left;
}

bool LinkView::MayGoOut(const Order& leg) const {
  // A stop is all or nothing: what its parent got later would have no way out.
  if (IsStop(leg.terms.type) && parent_ != nullptr && IsOpen(*parent_)) {
    return false;
  }
  return std::none_of(legs_.begin(), legs_.end(), [&leg](const Order* other) {
    return other != &leg && (IsOut(*other) || (other->dormant() && !IsStop(other->terms.type)));
  });
}

const Order* LinkView::Owed() const {
  const bool made_room = std::any_of(legs_.begin(), legs_.end(), [](const Order* leg) {
    return leg->yielding && leg->phase != Phase::kFilled;
  });
  const auto waits = std::find_if(legs_.begin(), legs_.end(), [](const Order* leg) {
    return leg->dormant() && IsStop(leg->terms.type);
  });
  return made_room && waits != legs_.end() ? *waits : nullptr;
}

std::vector<LinkStep> StepsOf(const LinkView& view, OrderId set_off) {
  std::vector<LinkStep> steps;
  if (const std::string reason = WhyAllEnd(view); !reason.empty()) {
    EndAll(view, reason, steps);
    return steps;
  }
  const Order* wants_out = view.Owed();
  for (const Order* leg : view.legs()) {
    if (leg->id == set_off && leg->dormant()) {
      wants_out = leg;
    }
  }
  EndParent(view, wants_out, steps);
  for (const Order* leg : view.legs()) {
    if (IsOpen(*leg)) {
      Follow(view, *leg, wants_out, steps);
    }
  }
  return steps;
}

absl::Status CheckLinked(LinkKind kind, const std::vector<NewOrder>& orders) {
  const bool has_parent = !orders.empty() && orders.front().link.role == LinkRole::kParent;
  const size_t legs = orders.size() - (has_parent ? 1 : 0);
  switch (kind) {
    case LinkKind::kOco:
      if (has_parent || legs != 2) {
        return Wrong("OCO takes two, and no parent");
      }
      break;
    case LinkKind::kOto:
      if (!has_parent || legs != 1) {
        return Wrong("OTO takes a parent and one leg");
      }
      break;
    case LinkKind::kBracket:
      if (!has_parent || legs != 2) {
        return Wrong("BRACKET takes a parent and two legs");
      }
      break;
    case LinkKind::kUnspecified: return Wrong("is required: oco, oto or bracket");
  }
  if (kind == LinkKind::kOco && orders[0].side != orders[1].side &&
      (!IsStop(orders[0].type) || !IsStop(orders[1].type))) {
    return Wrong("those of an OCO with a limit order are of one side");
  }
  return CheckLegs(kind, orders, has_parent ? 1 : 0);
}

bool StartsDormant(const NewOrder& order) {
  return order.link.role == LinkRole::kLeg &&
         (IsStop(order.type) || order.link.kind != LinkKind::kOco);
}

}  // namespace tw::oms
