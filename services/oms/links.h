// Links: orders that belong together, and what follows for each of them from how they stand.
//
// OCO has two legs of one quantity; OTO a parent and a leg; BRACKET a parent and two legs. What the
// legs may do together is `base`: what the parent has filled, or without one the quantity of a leg.
//
//   - At most one leg is at the venue at a time, so that together they never do more than `base`:
//     of two legs one at least is a stop, which waits here, and goes out only once the other is
//     over, with what that one left.
//   - A leg that waits or works follows: its total is what it has filled and what is left of
//     `base`.
//   - Nothing is left: what is open is canceled. A leg that is canceled or expires takes the other
//     with it; one that is refused does not.
//   - Once a leg has done its part or is set off, the rest of the parent is canceled.
//
// Pure: a function of the orders alone, so that a restart finds out anew what was still to be done.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/oms/ledger.h"

namespace tw::oms {

// REQUIRES of the constructor: the orders of one link, as Ledger::Linked has them.
class LinkView {
 public:
  explicit LinkView(const std::vector<const Order*>& orders);

  const Order* parent() const { return parent_; }
  const std::vector<const Order*>& legs() const { return legs_; }
  Quantity base() const;
  // Of base, what no leg has filled. Negative: a fill of the parent was taken back too late.
  Quantity left() const;
  // The whole of it that the leg should be.
  Quantity TargetOf(const Order& leg) const { return leg.filled + left(); }
  // Nothing of the others can trade any more: the leg may go to the venue. REQUIRES: it is held.
  bool MayGoOut(const Order& leg) const;
  // The market may set it off, or its parent's fills send it out.
  bool IsArmed(const Order& leg) const { return leg.dormant() && left() > Quantity(); }
  // A leg for which another one has been told to make room, though nobody knows of its being set
  // off any more: the process has started anew. Null: none.
  const Order* Owed() const;

 private:
  const Order* parent_ = nullptr;
  std::vector<const Order*> legs_;
};

struct LinkStep {
  enum class Kind : uint8_t {
    kCancel,
    kYield,     // a cancel that makes room for another leg
    kResize,    // of a leg that is held: at once
    kReplace,   // of one at the venue
    kActivate,  // a limit order goes out
  };
  Kind kind = Kind::kCancel;
  OrderId id;
  Quantity quantity{};   // the new total
  std::string reason{};  // of a cancel

  friend bool operator==(const LinkStep&, const LinkStep&) = default;
};

// What is due. `set_off`: a leg that the market has set off and that is still held; not set: none.
std::vector<LinkStep> StepsOf(const LinkView& view, OrderId set_off);

// Whether these may be linked so; the parent first. INVALID_ARGUMENT with the field.
absl::Status CheckLinked(LinkKind kind, const std::vector<NewOrder>& orders);

// Whether a leg waits here at first, and counts nothing at risk.
bool StartsDormant(const NewOrder& order);

}  // namespace tw::oms
