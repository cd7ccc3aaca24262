#include "services/sink-alt/record_lines.h"

#include <algorithm>

#include "absl/status/status.h"

namespace tw::sink_alt {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// One past the line break that ends the record at `at`; the end of `text` where there is none.
size_t EndOfRecord(FileFormat format, std::string_view text, size_t at, bool& whole) {
  bool quoted = false;
  for (size_t i = at; i < text.size(); ++i) {
    if (text[i] == '"' && format == FileFormat::kCsv) {
      quoted = !quoted;
    } else if (text[i] == '\n' && !quoted) {
      whole = true;
      return i + 1;
    }
  }
  whole = false;
  return text.size();
}

}  // namespace

std::optional<FileFormat> FindFormat(std::string_view name) {
  if (name == "csv") {
    return FileFormat::kCsv;
  }
  return name == "jsonl" ? std::optional(FileFormat::kJsonLines) : std::nullopt;
}

RecordLines::RecordLines(FileFormat format, std::string_view text) : format_(format), text_(text) {
  if (text_.starts_with(kByteOrderMark)) {
    at_ = kByteOrderMark.size();
  }
}

std::optional<RecordText> RecordLines::Next() {
  while (at_ < text_.size()) {
    bool whole = false;
    const size_t end = EndOfRecord(format_, text_, at_, whole);
    std::string_view record = text_.substr(at_, end - at_);
    const int64_t first = line_ + 1;
    line_ += std::max<int64_t>(std::count(record.begin(), record.end(), '\n'), 1);
    at_ = end;
    while (!record.empty() && (record.back() == '\n' || record.back() == '\r')) {
      record.remove_suffix(1);
    }
    if (!record.empty()) {
      return RecordText{first, record};
    }
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<std::string>> SplitCsv(std::string_view record) {
  std::vector<std::string> fields(1);
  size_t i = 0;
  bool closed = false;  // the field in hand was in quotes, which are over
  while (i < record.size()) {
    const char c = record[i];
    if (c == ',') {
      fields.emplace_back();
      closed = false;
      ++i;
    } else if (closed) {
      return absl::InvalidArgumentError("text behind a closing quote");
    } else if (c == '"' && fields.back().empty()) {
      ++i;
      for (;;) {
        const size_t quote = record.find('"', i);
        if (quote == std::string_view::npos) {
          return absl::InvalidArgumentError("a quote is not closed");
        }
        fields.back().append(record.substr(i, quote - i));
        i = quote + 1;
        if (i >= record.size() || record[i] != '"') {
          break;
        }
        fields.back().push_back('"');  // doubled
        ++i;
      }
      closed = true;
    } else {
      fields.back().push_back(c);
      ++i;
    }
  }
  return fields;
}

size_t WholeRecords(FileFormat format, std::string_view text) {
  size_t whole_bytes = 0;
  bool whole = true;
  while (whole && whole_bytes < text.size()) {
    const size_t end = EndOfRecord(format, text, whole_bytes, whole);
    whole_bytes = whole ? end : whole_bytes;
  }
  return whole_bytes;
}

}  // namespace tw::sink_alt
