// The life of an order as a table: which step leads from which phase to which. FIX order state
// change matrices.
//
// A phase holds no quantity: NEW and PARTIALLY_FILLED are one phase, told apart by what is filled.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libs/core/types.h"

namespace tw::oms {

enum class Phase : uint8_t {
  kPendingNew,  // approved, the venue has not answered
  kHeld,        // a stop: approved, not set off; the venue does not know it
  kWorking,
  kPendingCancel,
  kPendingReplace,
  kFilled,
  kCanceled,
  kRejected,
  kExpired,
};

enum class Step : uint8_t {
  kAccepted,
  kVenueRejected,
  kPartialFill,
  kFinalFill,
  kCancelRequested,
  kCancelRejected,
  kCanceled,
  kExpired,
  kReplaceRequested,
  kReplaceRejected,
  kReplaced,
  kReplacedToFilled,  // to no more than what is filled already
  kTriggered,         // a stop is set off
  kRefused,           // by risk, when it was set off
  kStopMoved,         // a trailing one followed the market
};

struct Row {
  Phase from;
  Step step;
  Phase to;
};

constexpr bool IsTerminal(Phase p) {
  return p == Phase::kFilled || p == Phase::kCanceled || p == Phase::kRejected ||
         p == Phase::kExpired;
}

// Every legal step, a row each.
std::span<const Row> Rows();

// nullopt: the step is not legal there and changes nothing.
std::optional<Phase> Transition(Phase from, Step step);

// What a client is shown.
OrderStatus StatusOf(Phase phase, bool partly_filled);

std::string_view Name(Phase phase);
std::string_view Name(Step step);

}  // namespace tw::oms
