// The tables of the platform as data, as they stand after the last migration (migrations.h), and
// the SQL that mends them. Pure.
//
// Every table: designated `timestamp` in nanoseconds, WAL, partitioned by day, dedup keys. Column
// types are QuestDB's own words.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tw::questdb {

struct Column {
  std::string_view name;
  std::string_view type;
};

struct Table {
  std::string_view name;
  std::span<const Column> columns;               // after `timestamp`
  std::span<const std::string_view> dedup_keys;  // with `timestamp`
};

// The designated column of every table. Nanoseconds, as everywhere in the platform: an event keeps
// the very time its journal and its source gave it, so that sending it again hits the same row.
inline constexpr Column kTimestamp{"timestamp", "TIMESTAMP_NS"};

std::span<const Table> Tables();
const Table* FindTable(std::string_view name);

std::string CreateTableSql(const Table& table);  // IF NOT EXISTS
std::string AddColumnSql(const Table& table, const Column& column);
std::string EnableDedupSql(const Table& table);
std::string RetentionSql(const Table& table, int days);  // 0: keep for ever
std::string ShowColumnsSql(const Table& table);

}  // namespace tw::questdb
