#include "services/sink-alt/alt_records.h"

#include <openssl/sha.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/timestamps.h"
#include "libs/json/json.h"
#include "libs/json/value.h"

namespace tw::sink_alt {
namespace {

namespace v1 = tradewind::v1;

constexpr int64_t kSecondsMax = 9'223'372'035;  // of 64-bit nanoseconds
constexpr int32_t kNanosMax = 999'999'999;

bool IsNameByte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool IsName(const std::string& text) {
  return !text.empty() && text.size() <= kNameBytesMax &&
         std::all_of(text.begin(), text.end(), IsNameByte);
}

bool IsSymbol(const std::string& text) {
  return !text.empty() && text.size() <= kSymbolBytesMax &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsNameByte(c) || c == '/' || c == ':'; });
}

absl::Status ValidateText(const std::string& path, const std::string& text, size_t bytes_max) {
  if (text.size() > bytes_max) {
    return FieldError(path, "longer than " + std::to_string(bytes_max) + " bytes");
  }
  if (!json::IsUtf8(text)) {
    return FieldError(path, "must be UTF-8");
  }
  return absl::OkStatus();
}

absl::Status ValidateTime(const std::string& path, const v1::AltRecord& record) {
  if (!record.has_time()) {
    return FieldError(path, "is required");
  }
  const google::protobuf::Timestamp& time = record.time();
  if (time.seconds() < 0 || time.seconds() > kSecondsMax || time.nanos() < 0 ||
      time.nanos() > kNanosMax || (time.seconds() == 0 && time.nanos() == 0)) {
    return FieldError(path, "must be after 1970 and before 2262");
  }
  return absl::OkStatus();
}

// "records[3]" and "time": "records[3].time"; "" and "time": "time".
std::string Under(const std::string& path, const char* field) {
  return path.empty() ? field : path + "." + field;
}

std::string BoundText(double bound) {
  std::string text = std::to_string(bound);
  text.erase(text.find_last_not_of('0') + 1);
  return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
}

// What the rules of its category say.
absl::Status ValidateType(const std::string& path,
                          const v1::AltRecord& record,
                          const AltTypes& types) {
  const AltType* const type = types.Find(record.category());
  if (type == nullptr) {
    return types.others()
               ? absl::OkStatus()
               : FieldError(Under(path, "category"), "no such category: " + record.category());
  }
  const std::string of = " (a record of " + type->category + ")";
  if (type->needs_title && record.title().empty()) {
    return FieldError(Under(path, "title"), "is required" + of);
  }
  if (type->needs_body && record.body().empty()) {
    return FieldError(Under(path, "body"), "is required" + of);
  }
  if (type->needs_value && !record.has_value()) {
    return FieldError(Under(path, "value"), "is required" + of);
  }
  const auto symbols = static_cast<size_t>(record.symbols_size());
  if (symbols < type->symbols_min || symbols > type->symbols_max) {
    return FieldError(Under(path, "symbols"), "must be " + std::to_string(type->symbols_min) +
                                                  " to " + std::to_string(type->symbols_max) + of);
  }
  if (record.has_value() && type->value_min && record.value() < *type->value_min) {
    return FieldError(Under(path, "value"), "must be at least " + BoundText(*type->value_min) + of);
  }
  if (record.has_value() && type->value_max && record.value() > *type->value_max) {
    return FieldError(Under(path, "value"), "must be at most " + BoundText(*type->value_max) + of);
  }
  return absl::OkStatus();
}

bool HasField(const json::Value& object, std::string_view name) {
  return std::find(object.keys.begin(), object.keys.end(), name) != object.keys.end();
}

// SHA-256 over fields, each with its length before it, so that no two lists of fields are alike.
class Hasher {
 public:
  void Number(uint64_t value) {
    for (size_t i = 0; i < sizeof(value); ++i) {
      bytes_.push_back(static_cast<char>(value >> (8 * i)));
    }
  }
  void Text(const std::string& text) {
    Number(text.size());
    bytes_.append(text);
  }
  ContentHash Finish() const {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const uint8_t*>(bytes_.data()), bytes_.size(), digest);
    ContentHash hash;
    std::copy_n(digest, hash.size(), hash.begin());
    return hash;
  }

 private:
  std::string bytes_;
};

std::string Hex(const ContentHash& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : hash) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

