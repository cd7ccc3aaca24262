#include "libs/recorded/csv_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/recorded/csv_rows.h"
#include "libs/recorded/lines.h"

namespace tw::recorded {
namespace {

class CsvFile final : public RecordedSource {
 public:
  CsvFile(Facts facts, const Mapping& mapping, CsvRows rows, std::unique_ptr<Lines> lines)
      : facts_(std::move(facts)),
        mapping_(mapping),
        rows_(std::move(rows)),
        lines_(std::move(lines)) {}

  const Facts& facts() const override { return facts_; }

  absl::StatusOr<bool> Next(Row& row) override {
    std::string_view line;
    while (!ended_) {
      TW_ASSIGN_OR_RETURN(const bool more, lines_->NextLine(line));
      if (!more) {
        ended_ = true;
        return !begun_ && mapping_.header ? Fault("the file is empty: expected a header")
                                          : absl::StatusOr<bool>(rows_.Finish(row));
      }
      if (lines_->unfinished() && mapping_.final_newline) {
        return Fault("the last line has no line end: the file is cut off");
      }
      if (!std::exchange(begun_, true)) {
        if (absl::Status status = rows_.SetColumns(line); !status.ok()) {
          return Fault(status.message());
        }
        if (mapping_.header) {
          continue;
        }
      }
      const absl::StatusOr<bool> finished = rows_.Add(line, row);
      if (!finished.ok()) {
        return Fault(finished.status().message());
      }
      if (*finished) {
        return true;
      }
    }
    return false;
  }

 private:
  absl::Status Fault(absl::string_view what) const {
    return absl::InvalidArgumentError(
        fmt::format("{}:{}: {}", facts_.name, lines_->line_number(), std::string(what)));
  }

  const Facts facts_;
  const Mapping mapping_;
  CsvRows rows_;
  const std::unique_ptr<Lines> lines_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RecordedSource>> OpenCsv(const std::string& path,
                                                        const Mapping& mapping,
                                                        const std::string& format) {
  TW_ASSIGN_OR_RETURN(calendar::TimeZone zone, calendar::TimeZone::Load(mapping.zone));
  TW_ASSIGN_OR_RETURN(std::unique_ptr<Lines> lines, OpenLines(path));
  Facts facts;
  facts.name = std::filesystem::path(path).filename().string();
  facts.symbol = mapping.symbol;
  facts.format = format;
  CsvRows rows(mapping, std::move(zone));
  return std::make_unique<CsvFile>(std::move(facts), mapping, std::move(rows), std::move(lines));
}

std::string FirstLine(const std::string& path) {
  auto lines = OpenLines(path);
  std::string_view line;
  if (!lines.ok()) {
    return "";
  }
  const absl::StatusOr<bool> any = (*lines)->NextLine(line);
  return any.ok() && *any ? std::string(line) : "";
}

}  // namespace tw::recorded
