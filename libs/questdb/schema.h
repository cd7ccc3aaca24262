// EnsureSchema: makes QuestDB's tables what tables.h says, over HTTP /exec.
//
// Runs the migrations that the database has no record of, in order, then mends what somebody broke
// by hand: missing tables, columns, dedup keys. It never drops or changes a column. Safe to run
// again, and by several services at once. Blocking.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/ilp/http_connection.h"
#include "libs/questdb/tables.h"

namespace tw::questdb {

// Days after which QuestDB drops a table's rows, by table: an operator's choice. 0: never. A table
// that is not named stays as it is.
using Retention = std::map<std::string, int, std::less<>>;
inline constexpr int kRetentionDaysMax = 36'500;

// Unavailable, DeadlineExceeded: QuestDB is out of reach or busy; try again. FailedPrecondition: a
// column is there with another type; an operator must act.
absl::Status EnsureSchema(const ilp::HttpEndpoint& questdb,
                          std::span<const Table> tables = Tables(),
                          const Retention& retention = {});

// "quotes=30,book_snapshots=7". InvalidArgument: not of that form, or no such table.
absl::StatusOr<Retention> ParseRetention(std::string_view text);

// The migrations only, up to `last_version`: for tests of older databases.
absl::Status Migrate(ilp::HttpConnection& connection, int last_version);

// One statement or query by /exec; its JSON answer. InvalidArgument with QuestDB's words when it
// refuses. A column that is to be added if it is not there, and that another adds at that moment,
// is added: then the answer is empty.
absl::StatusOr<std::string> Execute(ilp::HttpConnection& connection, std::string_view sql);

}  // namespace tw::questdb
