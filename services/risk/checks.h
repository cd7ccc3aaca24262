// The pre-trade checks: one table in order of precedence. The first refusal decides and ends the
// run; every check that ran is reported with what it saw. Pure, no allocation.
//
// Figures by check (all in 1e-8 of the unit named; headroom = limit - used unless said otherwise).
// "on" says when a check runs; the others always do, as far as the run comes.
//   check                  input            limit              used                     on
//   risk_available         -                -                  -
//   kill_switch            1 when engaged   0                  -
//   account_known          -                -                  -
//   symbol_known           -                -                  -
//   symbol_entitled        -                -                  -            the account has a list
//   symbol_blocked         1 when blocked   0                  -
//   strategy_known         -                -                  -            the order names one
//   strategy_enabled       1 when off       0                  -            the order names one
//   message_rate           1                burst              taken of it  a level sets it
//   order_type             its number       -                  -
//   time_in_force          its number       -                  -
//   tick_size              price            tick               -
//   lot_size               quantity         lot                -
//   min_quantity           quantity         minimum            -    headroom = quantity - minimum
//   max_quantity           quantity         maximum            -
//   reference_price        -                -                  bid     (0: none)
//   reference_age          age, s           longest age, s     -
//   price_collar           price            furthest allowed   reference; headroom: price to limit
//   reduce_only            quantity         what can be closed what working orders close of it
//                          (not reduce-only: all 0)
//   own_price_collar       price            furthest allowed   own lowest or highest       set
//   duplicate_order        age of the last  window, s          -            set, and no replace
//   max_order_quantity     quantity         units              -
//   max_order_notional     notional         quote currency     -
//   max_open_orders        1                orders             open         set, and no replace
//   symbol_restricted      1                0                  -            it is restricted
//   short_sale             quantity         located            short, this way   a sell of an
//                                                              account that may not, or by locate
//   max_position           quantity         units              position and open orders, this way
//   max_position_notional  what it adds     quote currency     the same, in money
//   max_concentration      what it adds     part of equity     in this symbol                 set
//   max_exposure           what it adds     quote currency     the level's
//   max_firm_exposure      what it adds     quote currency     the firm's
//   max_net_exposure       notional         quote currency     net and open, this way         set
//   max_open_value         notional         quote currency     open orders at their price     set
//   buying_power           margin it needs  equity             margin in use    a listed account
//   margin                 -                equity             margin to hold   with such a rate
//   max_daily_loss         -                quote currency     lost since the day began       set
//   max_drawdown           -                quote currency     lost since the highest equity  set
//   max_position_loss      -                quote currency     lost with the position         set
//
// A dormant order (a leg that waits for the orders it is linked to) is held against what it is by
// itself, and not against what is there beside it: reduce_only, own_price_collar, duplicate_order
// and all from max_open_orders on are left out until it goes out, when it is checked in full.
//
// The reference is the ask for a buy and the bid for a sell; for a stop that oms holds its stop
// price, where it would be set off. A market order is priced at the
// collar, on the inner tick, and goes out as a limit at that price. Money is price x quantity at
// that price, rounded up. "This way" counts the position with the order's sign: against a position
// it is negative, so the closing part of an order, min(quantity, |position| - working closing
// quantity), meets no limit from symbol_restricted on, and only that part. Of several levels the
// one with the least room is reported and named.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/core/types.h"
#include "services/risk/state.h"

namespace tw::risk {

struct OrderTerms {
  OrderId order_id;  // zero for a check of an order that does not exist
  std::string_view account;
  std::string_view symbol;
  Side side = Side::kBuy;
  OrderType type = OrderType::kLimit;
  TimeInForce time_in_force = TimeInForce::kDay;
  Quantity quantity;
  Price price;                   // zero for a market order
  bool replace = false;          // quantity and price are the new terms of working order `order_id`
  std::string_view strategy{};   // empty: none
  bool allow_duplicate = false;  // this one may equal one sent a moment ago
  Price stop_price{};            // of a stop that oms holds: where it would be set off
  bool reduce_only = false;
  bool dormant = false;  // it waits for another order, and adds nothing until it goes out
};

enum class CheckId : uint8_t {
  kRiskAvailable,
  kKillSwitch,
  kAccountKnown,
  kSymbolKnown,
  kSymbolEntitled,
  kSymbolBlocked,
  kStrategyKnown,
  kStrategyEnabled,
  kMessageRate,
  kOrderType,
  kTimeInForce,
  kTickSize,
  kLotSize,
  kMinQuantity,
  kMaxQuantity,
  kReferencePrice,
  kReferenceAge,
  kPriceCollar,
  kReduceOnly,
  kOwnPriceCollar,
  kDuplicateOrder,
  kMaxOrderQuantity,
  kMaxOrderNotional,
  kMaxOpenOrders,
  kSymbolRestricted,
  kShortSale,
  kMaxPosition,
  kMaxPositionNotional,
  kMaxConcentration,
  kMaxExposure,
  kMaxFirmExposure,
  kMaxNetExposure,
  kMaxOpenValue,
  kBuyingPower,
  kMargin,
  kMaxDailyLoss,
  kMaxDrawdown,
  kMaxPositionLoss,
};
inline constexpr size_t kCheckCount = 38;

std::string_view Name(CheckId id);
// True for those that hold an order against a limit of limits.h.
bool IsLimit(CheckId id);

// All zero: risk_available has passed.
struct CheckResult {
  CheckId id = CheckId::kRiskAvailable;
  LimitScope level = LimitScope::kNone;       // whose limit it is; kNone: nobody's
  RejectReason reason = RejectReason::kNone;  // kNone: passed
  int64_t input_e8 = 0;
  int64_t limit_e8 = 0;
  int64_t used_e8 = 0;
  int64_t headroom_e8 = 0;
  Timestamp clock;  // when the figures were true: the market's time, or the decision's

  bool passed() const { return reason == RejectReason::kNone; }
};

struct Decision {
  RejectReason reason = RejectReason::kNone;
  uint8_t check_count = 0;
  Price reserve_price;  // limit price, or collar for a market order
  uint64_t limits_version = 0;
  uint64_t kill_generation = 0;
  Price reference_bid;
  Price reference_ask;
  Timestamp reference_time;
  Timestamp decided;
  // The first check_count ran; what stands behind them means nothing.
  std::array<CheckResult, kCheckCount> checks;

  bool approved() const { return reason == RejectReason::kNone; }
  // REQUIRES: !approved().
  const CheckResult& refusal() const { return checks[check_count - 1U]; }
  // Null when it did not run.
  const CheckResult* Find(CheckId id) const;
};

// Whether the order may go out now. Reads only.
Decision Check(const State& state, const OrderTerms& order, Timestamp now);

// What later checks look back at: the message, and of an approved order its content and price. For
// every order that was really asked for, in order.
void Remember(State& state, const OrderTerms& order, const Decision& decision);

// What an approved order reserves, to be held in state.exposure before anything else is decided.
Reservation ToReservation(const OrderTerms& order, const Decision& decision, uint64_t epoch);

// How much of its limit an order would leave used, in hundredths: 0 to 100, 101 for more.
int UsedPercent(const CheckResult& check);

// What was found and what is allowed: "order quantity 100 is above the limit of 10". Empty when
// approved.
std::string RefusalMessage(const Decision& decision, const OrderTerms& order);

}  // namespace tw::risk
