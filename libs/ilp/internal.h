// Inside libs/ilp only: what its files say and wait in.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"
#include "libs/base/time.h"

namespace tw::ilp {

inline std::chrono::nanoseconds ToChrono(Duration d) {
  return std::chrono::nanoseconds(d.ns);
}

// `doing` did not work at `path`, and errno says why. Unavailable: it may work later.
inline absl::Status DiskError(std::string_view doing, const std::string& path) {
  return absl::UnavailableError(
      fmt::format("{} {}: {}", doing, path, std::generic_category().message(errno)));
}

}  // namespace tw::ilp
