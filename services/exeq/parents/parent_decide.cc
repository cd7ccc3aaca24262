// What becomes a fact about a parent: commands, time, and oms's word about its children.
#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/core/prng.h"
#include "services/exeq/parents/parent_book.h"
#include "services/exeq/parents/schedule.h"

namespace tw::exeq {
namespace {

constexpr Duration kBreathMin = Duration::Millis(100);
constexpr Duration kBreathMax = Duration::Seconds(30);

std::string Base36(uint64_t value) {
  std::string out;
  for (; value > 0; value /= 36) {
    out.insert(out.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36]);
  }
  return out;
}

ParentEvent Fact(ParentEventKind kind, Parent parent, Timestamp now) {
  parent.updated = std::max(parent.updated, now);
  ParentEvent event;
  event.kind = kind;
  event.parent = std::move(parent);
  return event;
}

// How long a slice's time is; of one without slices, its interval.
Duration SliceTime(const Parent& parent) {
  return HasSchedule(parent.terms.algo)
             ? Duration{(parent.terms.end - parent.terms.start).ns / parent.terms.slices}
             : std::max(parent.terms.interval, kIntervalMin);
}

// Between two children of a schedule, also where one makes up for what was missed: below the half
// slice that two random places are apart at least.
Duration Breath(const Parent& parent) {
  return std::clamp(Duration{SliceTime(parent).ns / 4}, kBreathMin, kBreathMax);
}

// `share_e8` of the volume, in lots.
Quantity ShareOf(Quantity volume, int64_t share_e8, Quantity lot) {
  const std::optional<int64_t> share =
      MulDiv(volume.e8(), share_e8, kDecimalScale, Rounding::kDown);
  return RoundToLot(Quantity::FromE8(share.value_or(Quantity::Max().e8())), lot);
}

// Lays the rest out over the slices that are left.
void Rebase(Parent& parent, Timestamp now) {
  if (parent.slots != nullptr && !parent.slots->empty()) {
    parent.base = parent.filled + parent.working;
    parent.base_slot = SlotsDue(parent, now);
  }
}

bool IsOver(const Parent& parent, Timestamp now) {
  return parent.terms.end.IsSet() && now >= parent.terms.end;
}

}  // namespace

ParentEvent ParentBook::DecideOpen(Timestamp now) {
  Parent mark;
  mark.id = Base36(static_cast<uint64_t>(std::max<int64_t>(now.ns / 1'000'000, 1)));
  return Fact(ParentEventKind::kOpened, std::move(mark), now);
}

absl::StatusOr<const Parent*> ParentBook::FindRepeat(const ParentTerms& terms) const {
  if (terms.client_parent_id.empty()) {
    return nullptr;
  }
  const auto it = by_key_.find({terms.account, terms.client_parent_id});
  if (it == by_key_.end()) {
    return nullptr;
  }
  const Parent& parent = parents_.at(it->second).parent;
  if (*parent.asked != terms) {
    return absl::AlreadyExistsError("client_parent_id " + terms.client_parent_id +
                                    " is another parent order of this account: " + parent.id);
  }
  return &parent;
}

absl::StatusOr<ParentEvent> ParentBook::DecideSubmit(const ParentTerms& terms,
                                                     const VolumeCurve& curve,
                                                     std::optional<uint64_t> seed,
                                                     Timestamp now) const {
  TW_CHECK(opened());
  const Instrument* const instrument = instruments_.Find(terms.symbol);
  if (instrument == nullptr) {
    return FieldError("symbol", "'" + terms.symbol + "' is not known");
  }
  if (open_.size() >= limits_.open_max) {
    return absl::ResourceExhaustedError(std::to_string(open_.size()) +
                                        " parent orders are at work already");
  }
  Parent parent;
  TW_ASSIGN_OR_RETURN(parent.terms, CheckTerms(terms, *instrument, now));
  const uint64_t number = last_number_ + 1;
  parent.id = "P-" + mark_ + "-" + std::to_string(number);
  parent.seed = seed.value_or(Prng(static_cast<uint64_t>(now.ns) ^ number).Next() >> 16);
  parent.slots = std::make_shared<const std::vector<Slot>>(
      HasSchedule(terms.algo) ? MakeSlots(parent.terms, curve, parent.seed) : std::vector<Slot>());
  parent.terms.learned_curve = terms.algo == Algo::kVwap && curve.learned();
  parent.asked = std::make_shared<const ParentTerms>(terms);
  parent.status = ParentStatus::kScheduled;
  parent.created = now;
  return Fact(ParentEventKind::kSubmitted, std::move(parent), now);
}

