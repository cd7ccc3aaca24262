#include "services/gateway/market_history.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/timestamps.h"
#include "libs/core/decimal.h"

namespace tw::gateway {
namespace {

namespace v1 = tradewind::v1;

constexpr int kLimitDefault = 100;
constexpr int kLimitMax = 1000;
constexpr int kDepthDefault = 20;
constexpr int kDepthMax = 100;

absl::Status Broken(const char* table, const std::optional<std::string>& text, const char* what) {
  return absl::InternalError(std::string("QuestDB's table ") + table + " holds '" +
                             text.value_or("NULL") + "' for " + what);
}

absl::StatusOr<int64_t> Integer(const char* table, const std::optional<std::string>& text) {
  char* end = nullptr;
  const long long value = text ? std::strtoll(text->c_str(), &end, 10) : 0;
  if (!text || end == text->c_str() || *end != '\0') {
    return Broken(table, text, "a whole number");
  }
  return value;
}

// The tables hold doubles; eight decimals of one are exact for every price and volume here.
absl::StatusOr<std::string> DecimalText(const char* table, const std::optional<std::string>& text) {
  char* end = nullptr;
  const double value = text ? std::strtod(text->c_str(), &end) : 0;
  constexpr double kLimit = 9.2e10;  // of 64 bits of 1e-8
  if (!text || end == text->c_str() || *end != '\0' || !(std::fabs(value) < kLimit)) {
    return Broken(table, text, "a decimal");
  }
  return FormatE8(std::llround(value * static_cast<double>(kDecimalScale)));
}

absl::StatusOr<v1::Bar> BarOf(const questdb::Row& row) {
  v1::Bar bar;
  TW_ASSIGN_OR_RETURN(const int64_t start_ns, Integer("bars", row[0]));
  ToTimestamp(Timestamp{start_ns}, bar.mutable_timestamp());
  TW_ASSIGN_OR_RETURN(*bar.mutable_open(), DecimalText("bars", row[1]));
  TW_ASSIGN_OR_RETURN(*bar.mutable_high(), DecimalText("bars", row[2]));
  TW_ASSIGN_OR_RETURN(*bar.mutable_low(), DecimalText("bars", row[3]));
  TW_ASSIGN_OR_RETURN(*bar.mutable_close(), DecimalText("bars", row[4]));
  TW_ASSIGN_OR_RETURN(*bar.mutable_volume(), DecimalText("bars", row[5]));
  TW_ASSIGN_OR_RETURN(const int64_t trades, Integer("bars", row[6]));
  bar.set_trades(trades);
  return bar;
}

absl::StatusOr<v1::MarketTrade> TradeOf(const questdb::Row& row) {
  v1::MarketTrade trade;
  TW_ASSIGN_OR_RETURN(const int64_t time_ns, Integer("trades", row[0]));
  ToTimestamp(Timestamp{time_ns}, trade.mutable_timestamp());
  TW_ASSIGN_OR_RETURN(const int64_t source_seq, Integer("trades", row[1]));
  trade.set_source_seq(static_cast<uint64_t>(source_seq));
  TW_ASSIGN_OR_RETURN(*trade.mutable_price(), DecimalText("trades", row[2]));
  TW_ASSIGN_OR_RETURN(*trade.mutable_quantity(), DecimalText("trades", row[3]));
  const std::string side = row[4].value_or("");
  trade.set_side(side == "BUY"    ? v1::SIDE_BUY
                 : side == "SELL" ? v1::SIDE_SELL
                                  : v1::SIDE_UNSPECIFIED);
  return trade;
}

// "{{45000.5,45000.0},{1.5,2.0}}": prices, then sizes. NULL: that side was empty.
absl::Status ReadSide(const std::optional<std::string>& text,
                      int depth,
                      google::protobuf::RepeatedPtrField<v1::BookLevel>* levels) {
  if (!text) {
    return absl::OkStatus();
  }
  const size_t middle = text->find("},{");
  if (!text->starts_with("{{") || !text->ends_with("}}") || middle == std::string::npos) {
    return Broken("book_snapshots", text, "a side");
  }
  std::string_view prices = std::string_view(*text).substr(2, middle - 2);
  std::string_view sizes = std::string_view(*text).substr(middle + 3);
  sizes.remove_suffix(2);
  const auto take = [](std::string_view& list) {
    const size_t comma = list.find(',');
    const std::string number(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return number;
  };
  for (int i = 0; i < depth && !prices.empty() && !sizes.empty(); ++i) {
    v1::BookLevel& level = *levels->Add();
    TW_ASSIGN_OR_RETURN(*level.mutable_price(), DecimalText("book_snapshots", take(prices)));
    TW_ASSIGN_OR_RETURN(*level.mutable_size(), DecimalText("book_snapshots", take(sizes)));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Bounded(const char* field, int value, int fallback, int max) {
  if (value < 0 || value > max) {
    return FieldError(field, "must be 1 to " + std::to_string(max));
  }
  return value == 0 ? fallback : value;
}

// The last row of the page before: its time and, of tables where several rows may share one, its
// number. "<ns>-<number>".
struct Cursor {
  int64_t time_ns = 0;
  int64_t number = 0;
};

absl::StatusOr<Cursor> ReadCursor(const std::string& text) {
  Cursor cursor;
  const char* const end = text.data() + text.size();
  const auto [dash, first] = std::from_chars(text.data(), end, cursor.time_ns);
  if (first == std::errc() && dash != end && *dash == '-') {
    const auto [stop, second] = std::from_chars(dash + 1, end, cursor.number);
    if (second == std::errc() && stop == end && cursor.time_ns >= 0 && cursor.number >= 0) {
      return cursor;
    }
  }
  return FieldError("after", "is not the cursor of an answer");
}

// What part of a table a request wants, as SQL. Times are ours to write, so they may stand in it.
struct Page {
  std::string where;  // " AND ..."
  bool forwards = false;
  int limit = 0;
};

std::string Quoted(int64_t ns) {
  return "'" + FormatRfc3339(Timestamp{ns}) + "'";
}

template <typename Request>
absl::StatusOr<Page> PageOf(const Request& request, const char* number_column) {
  Page page;
  TW_ASSIGN_OR_RETURN(page.limit, Bounded("limit", request.limit(), kLimitDefault, kLimitMax));
  page.forwards = request.has_from() || !request.after().empty();
  if (request.has_from()) {
    page.where += " AND timestamp >= " + Quoted(FromTimestamp(request.from()).ns);
  }
  if (request.has_to()) {
    if (request.has_from() && FromTimestamp(request.to()) <= FromTimestamp(request.from())) {
      return FieldError("to", "must be after from");
    }
    page.where += " AND timestamp < " + Quoted(FromTimestamp(request.to()).ns);
  }
  if (!request.after().empty()) {
    TW_ASSIGN_OR_RETURN(const Cursor after, ReadCursor(request.after()));
    const std::string time = Quoted(after.time_ns);
    page.where += " AND timestamp >= " + time + " AND (timestamp > " + time + " OR " +
                  number_column + " > " + std::to_string(after.number) + ")";
  }
  return page;
}

std::string OrderAndLimit(const Page& page, const char* number_column) {
  const std::string direction = page.forwards ? "" : " DESC";
  return " ORDER BY timestamp" + direction + ", " + number_column + direction + " LIMIT " +
         std::to_string(page.limit + (page.forwards ? 1 : 0));
}

// Oldest first, `limit` of them; says whether there are more behind.
bool Arrange(const Page& page, std::vector<questdb::Row>& rows) {
  if (!page.forwards) {
    std::reverse(rows.begin(), rows.end());
    return false;
  }
  const bool more = rows.size() > static_cast<size_t>(page.limit);
  if (more) {
    rows.resize(static_cast<size_t>(page.limit));
  }
  return more;
}

absl::Status CheckColumns(const questdb::Row& row, size_t columns) {
  return row.size() == columns
             ? absl::OkStatus()
             : absl::InternalError("QuestDB answered another number of columns than asked for");
}

questdb::PoolOptions ToPool(const MarketHistory::Options& options) {
  questdb::PoolOptions pool;
  const size_t colon = options.address.rfind(':');
  pool.host = options.address.substr(0, colon);
  pool.port = static_cast<uint16_t>(std::atoi(options.address.c_str() + colon + 1));
  pool.connections_max = options.connections;
  pool.rows_max = kLimitMax + 1;
  pool.acquire_timeout = options.timeout;
  pool.connect_timeout = options.timeout;
  pool.query_timeout = options.timeout;
  return pool;
}

}  // namespace

MarketHistory::MarketHistory(const Options& options)
    : pool_(ToPool(options)), live_venue_(options.live_venue) {}

absl::StatusOr<std::vector<v1::Bar>> MarketHistory::NewestBars(const v1::ListBarsRequest& request) {
  v1::ListBarsRequest newest = request;
  newest.clear_from();
  newest.clear_to();
  newest.clear_after();
  TW_ASSIGN_OR_RETURN(const v1::ListBarsResponse bars, Bars(newest));
  return std::vector<v1::Bar>(bars.bars().begin(), bars.bars().end());
}

absl::StatusOr<v1::ListBarsResponse> MarketHistory::Bars(const v1::ListBarsRequest& request) {
  // Bars of one series have one time each; the cursor's number is only there for its form.
  TW_ASSIGN_OR_RETURN(const Page page, PageOf(request, "0"));
  const std::string sql =
      "SELECT cast(timestamp AS long), open, high, low, close, volume, trades FROM bars "
      "WHERE venue = $1 AND symbol = $2 AND interval = $3" +
      page.where + " ORDER BY timestamp" + (page.forwards ? "" : " DESC") + " LIMIT " +
      std::to_string(page.limit + (page.forwards ? 1 : 0));
  const std::vector<std::string> params = {VenueOf(request.venue()), request.symbol(),
                                           request.timeframe()};
  TW_ASSIGN_OR_RETURN(questdb::QueryResult result, pool_.Query(sql, params));
  const bool more = Arrange(page, result.rows);
  v1::ListBarsResponse response;
  for (const questdb::Row& row : result.rows) {
    TW_RETURN_IF_ERROR(CheckColumns(row, 7));
    TW_ASSIGN_OR_RETURN(*response.add_bars(), BarOf(row));
  }
  if (more) {
    response.set_next(*result.rows.back()[0] + "-0");
  }
  return response;
}

absl::StatusOr<v1::ListMarketTradesResponse> MarketHistory::Trades(
    const v1::ListMarketTradesRequest& request) {
  TW_ASSIGN_OR_RETURN(const Page page, PageOf(request, "source_seq"));
  const std::string sql =
      "SELECT cast(timestamp AS long), source_seq, price, quantity, side FROM trades "
      "WHERE venue = $1 AND symbol = $2" +
      page.where + OrderAndLimit(page, "source_seq");
  const std::string venue = VenueOf(request.venue());
  const std::vector<std::string> params = {venue, request.symbol()};
  TW_ASSIGN_OR_RETURN(questdb::QueryResult result, pool_.Query(sql, params));
  const bool more = Arrange(page, result.rows);
  v1::ListMarketTradesResponse response;
  for (const questdb::Row& row : result.rows) {
    TW_RETURN_IF_ERROR(CheckColumns(row, 5));
    TW_ASSIGN_OR_RETURN(v1::MarketTrade trade, TradeOf(row));
    trade.set_venue(venue);
    trade.set_symbol(request.symbol());
    *response.add_trades() = std::move(trade);
  }
  if (more) {
    const questdb::Row& last = result.rows.back();
    response.set_next(*last[0] + "-" + *last[1]);
  }
  return response;
}

absl::StatusOr<v1::OrderBook> MarketHistory::Book(const v1::GetOrderBookRequest& request) {
  TW_ASSIGN_OR_RETURN(const int depth, Bounded("depth", request.depth(), kDepthDefault, kDepthMax));
  std::string sql =
      "SELECT cast(timestamp AS long), source_seq, bids, asks FROM book_snapshots "
      "WHERE venue = $1 AND symbol = $2";
  if (request.has_at()) {
    sql += " AND timestamp <= " + Quoted(FromTimestamp(request.at()).ns);
  }
  sql += " ORDER BY timestamp DESC, source_seq DESC LIMIT 1";
  const std::string venue = VenueOf(request.venue());
  const std::vector<std::string> params = {venue, request.symbol()};
  TW_ASSIGN_OR_RETURN(const questdb::QueryResult result, pool_.Query(sql, params));
  if (result.rows.empty()) {
    return absl::NotFoundError("no book of " + request.symbol() + " on " + venue.substr(0, 64) +
                               " is on record" + (request.has_at() ? " at that time" : ""));
  }
  const questdb::Row& row = result.rows.front();
  TW_RETURN_IF_ERROR(CheckColumns(row, 4));
  v1::OrderBook book;
  book.set_symbol(request.symbol());
  TW_ASSIGN_OR_RETURN(const int64_t time_ns, Integer("book_snapshots", row[0]));
  ToTimestamp(Timestamp{time_ns}, book.mutable_timestamp());
  TW_ASSIGN_OR_RETURN(const int64_t sequence, Integer("book_snapshots", row[1]));
  book.set_sequence(static_cast<uint64_t>(sequence));
  TW_RETURN_IF_ERROR(ReadSide(row[2], depth, book.mutable_bids()));
  TW_RETURN_IF_ERROR(ReadSide(row[3], depth, book.mutable_asks()));
  return book;
}

}  // namespace tw::gateway
