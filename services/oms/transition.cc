#include "services/oms/transition.h"

#include <array>

namespace tw::oms {
namespace {

using P = Phase;
using S = Step;

// clang-format off
constexpr auto kRows = std::to_array<Row>({
    {P::kPendingNew, S::kAccepted, P::kWorking},
    {P::kPendingNew, S::kVenueRejected, P::kRejected},
    {P::kPendingNew, S::kPartialFill, P::kWorking},              // the fill overtook the acknowledgement
    {P::kPendingNew, S::kFinalFill, P::kFilled},
    {P::kPendingNew, S::kCancelRequested, P::kPendingCancel},
    {P::kPendingNew, S::kCanceled, P::kCanceled},                // IOC or FOK, or unsolicited
    {P::kPendingNew, S::kExpired, P::kExpired},
    {P::kHeld, S::kCanceled, P::kCanceled},                      // by us: there is nobody to ask
    {P::kHeld, S::kExpired, P::kExpired},
    {P::kHeld, S::kReplaced, P::kHeld},
    {P::kHeld, S::kTriggered, P::kPendingNew},
    {P::kHeld, S::kRefused, P::kRejected},
    {P::kHeld, S::kStopMoved, P::kHeld},
    {P::kWorking, S::kAccepted, P::kWorking},                    // after a fill that overtook it
    {P::kWorking, S::kPartialFill, P::kWorking},
    {P::kWorking, S::kFinalFill, P::kFilled},
    {P::kWorking, S::kCancelRequested, P::kPendingCancel},
    {P::kWorking, S::kCanceled, P::kCanceled},                   // unsolicited, or the rest of an IOC
    {P::kWorking, S::kExpired, P::kExpired},
    {P::kWorking, S::kReplaceRequested, P::kPendingReplace},
    {P::kWorking, S::kReplaced, P::kWorking},                    // unsolicited: by the venue itself
    {P::kWorking, S::kReplacedToFilled, P::kFilled},
    {P::kPendingCancel, S::kAccepted, P::kPendingCancel},        // crossed with the request
    {P::kPendingCancel, S::kVenueRejected, P::kRejected},        // the order never worked
    {P::kPendingCancel, S::kPartialFill, P::kPendingCancel},
    {P::kPendingCancel, S::kFinalFill, P::kFilled},              // a fill beats a cancel
    {P::kPendingCancel, S::kCancelRejected, P::kWorking},
    {P::kPendingCancel, S::kCanceled, P::kCanceled},
    {P::kPendingCancel, S::kExpired, P::kExpired},
    {P::kPendingCancel, S::kReplaceRejected, P::kPendingCancel}, // canceled while a replace was pending
    {P::kPendingCancel, S::kReplaced, P::kPendingCancel},
    {P::kPendingCancel, S::kReplacedToFilled, P::kFilled},
    {P::kPendingReplace, S::kPartialFill, P::kPendingReplace},   // at the old terms
    {P::kPendingReplace, S::kFinalFill, P::kFilled},             // a fill beats a replace
    {P::kPendingReplace, S::kCancelRequested, P::kPendingCancel},
    {P::kPendingReplace, S::kCanceled, P::kCanceled},
    {P::kPendingReplace, S::kExpired, P::kExpired},
    {P::kPendingReplace, S::kReplaceRejected, P::kWorking},
    {P::kPendingReplace, S::kReplaced, P::kWorking},
    {P::kPendingReplace, S::kReplacedToFilled, P::kFilled},
});
// clang-format on

constexpr bool KeysAreDistinct() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    for (size_t j = i + 1; j < kRows.size(); ++j) {
      if (kRows[i].from == kRows[j].from && kRows[i].step == kRows[j].step) {
        return false;
      }
    }
  }
  return true;
}

constexpr bool NothingLeavesTheEnd() {
  for (const Row& row : kRows) {
    if (IsTerminal(row.from)) {
      return false;
    }
  }
  return true;
}

static_assert(KeysAreDistinct());
static_assert(NothingLeavesTheEnd());

}  // namespace

std::span<const Row> Rows() {
  return kRows;
}

std::optional<Phase> Transition(Phase from, Step step) {
  for (const Row& row : kRows) {
    if (row.from == from && row.step == step) {
      return row.to;
    }
  }
  return std::nullopt;
}

OrderStatus StatusOf(Phase phase, bool partly_filled) {
  switch (phase) {
    case Phase::kPendingNew: return OrderStatus::kPendingNew;
    case Phase::kHeld: return OrderStatus::kNew;
    case Phase::kWorking: return partly_filled ? OrderStatus::kPartiallyFilled : OrderStatus::kNew;
    case Phase::kPendingCancel: return OrderStatus::kPendingCancel;
    case Phase::kPendingReplace: return OrderStatus::kPendingReplace;
    case Phase::kFilled: return OrderStatus::kFilled;
    case Phase::kCanceled: return OrderStatus::kCanceled;
    case Phase::kRejected: return OrderStatus::kRejected;
    case Phase::kExpired: return OrderStatus::kExpired;
  }
  return OrderStatus::kUnspecified;
}

std::string_view Name(Phase phase) {
  switch (phase) {
    case Phase::kPendingNew: return "PendingNew";
    case Phase::kHeld: return "Held";
    case Phase::kWorking: return "Working";
    case Phase::kPendingCancel: return "PendingCancel";
    case Phase::kPendingReplace: return "PendingReplace";
    case Phase::kFilled: return "Filled";
    case Phase::kCanceled: return "Canceled";
    case Phase::kRejected: return "Rejected";
    case Phase::kExpired: return "Expired";
  }
  return "";
}

std::string_view Name(Step step) {
  switch (step) {
    case Step::kAccepted: return "Accepted";
    case Step::kVenueRejected: return "VenueRejected";
    case Step::kPartialFill: return "PartialFill";
    case Step::kFinalFill: return "FinalFill";
    case Step::kCancelRequested: return "CancelRequested";
    case Step::kCancelRejected: return "CancelRejected";
    case Step::kCanceled: return "Canceled";
    case Step::kExpired: return "Expired";
    case Step::kReplaceRequested: return "ReplaceRequested";
    case Step::kReplaceRejected: return "ReplaceRejected";
    case Step::kReplaced: return "Replaced";
    case Step::kReplacedToFilled: return "ReplacedToFilled";
    case Step::kTriggered: return "Triggered";
    case Step::kRefused: return "Refused";
    case Step::kStopMoved: return "StopMoved";
  }
  return "";
}

}  // namespace tw::oms
