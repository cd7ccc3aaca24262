// LedgerRows: oms's ledger as rows of order_events, fills, risk_decisions, positions, day_ends and
// openings.
//
// A row depends on the ledger up to its event and on the accounts' opening positions alone, so the
// same event gives the same rows at any time in any process, and QuestDB's dedup keys store them
// once. For `positions` that needs every event from sequence 1 on, in order. One thread.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "libs/config/accounts.h"
#include "libs/ilp/line_buffer.h"
#include "services/pnl/portfolio.h"
#include "services/questdb-writer/day_ends.h"
#include "tradewind/v1/events.pb.h"

namespace tw::questdb_writer {

class LedgerRows {
 public:
  // Without closes there are no day_ends.
  explicit LedgerRows(Accounts accounts, NextClose next_close = {})
      : portfolio_(std::move(accounts)), day_ends_(std::move(next_close)) {}

  // Takes the event into the positions and, with `rows`, adds its rows there. Not OK: a row (the
  // others are there) could not be made, and why.
  absl::Status Apply(const tradewind::v1::LedgerEvent& event, ilp::LineBuffer* rows);
  // Adds the day_ends up to `now`. REQUIRES: no event of before `now` is to come.
  absl::Status RollTo(Timestamp now, ilp::LineBuffer* rows) {
    return day_ends_.RollTo(now, portfolio_, rows);
  }

 private:
  absl::Status Open(const tradewind::v1::LedgerEvent& event,
                    const Opening& opening,
                    ilp::LineBuffer* rows);

  pnl::Portfolio portfolio_;
  DayEnds day_ends_;
  bool began_ = false;
};

}  // namespace tw::questdb_writer
