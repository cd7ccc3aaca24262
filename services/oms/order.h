// An order as the ledger keeps it, the commands that change it and the events that did.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/core/types.h"
#include "services/oms/transition.h"

namespace tw::oms {

using Percent = Decimal<struct PercentTag>;

// What an order asks beyond price and quantity.
struct Instructions {
  bool post_only = false;
  bool reduce_only = false;
  Quantity display;                                 // iceberg; zero: all of it is shown
  StopTrigger trigger = StopTrigger::kUnspecified;  // of a stop, where always set
  Price trailing_amount;                            // of a trailing stop, one of the two
  Percent trailing_percent;
  Timestamp expire;  // GTD

  friend bool operator==(const Instructions&, const Instructions&) = default;
};

// What a client asked for. Well-formed: quantity > 0; price > 0 for a limit order, 0 for a market
// order.
struct NewOrder {
  std::string account;
  std::string symbol;
  std::string client_order_id;             // never empty
  bool generated_client_order_id = false;  // made by us: never a repeat
  Side side = Side::kUnspecified;
  OrderType type = OrderType::kUnspecified;
  TimeInForce time_in_force = TimeInForce::kUnspecified;
  Quantity quantity;
  Price price;
  Price stop_price;
  Instructions asked;
  // What oms made of it when it came:
  Price first_trigger;            // of a stop: what sets it off, to begin with
  Timestamp expires;              // when its time in force ends; not set: it does not
  std::string parent_order_id{};  // of a child of a parent order; empty: none
  std::string strategy{};         // may be empty
  bool allow_duplicate = false;   // for risk, once; not kept
};

// An operator's word about an order whose outcome at the venue is not known.
struct Resolution {
  enum class Outcome : uint8_t { kNone, kCanceled, kFilled };
  Outcome outcome = Outcome::kNone;
  std::string reason;
  std::string by;
};

// Fills by an operator's word name this as their venue.
inline constexpr char kOperatorVenue[] = "OPERATOR";

struct Order {
  OrderId id;
  NewOrder terms;              // quantity and price follow replaces
  Quantity original_quantity;  // as first asked for
  Price original_price;
  Price original_stop_price;
  Price trigger_price;    // of a stop: what sets it off; a trailing one's moves
  Timestamp triggered;    // when it was
  bool expiring = false;  // a cancel is under way because its time is over
  Phase phase = Phase::kPendingNew;
  Quantity filled;
  Quantity leaves;    // still working
  Quantity canceled;  // filled + leaves + canceled = terms.quantity
  Money filled_notional;
  Price reserve_price;  // what risk holds the leaves at; the collar of a market order
  uint64_t kill_generation = 0;
  bool acknowledged = false;    // the venue has answered
  Quantity requested_quantity;  // of a pending replace
  Price requested_price;
  Price requested_reserve_price;
  RejectReason reject_reason = RejectReason::kNone;
  std::string reject_message;
  std::string venue;
  bool uncertain = false;
  std::string uncertain_reason;
  Timestamp uncertain_since;
  Resolution resolution;
  Quantity assumed;  // of the filled: by the operator's word, not the venue's
  Price assumed_price;
  uint32_t operator_fills = 0;  // that one, and those that took of it back
  Timestamp created;
  Timestamp updated;
  uint64_t sequence = 0;  // of its last event

  OrderStatus status() const { return StatusOf(phase, !filled.IsZero()); }
};

enum class ReportKind : uint8_t {
  kAccepted,
  kRejected,
  kFilled,
  kCanceled,
  kCancelRejected,
  kReplaced,
  kReplaceRejected,
  kExpired,
};

// The venue's report that an event rests on.
struct VenueReport {
  uint64_t execution_sequence = 0;
  std::string venue;
  std::string child_id;
  std::string venue_exec_id;
  Timestamp venue_time;
};

// Risk's answer as it goes into the ledger, opaque here: a serialized RiskDecision without its
// checks, and another one that holds the checks alone.
struct RiskDetail {
  std::string decision;  // empty when risk was not asked or did not answer
  std::string checks;
};

// What a fill is called everywhere: "<venue>-<venue_exec_id>".
std::string FillId(const VenueReport& report);

// Events: facts. All events of one command are one journal record.
struct Submitted {
  NewOrder order;
};
struct Approved {
  Price reserve_price;
  uint64_t kill_generation = 0;
  RiskDetail risk;
};
struct Rejected {  // by risk or by us, before it left
  RejectReason reason = RejectReason::kNone;
  std::string message;
  RiskDetail risk;
};
struct Accepted {
  VenueReport report;
};
struct VenueRejected {
  VenueReport report;
  RejectReason reason = RejectReason::kNone;
  std::string message;
};
struct Filled {
  VenueReport report;
  std::string fill_id;
  Quantity quantity;  // negative: an operator's fill is taken back, so much of it
  Price price;
  Liquidity liquidity = Liquidity::kUnspecified;
  Money fee;
  std::string fee_currency;
};
struct CancelRequested {
  bool expiring = false;  // its time in force is over
};
struct CancelRejected {
  VenueReport report;
  std::string message;
};
struct Canceled {
  VenueReport report;
  std::string message;
};
struct Expired {
  VenueReport report;
};
struct ReplaceRequested {
  Quantity quantity;
  Price price;
  Price reserve_price;
  uint64_t kill_generation = 0;
};
struct ReplaceRejected {
  VenueReport report;  // empty: refused by risk
  RejectReason reason = RejectReason::kNone;
  std::string message;
  RiskDetail risk;
};
struct Replaced {
  VenueReport report;  // empty: a stop that we hold
  Quantity quantity;
  Price price;
  Price stop_price;
  Price trigger_price;
  Price reserve_price;
  uint64_t kill_generation = 0;
};
// A stop was set off, and risk has approved what goes to the venue.
struct Triggered {
  Price reference;  // of the market
  Price reserve_price;
  uint64_t kill_generation = 0;
  RiskDetail risk;
};
// A trailing stop has followed the market.
struct StopMoved {
  Price trigger_price;
};
struct Uncertain {
  std::string reason;
};

struct Resolved {  // what follows from it are events of their own, in the same record
  Resolution resolution;
};
// The venue's last word about an order that an operator had resolved.
struct Settled {
  VenueReport report;
  ReportKind kind = ReportKind::kCanceled;
  std::string message;
};

using EventBody = std::variant<Submitted,
                               Approved,
                               Rejected,
                               Accepted,
                               VenueRejected,
                               Filled,
                               CancelRequested,
                               CancelRejected,
                               Canceled,
                               Expired,
                               ReplaceRequested,
                               ReplaceRejected,
                               Replaced,
                               Uncertain,
                               Resolved,
                               Settled,
                               Triggered,
                               StopMoved>;

struct Event {
  uint64_t sequence = 0;
  Timestamp time;
  OrderId order_id;
  EventBody body;
};

// What the venue says about an order, as a command to the ledger.
struct ExecutionReport {
  using Kind = ReportKind;
  Kind kind = Kind::kAccepted;
  OrderId order_id;
  VenueReport report;
  Quantity quantity;  // of the fill; the new total of a replace
  Price price;
  Liquidity liquidity = Liquidity::kUnspecified;
  Money fee;
  std::string fee_currency;
  RejectReason reason = RejectReason::kNone;
  std::string message;
};

// Risk's answer to an order in flight.
struct RiskAnswer {
  bool approved = false;
  RejectReason reason = RejectReason::kNone;
  std::string message;
  Price reserve_price;
  uint64_t kill_generation = 0;
  RiskDetail detail;
};

}  // namespace tw::oms
