// What goes into the paper venue and what comes out of it, as values.
//
// Reports are both: what is journaled (Exchange::Apply over them is recovery) and what is told to
// the one who placed the order. They are numbered without holes; nothing of an Output may leave the
// process before its reports are on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/core/types.h"

namespace tw::live_gateway {

// --- Commands for orders of ours ----------------------------------------------------------------

struct PlaceOrder {
  std::string child_id;  // names the order at the venue; a repeat is answered, not placed again
  OrderId order_id;
  std::string account;
  std::string symbol;
  Side side = Side::kUnspecified;
  OrderType type = OrderType::kUnspecified;
  TimeInForce time_in_force = TimeInForce::kUnspecified;
  Price price;  // limit; for a market order the worst price it may trade at, zero for none
  Quantity quantity;
  bool post_only = false;  // a limit order that is refused if it would trade at once
  Quantity display;        // a limit order that shows so much at a time; zero: all
};

// order_id, account and symbol only name the order in the refusal of an unknown child_id.
struct CancelOrder {
  std::string child_id;
  OrderId order_id;
  std::string account;
  std::string symbol;
};

struct ReplaceOrder {
  std::string child_id;
  OrderId order_id;
  std::string account;
  std::string symbol;
  Price price;
  Quantity quantity;  // the new total, filled part included
};

using Command = std::variant<PlaceOrder, CancelOrder, ReplaceOrder>;

// --- Reports about orders of ours ---------------------------------------------------------------

// Numbers as in proto ExecutionKind.
enum class ReportKind : uint8_t {
  kAccepted = 1,
  kRejected = 2,
  kFilled = 3,
  kCanceled = 4,
  kCancelRejected = 5,
  kReplaced = 6,
  kReplaceRejected = 7,
  kTradeBusted = 9,
  kTradeCorrected = 10,
};

struct Report {
  uint64_t number = 0;  // 1, 2, 3, ... over restarts; ExecId(number) is the venue's execution id
  ReportKind kind = ReportKind::kAccepted;
  std::string child_id;
  OrderId order_id;
  std::string account;
  std::string symbol;
  Side side = Side::kUnspecified;
  OrderType type = OrderType::kUnspecified;
  TimeInForce time_in_force = TimeInForce::kUnspecified;
  Price price;        // kFilled: of the fill; otherwise the order's limit
  Quantity quantity;  // kFilled: of the fill; kCanceled: what was canceled; otherwise the total
  bool post_only = false;  // with display: of the order, for recovery
  Quantity display;
  Liquidity liquidity = Liquidity::kUnspecified;  // kFilled
  Money fee;                                      // kFilled; negative is a rebate
  std::string fee_currency;                       // kFilled
  Quantity leaves;                                // open at the venue after this report
  Quantity cumulative;                            // filled so far, whatever was busted since
  RejectReason reason = RejectReason::kNone;
  std::string message;
  Timestamp time;
  bool by_gate = false;       // refused before the venue saw it; not journaled
  std::string venue_exec_id;  // where the venue names its executions; empty: ExecId(number)
  std::string client_ref;     // the order's name at the venue after this report, where it changes
  // kTradeBusted (price, quantity and fee are the trade's) and kTradeCorrected (they are what it is
  // now): the trade, and what it was.
  std::string original_exec_id{};
  Quantity original_quantity{};
  Price original_price{};
  Money original_fee{};

  friend bool operator==(const Report&, const Report&) = default;
};

// A report that names an order, with nothing of its progress.
Report ReportOf(ReportKind kind, const PlaceOrder& terms);

std::string ExecId(uint64_t number);  // "P-17"
// What ExecId wrote; nullopt for anything else.
std::optional<uint64_t> ParseExecId(std::string_view text);

// --- Market data --------------------------------------------------------------------------------

struct TradePrinted {
  std::string symbol;
  uint64_t source_seq = 0;  // one run of numbers per symbol, over trades and book changes
  Price price;
  Quantity quantity;
  Side aggressor = Side::kUnspecified;
  Timestamp time;

  friend bool operator==(const TradePrinted&, const TradePrinted&) = default;
};

struct BookLevel {
  Price price;
  Quantity size;

  friend bool operator==(const BookLevel&, const BookLevel&) = default;
};

// Best bid and offer; all zero where a side is empty.
struct TopOfBook {
  BookLevel bid;
  BookLevel ask;

  friend bool operator==(const TopOfBook&, const TopOfBook&) = default;
};

// All that one command (or one step of the synthetic market) changed in one book. The book behind
// it is never crossed.
struct BookChanged {
  std::string symbol;
  uint64_t source_seq = 0;
  uint64_t update = 0;          // per symbol 1, 2, 3, ...: the one before is update - 1
  std::vector<BookLevel> bids;  // new sizes, best first; zero: the level is gone
  std::vector<BookLevel> asks;
  TopOfBook top;
  bool top_changed = false;
  Timestamp time;

  friend bool operator==(const BookChanged&, const BookChanged&) = default;
};

struct BookSnapshot {
  std::string symbol;
  uint64_t source_seq = 0;  // the last one given out
  uint64_t update = 0;
  std::vector<BookLevel> bids;  // best first
  std::vector<BookLevel> asks;
};

using MarketEvent = std::variant<TradePrinted, BookChanged>;

struct Output {
  std::vector<Report> reports;   // new: journal, then send
  std::vector<Report> repeats;   // already journaled: the last report of an order placed again
  std::vector<PlaceOrder> sent;  // about to leave for a session: journal, then let it go
  std::vector<MarketEvent> market;
};

}  // namespace tw::live_gateway
