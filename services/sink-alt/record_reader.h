// RecordReader: the records of a file, one by one, as messages. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/sink-alt/record_lines.h"
#include "tradewind/v1/analytics.pb.h"

namespace tw::sink_alt {

class RecordReader {
 public:
  static constexpr size_t kRecordBytesMax = 256 << 10;

  struct Item {
    int64_t line = 0;
    absl::StatusOr<tradewind::v1::AltRecord> record;  // InvalidArgument with the field at fault
  };

  // `text` lives on. InvalidArgument for a CSV header that names an unknown column, one twice, or
  // not time, category and source.
  static absl::StatusOr<RecordReader> Open(FileFormat format, std::string_view text);

  // nullopt at the end. A record that cannot be read is an item too: the rest goes on.
  std::optional<Item> Next();
  size_t position() const { return lines_.position(); }
  int64_t line() const { return lines_.line(); }

 private:
  RecordReader(FileFormat format, std::string_view text) : format_(format), lines_(format, text) {}
  absl::Status ReadHeader();
  absl::StatusOr<tradewind::v1::AltRecord> Parse(std::string_view text) const;

  FileFormat format_;
  RecordLines lines_;
  std::vector<std::string> columns_;  // of a CSV file
};

}  // namespace tw::sink_alt
