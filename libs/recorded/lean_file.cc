#include "libs/recorded/lean_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "libs/base/status_macros.h"
#include "libs/calendar/time_zone.h"
#include "libs/recorded/lean.h"
#include "libs/recorded/zip_text.h"

namespace tw::recorded {
namespace {

class LeanEquityTicks final : public RecordedSource {
 public:
  LeanEquityTicks(Facts facts, RowKind kind, Date date, calendar::TimeZone zone, ZipText text)
      : facts_(std::move(facts)),
        kind_(kind),
        date_(date),
        zone_(std::move(zone)),
        text_(std::move(text)) {}

  const Facts& facts() const override { return facts_; }

  absl::StatusOr<bool> Next(Row& row) override {
    std::string_view line;
    TW_ASSIGN_OR_RETURN(const bool more, text_.NextLine(line));
    if (!more) {
      return false;
    }
    absl::StatusOr<LocalRow> local =
        kind_ == RowKind::kQuote ? ParseLeanQuote(line) : ParseLeanTrade(line);
    if (!local.ok()) {
      return absl::InvalidArgumentError(fmt::format("{}:{}: {}", facts_.name, text_.line_number(),
                                                    std::string(local.status().message())));
    }
    row = local->row;
    row.source_seq = text_.line_number();
    row.time = Utc(local->ms_since_midnight);
    return true;
  }

 private:
  // Rows come many to a second; the zone is asked once for each.
  Timestamp Utc(int64_t ms) {
    if (ms / 1'000 != second_) {
      second_ = ms / 1'000;
      second_utc_ = zone_.ToUtc(date_, second_ * 1'000);
    }
    return second_utc_ + Duration::Millis(ms % 1'000);
  }

  const Facts facts_;
  const RowKind kind_;
  const Date date_;
  const calendar::TimeZone zone_;
  ZipText text_;
  int64_t second_ = -1;
  Timestamp second_utc_;
};

std::string UpperCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace

absl::StatusOr<LeanName> ReadLeanName(const std::string& path, const std::string& symbol) {
  const std::filesystem::path file(path);
  const std::string stem = file.stem().string();
  const size_t underscore = stem.find('_');
  const std::optional<Date> date = ParseDate(stem.substr(0, underscore));
  if (!date) {
    return absl::InvalidArgumentError(path + ": the name does not begin with a date, yyyymmdd");
  }
  LeanName name;
  name.file = file.filename().string();
  name.symbol = UpperCase(symbol.empty() ? file.parent_path().filename().string() : symbol);
  name.date = *date;
  name.quotes = stem.substr(underscore + 1) == "quote";
  return name;
}

absl::StatusOr<std::unique_ptr<RecordedSource>> OpenLeanEquityTicks(const std::string& path,
                                                                    const std::string& symbol) {
  TW_ASSIGN_OR_RETURN(const LeanName name, ReadLeanName(path, symbol));
  Facts facts;
  facts.name = name.file;
  facts.symbol = name.symbol;
  facts.format =
      fmt::format("LEAN equity {} of {:04}-{:02}-{:02}", name.quotes ? "quotes" : "trades",
                  name.date.year, name.date.month, name.date.day);
  TW_ASSIGN_OR_RETURN(calendar::TimeZone zone, calendar::TimeZone::Load("America/New_York"));
  TW_ASSIGN_OR_RETURN(ZipText text, ZipText::Open(path));
  return std::make_unique<LeanEquityTicks>(std::move(facts),
                                           name.quotes ? RowKind::kQuote : RowKind::kTrade,
                                           name.date, std::move(zone), std::move(text));
}

}  // namespace tw::recorded