// A parent that may still be changed.
absl::StatusOr<const ParentBook::Entry*> ParentBook::Working(const std::string& id) const {
  const Entry* const entry = FindEntry(id);
  if (entry == nullptr) {
    return absl::NotFoundError("no parent order " + id);
  }
  if (entry->parent.finished() || entry->parent.status == ParentStatus::kStopping) {
    return absl::FailedPreconditionError("parent order " + id + " is " +
                                         std::string(Name(entry->parent.status)));
  }
  return entry;
}

absl::StatusOr<std::optional<ParentEvent>> ParentBook::DecidePause(const std::string& id,
                                                                   Timestamp now) const {
  TW_ASSIGN_OR_RETURN(const Entry* const entry, Working(id));
  if (entry->parent.status == ParentStatus::kPaused) {
    return std::nullopt;
  }
  Parent parent = entry->parent;
  parent.status = ParentStatus::kPaused;
  parent.reason = "on request";
  return Fact(ParentEventKind::kPaused, std::move(parent), now);
}

absl::StatusOr<std::optional<ParentEvent>> ParentBook::DecideResume(const std::string& id,
                                                                    Timestamp now) const {
  TW_ASSIGN_OR_RETURN(const Entry* const entry, Working(id));
  if (entry->parent.status != ParentStatus::kPaused) {
    return std::nullopt;
  }
  Parent parent = entry->parent;
  parent.status = now < parent.terms.start ? ParentStatus::kScheduled : ParentStatus::kWorking;
  parent.reason.clear();
  parent.faults = 0;
  parent.not_before = {};
  Rebase(parent, now);
  return Fact(ParentEventKind::kResumed, std::move(parent), now);
}

absl::StatusOr<std::optional<ParentEvent>> ParentBook::DecideCancel(const std::string& id,
                                                                    Timestamp now) const {
  const Entry* const entry = FindEntry(id);
  if (entry == nullptr) {
    return absl::NotFoundError("no parent order " + id);
  }
  if (entry->parent.finished() || entry->parent.status == ParentStatus::kStopping) {
    return std::nullopt;
  }
  Parent parent = entry->parent;
  parent.status = ParentStatus::kStopping;
  parent.stop_as = ParentStatus::kCanceled;
  parent.reason = "on request";
  return Fact(ParentEventKind::kStopping, std::move(parent), now);
}

absl::StatusOr<std::optional<ParentEvent>> ParentBook::DecideReplace(const std::string& id,
                                                                     const ParentChange& change,
                                                                     Timestamp now) const {
  TW_ASSIGN_OR_RETURN(const Entry* const entry, Working(id));
  Parent parent = entry->parent;
  TW_ASSIGN_OR_RETURN(parent.terms, ChangedTerms(parent, change, InstrumentOf(parent), now));
  if (parent.terms == entry->parent.terms) {
    return std::nullopt;
  }
  if (parent.status == ParentStatus::kWorking) {
    Rebase(parent, now);
  }
  return Fact(ParentEventKind::kReplaced, std::move(parent), now);
}

const Instrument& ParentBook::InstrumentOf(const Parent& parent) const {
  const Instrument* const instrument = instruments_.Find(parent.terms.symbol);
  TW_CHECK(instrument != nullptr);
  return *instrument;
}

std::optional<ParentEvent> ParentBook::Next(const std::string& id, Timestamp now) const {
  const Entry* const entry = FindEntry(id);
  if (entry == nullptr || entry->parent.finished()) {
    return std::nullopt;
  }
  Parent parent = entry->parent;
  if (parent.status == ParentStatus::kStopping) {
    if (parent.open_children > 0) {
      return std::nullopt;
    }
    parent.status = parent.filled >= parent.terms.quantity ? ParentStatus::kFilled : parent.stop_as;
    return Fact(ParentEventKind::kFinished, std::move(parent), now);
  }
  if (parent.filled >= parent.terms.quantity && parent.open_children == 0) {
    parent.status = ParentStatus::kFilled;
    parent.reason.clear();
    return Fact(ParentEventKind::kFinished, std::move(parent), now);
  }
  if (IsOver(parent, now)) {
    parent.status = ParentStatus::kStopping;
    parent.stop_as = ParentStatus::kExpired;
    parent.reason =
        "its end came with " + (parent.terms.quantity - parent.filled).ToString() + " not filled";
    return Fact(ParentEventKind::kStopping, std::move(parent), now);
  }
  if (parent.status == ParentStatus::kScheduled && now >= parent.terms.start) {
    parent.status = ParentStatus::kWorking;
    return Fact(ParentEventKind::kStarted, std::move(parent), now);
  }
  return parent.status == ParentStatus::kWorking ? NextOfWorking(*entry, now) : std::nullopt;
}

