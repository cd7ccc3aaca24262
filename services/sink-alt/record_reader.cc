#include "services/sink-alt/record_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace tw::sink_alt {

namespace v1 = tradewind::v1;

namespace {

const std::vector<std::string>& Columns() {
  static const std::vector<std::string> kColumns = {"time",  "category", "source", "symbols",
                                                    "title", "body",     "value"};
  return kColumns;
}

bool Contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

absl::StatusOr<RecordReader> RecordReader::Open(FileFormat format, std::string_view text) {
  RecordReader reader(format, text);
  if (format == FileFormat::kCsv) {
    TW_RETURN_IF_ERROR(reader.ReadHeader());
  }
  return reader;
}

absl::Status RecordReader::ReadHeader() {
  const std::optional<RecordText> header = lines_.Next();
  if (!header) {
    return FieldError("header", "the file is empty");
  }
  TW_ASSIGN_OR_RETURN(columns_, SplitCsv(header->text));
  for (std::string& column : columns_) {
    column = std::string(absl::StripAsciiWhitespace(absl::AsciiStrToLower(column)));
    if (!Contains(Columns(), column)) {
      return FieldError("header", "no column \"" + column.substr(0, 64) +
                                      "\"; there are time, category, source, symbols, title, body "
                                      "and value");
    }
    if (std::count(columns_.begin(), columns_.end(), column) > 1) {
      return FieldError("header", "has \"" + column + "\" twice");
    }
  }
  for (const char* const needed : {"time", "category", "source"}) {
    if (!Contains(columns_, needed)) {
      return FieldError("header", std::string("has no column \"") + needed + "\"");
    }
  }
  return absl::OkStatus();
}

std::optional<RecordReader::Item> RecordReader::Next() {
  const std::optional<RecordText> record = lines_.Next();
  if (!record) {
    return std::nullopt;
  }
  if (record->text.size() > kRecordBytesMax) {
    return Item{record->line,
                FieldError("record", "longer than " + std::to_string(kRecordBytesMax) + " bytes")};
  }
  return Item{record->line, Parse(record->text)};
}

absl::StatusOr<v1::AltRecord> RecordReader::Parse(std::string_view text) const {
  v1::AltRecord record;
  if (format_ == FileFormat::kJsonLines) {
    TW_RETURN_IF_ERROR(json::FromJson(text, &record));
    return record;
  }
  TW_ASSIGN_OR_RETURN(std::vector<std::string> fields, SplitCsv(text));
  if (fields.size() != columns_.size()) {
    return FieldError("record", "has " + std::to_string(fields.size()) + " fields, the header " +
                                    std::to_string(columns_.size()));
  }
  std::vector<std::pair<std::string, std::string>> named;
  for (size_t i = 0; i < fields.size(); ++i) {
    named.emplace_back(columns_[i], std::move(fields[i]));
  }
  TW_RETURN_IF_ERROR(json::FromParams(named, &record));
  return record;
}

}  // namespace tw::sink_alt
