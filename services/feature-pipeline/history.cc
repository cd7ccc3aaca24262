#include "services/feature-pipeline/history.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/timestamps.h"

namespace tw::features {

namespace v1 = tradewind::v1;

namespace {

constexpr int kLimitDefault = 1'000;
constexpr int kLimitMax = 10'000;
constexpr int kNamesMax = 100;
constexpr size_t kTextBytesMax = 256;
constexpr size_t kColumns = 5;

absl::Status CheckText(const char* field, const std::string& text) {
  const bool sound =
      !text.empty() && text.size() <= kTextBytesMax &&
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return sound ? absl::OkStatus() : FieldError(field, "must be 1 to 256 printable characters");
}

// Nanoseconds; `fallback` where it is not set.
absl::StatusOr<int64_t> NanosOf(const char* field,
                                bool set,
                                const google::protobuf::Timestamp& time,
                                int64_t fallback) {
  constexpr int64_t kSecondsMax = 9'223'372'035;
  constexpr int64_t kNanos = 1'000'000'000;
  if (!set) {
    return fallback;
  }
  if (time.seconds() < 0 || time.seconds() > kSecondsMax || time.nanos() < 0 ||
      time.nanos() >= kNanos) {
    return FieldError(field, "must be from 1970 to 2262");
  }
  return time.seconds() * kNanos + time.nanos();
}

absl::StatusOr<v1::FeaturePoint> PointOf(const questdb::Row& row) {
  for (const auto& value : row) {
    if (!value) {
      return absl::InternalError("QuestDB's table features holds NULL");
    }
  }
  v1::FeaturePoint point;
  ToTimestamp(Timestamp{std::strtoll(row[0]->c_str(), nullptr, 10)}, point.mutable_known_time());
  ToTimestamp(Timestamp{std::strtoll(row[1]->c_str(), nullptr, 10)}, point.mutable_event_time());
  point.set_timeframe(*row[2]);
  point.set_name(*row[3]);
  point.set_value(std::strtod(row[4]->c_str(), nullptr));
  return point;
}

}  // namespace

absl::StatusOr<HistoryQuery> MakeHistoryQuery(const v1::ListFeatureHistoryRequest& request,
                                              const std::string& live_venue) {
  TW_RETURN_IF_ERROR(CheckText("symbol", request.symbol()));
  if (request.limit() < 0 || request.limit() > kLimitMax) {
    return FieldError("limit", "must be 1 to 10000");
  }
  if (request.names_size() > kNamesMax) {
    return FieldError("names", "more than " + std::to_string(kNamesMax));
  }
  const std::string timeframe = request.timeframe().empty() ? "1m" : request.timeframe();
  const std::string& venue = request.venue().empty() ? live_venue : request.venue();
  TW_RETURN_IF_ERROR(CheckText("timeframe", timeframe));
  TW_RETURN_IF_ERROR(CheckText("venue", venue));
  TW_ASSIGN_OR_RETURN(const int64_t from, NanosOf("from", request.has_from(), request.from(), 0));
  TW_ASSIGN_OR_RETURN(const int64_t as_of,
                      NanosOf("as_of", request.has_as_of(), request.as_of(), INT64_MAX));
  HistoryQuery query;
  query.parameters = {venue, request.symbol(), timeframe};
  query.sql =
      "SELECT cast(timestamp AS long), cast(event_time AS long), timeframe, name, value FROM "
      "features "
      "WHERE venue = $1 AND symbol = $2 AND timeframe = $3";
  if (from > 0) {
    query.sql += " AND timestamp >= cast(" + std::to_string(from) + " AS timestamp_ns)";
  }
  if (as_of < INT64_MAX) {
    query.sql += " AND timestamp <= cast(" + std::to_string(as_of) + " AS timestamp_ns)";
  }
  std::string names;
  for (const std::string& name : request.names()) {
    TW_RETURN_IF_ERROR(CheckText("names", name));
    query.parameters.push_back(name);
    names += (names.empty() ? "$" : ", $") + std::to_string(query.parameters.size());
  }
  if (!names.empty()) {
    query.sql += " AND name IN (" + names + ")";
  }
  query.limit = static_cast<size_t>(request.limit() == 0 ? kLimitDefault : request.limit());
  query.sql += " ORDER BY timestamp DESC LIMIT " + std::to_string(query.limit + 1);
  return query;
}

HistoryReader::HistoryReader(questdb::PoolOptions options, std::string live_venue)
    : live_venue_(std::move(live_venue)), pool_(std::move(options)) {}

void HistoryReader::Read(const v1::ListFeatureHistoryRequest& request, HistoryDone done) {
  absl::StatusOr<HistoryQuery> query = MakeHistoryQuery(request, live_venue_);
  if (!query.ok()) {
    done(query.status());
    return;
  }
  questions_.Post({.run = [this, query = *std::move(query), done] { done(Ask(query)); },
                   .refuse = [done](const absl::Status& status) { done(status); }});
}

std::optional<Timestamp> CutPage(size_t limit, std::vector<questdb::Row>& rows) {
  if (rows.size() <= limit) {
    return std::nullopt;
  }
  const std::optional<std::string> cut = rows[limit][0];
  size_t whole = limit;
  while (whole > 0 && rows[whole - 1][0] == cut) {
    --whole;
  }
  rows.resize(whole == 0 ? limit : whole);
  if (whole == 0 || !rows.back()[0]) {
    return std::nullopt;
  }
  return Timestamp{std::strtoll(rows.back()[0]->c_str(), nullptr, 10) - 1};
}

absl::StatusOr<HistoryPage> HistoryReader::Ask(const HistoryQuery& query) {
  TW_ASSIGN_OR_RETURN(questdb::QueryResult result, pool_.Query(query.sql, query.parameters));
  HistoryPage page;
  page.older = CutPage(query.limit, result.rows);
  for (auto row = result.rows.rbegin(); row != result.rows.rend(); ++row) {
    if (row->size() != kColumns) {
      return absl::InternalError("QuestDB answered another number of columns than asked for");
    }
    TW_ASSIGN_OR_RETURN(*page.response.add_points(), PointOf(*row));
  }
  return page;
}

}  // namespace tw::features
