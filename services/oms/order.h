// An order as the ledger keeps it, the commands that change it and the events that did.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

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
  Timestamp expire;                                                    // GTD
  SelfTradePrevention self_trade = SelfTradePrevention::kUnspecified;  // the account's

  friend bool operator==(const Instructions&, const Instructions&) = default;
};

// What an order is to others that were handed in with it (links.h).
struct Link {
  OrderId id;  // of the first of them; not set: it stands alone
  LinkKind kind = LinkKind::kUnspecified;
  LinkRole role = LinkRole::kUnspecified;
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
  Link link{};
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

// A fill as the venue has it now.
struct BookedFill {
  std::string venue_exec_id;
  Quantity quantity;  // zero: it was busted
  Price price;
  Money fee;
};

struct Order {
  OrderId id;
  NewOrder terms;              // quantity and price follow replaces
  Quantity original_quantity;  // as first asked for
  Price original_price;
  Price original_stop_price;
  Price trigger_price;        // of a stop: what sets it off; a trailing one's moves
  Timestamp triggered;        // when it was
  bool expiring = false;      // a cancel is under way because its time is over
  bool yielding = false;      // it was canceled to make room for another leg, or is being so
  std::string cancel_reason;  // why we canceled it, or asked the venue to
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
  std::vector<BookedFill> fills;
  Quantity busted;  // of the canceled: filled once
  Timestamp created;
  Timestamp updated;
  uint64_t sequence = 0;  // of its last event

  OrderStatus status() const { return StatusOf(phase, !filled.IsZero()); }
  // A leg that waits here: the venue does not know it, and it counts nothing at risk.
  bool dormant() const { return phase == Phase::kHeld && terms.link.role == LinkRole::kLeg; }
  // What cannot work any more: filled, or taken back by the venue since.
  Quantity done() const { return filled + canceled; }
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
  kTradeBusted,
  kTradeCorrected,
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
  Quantity quantity{};  // what goes out, where self-trade prevention took some off; else zero
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
enum class FillKind : uint8_t {
  kTrade,
  kBusted,         // a fill is taken back
  kCorrectedAway,  // the same, and what it is now follows
  kCorrected,
};
struct Filled {
  VenueReport report;
  std::string fill_id;
  Quantity quantity;  // negative: a fill is taken back, so much of it
  Price price;
  Liquidity liquidity = Liquidity::kUnspecified;
  Money fee;
  std::string fee_currency;
  FillKind kind = FillKind::kTrade;
  std::string original_exec_id{};  // of the fill that it takes back or stands for
  Quantity from_leaves{};          // so much of it was working until now; negative: works again
};
struct CancelRequested {
  bool expiring = false;  // its time in force is over
  bool yielding = false;  // another leg goes out in its place
  std::string reason{};   // ours; empty: somebody asked
};
struct CancelRejected {
  VenueReport report;
  std::string message;
};
struct Canceled {
  VenueReport report;  // empty: by us, the venue did not know it
  std::string message;
  bool yielding = false;
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
// A stop was set off, or a leg's turn has come, and risk has approved what goes to the venue.
struct Triggered {
  Price reference;  // of the market; zero: a leg that goes out with its parent's fill
  Price reserve_price;
  uint64_t kill_generation = 0;
  RiskDetail risk;
  Quantity quantity{};  // its total from here on; zero: as it was
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
  std::string original_exec_id{};  // kTradeBusted, kTradeCorrected: the fill it is about
  Quantity leaves{};               // with it: what works at the venue now
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