std::optional<ParentEvent> ParentBook::NextOfWorking(const Entry& entry, Timestamp now) const {
  const Parent& parent = entry.parent;
  if (now < parent.not_before || parent.open_children >= limits_.open_children_max) {
    return std::nullopt;
  }
  const Quantity unsent = parent.unsent();
  if (parent.open_children == 0 && unsent > Quantity() &&
      unsent < InstrumentOf(parent).min_quantity) {
    Parent after = parent;
    after.status = ParentStatus::kStopping;
    after.stop_as = ParentStatus::kExpired;
    after.reason = "what is left, " + unsent.ToString() + ", is below the smallest order";
    return Fact(ParentEventKind::kStopping, std::move(after), now);
  }
  return PlanChild(entry, now);
}

// How much the algorithm would like to send now.
Quantity ParentBook::Wanted(const Entry& entry, const Instrument& instrument, Timestamp now) const {
  const Parent& parent = entry.parent;
  const Quantity sent = parent.filled + parent.working;
  if (parent.terms.algo == Algo::kIceberg) {
    if (parent.open_children > 0) {
      return Quantity();
    }
    const int64_t percent = parent.terms.randomize_percent;
    const int64_t stretch =
        100 + Prng(parent.seed ^ (uint64_t{parent.children} + 1)).Between(-percent, 0);
    const std::optional<int64_t> shown =
        MulDiv(parent.terms.display.e8(), stretch, 100, Rounding::kDown);
    return std::max(RoundToLot(Quantity::FromE8(shown.value_or(0)), instrument.lot_size),
                    instrument.min_quantity);
  }
  if (parent.terms.algo == Algo::kPov) {
    return ShareOf(entry.market_volume, parent.terms.participation_e8, instrument.lot_size) - sent;
  }
  const uint32_t due = SlotsDue(parent, now);
  if (due == 0) {
    return Quantity();
  }
  const Quantity target = TargetAfter(parent, due, instrument.lot_size);
  // What was missed is made up for, but never by more than two slices at once.
  const Quantity slot = target - TargetAfter(parent, due - 1, instrument.lot_size);
  const Quantity even = RoundToLot(
      Quantity::FromE8(parent.terms.quantity.e8() / parent.terms.slices), instrument.lot_size);
  const Quantity most = std::max({slot, even, instrument.min_quantity});
  const Quantity twice = Quantity::SaturatingAdd(most, most);
  return std::min(target - sent, twice);
}

// The same within all limits; zero when no order can be made of it.
Quantity ParentBook::Fitted(const Entry& entry,
                            const Instrument& instrument,
                            Quantity wanted) const {
  const Parent& parent = entry.parent;
  const Quantity unsent = parent.unsent();
  Quantity most = std::min(unsent, instrument.max_quantity);
  if (!parent.terms.slice_max.IsZero()) {
    most = std::min(most, parent.terms.slice_max);
  }
  if (parent.terms.participation_cap_e8 != 0) {
    const Quantity allowed =
        ShareOf(entry.market_volume, parent.terms.participation_cap_e8, instrument.lot_size);
    most = std::min(most, allowed - parent.filled - parent.working);
  }
  Quantity quantity = std::min(wanted, most);
  if (quantity < instrument.min_quantity) {
    return Quantity();
  }
  // Nothing may be left behind that is too small to be sent.
  const Quantity left = unsent - quantity;
  if (left > Quantity() && left < instrument.min_quantity) {
    quantity =
        quantity + left <= most ? quantity + left : quantity - (instrument.min_quantity - left);
    quantity = RoundToLot(std::max(quantity, Quantity()), instrument.lot_size);
  }
  return quantity < instrument.min_quantity ? Quantity() : quantity;
}

