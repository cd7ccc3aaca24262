#include "libs/recorded/lean_minute.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/calendar/time_zone.h"
#include "libs/recorded/csv.h"
#include "libs/recorded/lean.h"
#include "libs/recorded/lean_file.h"
#include "libs/recorded/lines.h"

namespace tw::recorded {
namespace {

constexpr size_t kTradeColumns = 6;
constexpr size_t kQuoteColumns = 11;

class LeanMinute final : public RecordedSource {
 public:
  LeanMinute(Facts facts,
             bool quotes,
             bool scaled,
             std::pair<Date, calendar::TimeZone> day,
             std::unique_ptr<Lines> lines)
      : facts_(std::move(facts)),
        quotes_(quotes),
        shift_(scaled ? -4 : 0),
        date_(day.first),
        zone_(std::move(day.second)),
        lines_(std::move(lines)) {}

  const Facts& facts() const override { return facts_; }

  absl::StatusOr<bool> Next(Row& row) override {
    while (ready_ == bars_.size()) {
      std::string_view line;
      TW_ASSIGN_OR_RETURN(const bool more, lines_->NextLine(line));
      if (!more) {
        return false;
      }
      bars_.clear();
      ready_ = 0;
      if (absl::Status status = Read(line); !status.ok()) {
        return absl::InvalidArgumentError(fmt::format(
            "{}:{}: {}", facts_.name, lines_->line_number(), std::string(status.message())));
      }
    }
    row.kind = RowKind::kBar;
    row.source_seq = ++rows_;
    row.time = time_;
    row.bar = bars_[ready_++];
    return true;
  }

 private:
  absl::Status Read(std::string_view line) {
    TW_RETURN_IF_ERROR(SplitCsv(line, ',', scratch_, fields_));
    const size_t columns = quotes_ ? kQuoteColumns : kTradeColumns;
    if (fields_.size() != columns) {
      return absl::InvalidArgumentError(
          fmt::format("expected {} columns, found {}", columns, fields_.size()));
    }
    int64_t ms = 0;
    const std::string_view text = fields_[0];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error != std::errc() || end != text.data() + text.size() || ms < 0 || ms >= kDayMs) {
      return ColumnFault("milliseconds", "a whole number in range", text);
    }
    time_ = zone_.ToUtc(date_, ms);
    if (!quotes_) {
      return AddBar("", 1, "1m", "volume");
    }
    TW_RETURN_IF_ERROR(AddBar("bid ", 1, "1m-bid", "size"));
    TW_RETURN_IF_ERROR(AddBar("ask ", 6, "1m-ask", "size"));
    return bars_.empty() ? absl::InvalidArgumentError("a quote bar needs a bid or an ask side")
                         : absl::OkStatus();
  }

  absl::StatusOr<int64_t> Figure(const std::string& name, size_t column, bool price) {
    const std::string_view text = fields_[column];
    const absl::StatusOr<int64_t> value = ScaledE8(text, price ? shift_ : 0, Excess::kRound);
    if (!value.ok()) {
      return ColumnFault(name, std::string(value.status().message()), text);
    }
    if (*value < 0 || (price && *value == 0)) {
      return ColumnFault(name, price ? "a price above zero" : "a size of zero or more", text);
    }
    return *value;
  }

  absl::Status AddBar(const std::string& side,
                      size_t column,
                      const char* interval,
                      const char* size) {
    if (quotes_ && fields_[column].empty()) {
      return absl::OkStatus();
    }
    RowBar bar;
    bar.interval = interval;
    const std::array<std::pair<const char*, Price*>, 4> prices = {
        {{"open", &bar.open}, {"high", &bar.high}, {"low", &bar.low}, {"close", &bar.close}}};
    for (const auto& [name, price] : prices) {
      TW_ASSIGN_OR_RETURN(const int64_t e8, Figure(side + name, column++, true));
      *price = Price::FromE8(e8);
    }
    TW_ASSIGN_OR_RETURN(const int64_t e8, Figure(side + size, column, false));
    bar.volume = Quantity::FromE8(e8);
    if (bar.high < std::max({bar.open, bar.low, bar.close}) ||
        bar.low > std::min(bar.open, bar.close)) {
      return absl::InvalidArgumentError(side + "bar: high or low is not its highest or lowest");
    }
    bars_.push_back(std::move(bar));
    return absl::OkStatus();
  }

  const Facts facts_;
  const bool quotes_;
  const int shift_;
  const Date date_;
  const calendar::TimeZone zone_;
  const std::unique_ptr<Lines> lines_;
  std::string scratch_;
  std::vector<std::string_view> fields_;
  std::vector<RowBar> bars_;  // of the line last read
  size_t ready_ = 0;          // of them handed out
  Timestamp time_;
  uint64_t rows_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RecordedSource>> OpenLeanMinute(const LeanMinuteFile& file) {
  TW_ASSIGN_OR_RETURN(const LeanName name, ReadLeanName(file.path, file.symbol));
  Facts facts;
  facts.name = name.file;
  facts.symbol = name.symbol;
  facts.format =
      fmt::format("LEAN minute bars of {} of {:04}-{:02}-{:02}", name.quotes ? "quotes" : "trades",
                  name.date.year, name.date.month, name.date.day);
  TW_ASSIGN_OR_RETURN(calendar::TimeZone zone, calendar::TimeZone::Load(file.zone));
  TW_ASSIGN_OR_RETURN(std::unique_ptr<Lines> lines, OpenLines(file.path));
  return std::make_unique<LeanMinute>(std::move(facts), name.quotes, file.scaled,
                                      std::pair(name.date, std::move(zone)), std::move(lines));
}

}  // namespace tw::recorded
