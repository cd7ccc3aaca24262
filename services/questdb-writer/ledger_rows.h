// LedgerRows: oms's ledger as rows of order_events, fills, risk_decisions and positions.
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
#include "tradewind/v1/events.pb.h"

namespace tw::questdb_writer {

class LedgerRows {
 public:
  explicit LedgerRows(Accounts accounts) : portfolio_(std::move(accounts)) {}

  // Takes the event into the positions and, with `rows`, adds its rows there. Not OK: a row (the
  // others are there) could not be made, and why.
  absl::Status Apply(const tradewind::v1::LedgerEvent& event, ilp::LineBuffer* rows);

 private:
  pnl::Portfolio portfolio_;
};

}  // namespace tw::questdb_writer
