#include "libs/questdb/migrations.h"

namespace tw::questdb {

std::vector<std::string> Statements(std::string_view sql) {
  std::vector<std::string> statements;
  std::string statement;
  while (!sql.empty()) {
    const size_t end = sql.find('\n');
    std::string_view line = sql.substr(0, end);
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 1);
    if (line.empty() || line.starts_with("--")) {
      continue;
    }
    const bool last = line.ends_with(';');
    if (last) {
      line.remove_suffix(1);
    }
    statement.append(statement.empty() ? "" : "\n").append(line);
    if (last) {
      statements.push_back(std::move(statement));
      statement.clear();
    }
  }
  return statements;
}

// The designated time is the version itself, so that services that migrate at the same time make
// one row between them.
std::string CreateMigrationsTableSql() {
  return "CREATE TABLE IF NOT EXISTS schema_migrations (timestamp TIMESTAMP_NS, version LONG, "
         "name VARCHAR, applied_at TIMESTAMP_NS) TIMESTAMP(timestamp) PARTITION BY YEAR WAL "
         "DEDUP UPSERT KEYS(timestamp, version)";
}

std::string RecordMigrationSql(const Migration& migration) {
  const std::string version = std::to_string(migration.version);
  return "INSERT INTO schema_migrations SELECT cast(" + version + " AS TIMESTAMP_NS), " + version +
         ", '" + std::string(migration.name) + "', cast(now() AS TIMESTAMP_NS)";
}

}  // namespace tw::questdb