std::optional<ParentEvent> ParentBook::PlanChild(const Entry& entry, Timestamp now) const {
  const Instrument& instrument = InstrumentOf(entry.parent);
  const Quantity quantity = Fitted(entry, instrument, Wanted(entry, instrument, now));
  if (quantity.IsZero()) {
    return std::nullopt;
  }
  Parent parent = entry.parent;
  if (parent.children >= limits_.children_max) {
    parent.status = ParentStatus::kPaused;
    parent.reason = "it has " + std::to_string(parent.children) + " children, which is the most";
    return Fact(ParentEventKind::kPaused, std::move(parent), now);
  }
  ParentChild child;
  child.number = ++parent.children;
  child.quantity = quantity;
  child.price = parent.terms.limit_price;
  child.type = child.price.IsZero() ? OrderType::kMarket : OrderType::kLimit;
  child.time_in_force = parent.terms.algo == Algo::kIceberg ? TimeInForce::kGtc : TimeInForce::kIoc;
  child.planned = now;
  parent.working += quantity;
  ++parent.open_children;
  parent.market_volume = entry.market_volume;
  if (HasSchedule(parent.terms.algo)) {
    parent.not_before = now + Breath(parent);
  }
  if (parent.terms.algo == Algo::kPov) {
    const int64_t spread = parent.terms.interval.ns / 100 * parent.terms.randomize_percent;
    parent.not_before = now + parent.terms.interval +
                        Duration{Prng(parent.seed ^ child.number).Between(-spread, spread)};
  }
  ParentEvent event = Fact(ParentEventKind::kChildPlanned, std::move(parent), now);
  event.child = std::move(child);
  return event;
}

void ParentBook::Fault(Parent& parent, bool at_once, std::string_view why, Timestamp now) const {
  ++parent.faults;
  parent.not_before = std::max(parent.not_before, now + RetryAfter(parent.faults));
  if (parent.status == ParentStatus::kWorking && (at_once || parent.faults >= limits_.faults_max)) {
    parent.status = ParentStatus::kPaused;
    parent.reason =
        std::to_string(parent.faults) + " children in a row came to nothing: " + std::string(why);
  }
}

// A child has ended with something not filled: when the next may go.
void ParentBook::AfterEnd(const Entry& entry,
                          const ParentChild& child,
                          Parent& parent,
                          Timestamp now) const {
  const bool refused = child.status == OrderStatus::kRejected;
  const bool taken_away = child.rests() && !CancelWanted(entry.parent, child);
  if (refused || taken_away) {
    const std::string why = refused ? child.message : "an order that rested was canceled";
    Fault(parent, /*at_once=*/false, why, now);
    return;
  }
  if (!child.rests()) {
    parent.not_before = std::max(parent.not_before, now + Breath(parent));
  }
}

std::optional<ParentEvent> ParentBook::Report(const Entry& entry,
                                              const ParentChild& child,
                                              const OrderSnapshot& order,
                                              Timestamp now) const {
  if (order.sequence <= child.sequence ||
      (child.order_id.IsSet() && child.order_id != order.order_id)) {
    return std::nullopt;
  }
  ParentChild after = child;
  after.order_id = order.order_id;
  after.sequence = order.sequence;
  after.status = order.status;
  after.quantity = order.quantity;
  after.price = order.price;
  after.filled = order.filled;
  after.filled_notional = order.filled_notional;
  const bool ended = IsTerminal(order.status) && child.state != ParentChildState::kDone;
  after.state = ended || child.state == ParentChildState::kDone ? ParentChildState::kDone
                                                                : ParentChildState::kOpen;
  if (order.status == OrderStatus::kRejected) {
    after.message = std::string(Name(order.reason)) + ": " + order.message;
  }
  Parent parent = entry.parent;
  parent.filled += after.filled - child.filled;
  parent.filled_notional += after.filled_notional - child.filled_notional;
  parent.working += after.working() - child.working();
  parent.market_volume = entry.market_volume;
  if (after.filled > child.filled) {
    parent.faults = 0;
  }
  if (ended) {
    --parent.open_children;
    if (after.filled < after.quantity) {
      const bool killed = order.reason == RejectReason::kKillSwitch;
      if (killed) {
        Fault(parent, /*at_once=*/true, after.message, now);
      } else {
        AfterEnd(entry, after, parent, now);
      }
    }
  }
  ParentEvent event = Fact(ParentEventKind::kChildReported, std::move(parent), now);
  event.child = std::move(after);
  return event;
}

ParentEvent ParentBook::Void(const Entry& entry,
                             const ParentChild& child,
                             const std::string& message,
                             bool fault,
                             Timestamp now) const {
  ParentChild after = child;
  after.state = ParentChildState::kDone;
  after.message = message;
  Parent parent = entry.parent;
  parent.working -= child.working();
  --parent.open_children;
  if (fault) {
    Fault(parent, /*at_once=*/false, message, now);
  }
  ParentEvent event = Fact(ParentEventKind::kChildReported, std::move(parent), now);
  event.child = std::move(after);
  return event;
}

}  // namespace tw::exeq
