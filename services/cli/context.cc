#include "services/cli/context.h"

#include <charconv>

#include "libs/config/ports.h"

namespace tw::cli {

std::string Context::Address(std::string_view service) const {
  return service == "gateway" && !gateway.empty() ? gateway : config::PeerAddress(service);
}

std::shared_ptr<rpc::Channel> Context::Peer(std::string_view service) const {
  rpc::ChannelOptions options;
  options.max_message_bytes = 256 << 20;  // reports of a whole history
  if (service == "gateway" && !token.empty()) {
    options.authorization = "Bearer " + token;
  }
  options.tls = Tls(service);
  return rpc::Channel::Create(Address(service), options);
}

// The gateway asks for no certificate; the others take whoever has one of this platform's.
TlsFiles Context::Tls(std::string_view service) const {
  if (tls_dir.empty()) {
    return {};
  }
  TlsFiles files = TlsFilesIn(tls_dir, "tradewind", /*both_sides=*/true);
  if (service == "gateway") {
    files.certificate.clear();
    files.key.clear();
  }
  return files;
}

http::NameValues Context::Headers(std::string_view service) const {
  if (service != "gateway" || token.empty()) {
    return {};
  }
  return {{"Authorization", "Bearer " + token}};
}

absl::Status Context::Explain(std::string_view service, const absl::Status& status) const {
  const bool unanswered = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
  if (!unanswered) {
    return status;
  }
  return absl::Status(status.code(), std::string(service) + " at " + Address(service) + ": " +
                                         std::string(status.message()));
}

int Context::Fail(const absl::Status& status) {
  err_ << "tradewind: " << absl::StatusCodeToString(status.code()) << ": "
       << std::string(status.message()) << "\n";
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ? kUnreachable : kFailed;
}

int Context::Usage(const absl::Status& status) {
  err_ << "tradewind: " << std::string(status.message()) << "\n";
  return kUsage;
}

absl::StatusOr<Duration> ParseSpan(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  int64_t unit_ms = 0;
  if (unit == "ms") {
    unit_ms = 1;
  } else if (unit.empty() || unit == "s") {
    unit_ms = 1'000;
  } else if (unit == "m") {
    unit_ms = 60'000;
  } else if (unit == "h") {
    unit_ms = 3'600'000;
  }
  constexpr int64_t kMaxMs = int64_t{24} * 3'600'000;
  if (error != std::errc() || unit_ms == 0 || number < 0 || number > kMaxMs / unit_ms) {
    return absl::InvalidArgumentError(
        "expected a time up to 24h such as 250ms, 10s or 5m, found \"" + text + "\"");
  }
  return Duration::Millis(number * unit_ms);
}

}  // namespace tw::cli
