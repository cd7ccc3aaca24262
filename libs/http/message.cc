#include "libs/http/message.h"

#include <absl/strings/cord.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libs/base/field_error.h"
#include "libs/base/retry_hint.h"

namespace tw::http {
namespace {

constexpr size_t kQueryPairsMax = 100;

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <typename Equal>
std::optional<std::string_view> First(const NameValues& list, Equal equal) {
  const auto it =
      std::find_if(list.begin(), list.end(), [&](const auto& entry) { return equal(entry.first); });
  return it == list.end() ? std::nullopt : std::optional<std::string_view>(it->second);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  c = Lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Request::Param(std::string_view name) const {
  return First(params, [&](const std::string& n) { return n == name; }).value_or("");
}
std::optional<std::string_view> Request::Query(std::string_view name) const {
  return First(query, [&](const std::string& n) { return n == name; });
}
std::optional<std::string_view> Request::Header(std::string_view name) const {
  return First(headers, [&](const std::string& n) { return EqualsIgnoreCase(n, name); });
}
std::optional<std::string_view> Response::Header(std::string_view name) const {
  return First(headers, [&](const std::string& n) { return EqualsIgnoreCase(n, name); });
}

Response Json(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

Response JsonError(int status,
                   std::string_view code,
                   std::string_view message,
                   std::string_view field) {
  nlohmann::ordered_json json;
  json["code"] = code;
  json["message"] = message;
  if (!field.empty()) {
    json["field"] = field;
  }
  Response response;
  response.status = status;
  // Messages may quote what the client sent, which need not be UTF-8.
  response.body = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return response;
}

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk: return 200;
    case absl::StatusCode::kCancelled: return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange: return 400;
    case absl::StatusCode::kUnauthenticated: return 401;
    case absl::StatusCode::kPermissionDenied: return 403;
    case absl::StatusCode::kNotFound: return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kFailedPrecondition: return 409;
    case absl::StatusCode::kResourceExhausted: return 429;
    case absl::StatusCode::kUnimplemented: return 501;
    case absl::StatusCode::kUnavailable: return 503;
    case absl::StatusCode::kDeadlineExceeded: return 504;
    default: return 500;
  }
}

Response ErrorResponse(const absl::Status& status) {
  Response response = JsonError(HttpStatus(status.code()), absl::StatusCodeToString(status.code()),
                                std::string(status.message()), FieldOf(status));
  if (response.status == 429 || response.status == 503) {
    constexpr int64_t kSecondMs = 1'000;
    const int64_t wait_ms = RetryAfterOf(status).millis();
    response.headers.emplace_back(
        "Retry-After", std::to_string(std::max<int64_t>(1, (wait_ms + kSecondMs - 1) / kSecondMs)));
  }
  return response;
}

absl::Status WithField(absl::Status status, std::string_view field) {
  status.SetPayload(kFieldPayload, absl::Cord(absl::string_view(field.data(), field.size())));
  return status;
}

absl::StatusOr<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
      continue;
    }
    if (text[i] == '\0') {
      return absl::InvalidArgumentError("the request target holds a NUL");
    }
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0)) {
      return absl::InvalidArgumentError("broken escape in the request target at \"" +
                                        std::string(text.substr(i, 3)) + "\"");
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += "0123456789ABCDEF"[byte >> 4];
      out += "0123456789ABCDEF"[byte & 15];
    }
  }
  return out;
}

absl::StatusOr<NameValues> ParseQuery(std::string_view text) {
  NameValues pairs;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) {
      continue;
    }
    if (pairs.size() == kQueryPairsMax) {
      return absl::InvalidArgumentError("more than 100 query parameters");
    }
    const std::string_view name = pair.substr(0, pair.find('='));
    const std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
    auto decoded_name = PercentDecode(name, true);
    auto decoded_value = PercentDecode(value, true);
    if (!decoded_name.ok() || !decoded_value.ok()) {
      return decoded_name.ok() ? decoded_value.status() : decoded_name.status();
    }
    pairs.emplace_back(*std::move(decoded_name), *std::move(decoded_value));
  }
  return pairs;
}

}  // namespace tw::http
