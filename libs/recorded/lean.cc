#include "libs/recorded/lean.h"

#include <charconv>
#include <string>

#include "libs/base/status_macros.h"

namespace tw::recorded {
namespace {

constexpr int64_t kPriceUnitE8 = kDecimalScale / 10'000;  // prices are integers of 1e-4

// The columns of one line, taken from left to right.
class Columns {
 public:
  explicit Columns(std::string_view line) : rest_(line) {}

  // nullopt past the last column.
  std::optional<std::string_view> Next() {
    if (ended_) {
      return std::nullopt;
    }
    const size_t comma = rest_.find(',');
    const std::string_view column = rest_.substr(0, comma);
    ended_ = comma == std::string_view::npos;
    rest_ = ended_ ? std::string_view() : rest_.substr(comma + 1);
    return column;
  }

 private:
  std::string_view rest_;
  bool ended_ = false;
};

absl::Status Fault(const char* column, std::string_view found, const char* wanted) {
  return absl::InvalidArgumentError(std::string(column) + ": expected " + wanted + ", found \"" +
                                    std::string(found.substr(0, kShownMax)) + "\"");
}

// A whole number from 0 to `max`; an empty column is zero where `optional`.
absl::StatusOr<int64_t> Whole(Columns& columns, const char* name, int64_t max, bool optional) {
  const std::optional<std::string_view> text = columns.Next();
  if (!text) {
    return absl::InvalidArgumentError(std::string(name) + ": the line ends before it");
  }
  if (text->empty() && optional) {
    return 0;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 0 || value > max) {
    return Fault(name, *text, "a whole number in range");
  }
  return value;
}

absl::StatusOr<int64_t> Milliseconds(Columns& columns) {
  return Whole(columns, "milliseconds", kDayMs - 1, false);
}
absl::StatusOr<Price> PriceOf(Columns& columns, const char* name, bool optional) {
  TW_ASSIGN_OR_RETURN(const int64_t units,
                      Whole(columns, name, Price::Max().e8() / kPriceUnitE8, optional));
  return Price::FromE8(units * kPriceUnitE8);
}
absl::StatusOr<Quantity> SizeOf(Columns& columns, const char* name, bool optional) {
  TW_ASSIGN_OR_RETURN(const int64_t units,
                      Whole(columns, name, Quantity::Max().e8() / kDecimalScale, optional));
  return Quantity::FromUnits(units);
}

// What follows the numbers: exchange, condition, suspicious flag. Checked, not kept.
absl::Status Tail(Columns& columns) {
  columns.Next();
  columns.Next();
  const std::optional<std::string_view> suspicious = columns.Next();
  if (!suspicious) {
    return absl::InvalidArgumentError("suspicious flag: the line ends before it");
  }
  if (*suspicious != "0" && *suspicious != "1") {
    return Fault("suspicious flag", *suspicious, "0 or 1");
  }
  if (const std::optional<std::string_view> more = columns.Next()) {
    return Fault("end of line", *more, "no more columns");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LocalRow> ParseLeanQuote(std::string_view line) {
  Columns columns(line);
  LocalRow out;
  Row& row = out.row;
  row.kind = RowKind::kQuote;
  TW_ASSIGN_OR_RETURN(out.ms_since_midnight, Milliseconds(columns));
  TW_ASSIGN_OR_RETURN(row.bid, PriceOf(columns, "bid price", true));
  TW_ASSIGN_OR_RETURN(row.bid_size, SizeOf(columns, "bid size", true));
  TW_ASSIGN_OR_RETURN(row.ask, PriceOf(columns, "ask price", true));
  TW_ASSIGN_OR_RETURN(row.ask_size, SizeOf(columns, "ask size", true));
  TW_RETURN_IF_ERROR(Tail(columns));
  if (row.bid.IsZero() && row.ask.IsZero()) {
    return absl::InvalidArgumentError("a quote needs a bid or an ask price");
  }
  return out;
}

absl::StatusOr<LocalRow> ParseLeanTrade(std::string_view line) {
  Columns columns(line);
  LocalRow out;
  Row& row = out.row;
  TW_ASSIGN_OR_RETURN(out.ms_since_midnight, Milliseconds(columns));
  TW_ASSIGN_OR_RETURN(row.price, PriceOf(columns, "price", false));
  TW_ASSIGN_OR_RETURN(row.quantity, SizeOf(columns, "size", false));
  TW_RETURN_IF_ERROR(Tail(columns));
  if (row.price.IsZero() || row.quantity.IsZero()) {
    return absl::InvalidArgumentError("a trade needs a price and a size above zero");
  }
  return out;
}

}  // namespace tw::recorded
