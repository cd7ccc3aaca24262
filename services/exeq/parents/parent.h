// A parent order as exeq keeps it: what the client asked for, the slices it is cut into, its child
// orders at oms and how far it has come. Plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/core/types.h"

namespace tw::exeq {

// Numbers stand in journals and on the wire and never change.
enum class Algo : uint8_t {
  kUnspecified = 0,
  kTwap = 1,                     // evenly over the time
  kVwap = 2,                     // as a volume curve has it
  kPov = 3,                      // a share of what the market trades
  kIceberg = 4,                  // rests at the limit, a small part in sight
  kImplementationShortfall = 5,  // early and less early, by urgency
};

// Whether it is cut into slices up to an end.
constexpr bool HasSchedule(Algo algo) {
  return algo == Algo::kTwap || algo == Algo::kVwap || algo == Algo::kImplementationShortfall;
}

enum class ParentStatus : uint8_t {
  kUnspecified = 0,
  kScheduled = 1,  // its start is to come
  kWorking = 2,
  kPaused = 3,    // sends nothing; what rests is canceled
  kStopping = 4,  // ends once its last child has
  kFilled = 5,
  kCanceled = 6,
  kExpired = 7,  // its end came before its quantity was filled
};

constexpr bool IsFinished(ParentStatus s) {
  return s == ParentStatus::kFilled || s == ParentStatus::kCanceled || s == ParentStatus::kExpired;
}

std::string_view Name(Algo algo);            // "TWAP"
std::string_view Name(ParentStatus status);  // "WORKING"

// What a client asks for. Checked by CheckTerms; where a number is zero it was not given.
struct ParentTerms {
  std::string account;
  std::string symbol;
  std::string client_parent_id;  // the client's key, unique per account; empty: none
  Side side = Side::kUnspecified;
  Algo algo = Algo::kUnspecified;
  Quantity quantity;
  Price limit_price;                 // zero: market orders; an iceberg must have one
  Timestamp start;                   // not set: at once
  Timestamp end;                     // not set: none, for POV and iceberg only
  Duration duration;                 // in place of an end
  int slices = 0;                    // of TWAP, VWAP and implementation shortfall
  int randomize_percent = 0;         // of a slice's size and of its place in time, up to 50
  int64_t participation_e8 = 0;      // POV: the share of the market's volume aimed at
  int64_t participation_cap_e8 = 0;  // never more of it than this; zero: no cap
  Quantity display;                  // iceberg: what is in sight
  Quantity slice_max;                // no child is larger; zero: the instrument's maximum
  Duration interval;                 // POV: between children
  int64_t urgency_e8 = 0;            // implementation shortfall: kappa times the duration
  bool learned_curve = false;        // VWAP: by what the bars of the last days show

  friend bool operator==(const ParentTerms&, const ParentTerms&) = default;
};

// One slice of a parent with a schedule.
struct Slot {
  int64_t cumulative = 0;  // weight of all slices up to this one, it included; grows
  int32_t delay_ppm = 0;   // how late within its part of the time it goes, in millionths of it

  friend bool operator==(const Slot&, const Slot&) = default;
};

enum class ParentChildState : uint8_t {
  kPlanned = 1,  // on our disk; oms has not answered
  kOpen = 2,     // an order of oms
  kDone = 3,     // finished there, or never taken
};

// A child: an ordinary order of oms. Its client_order_id is "<parent>.<number>".
struct ParentChild {
  uint32_t number = 0;  // from 1
  Quantity quantity;
  Price price;  // zero: a market order
  OrderType type = OrderType::kUnspecified;
  TimeInForce time_in_force = TimeInForce::kUnspecified;
  ParentChildState state = ParentChildState::kPlanned;
  OrderId order_id;
  uint64_t sequence = 0;  // of oms's last event that is taken in here
  OrderStatus status = OrderStatus::kUnspecified;
  Quantity filled;
  Money filled_notional;
  Timestamp planned;
  std::string message;  // why it was refused

  Quantity working() const {
    return state == ParentChildState::kDone ? Quantity() : quantity - filled;
  }
  bool rests() const { return time_in_force == TimeInForce::kGtc; }

  friend bool operator==(const ParentChild&, const ParentChild&) = default;
};

struct Parent {
  std::string id;  // "P-mi9x2k1f-12"
  ParentTerms terms;
  uint64_t seed = 0;  // of its randomised slices
  // Both never change, so that copies of a parent share them.
  std::shared_ptr<const std::vector<Slot>> slots;
  std::shared_ptr<const ParentTerms> asked;  // as the client wrote them: what a repeat must be
  ParentStatus status = ParentStatus::kUnspecified;
  ParentStatus stop_as = ParentStatus::kUnspecified;  // kStopping: what it ends as
  std::string reason;                                 // why it is paused or has ended
  Timestamp created;
  Timestamp updated;
  Quantity filled;
  Money filled_notional;
  Quantity working;       // at oms, or on the way there
  uint32_t children = 0;  // the last one's number
  uint32_t open_children = 0;
  int faults = 0;          // children in a row that came to nothing by no will of ours
  Timestamp not_before;    // the next child's
  Quantity base;           // done when the schedule was last laid anew, ...
  uint32_t base_slot = 0;  // ... behind this many slices
  Quantity market_volume;  // traded by the market while this worked, as of the last event

  // Not with oms: filled + working + unsent = quantity. Negative only where an operator's word
  // about a child was taken back.
  Quantity unsent() const { return terms.quantity - filled - working; }
  bool finished() const { return IsFinished(status); }
};

// What oms says about a child: the order as it stands after event `sequence`.
struct OrderSnapshot {
  OrderId order_id;
  uint64_t sequence = 0;
  OrderStatus status = OrderStatus::kUnspecified;
  Quantity quantity;
  Price price;
  Quantity filled;
  Money filled_notional;
  RejectReason reason = RejectReason::kNone;
  std::string message;
};

enum class ParentEventKind : uint8_t {
  kOpened = 1,  // the journal's first record: `id` is the mark that all ids of it carry
  kSubmitted = 2,
  kStarted = 3,
  kChildPlanned = 4,
  kChildReported = 5,  // oms's word about a child
  kPaused = 6,
  kResumed = 7,
  kReplaced = 8,
  kStopping = 9,
  kFinished = 10,
};

std::string_view Name(ParentEventKind kind);  // "CHILD_PLANNED"

// A fact, with the parent as it stands after it, and the child it is about. The slices and
// what was asked go with kSubmitted only.
struct ParentEvent {
  ParentEventKind kind = ParentEventKind::kOpened;
  Parent parent;
  std::optional<ParentChild> child;
};

// "P-mi9x2k1f-12.3", and back; nullopt for what is none.
std::string ChildKey(std::string_view parent_id, uint32_t number);
std::optional<uint32_t> ChildNumber(std::string_view parent_id, std::string_view client_order_id);

}  // namespace tw::exeq
