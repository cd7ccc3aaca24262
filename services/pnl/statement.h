// Statement: what one account held, did and made on one day, to the last 1e-8. Pure.
//
// A day is the instrument's: from the close of the session before to the close of that day's, or a
// day of UTC where it trades round the clock. A fill belongs to the day in which the ledger booked
// it, so that a day that is over does not change any more: what is taken back later is a movement
// of a later day.
//
//   quantity  opening + brought in + bought - sold == closing
//   cash      opening + brought in - bought + sold - fees == closing
//   equity    opening + brought in + realized + (unrealized at close - at opening) - fees ==
//   closing
//
// Brought in is what came from elsewhere by an import of openings: lots at cost, and cash, which
// moves in the day of UTC. Where that stands in place of what accounts.toml says, it is the
// difference.
//
// A statement of one market is of that market's day for everything the account has: what it held,
// did and made from close to close. Its closing cash is then that of the moment.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "libs/base/time.h"
#include "libs/config/accounts.h"
#include "libs/core/decimal.h"
#include "libs/core/opening.h"
#include "services/pnl/average_cost.h"
#include "services/pnl/fill.h"

namespace tw::pnl {

// [begin, end); empty where the instrument does not trade that day.
struct DayWindow {
  Timestamp begin;
  Timestamp end;
};

struct StatementFill {
  Fill fill;         // its quantity is negative where it takes an earlier one back
  Timestamp booked;  // by the ledger
  std::string order_id;
  std::string original_fill_id;  // the trade that it takes back or corrects; else empty
};

enum class MarkSource : uint8_t {
  kNone,   // flat: nothing to value
  kQuote,  // the middle of the last quote before the moment
  kFill,   // the price of our last fill before it
  kCost,   // neither is known: at cost
};
const char* Name(MarkSource source);

struct Valuation {
  Quantity quantity;
  Price mark;
  MarkSource source = MarkSource::kNone;
  Money value;
  Money unrealized;
};

struct StatementPosition {
  std::string symbol;
  DayWindow day;
  Valuation opening;
  Valuation closing;
  Quantity brought_in;
  Quantity bought;
  Quantity sold;
  Money brought_in_cost;
  Money realized;  // of this day, by average cost, before fees
  Money fees;
};

struct Statement {
  std::string account;
  std::string currency;
  Money cash_opening, cash_brought_in, cash_bought, cash_sold, cash_fees, cash_closing;
  Money realized, unrealized_opening, unrealized_closing;
  Money equity_opening, equity_brought_in, equity_closing;
  std::vector<StatementPosition> positions;  // by symbol; of those held or traded
  std::vector<StatementFill> fills;          // in the order of the ledger

  uint64_t left_out = 0;  // fills that would take a position out of 64 bits

  // The three sums of above. False means a fault of this program, or sums beyond Money's range.
  bool Reconciles() const;
};

// What a fill does to cash, fee included.
Money CashOf(const Fill& fill);

class StatementMaker {
 public:
  using Windows = std::function<DayWindow(const std::string& symbol)>;
  // The middle of the last quote before a moment; nullopt where none is known.
  using Quotes = std::function<std::optional<Price>(const std::string& symbol, Timestamp before)>;

  // Whether the day's fills are kept for the statement; else they are for the caller to keep.
  enum class Fills : uint8_t { kKept, kNot };

  StatementMaker(const Account& account, Windows windows, Fills fills = Fills::kKept);

  // REQUIRES: every fill of the account, once, in the order of the ledger. True: it is one of the
  // day's, to be listed.
  bool Apply(const StatementFill& fill);
  // What the account brought in, among the fills, booked by the ledger at `booked`.
  void Apply(const Opening& opening, Timestamp booked);
  Statement Make(const Quotes& quotes) const;
  // Goes on to the day that begins where this one ends, for every instrument: what would come of a
  // maker of that day to which everything so far was applied. REQUIRES: nothing of a later day was
  // applied.
  void Begin(Windows windows);

 private:
  struct Book {
    DayWindow day;
    AverageCost opening;  // at the day's begin
    AverageCost now;
    Price last_before;  // of our fills, before the day; zero: none
    Price last;
    Quantity bought, sold, brought_in;
    Amount paid = 0, received = 0, fees = 0, brought_in_cost = 0;  // of the day
    bool seen = false;                                             // something moved that day
  };

  Book& BookOf(const std::string& symbol);
  static Valuation Value(const AverageCost& position, std::optional<Price> quote, Price last_fill);

  void Take(const OpeningLot& lot, Timestamp booked);

  const Account account_;
  const Fills keep_;
  Windows windows_;
  DayWindow cash_day_;
  Amount cash_opening_ = 0;
  Amount cash_brought_in_ = 0;  // of the day
  absl::btree_map<std::string, Book> books_;
  uint64_t left_out_ = 0;
  std::vector<StatementFill> fills_;
};

}  // namespace tw::pnl
