// The steps that bring QuestDB's tables from any earlier version to this one: the files of
// migrations/, built into the program, each with a number that is recorded in the database's table
// `schema_migrations` once it has run.
//
// A file that has been released is never edited; a change of the schema is a new file (and the same
// change in tables.cc, which says how the tables stand after all of them). Every statement may run
// twice, and at the same time from several services: it says IF NOT EXISTS. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::questdb {

struct Migration {
  int version;  // 1, 2, ...
  std::string_view name;
  std::string_view sql;
};

std::span<const Migration> Migrations();

// The statements of a file: each ends with a semicolon at the end of a line; "--" lines are left
// out.
std::vector<std::string> Statements(std::string_view sql);

// The table that records them: one row a version.
std::string CreateMigrationsTableSql();
std::string RecordMigrationSql(const Migration& migration);

}  // namespace tw::questdb