absl::StatusOr<v1::IngestRequest> ReadJson(std::string_view text) {
  const json::ReadOptions options{.text_max = kRequestBytesMax};
  // Parsed by itself first: what is wrapped below is then one whole JSON value.
  TW_ASSIGN_OR_RETURN(const json::Value value, json::ParseValue(text, options));
  std::string wrapped;
  if (value.kind == json::Value::Kind::kArray) {
    wrapped.append("{\"records\":").append(text).append("}");
  } else if (value.kind == json::Value::Kind::kObject && !HasField(value, "records")) {
    wrapped.append("{\"records\":[").append(text).append("]}");
  }
  v1::IngestRequest request;
  TW_RETURN_IF_ERROR(json::FromJson(wrapped.empty() ? text : wrapped, &request,
                                    {.text_max = kRequestBytesMax + 64}));
  return request;
}

absl::Status ValidateRecord(const std::string& path,
                            const v1::AltRecord& record,
                            const AltTypes& types) {
  TW_RETURN_IF_ERROR(ValidateTime(Under(path, "time"), record));
  if (!IsName(record.category())) {
    return FieldError(Under(path, "category"), "must be 1 to 64 of A-Z a-z 0-9 . _ -");
  }
  if (!IsName(record.source())) {
    return FieldError(Under(path, "source"), "must be 1 to 64 of A-Z a-z 0-9 . _ -");
  }
  if (record.symbols_size() > kSymbolsMax) {
    return FieldError(Under(path, "symbols"), "more than " + std::to_string(kSymbolsMax));
  }
  for (int i = 0; i < record.symbols_size(); ++i) {
    if (!IsSymbol(record.symbols(i))) {
      return FieldError(Under(path, "symbols") + "[" + std::to_string(i) + "]",
                        "must be 1 to 32 of A-Z a-z 0-9 . _ - / :");
    }
  }
  TW_RETURN_IF_ERROR(ValidateText(Under(path, "title"), record.title(), kTitleBytesMax));
  TW_RETURN_IF_ERROR(ValidateText(Under(path, "body"), record.body(), kBodyBytesMax));
  if (record.has_value() && !std::isfinite(record.value())) {
    return FieldError(Under(path, "value"), "must be finite");
  }
  if (record.title().empty() && record.body().empty() && !record.has_value()) {
    return FieldError(path.empty() ? "record" : path, "needs a title, a body or a value");
  }
  return ValidateType(path, record, types);
}

absl::Status Validate(const v1::IngestRequest& request, const AltTypes& types) {
  if (request.records_size() < 1 || request.records_size() > kRecordsMax) {
    return FieldError("records", "must be 1 to " + std::to_string(kRecordsMax) + ", found " +
                                     std::to_string(request.records_size()));
  }
  if (request.ByteSizeLong() > kRequestBytesMax) {
    return FieldError("records", "longer than " + std::to_string(kRequestBytesMax) + " bytes");
  }
  for (int i = 0; i < request.records_size(); ++i) {
    TW_RETURN_IF_ERROR(
        ValidateRecord("records[" + std::to_string(i) + "]", request.records(i), types));
  }
  return absl::OkStatus();
}

ContentHash HashOf(const v1::AltRecord& record) {
  Hasher hasher;
  hasher.Text(record.category());
  hasher.Text(record.source());
  hasher.Number(static_cast<uint64_t>(record.symbols_size()));
  for (const std::string& symbol : record.symbols()) {
    hasher.Text(symbol);
  }
  hasher.Text(record.title());
  hasher.Text(record.body());
  hasher.Number(record.has_value() ? 1 : 0);
  hasher.Number(std::bit_cast<uint64_t>(record.value() == 0 ? 0.0 : record.value()));  // -0 is 0
  hasher.Number(static_cast<uint64_t>(FromTimestamp(record.time()).ns));
  return hasher.Finish();
}

absl::Status AddRow(const v1::AltRecord& record, const ContentHash& hash, ilp::LineBuffer& rows) {
  rows.Table("alt_data").Symbol("category", record.category()).Symbol("source", record.source());
  std::string symbols;
  for (const std::string& symbol : record.symbols()) {
    symbols.append(symbols.empty() ? "" : ",").append(symbol);
  }
  const auto text = [&rows](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      rows.String(name, value);
    }
  };
  text("symbols", symbols);
  text("title", record.title());
  text("body", record.body());
  if (record.has_value()) {
    rows.Double("value", record.value());
  }
  rows.String("hash", Hex(hash));
  return rows.At(FromTimestamp(record.time()));
}

}  // namespace tw::sink_alt
