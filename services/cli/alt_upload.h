// A file of alternative data into sink-alt by HTTP. One that is larger than a piece is checked
// piece by piece first, so that a fault anywhere takes nothing, and then stored piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "services/sink-alt/record_lines.h"
#include "tradewind/v1/analytics.pb.h"

namespace tw::cli {

struct AltUploadOptions {
  std::string address;  // of sink-alt's HTTP
  sink_alt::FileFormat format = sink_alt::FileFormat::kCsv;
  bool check_only = false;
  size_t piece_bytes = 8u << 20;
  Duration timeout = Duration::Seconds(60);  // of one request
  // What is under way: "checking", "storing", and how much of the file is behind it, 0 to 100.
  std::function<void(const std::string& state, int percent, int64_t records)> on_progress;
};

struct AltUploadResult {
  int64_t records = 0;
  int64_t accepted = 0;
  int64_t duplicates = 0;
  int64_t faults = 0;  // all of them; the first 100 of a piece are listed
  std::vector<tradewind::v1::UploadFault> fault_list;
};

// An error: the file cannot be read, sink-alt did not answer, or the disk failed. Faults are none.
absl::StatusOr<AltUploadResult> UploadAlt(const std::string& path, const AltUploadOptions& options);

}  // namespace tw::cli
