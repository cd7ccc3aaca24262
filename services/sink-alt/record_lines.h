// RecordLines: a file of records cut into records, each with the line on which it begins. Pure.
//
// "jsonl": a record a line; empty lines are none. "csv" (RFC 4180): fields in quotes may hold
// commas, doubled quotes and line breaks; lines end with LF or CRLF; a byte order mark at the top
// is passed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tw::sink_alt {

enum class FileFormat : uint8_t { kCsv, kJsonLines };

std::optional<FileFormat> FindFormat(std::string_view name);  // "csv", "jsonl"

struct RecordText {
  int64_t line = 0;       // from 1
  std::string_view text;  // without its line break
};

class RecordLines {
 public:
  // `text` lives on.
  RecordLines(FileFormat format, std::string_view text);

  // nullopt at the end.
  std::optional<RecordText> Next();
  size_t position() const { return at_; }  // bytes taken
  int64_t line() const { return line_; }   // lines taken

 private:
  FileFormat format_;
  std::string_view text_;
  size_t at_ = 0;
  int64_t line_ = 0;
};

// The fields of one CSV record. InvalidArgument: a quote that is not closed, or text behind one.
absl::StatusOr<std::vector<std::string>> SplitCsv(std::string_view record);

// The bytes of `text` up to the last whole record, of which the rest may still come; zero when
// there is none.
size_t WholeRecords(FileFormat format, std::string_view text);

}  // namespace tw::sink_alt
