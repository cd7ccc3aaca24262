#include "libs/http/tls_context.h"

#include <sys/stat.h>

#include "libs/base/clock.h"
#include "libs/log/log.h"

namespace tw::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr int64_t kLookEveryNs = 1'000'000'000;

}  // namespace

// Of when and what the files are.
std::string TlsContext::Stamp() const {
  std::string stamp;
  for (const std::string& path : {files_.certificate, files_.key, files_.authority}) {
    struct stat found {};
    if (!path.empty() && ::stat(path.c_str(), &found) == 0) {
      stamp += std::to_string(found.st_ino) + " " + std::to_string(found.st_size) + " " +
               std::to_string(found.st_mtim.tv_sec) + "." + std::to_string(found.st_mtim.tv_nsec) +
               ";";
    }
  }
  return stamp;
}

absl::StatusOr<AnyStream::Context> TlsContext::Read() const {
  const bool server = side_ == TlsSide::kServer;
  auto context =
      std::make_shared<ssl::context>(server ? ssl::context::tls_server : ssl::context::tls_client);
  error_code error;
  const auto step = [&](const std::string& path, auto load) {
    if (!error && !path.empty()) {
      load(path);
    }
    return error ? absl::FailedPreconditionError("TLS: " + path + ": " + error.message())
                 : absl::OkStatus();
  };
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                       ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  absl::Status read = step(files_.certificate, [&](const std::string& path) {
    context->use_certificate_chain_file(path, error);
  });
  if (read.ok()) {
    read = step(files_.key, [&](const std::string& path) {
      context->use_private_key_file(path, ssl::context::pem, error);
    });
  }
  if (read.ok() && (!server || files_.both_sides)) {
    read = step(files_.authority,
                [&](const std::string& path) { context->load_verify_file(path, error); });
    context->set_verify_mode(ssl::verify_peer | (server ? ssl::verify_fail_if_no_peer_cert : 0));
  }
  return read.ok() ? absl::StatusOr<AnyStream::Context>(std::move(context)) : read;
}

absl::StatusOr<AnyStream::Context> TlsContext::Current() {
  const std::lock_guard lock(mutex_);
  const int64_t now = MonotonicNanos();
  if (context_ != nullptr && now - looked_ns_ < kLookEveryNs) {
    return context_;
  }
  looked_ns_ = now;
  std::string stamp = Stamp();
  if (context_ != nullptr && stamp == stamp_) {
    return context_;
  }
  auto read = Read();
  if (read.ok()) {
    context_ = *read;
    stamp_ = std::move(stamp);
    return context_;
  }
  // A pair that is half replaced: the next look finds it whole.
  log::Limited(log::Level::kWarn, "certificates_not_read",
               {{"reason", std::string(read.status().message())}});
  return context_ != nullptr ? absl::StatusOr<AnyStream::Context>(context_) : read;
}

}  // namespace tw::http
