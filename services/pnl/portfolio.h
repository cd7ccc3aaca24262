// Portfolio: positions, cash and P&L of every account, built from fills in the order of their
// stream. Deterministic: the same fills and marks give the same figures, to the last 1e-8, in any
// process (questdb-writer makes its `positions` rows with it too). One thread.
//
//   cash        opening cash + brought in - bought + sold - fees
//   realized    before fees, by average cost and by FIFO
//   unrealized  mark value - cost of what is held; zero while no mark is known
//   equity      cash + positions at the mark (at cost while no mark is known)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "libs/config/accounts.h"
#include "libs/core/decimal.h"
#include "libs/core/opening.h"
#include "services/pnl/average_cost.h"
#include "services/pnl/fifo_lots.h"
#include "services/pnl/fill.h"

namespace tw::pnl {

struct Mark {
  Price price;
  bool stale = false;
};

struct PositionView {
  std::string account;
  std::string symbol;
  Quantity quantity;    // signed: positive long
  Price average_price;  // zero when flat
  std::optional<Mark> mark;
  Money realized;
  Money unrealized;
  Money realized_fifo;
  Money unrealized_fifo;
  Money fees;
  uint64_t sequence = 0;  // of the fill or opening that last changed it; 0: none did
  Timestamp changed;      // its time
};

struct AccountView {
  std::string account;
  std::string currency;
  Money cash;
  Money realized;
  Money unrealized;
  Money fees;
  Money equity;
};

enum class Applied : uint8_t {
  kApplied,
  kDuplicate,   // its sequence is not above the last one; nothing changed
  kOutOfRange,  // the position would leave 64 bits, or no quantity; nothing changed but sequence()
};

class Portfolio {
 public:
  // Each account begins as `accounts` says; one that `accounts` does not know (any more) with
  // nothing.
  explicit Portfolio(Accounts accounts);

  Applied Apply(const Fill& fill);
  // What an account brings in from elsewhere, numbered among the fills, at `time`. kOutOfRange: a
  // lot was left out, the others are there.
  Applied Open(uint64_t sequence, Timestamp time, const Opening& opening);
  // Events that are no fills move the sequence on too. Never backwards.
  void AdvanceTo(uint64_t sequence);
  void SetMark(std::string_view symbol, Mark mark);

  uint64_t sequence() const { return sequence_; }
  size_t accounts() const { return books_.size(); }

  // Ordered by account, then symbol. An empty text matches all. Flat positions are listed too: they
  // have realized P&L.
  std::vector<PositionView> Positions(std::string_view account, std::string_view symbol) const;
  std::optional<PositionView> Find(const std::string& account, const std::string& symbol) const;
  // nullptr for a position that never was.
  const FifoLots* Lots(const std::string& account, const std::string& symbol) const;

  // An account without fills is as it opened.
  AccountView ViewAccount(const std::string& account) const;
  std::vector<std::string> ListAccounts() const;  // listed ones and those with fills, ordered

 private:
  struct Holding {
    AverageCost average;
    FifoLots fifo;
    Amount fees = 0;
    uint64_t sequence = 0;
    Timestamp changed;

    // A lot that comes in, or goes, at its price. REQUIRES: the position stays in range.
    void Take(const OpeningLot& lot, const std::string& id);
  };
  struct Book {
    std::string currency;
    Amount cash = 0;
    absl::btree_map<std::string, Holding> holdings;
  };

  static Book Opened(const Account& account);
  void TakeBackOpening(const std::string& account,
                       uint64_t sequence,
                       Timestamp time,
                       Book& book) const;
  Book BookAtOpening(const std::string& account) const;
  std::optional<Mark> MarkOf(const std::string& symbol) const;
  PositionView View(const std::string& account,
                    const std::string& symbol,
                    const Holding& holding) const;

  Accounts accounts_;
  absl::btree_map<std::string, Book> books_;
  absl::btree_map<std::string, Mark> marks_;
  uint64_t sequence_ = 0;
};

}  // namespace tw::pnl
