// Bars from QuestDB's table `bars`.
#include <cmath>
#include <cstdlib>
#include <memory>

#include "libs/base/status_macros.h"
#include "libs/convert/timestamps.h"
#include "libs/core/decimal.h"
#include "libs/questdb/pool.h"
#include "services/gateway/candles.h"

namespace tw::gateway {
namespace {

constexpr size_t kColumns = 7;

absl::StatusOr<int64_t> Integer(const std::optional<std::string>& text) {
  char* end = nullptr;
  const long long value = text ? std::strtoll(text->c_str(), &end, 10) : 0;
  if (!text || end == text->c_str() || *end != '\0') {
    return absl::InternalError("QuestDB's table bars holds '" + text.value_or("NULL") +
                               "' for a whole number");
  }
  return value;
}

// The table holds doubles; eight decimals of one are exact for every price and volume here.
absl::StatusOr<std::string> DecimalText(const std::optional<std::string>& text) {
  char* end = nullptr;
  const double value = text ? std::strtod(text->c_str(), &end) : 0;
  constexpr double kLimit = 9.2e10;  // of 64 bits of 1e-8
  if (!text || end == text->c_str() || *end != '\0' || !(std::fabs(value) < kLimit)) {
    return absl::InternalError("QuestDB's table bars holds '" + text.value_or("NULL") +
                               "' for a decimal");
  }
  return FormatE8(std::llround(value * static_cast<double>(kDecimalScale)));
}

absl::StatusOr<v1::Bar> BarOf(const questdb::Row& row) {
  v1::Bar bar;
  TW_ASSIGN_OR_RETURN(const int64_t start_ns, Integer(row[0]));
  ToTimestamp(Timestamp{start_ns}, bar.mutable_timestamp());
  TW_ASSIGN_OR_RETURN(*bar.mutable_open(), DecimalText(row[1]));
  TW_ASSIGN_OR_RETURN(*bar.mutable_high(), DecimalText(row[2]));
  TW_ASSIGN_OR_RETURN(*bar.mutable_low(), DecimalText(row[3]));
  TW_ASSIGN_OR_RETURN(*bar.mutable_close(), DecimalText(row[4]));
  TW_ASSIGN_OR_RETURN(*bar.mutable_volume(), DecimalText(row[5]));
  TW_ASSIGN_OR_RETURN(const int64_t trades, Integer(row[6]));
  bar.set_trades(trades);
  return bar;
}

absl::StatusOr<std::vector<v1::Bar>> ReadBars(questdb::Pool& pool,
                                              const v1::ListBarsRequest& request,
                                              const std::string& venue) {
  const std::string sql =
      "SELECT cast(timestamp AS long), open, high, low, close, volume, trades FROM bars "
      "WHERE venue = $1 AND symbol = $2 AND interval = $3 ORDER BY timestamp DESC LIMIT " +
      std::to_string(request.limit());
  const std::vector<std::string> params = {venue, request.symbol(), request.timeframe()};
  TW_ASSIGN_OR_RETURN(const questdb::QueryResult result, pool.Query(sql, params));
  std::vector<v1::Bar> bars;
  for (auto row = result.rows.rbegin(); row != result.rows.rend(); ++row) {
    if (row->size() != kColumns) {
      return absl::InternalError("QuestDB answered another number of columns than asked for");
    }
    TW_ASSIGN_OR_RETURN(bars.emplace_back(), BarOf(*row));
  }
  return bars;
}

}  // namespace

BarHistory QuestDbBars(const std::string& address, std::string live_venue, Duration timeout) {
  questdb::PoolOptions options;
  const size_t colon = address.rfind(':');
  options.host = address.substr(0, colon);
  options.port = static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1));
  options.connections_max = 2;
  options.acquire_timeout = timeout;
  options.connect_timeout = timeout;
  options.query_timeout = timeout;
  return [pool = std::make_shared<questdb::Pool>(options),
          live_venue = std::move(live_venue)](const v1::ListBarsRequest& request) {
    return ReadBars(*pool, request, request.venue().empty() ? live_venue : request.venue());
  };
}

}  // namespace tw::gateway
