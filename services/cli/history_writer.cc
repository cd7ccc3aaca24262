#include "services/cli/history_writer.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/questdb/schema.h"

namespace tw::cli {
namespace {

constexpr size_t kRowsPerRequest = 20'000;
constexpr Duration kLookEvery = Duration::Millis(100);
constexpr std::string_view kTables[] = {"order_events", "fills",    "risk_decisions",
                                        "positions",    "day_ends", "openings"};
// Transactions that were acknowledged and cannot be read yet.
constexpr char kBehindSql[] =
    "SELECT count() FROM wal_tables() WHERE writerTxn < sequencerTxn AND NOT suspended AND name IN "
    "('order_events', 'fills', 'risk_decisions', 'positions', 'day_ends', 'openings')";

void Sleep(Duration span) {
  std::this_thread::sleep_for(std::chrono::nanoseconds(span.ns));
}

}  // namespace

HistoryWriter::HistoryWriter(Accounts accounts,
                             questdb_writer::NextClose next_close,
                             const ilp::HttpEndpoint& questdb,
                             Duration patience)
    : questdb_(questdb),
      patience_(patience),
      ledger_(std::move(accounts), std::move(next_close)),
      sender_(questdb) {}

absl::Status HistoryWriter::Prepare() {
  std::vector<questdb::Table> tables;
  for (const std::string_view name : kTables) {
    tables.push_back(*questdb::FindTable(name));
  }
  return questdb::EnsureSchema(questdb_, tables);
}

absl::Status HistoryWriter::Take(const tradewind::v1::LedgerEvent& event) {
  if (event.sequence() != events_ + 1) {
    return absl::DataLossError(
        fmt::format("the ledger jumps from {} to {}", events_, event.sequence()));
  }
  if (!ledger_.Apply(event, &rows_).ok()) {
    ++faulty_;
  }
  ++events_;
  return rows_.rows() < kRowsPerRequest ? absl::OkStatus() : Send();
}

absl::Status HistoryWriter::Send() {
  ilp::Backoff backoff;
  const int64_t began = MonotonicNanos();
  while (!rows_.empty()) {
    const ilp::SendResult sent = sender_.Send(rows_.bytes());
    if (sent.outcome == ilp::SendOutcome::kAcked) {
      rows_sent_ += rows_.rows();
      rows_.Clear();
    } else if (sent.outcome != ilp::SendOutcome::kRetry) {
      return absl::FailedPreconditionError("QuestDB refuses the rows: " + sent.message);
    } else if (MonotonicNanos() - began > patience_.ns) {
      return absl::UnavailableError("QuestDB does not take the rows: " + sent.message);
    } else {
      Sleep(backoff.Next(0.5));
    }
  }
  return absl::OkStatus();
}

absl::Status HistoryWriter::Finish(Timestamp now) {
  if (!ledger_.RollTo(now, &rows_).ok()) {
    ++faulty_;
  }
  TW_RETURN_IF_ERROR(Send());
  const nlohmann::json nothing = nlohmann::json::parse("[[0]]");
  ilp::HttpConnection connection(questdb_);
  const int64_t began = MonotonicNanos();
  while (MonotonicNanos() - began < patience_.ns) {
    TW_ASSIGN_OR_RETURN(const std::string answer, questdb::Execute(connection, kBehindSql));
    const auto json = nlohmann::json::parse(answer, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.value("dataset", nlohmann::json()) == nothing) {
      return absl::OkStatus();
    }
    Sleep(kLookEvery);
  }
  return absl::DeadlineExceededError("QuestDB has taken all rows, but cannot show them all yet");
}

}  // namespace tw::cli
