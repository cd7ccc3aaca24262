#include "libs/questdb/tables.h"

namespace tw::questdb {
namespace {

constexpr std::string_view kSymbol = "SYMBOL";
constexpr std::string_view kVarchar = "VARCHAR";
constexpr std::string_view kDouble = "DOUBLE";
constexpr std::string_view kLong = "LONG";
constexpr std::string_view kBoolean = "BOOLEAN";
constexpr std::string_view kTime = "TIMESTAMP_NS";
constexpr std::string_view kMatrix = "DOUBLE[][]";

// clang-format off
constexpr Column kOrderEvents[] = {
    {"sequence", kLong}, {"order_id", kVarchar}, {"client_order_id", kVarchar},
    {"account", kSymbol}, {"symbol", kSymbol}, {"event", kSymbol}, {"status", kSymbol},
    {"side", kSymbol}, {"type", kSymbol}, {"time_in_force", kSymbol}, {"quantity", kDouble},
    {"price", kDouble}, {"stop_price", kDouble}, {"filled_quantity", kDouble},
    {"leaves_quantity", kDouble}, {"average_fill_price", kDouble}, {"reject_reason", kSymbol},
    {"post_only", kBoolean}, {"reduce_only", kBoolean}, {"display_quantity", kDouble},
    {"trigger_price", kDouble}, {"expire_time", kTime}, {"parent_order_id", kVarchar},
    {"strategy", kSymbol}, {"link_id", kVarchar}, {"link_kind", kSymbol},
    {"cancel_reason", kVarchar}};
constexpr std::string_view kOrderEventsKeys[] = {"sequence"};

constexpr Column kFills[] = {
    {"fill_id", kVarchar}, {"order_id", kVarchar}, {"client_order_id", kVarchar},
    {"account", kSymbol}, {"symbol", kSymbol}, {"side", kSymbol}, {"quantity", kDouble},
    {"price", kDouble}, {"liquidity", kSymbol}, {"fee", kDouble}, {"fee_currency", kSymbol},
    {"venue", kSymbol}, {"venue_exec_id", kVarchar}, {"sequence", kLong},
    {"parent_order_id", kVarchar}, {"original_fill_id", kVarchar}};
constexpr std::string_view kFillsKeys[] = {"fill_id"};

constexpr Column kRiskDecisions[] = {
    {"sequence", kLong}, {"order_id", kVarchar}, {"account", kSymbol}, {"symbol", kSymbol},
    {"approved", kBoolean}, {"reason_code", kSymbol}, {"check_name", kSymbol}, {"input", kDouble},
    {"limit_value", kDouble}, {"used", kDouble}, {"headroom", kDouble},
    {"reference_bid", kDouble}, {"reference_ask", kDouble}, {"limits_version", kLong},
    {"level", kSymbol}, {"clock", kTime}};
constexpr std::string_view kRiskDecisionsKeys[] = {"sequence", "check_name"};

constexpr Column kPositions[] = {
    {"sequence", kLong}, {"account", kSymbol}, {"symbol", kSymbol}, {"quantity", kDouble},
    {"average_price", kDouble}, {"mark_price", kDouble}, {"realized_pnl", kDouble},
    {"unrealized_pnl", kDouble}};
constexpr std::string_view kPositionsKeys[] = {"account", "symbol", "sequence"};

constexpr Column kTrades[] = {
    {"venue", kSymbol}, {"symbol", kSymbol}, {"source_seq", kLong}, {"price", kDouble},
    {"quantity", kDouble}, {"side", kSymbol}, {"receive_time", kTime}};

constexpr Column kQuotes[] = {
    {"venue", kSymbol}, {"symbol", kSymbol}, {"source_seq", kLong}, {"bid", kDouble},
    {"bid_size", kDouble}, {"ask", kDouble}, {"ask_size", kDouble}, {"receive_time", kTime}};

// A side of the book is {prices, sizes}, best first: bids[1] are the prices, bids[2] the sizes.
constexpr Column kBookSnapshots[] = {
    {"venue", kSymbol}, {"symbol", kSymbol}, {"source_seq", kLong}, {"best_bid", kDouble},
    {"best_ask", kDouble}, {"bids", kMatrix}, {"asks", kMatrix}};
constexpr std::string_view kTickKeys[] = {"venue", "symbol", "source_seq"};

constexpr Column kBars[] = {
    {"venue", kSymbol}, {"symbol", kSymbol}, {"interval", kSymbol}, {"open", kDouble},
    {"high", kDouble}, {"low", kDouble}, {"close", kDouble}, {"volume", kDouble},
    {"trades", kLong}};
constexpr std::string_view kBarsKeys[] = {"venue", "symbol", "interval"};

constexpr Column kAltData[] = {
    {"category", kSymbol}, {"source", kSymbol}, {"symbols", kVarchar}, {"title", kVarchar},
    {"body", kVarchar}, {"value", kDouble}, {"hash", kVarchar}};
constexpr std::string_view kAltDataKeys[] = {"hash"};

constexpr Column kGaps[] = {
    {"venue", kSymbol}, {"symbol", kSymbol}, {"from_seq", kLong}, {"to_seq", kLong},
    {"reason", kSymbol}};
constexpr std::string_view kGapsKeys[] = {"venue", "symbol", "from_seq"};

// `timestamp` is when the value was known, `event_time` the end of its bar or the time of its quote.
constexpr Column kFeatures[] = {
    {"venue", kSymbol}, {"symbol", kSymbol}, {"timeframe", kSymbol}, {"name", kSymbol},
    {"value", kDouble}, {"event_time", kTime}};
constexpr std::string_view kFeaturesKeys[] = {"venue", "symbol", "timeframe", "name"};

constexpr Column kRiskChanges[] = {
    {"sequence", kLong}, {"kind", kSymbol}, {"scope", kSymbol}, {"name", kVarchar},
    {"text", kVarchar}, {"changed_by", kVarchar}, {"reason", kVarchar}, {"version", kLong}};
constexpr std::string_view kRiskChangesKeys[] = {"sequence"};

constexpr Column kAuditLog[] = {
    {"sequence", kLong}, {"kind", kSymbol}, {"user", kSymbol}, {"subject", kVarchar},
    {"text", kVarchar}, {"peer", kVarchar}};
constexpr std::string_view kAuditLogKeys[] = {"sequence"};

constexpr Column kDayEnds[] = {
    {"account", kSymbol}, {"symbol", kSymbol}, {"quantity", kDouble}, {"average_price", kDouble},
    {"mark_price", kDouble}, {"realized_pnl", kDouble}, {"realized_total", kDouble},
    {"unrealized_pnl", kDouble}, {"fees", kDouble}, {"fees_total", kDouble}, {"cash", kDouble}};
constexpr std::string_view kDayEndsKeys[] = {"account", "symbol"};

constexpr Column kOpenings[] = {
    {"account", kSymbol}, {"symbol", kSymbol}, {"currency", kSymbol}, {"import_id", kVarchar},
    {"sequence", kLong}, {"number", kLong}, {"adds", kBoolean}, {"quantity", kDouble},
    {"price", kDouble}, {"cash", kDouble}, {"opened", kTime}, {"imported_by", kVarchar},
    {"reason", kVarchar}};
constexpr std::string_view kOpeningsKeys[] = {"sequence", "number"};

constexpr Column kJournalHeads[] = {
    {"journal_id", kVarchar}, {"record", kLong}, {"sequence", kLong}, {"hash", kVarchar}};
constexpr std::string_view kJournalHeadsKeys[] = {"record"};

constexpr Table kTables[] = {
    {"order_events", kOrderEvents, kOrderEventsKeys},
    {"fills", kFills, kFillsKeys},
    {"risk_decisions", kRiskDecisions, kRiskDecisionsKeys},
    {"positions", kPositions, kPositionsKeys},
    {"trades", kTrades, kTickKeys},
    {"quotes", kQuotes, kTickKeys},
    {"book_snapshots", kBookSnapshots, kTickKeys},
    {"bars", kBars, kBarsKeys},
    {"alt_data", kAltData, kAltDataKeys},
    {"gaps", kGaps, kGapsKeys},
    {"features", kFeatures, kFeaturesKeys},
    {"risk_changes", kRiskChanges, kRiskChangesKeys},
    {"audit_log", kAuditLog, kAuditLogKeys},
    {"day_ends", kDayEnds, kDayEndsKeys},
    {"openings", kOpenings, kOpeningsKeys},
    {"journal_heads", kJournalHeads, kJournalHeadsKeys}};
// clang-format on

void AppendColumn(std::string& sql, const Column& column) {
  sql.append("\"").append(column.name).append("\" ").append(column.type);
}

std::string DedupKeys(const Table& table) {
  std::string keys = "\"timestamp\"";
  for (const std::string_view key : table.dedup_keys) {
    keys.append(", \"").append(key).append("\"");
  }
  return keys;
}

}  // namespace

std::span<const Table> Tables() {
  return kTables;
}

const Table* FindTable(std::string_view name) {
  for (const Table& table : kTables) {
    if (table.name == name) {
      return &table;
    }
  }
  return nullptr;
}

std::string CreateTableSql(const Table& table) {
  std::string sql = "CREATE TABLE IF NOT EXISTS \"";
  sql.append(table.name).append("\" (");
  AppendColumn(sql, kTimestamp);
  for (const Column& column : table.columns) {
    sql.append(", ");
    AppendColumn(sql, column);
  }
  sql.append(") TIMESTAMP(\"timestamp\") PARTITION BY DAY WAL DEDUP UPSERT KEYS(");
  return sql.append(DedupKeys(table)).append(")");
}

std::string AddColumnSql(const Table& table, const Column& column) {
  std::string sql = "ALTER TABLE \"";
  sql.append(table.name).append("\" ADD COLUMN IF NOT EXISTS ");
  AppendColumn(sql, column);
  return sql;
}

std::string EnableDedupSql(const Table& table) {
  std::string sql = "ALTER TABLE \"";
  sql.append(table.name).append("\" DEDUP ENABLE UPSERT KEYS(");
  return sql.append(DedupKeys(table)).append(")");
}

std::string RetentionSql(const Table& table, int days) {
  std::string sql = "ALTER TABLE \"";
  return sql.append(table.name).append("\" SET TTL ").append(std::to_string(days)).append(" DAYS");
}

std::string ShowColumnsSql(const Table& table) {
  std::string sql = "SHOW COLUMNS FROM \"";
  return sql.append(table.name).append("\"");
}

}  // namespace tw::questdb
