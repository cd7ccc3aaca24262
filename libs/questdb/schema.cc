#include "libs/questdb/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/status/status.h"
#include "libs/base/status_macros.h"
#include "libs/questdb/migrations.h"

namespace tw::questdb {
namespace {

struct LiveColumn {
  std::string type;
  bool upsert_key = false;
};
using LiveColumns = std::map<std::string, LiveColumn, std::less<>>;

// Rows of SHOW COLUMNS: column, type, ..., upsertKey. Where a field stands is told by "columns".
absl::StatusOr<LiveColumns> ReadColumns(const std::string& answer) {
  const auto json = nlohmann::json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("columns") || !json.contains("dataset")) {
    return absl::UnavailableError("QuestDB's answer to SHOW COLUMNS cannot be read");
  }
  std::map<std::string, size_t> field;
  for (const auto& column : json["columns"]) {
    field.emplace(column.value("name", std::string()), field.size());
  }
  if (!field.contains("column") || !field.contains("type") || !field.contains("upsertKey")) {
    return absl::UnavailableError("QuestDB's SHOW COLUMNS lacks column, type or upsertKey");
  }
  LiveColumns columns;
  for (const auto& row : json["dataset"]) {
    columns[row.at(field["column"]).get<std::string>()] = {row.at(field["type"]).get<std::string>(),
                                                           row.at(field["upsertKey"]).get<bool>()};
  }
  return columns;
}

bool KeysMatch(const Table& table, const LiveColumns& live) {
  return std::all_of(live.begin(), live.end(), [&](const auto& column) {
    const bool wanted = column.first == kTimestamp.name ||
                        std::find(table.dedup_keys.begin(), table.dedup_keys.end(), column.first) !=
                            table.dedup_keys.end();
    return column.second.upsert_key == wanted;
  });
}

absl::Status CheckType(const Table& table, const Column& wanted, const LiveColumn& found) {
  if (found.type == wanted.type) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      fmt::format("QuestDB column {}.{} is {}, this version needs {}: rename the table and the "
                  "history will be filled again",
                  table.name, wanted.name, found.type, wanted.type));
}

absl::Status EnsureTable(ilp::HttpConnection& connection, const Table& table) {
  TW_RETURN_IF_ERROR(Execute(connection, CreateTableSql(table)).status());
  TW_ASSIGN_OR_RETURN(const std::string answer, Execute(connection, ShowColumnsSql(table)));
  TW_ASSIGN_OR_RETURN(LiveColumns live, ReadColumns(answer));
  if (const auto found = live.find(kTimestamp.name); found != live.end()) {
    TW_RETURN_IF_ERROR(CheckType(table, kTimestamp, found->second));
  }
  for (const Column& column : table.columns) {
    const auto found = live.find(column.name);
    if (found == live.end()) {
      TW_RETURN_IF_ERROR(Execute(connection, AddColumnSql(table, column)).status());
      live[std::string(column.name)] = {std::string(column.type), false};
    } else {
      TW_RETURN_IF_ERROR(CheckType(table, column, found->second));
    }
  }
  if (!KeysMatch(table, live)) {
    TW_RETURN_IF_ERROR(Execute(connection, EnableDedupSql(table)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<int64_t>> AppliedVersions(ilp::HttpConnection& connection) {
  TW_ASSIGN_OR_RETURN(const std::string answer,
                      Execute(connection, "SELECT version FROM schema_migrations"));
  const auto json = nlohmann::json::parse(answer, nullptr, /*allow_exceptions=*/false);
  std::set<int64_t> versions;
  if (json.is_object() && json.contains("dataset")) {
    for (const auto& row : json["dataset"]) {
      if (row.is_array() && !row.empty() && row[0].is_number_integer()) {
        versions.insert(row[0].get<int64_t>());
      }
    }
  }
  return versions;
}

absl::Status SetRetention(ilp::HttpConnection& connection,
                          std::span<const Table> tables,
                          const Retention& retention) {
  for (const Table& table : tables) {
    if (const auto days = retention.find(table.name); days != retention.end()) {
      TW_RETURN_IF_ERROR(Execute(connection, RetentionSql(table, days->second)).status());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Retention> ParseRetention(std::string_view text) {
  Retention retention;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const size_t equals = std::min(item.find('='), item.size());
    const std::string_view table = item.substr(0, equals);
    const std::string_view number = item.substr(std::min(equals + 1, item.size()));
    int days = -1;
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), days);
    if (FindTable(table) == nullptr || error != std::errc() ||
        stop != number.data() + number.size() || days < 0 || days > kRetentionDaysMax) {
      return absl::InvalidArgumentError(
          fmt::format("\"{}\" is not TABLE=DAYS with 0 to {} days", item, kRetentionDaysMax));
    }
    retention[std::string(table)] = days;
  }
  return retention;
}

absl::Status Migrate(ilp::HttpConnection& connection, int last_version) {
  TW_RETURN_IF_ERROR(Execute(connection, CreateMigrationsTableSql()).status());
  TW_ASSIGN_OR_RETURN(const std::set<int64_t> applied, AppliedVersions(connection));
  for (const Migration& migration : Migrations()) {
    if (migration.version > last_version || applied.contains(migration.version)) {
      continue;
    }
    for (const std::string& statement : Statements(migration.sql)) {
      const absl::Status status = Execute(connection, statement).status();
      if (!status.ok()) {
        return absl::Status(status.code(),
                            fmt::format("migration {} {}: {}", migration.version, migration.name,
                                        std::string(status.message())));
      }
    }
    TW_RETURN_IF_ERROR(Execute(connection, RecordMigrationSql(migration)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Execute(ilp::HttpConnection& connection, std::string_view sql) {
  TW_ASSIGN_OR_RETURN(ilp::HttpReply reply, connection.Get("/exec?query=" + ilp::UrlEncode(sql)));
  if (reply.status == 200) {
    return std::move(reply.body);
  }
  const auto json = nlohmann::json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  const std::string why = json.is_object() && json.contains("error") && json["error"].is_string()
                              ? json["error"].get<std::string>()
                              : reply.body.substr(0, 512);
  // It looks first and adds after: of two that add the same column at once, one is told so.
  if (reply.status == 400 && why.find("duplicate column") != std::string::npos &&
      sql.find("ADD COLUMN IF NOT EXISTS") != std::string_view::npos) {
    return std::string();
  }
  const std::string message = fmt::format("QuestDB answered {}: {}", reply.status, why);
  return reply.status == 400 ? absl::InvalidArgumentError(message)
                             : absl::UnavailableError(message);
}

absl::Status EnsureSchema(const ilp::HttpEndpoint& questdb,
                          std::span<const Table> tables,
                          const Retention& retention) {
  ilp::HttpConnection connection(questdb);
  // A database without them gets the tables as they stand now: what the migrations then add is
  // there already, so that services which start together on an empty database alter nothing.
  for (const Table& table : tables) {
    TW_RETURN_IF_ERROR(Execute(connection, CreateTableSql(table)).status());
  }
  TW_RETURN_IF_ERROR(Migrate(connection, std::numeric_limits<int>::max()));
  for (const Table& table : tables) {
    TW_RETURN_IF_ERROR(EnsureTable(connection, table));
  }
  return SetRetention(connection, tables, retention);
}

}  // namespace tw::questdb
