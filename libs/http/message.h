// Requests, answers and errors of the HTTP kit, free of any HTTP library.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tw::auth {
class Caller;
}

namespace tw::http {

using NameValues = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET"
  std::string target;  // as sent: "/orders/3-7?limit=5"
  std::string path;    // percent-decoded, without the query
  NameValues params;   // of the route's pattern, percent-decoded
  NameValues query;    // percent-decoded, in order of appearance
  NameValues headers;  // names as sent
  std::string body;
  std::string peer;  // "127.0.0.1:50123"
  // Whom the server's gate let in; null where it has none.
  std::shared_ptr<const auth::Caller> caller;

  // The value of {name} in the route's pattern; "" when the pattern has no such name.
  std::string_view Param(std::string_view name) const;
  // The first value of `name`; nullopt when absent.
  std::optional<std::string_view> Query(std::string_view name) const;
  // Header names are compared without case.
  std::optional<std::string_view> Header(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  NameValues headers;  // beside Content-Type and Content-Length

  std::optional<std::string_view> Header(std::string_view name) const;
};

// 200 with a JSON body that is already text.
Response Json(std::string body);

// {"code":"...","message":"...","field":"..."}; "field" is left out when empty.
Response JsonError(int status,
                   std::string_view code,
                   std::string_view message,
                   std::string_view field = "");

// The HTTP status for a canonical code: INVALID_ARGUMENT 400, NOT_FOUND 404, ALREADY_EXISTS 409 ...
int HttpStatus(absl::StatusCode code);

// The answer for a Status that is not OK. The code is the canonical name ("INVALID_ARGUMENT"); the
// field is the one WithField or tw::FieldError put there; 429 and 503 carry Retry-After: what
// WithRetryAfter (libs/base/retry_hint.h) put there, else a second.
// INTERNAL and UNKNOWN show their message too: it is ours, and the reader is the operator.
Response ErrorResponse(const absl::Status& status);

// Names the request field at fault in a Status, for ErrorResponse.
absl::Status WithField(absl::Status status, std::string_view field);

// "%41b+c" -> "Ab+c"; with `plus_is_space`, as in queries, "Ab c". InvalidArgument for a broken
// escape or a NUL.
absl::StatusOr<std::string> PercentDecode(std::string_view text, bool plus_is_space);

// Everything but A-Z a-z 0-9 - . _ ~ as %XX.
std::string PercentEncode(std::string_view text);

// "a=1&b=x%20y" -> pairs. At most 100 of them.
absl::StatusOr<NameValues> ParseQuery(std::string_view text);

// True when `a` and `b` differ at most in the case of ASCII letters.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace tw::http
