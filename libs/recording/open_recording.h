// OpenRecording: any recording that can be played, this platform's own among them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/recorded/source.h"

namespace tw::recording {

struct RecordingOptions {
  std::string symbol{};   // in place of the one the file tells; of our own: this one only
  std::string mapping{};  // of CSV files
  std::string name{};     // several files as one of this name; "": the file's own
};

// REQUIRES: `paths` is not empty, and holds one path where there is no name. Errors as
// recorded::Open has them.
absl::StatusOr<std::unique_ptr<recorded::RecordedSource>> OpenRecording(
    const std::vector<std::string>& paths, const RecordingOptions& options);

}  // namespace tw::recording
