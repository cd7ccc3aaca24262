// Mapping: what the columns of a CSV file mean. Written by people as TOML (docs/recorded-data.md),
// or built in for the formats that are known. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/calendar/date.h"
#include "libs/core/types.h"
#include "libs/recorded/row.h"

namespace tw::recorded {

enum class MappingKind : uint8_t { kTrade, kQuote, kLevel, kOrder, kBar, kStatus };

// What a column can hold. The order is that of kFieldNames.
enum class Field : uint8_t {
  kTime,
  kSymbol,
  kSide,
  kPrice,
  kQuantity,
  kBid,
  kBidSize,
  kAsk,
  kAskSize,
  kFirstUpdate,
  kLastUpdate,
  kPreviousUpdate,
  kType,  // of a level or an order: snapshot or change
  kOrderId,
  kAction,
  kOpen,
  kHigh,
  kLow,
  kClose,
  kVolume,
  kTrades,
  kPhase,
  kReason,
};
inline constexpr size_t kFieldCount = 23;
inline constexpr std::array<std::string_view, kFieldCount> kFieldNames = {
    "time",     "symbol",   "side",     "price",        "quantity",    "bid",
    "bid_size", "ask",      "ask_size", "first_update", "last_update", "previous_update",
    "type",     "order_id", "action",   "open",         "high",        "low",
    "close",    "volume",   "trades",   "phase",        "reason"};

// Words that a file uses, in place of or besides the usual ones.
enum class Word : uint8_t {
  kBuy,
  kSell,
  kSnapshot,
  kChange,  // a level or an order that has changed
  kAdd,
  kExecute,
  kRemove,
  kClosed,
  kPreOpen,
  kOpen,
  kPostClose,
  kAuction,
  kHalted,
};
inline constexpr size_t kWordCount = 13;
inline constexpr std::array<std::string_view, kWordCount> kWordNames = {
    "buy",    "sell",     "snapshot", "change",     "add",     "execute", "remove",
    "closed", "pre_open", "open",     "post_close", "auction", "halted"};

enum class TimeFormat : uint8_t {
  kUnixSeconds,
  kUnixMillis,
  kUnixMicros,
  kUnixNanos,
  kRfc3339,
  kLocal,      // "2013-10-07 09:30:00.123", on the clock of `zone`
  kDayMillis,  // since midnight of `date`, on the clock of `zone`
};
inline constexpr std::array<std::string_view, 7> kTimeFormatNames = {
    "unix_s", "unix_ms", "unix_us", "unix_ns", "rfc3339", "local", "day_ms"};

struct Mapping {
  MappingKind kind = MappingKind::kTrade;
  std::string symbol{};  // where no column says it
  char delimiter = ',';
  bool header = true;          // false: columns are called "1", "2", ...
  bool final_newline = true;   // the last line must have its end, or it may be cut off
  bool round = false;          // decimals beyond the eighth
  std::string interval{"1m"};  // of bars
  TimeFormat time_format = TimeFormat::kRfc3339;
  std::string zone{"UTC"};
  calendar::Date date{};
  std::array<std::string, kFieldCount> columns{};  // "": the file has no such column
  std::array<int, kFieldCount> shifts{};           // figures are times 10^shift
  std::array<std::vector<std::string>, kWordCount> words{};

  const std::string& column(Field field) const { return columns[static_cast<size_t>(field)]; }
};

// "": sound. Else what a mapping of its kind lacks or must not have.
std::string FaultOf(const Mapping& mapping);

// True when `text` is one of the words for it, any case.
bool IsWord(const Mapping& mapping, Word word, std::string_view text);

// Binance's depth files: header and all.
inline constexpr std::string_view kBinanceDepthHeader =
    "symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu";
Mapping BinanceDepth();

}  // namespace tw::recorded
