// EnsureSchema: makes QuestDB's tables what tables.h says, over HTTP /exec.
//
// Creates missing tables, adds missing columns, sets dedup keys that differ. It never drops or
// changes a column. Safe to run again, and by several services at once. Blocking.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/ilp/http_connection.h"
#include "libs/questdb/tables.h"

namespace tw::questdb {

// Unavailable, DeadlineExceeded: QuestDB is out of reach or busy; try again. FailedPrecondition: a
// column is there with another type; an operator must act.
absl::Status EnsureSchema(const ilp::HttpEndpoint& questdb,
                          std::span<const Table> tables = Tables());

// One statement or query by /exec; its JSON answer. InvalidArgument with QuestDB's words when it
// refuses.
absl::StatusOr<std::string> Execute(ilp::HttpConnection& connection, std::string_view sql);

}  // namespace tw::questdb
