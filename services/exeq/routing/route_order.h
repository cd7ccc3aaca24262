// RouteOrder: an order of oms that works at several venues, leg by leg. Values; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/core/types.h"
#include "services/exeq/routing/plan.h"

namespace tw::exeq {

struct RouteTerms {
  OrderId id;
  std::string account;
  std::string symbol;
  Side side = Side::kBuy;
  OrderType type = OrderType::kLimit;
  TimeInForce time_in_force = TimeInForce::kDay;
  Quantity quantity;
  Price price;  // limit; for a market order the collar
  bool post_only = false;
  Quantity display;
  uint64_t kill_generation = 0;
};

enum class LegState : uint8_t { kSent, kWorking, kFilled, kCanceled, kRejected };

// A part of an order at one venue, where it is the order "<order_id>.<number>".
struct Leg {
  uint32_t number = 0;
  std::string venue;
  Quantity quantity;
  Quantity filled;
  LegState state = LegState::kSent;
  bool given_up = false;      // no answer in time: it is to be canceled, its rest goes elsewhere
  bool after_change = false;  // of the order as it will be once its change is through
  std::string reason;         // why it was refused or given up
  // Of this process, not journaled:
  std::optional<Timestamp> placed;    // when it was last sent
  std::optional<Timestamp> canceled;  // when its cancel was last sent
  std::optional<Timestamp> replaced;

  bool open() const { return state == LegState::kSent || state == LegState::kWorking; }
  Quantity leaves() const { return open() ? quantity - filled : Quantity(); }
};

// A change that was asked for. With one leg that works it is that leg's; otherwise all legs are
// pulled and the order is routed anew.
struct RouteChange {
  Quantity quantity;  // the new total
  Price price;
  bool passed_on = false;
};

struct RouteOrder {
  RouteTerms terms;
  std::vector<Leg> legs;
  Quantity filled;
  bool accepted = false;  // oms was told that it works
  bool cancel_asked = false;
  std::optional<RouteChange> change;
  std::set<std::string> tried;  // venues that refused it, or did not answer
  int reroutes = 0;
  bool finished = false;

  bool HasOpenLegs() const;
  bool Works() const;        // as it is now, not only as it will be after its change
  Quantity Working() const;  // leaves of all open legs
  Leg* Find(uint32_t number);
};

std::string LegId(OrderId order_id, uint32_t number);
// The order and the leg of a child id; nullopt for a text that is none.
std::optional<std::pair<OrderId, uint32_t>> ParseLegId(const std::string& child_id);

enum class LegReportKind : uint8_t {
  kAccepted,
  kRejected,
  kFilled,
  kCanceled,  // or expired
  kCancelRejected,
  kReplaced,
  kReplaceRejected,
};

// What a venue said about a leg.
struct LegReport {
  uint64_t sequence = 0;  // live-gateway's number
  LegReportKind kind = LegReportKind::kAccepted;
  OrderId order_id;
  uint32_t number = 0;  // the leg's
  Quantity quantity;    // kFilled: of the fill; otherwise the leg's total
  Price price;
  RejectReason reason = RejectReason::kNone;
  std::string message;
};

// What oms is told in its place, under the same number.
struct Told {
  bool leg_only = true;  // the order is as it was
  LegReportKind kind = LegReportKind::kAccepted;
  Quantity quantity;
  Price price;
  Quantity leaves;
  Quantity cumulative;

  friend bool operator==(const Told&, const Told&) = default;
};

// --- Facts: what is journaled, in order ----------------------------------------------------------

struct OrderPlaced {
  RouteTerms terms;
};
struct LegPlanned {
  OrderId id;
  uint32_t number = 0;
  std::string venue;
  Quantity quantity;
};
struct CancelAsked {
  OrderId id;
};
struct ChangeAsked {
  OrderId id;
  Quantity quantity;
  Price price;
};
struct LegReported {
  LegReport report;
};
struct LegGivenUp {
  OrderId id;
  uint32_t number = 0;
};
using Fact =
    std::variant<OrderPlaced, LegPlanned, CancelAsked, ChangeAsked, LegReported, LegGivenUp>;
using Facts = std::vector<Fact>;

// --- What is to be sent to a venue ---------------------------------------------------------------

struct LegRequest {
  enum class Kind : uint8_t { kPlace, kCancel, kReplace };
  Kind kind = Kind::kPlace;
  RouteTerms terms;  // kPlace: with the leg's quantity; kReplace: its new total and price
  uint32_t number = 0;
  std::string venue;
};

}  // namespace tw::exeq
