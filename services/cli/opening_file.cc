#include "services/cli/opening_file.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "services/sink-alt/record_lines.h"

namespace tw::cli {
namespace {

constexpr std::array<std::string_view, 7> kColumns = {"account", "symbol",   "quantity", "price",
                                                      "opened",  "currency", "amount"};

std::string Trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  const size_t end = text.find_last_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

// A date is its midnight of UTC.
std::optional<Timestamp> ParseOpened(const std::string& text) {
  constexpr size_t kDateSize = 10;
  const absl::StatusOr<Timestamp> time =
      ParseRfc3339(text.size() == kDateSize ? text + "T00:00:00Z" : text);
  return time.ok() ? std::optional<Timestamp>(*time) : std::nullopt;
}

class Parser {
 public:
  OpeningFile Parse(std::string_view text) {
    sink_alt::RecordLines lines(sink_alt::FileFormat::kCsv, text);
    bool header = true;
    while (const std::optional<sink_alt::RecordText> record = lines.Next()) {
      line_ = record->line;
      if (record->text.find_first_not_of(" \t") == std::string_view::npos) {
        continue;
      }
      const absl::StatusOr<std::vector<std::string>> fields = sink_alt::SplitCsv(record->text);
      if (!fields.ok()) {
        Fault(std::string(fields.status().message()));
        continue;
      }
      if (!header) {
        ReadRow(*fields);
      } else if (!ReadHeader(*fields)) {
        return std::move(out_);  // nothing below it would mean anything
      }
      header = false;
    }
    if (out_.rows.empty() && out_.faults.empty()) {
      line_ = std::max<int64_t>(lines.line(), 1);
      Fault("there is no row");
    }
    return std::move(out_);
  }

 private:
  void Fault(const std::string& what) {
    out_.faults.push_back("line " + std::to_string(line_) + ": " + what);
  }

  bool ReadHeader(const std::vector<std::string>& fields) {
    for (const std::string& field : fields) {
      const std::string name = Trim(field);
      if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
        Fault("there is no column '" + name.substr(0, 32) +
              "'; there are account, symbol, quantity, price, opened, currency, amount");
      } else if (!places_.emplace(name, places_.size()).second) {
        Fault("column " + name + " is there twice");
      }
    }
    if (out_.faults.empty() && !places_.contains("account")) {
      Fault("there is no column account");
    }
    columns_ = fields.size();
    return out_.faults.empty();
  }

  void ReadRow(const std::vector<std::string>& fields) {
    if (fields.size() != columns_) {
      Fault("has " + std::to_string(fields.size()) + " fields, the header " +
            std::to_string(columns_));
      return;
    }
    const auto cell = [&](const char* column) {
      const auto place = places_.find(column);
      return place == places_.end() ? std::string() : Trim(fields[place->second]);
    };
    OpeningFileRow row;
    row.line = line_;
    row.account = cell("account");
    row.symbol = cell("symbol");
    row.quantity = cell("quantity");
    row.price = cell("price");
    row.currency = cell("currency");
    row.amount = cell("amount");
    if (const std::string opened = cell("opened"); !opened.empty()) {
      const std::optional<Timestamp> time = ParseOpened(opened);
      if (!time) {
        Fault("opened: must be a date like 2026-02-02 or a time like 2026-02-02T14:31:05Z");
        return;
      }
      row.opened = *time;
    }
    out_.rows.push_back(std::move(row));
  }

  OpeningFile out_;
  std::map<std::string, size_t> places_;
  size_t columns_ = 0;
  int64_t line_ = 0;
};

}  // namespace

OpeningFile ParseOpeningFile(std::string_view text) {
  return Parser().Parse(text);
}

}  // namespace tw::cli
