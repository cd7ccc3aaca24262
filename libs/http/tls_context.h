// TlsContext: what TLS connections are made with, from files that are read again when they change:
// a connection that stands keeps what it was made with. Internal to libs/http. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/tls_files.h"
#include "libs/http/any_stream.h"

namespace tw::http {

enum class TlsSide { kServer, kClient };

class TlsContext {
 public:
  TlsContext(TlsFiles files, TlsSide side) : files_(std::move(files)), side_(side) {}

  // The newest that could be read; looks at the files once a second. FailedPrecondition when none
  // could be read yet.
  absl::StatusOr<AnyStream::Context> Current();

 private:
  std::string Stamp() const;
  absl::StatusOr<AnyStream::Context> Read() const;

  const TlsFiles files_;
  const TlsSide side_;
  std::mutex mutex_;
  AnyStream::Context context_;
  std::string stamp_;
  int64_t looked_ns_ = 0;
};

}  // namespace tw::http
