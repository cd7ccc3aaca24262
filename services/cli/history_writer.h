// HistoryWriter: ledger events into QuestDB's tables order_events, fills, risk_decisions,
// positions, day_ends and openings, as questdb-writer writes them, row for row.
//
// Straight into QuestDB, without a spool: what is not there yet can be read again from the journal.
// One thread; blocks.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "libs/config/accounts.h"
#include "libs/ilp/line_buffer.h"
#include "libs/ilp/sender.h"
#include "services/questdb-writer/ledger_rows.h"

namespace tw::cli {

class HistoryWriter {
 public:
  // `patience`: how long QuestDB may fail to take a batch, with back-off, before it is given up.
  HistoryWriter(Accounts accounts,
                questdb_writer::NextClose next_close,
                const ilp::HttpEndpoint& questdb,
                Duration patience);

  // Makes the tables.
  absl::Status Prepare();
  // Every event from sequence 1 on, in order.
  absl::Status Take(const tradewind::v1::LedgerEvent& event);
  // Adds the day_ends up to `now`, sends what is left, and waits until all rows can be read
  // (QuestDB applies them a while after it has acknowledged them).
  absl::Status Finish(Timestamp now);

  uint64_t events() const { return events_; }
  uint64_t faulty() const { return faulty_; }  // events of which a row could not be made
  uint64_t rows() const { return rows_sent_ + rows_.rows(); }

 private:
  absl::Status Send();

  const ilp::HttpEndpoint questdb_;
  const Duration patience_;
  questdb_writer::LedgerRows ledger_;
  ilp::Sender sender_;
  ilp::LineBuffer rows_{ilp::Doubles::kBinary};
  uint64_t events_ = 0;
  uint64_t faulty_ = 0;
  uint64_t rows_sent_ = 0;
};

}  // namespace tw::cli
