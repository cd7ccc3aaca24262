// CsvRows: lines of a mapped CSV file to rows. Level and order lines that follow each other with
// the same update (or, where the file has no updates, the same time), symbol and type are one row.
// Pure but for the time zone.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/calendar/time_zone.h"
#include "libs/recorded/mapping.h"

namespace tw::recorded {

class CsvRows {
 public:
  static constexpr size_t kLinesPerRowMax = 200'000;  // levels or orders of one message

  CsvRows(Mapping mapping, calendar::TimeZone zone);

  // The header line, or with a mapping without one the first line's number of columns.
  // InvalidArgument: a column of the mapping that is not there, or is there twice.
  absl::Status SetColumns(std::string_view header);

  // The next line. True: `row` was finished by it (it may hold lines before it only).
  absl::StatusOr<bool> Add(std::string_view line, Row& row);
  // After the last line. True: a row was still open.
  bool Finish(Row& row);

 private:
  struct Message {  // what lines of one row have in common
    Timestamp time;
    std::string symbol;
    uint64_t first = 0;
    uint64_t last = 0;
    uint64_t previous = 0;
    bool snapshot = false;

    friend bool operator==(const Message&, const Message&) = default;
  };

  bool Has(Field field) const { return index_[static_cast<size_t>(field)].has_value(); }
  std::string_view Text(Field field) const { return fields_[*index_[static_cast<size_t>(field)]]; }
  absl::Status Wrong(Field field, std::string_view wanted) const;
  absl::StatusOr<int64_t> Figure(Field field, int64_t least, bool optional) const;
  absl::StatusOr<uint64_t> Number(Field field) const;
  absl::StatusOr<Timestamp> Time() const;
  absl::StatusOr<Side> SideOf(bool optional) const;

  absl::Status Single(Row& row) const;
  absl::Status Trade(Row& row) const;
  absl::Status Quote(Row& row) const;
  absl::Status Bar(Row& row) const;
  absl::Status Status(Row& row) const;
  absl::StatusOr<Message> Head() const;
  absl::Status AddLevel(RowBook& book, bool snapshot) const;
  absl::Status AddOrder(RowBook& book, bool snapshot) const;
  absl::StatusOr<bool> Grouped(Row& row);
  void Take(Row& row);

  const Mapping mapping_;
  const calendar::TimeZone zone_;
  std::array<std::optional<size_t>, kFieldCount> index_{};
  size_t columns_ = 0;
  uint64_t lines_ = 0;
  std::string scratch_;
  std::vector<std::string_view> fields_;
  std::optional<Message> open_;
  uint64_t open_line_ = 0;
  RowBook book_;
};

}  // namespace tw::recorded
