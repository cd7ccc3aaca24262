#include "libs/ilp/sender.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "libs/ilp/protocol.h"

namespace tw::ilp {
namespace {

constexpr char kSettingsTarget[] = "/settings";
constexpr int kNewestProtocol = 2;
constexpr size_t kGzipBytesMin = 4096;  // below it a packet more or less is all there is to win
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

// {"config":{"line.proto.support.versions":[1,2,3],...},...}; servers before v2 say nothing of it.
int ReadProtocol(const std::string& settings) {
  const auto json = nlohmann::json::parse(settings, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("config") || !json["config"].is_object()) {
    return 1;
  }
  const auto versions = json["config"].find("line.proto.support.versions");
  if (versions == json["config"].end() || !versions->is_array()) {
    return 1;
  }
  const bool newest = std::any_of(versions->begin(), versions->end(), [](const auto& version) {
    return version.is_number_integer() && version.template get<int>() == kNewestProtocol;
  });
  return newest ? kNewestProtocol : 1;
}

bool IsThisMachine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
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

Sender::Sender(HttpEndpoint endpoint, Gzip gzip)
    : connection_(std::move(endpoint)),
      gzip_(gzip == Gzip::kAlways ||
            (gzip == Gzip::kAuto && !IsThisMachine(connection_.endpoint().host))) {}

bool Sender::FindProtocol(SendResult& result) {
  const auto settings = connection_.Get(kSettingsTarget);
  if (!settings.ok()) {
    result.message = std::string(settings.status().message());
    return false;
  }
  result.http_status = settings->status;
  if (settings->status == 200) {
    protocol_ = ReadProtocol(settings->body);
  } else if (settings->status == 404) {
    protocol_ = 1;
  } else {
    // Whatever it is, the rows have no part in it.
    result.outcome =
        IsRetriableHttpStatus(settings->status) ? SendOutcome::kRetry : SendOutcome::kDenied;
    ReadError(settings->body, result);
    return false;
  }
  return true;
}

SendResult Sender::Send(std::string_view lines) {
  SendResult result;
  if (protocol_ == 0 && !FindProtocol(result)) {
    return result;
  }
  std::string downgraded;
  if (protocol_ == 1) {
    downgraded = ToProtocolV1(lines);
    lines = downgraded;
  }
  const bool gzip = gzip_ && lines.size() >= kGzipBytesMin;
  const auto reply = connection_.Post(kWriteTarget, lines, gzip);
  result = {};
  if (!reply.ok()) {
    protocol_ = 0;  // who answers next may be another server
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
