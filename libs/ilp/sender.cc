#include "libs/ilp/sender.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tw::ilp {
namespace {

constexpr char kWriteTarget[] = "/write?precision=n";
constexpr size_t kPlainMessageBytesMax = 512;

SendOutcome Classify(int status) {
  if (status >= 200 && status < 300) {
    return SendOutcome::kAcked;
  }
  if (IsRetriableHttpStatus(status)) {
    return SendOutcome::kRetry;
  }
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422: return SendOutcome::kReject;
    default: return SendOutcome::kDenied;
  }
}

// {"code":"invalid","message":"...","line":2,"errorId":"..."}; plain text from anything in between.
void ReadError(const std::string& body, SendResult& result) {
  const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) {
    const auto message = json.find("message");
    if (message != json.end() && message->is_string()) {
      result.message = message->get<std::string>();
    }
    const auto line = json.find("line");
    if (line != json.end() && line->is_number_integer()) {
      result.line = line->get<int>();
    }
  }
  if (result.message.empty()) {
    result.message = fmt::format("HTTP {} {}", result.http_status,
                                 std::string_view(body).substr(0, kPlainMessageBytesMax));
  }
}

}  // namespace

bool IsRetriableHttpStatus(int status) {
  switch (status) {
    case 500:
    case 503:
    case 504:
    case 507:
    case 509:
    case 523:
    case 524:
    case 529:
    case 599: return true;
    default: return false;
  }
}

SendResult Sender::Send(std::string_view lines) {
  SendResult result;
  const auto reply = connection_.Post(kWriteTarget, lines);
  if (!reply.ok()) {
    result.message = std::string(reply.status().message());
    return result;
  }
  result.http_status = reply->status;
  result.outcome = Classify(reply->status);
  if (result.outcome != SendOutcome::kAcked) {
    ReadError(reply->body, result);
  }
  return result;
}

Duration Backoff::Next(double random) {
  const Duration full = std::min(next_, max_);
  next_ = std::min(full * 2, max_);
  return Duration::Nanos(full.ns - static_cast<int64_t>(static_cast<double>(full.ns) / 2 * random));
}

}  // namespace tw::ilp
