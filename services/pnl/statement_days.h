// StatementDays: the ledger as statements, one of every account for every market's day, written
// when the market closes.
//
// A market's statement is of that market's day for all that an account has, and an account gets one
// where it held or traded an instrument of that market that day; one of the round-the-clock market
// also where cash came in. Figures are those of a StatementMaker to which every event was applied,
// valued by our own fills: they follow from the ledger up to the close alone, so that a second time
// they come to the same. What is there already is not written again. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/config/accounts.h"
#include "libs/journal/file.h"
#include "services/pnl/fill_spool.h"
#include "services/pnl/statement.h"
#include "services/pnl/statement_folder.h"
#include "services/pnl/trading_days.h"
#include "tradewind/v1/events.pb.h"

namespace tw::pnl {

class StatementDays {
 public:
  struct Written {
    std::string day;
    std::string market;
    size_t accounts = 0;
    size_t left_out = 0;  // accounts whose sums are beyond the range of money
  };
  using OnWritten = std::function<void(const Written&)>;

  // Below <folder>/statements; the day's fills wait in <folder>/statement-fills. `files` must
  // outlive it.
  StatementDays(Accounts accounts,
                TradingDays days,
                journal::FileSystem& files,
                const std::string& folder,
                OnWritten on_written);

  // Every event of the ledger once, in order. Not OK: a statement could not be written, nothing of
  // the event was taken, and it is to be applied again.
  absl::Status Apply(const tradewind::v1::LedgerEvent& event);
  // Writes the statements of every close up to `now`. REQUIRES: no event of before `now` is to
  // come. Not OK: as Apply.
  absl::Status RollTo(Timestamp now);

 private:
  struct Book {
    StatementMaker maker;
    std::vector<uint64_t> fills;  // of the day, in the spool
  };
  struct Market {
    Market(std::string market, FillSpool fills)
        : name(std::move(market)), spool(std::move(fills)) {}

    std::string name;
    FillSpool spool;
    int64_t day = 0;
    DayWindow window;
    bool there = false;  // the day's statements were written before
    std::map<std::string, Book> books;
  };

  absl::Status Begin(Timestamp first);
  absl::Status Enter(Market& market, int64_t day);
  absl::Status Close(Market& market);
  bool Concerns(const Market& market, const Statement& statement) const;
  Book& BookOf(Market& market, const std::string& account);
  absl::Status Take(const tradewind::v1::LedgerEvent& event, const StatementFill& fill);

  const Accounts accounts_;
  const TradingDays days_;
  journal::FileSystem& files_;
  const std::string spools_;
  StatementFolder statements_;
  const OnWritten on_written_;
  std::vector<std::unique_ptr<Market>> markets_;
  bool began_ = false;
};

}  // namespace tw::pnl
