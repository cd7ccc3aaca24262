// Reports: CSV files in ptrc's folder, named by their id, with an index of them in memory that is
// rebuilt from the folder at start. The newest kReportsMax are kept, older files are removed. Any
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tw::ptrc {

class Reports {
 public:
  static constexpr size_t kReportsMax = 1'000;

  explicit Reports(std::string folder, size_t max = kReportsMax)
      : folder_(std::move(folder)), max_(max) {}

  // Makes the folder, finds what is there.
  absl::Status Load();
  // Writes a report, whole or not at all; answers its id, "<kind>-<number>".
  absl::StatusOr<std::string> Write(std::string_view kind, const std::string& csv);
  // NotFound for an id that was never given or is no longer kept.
  absl::StatusOr<std::string> Read(std::string_view id) const;
  size_t size() const;

 private:
  std::string Path(std::string_view id) const;

  const std::string folder_;
  const size_t max_;
  mutable std::mutex mutex_;
  std::deque<std::string> ids_;  // oldest first
  uint64_t last_number_ = 0;
};

}  // namespace tw::ptrc
