// Position: how far into live-gateway's feed this service has got, in a small file, so that after
// kill -9 it goes on where it was, or can at least say what it has missed.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/normalizer/state.h"

namespace tw::normalizer {

struct Position {
  uint64_t epoch = 0;  // 0: none
  uint64_t sequence = 0;
  NormalizerState::Numbers numbers;
  bool replaying = false;  // in the middle of recorded data

  friend bool operator==(const Position&, const Position&) = default;
};

// Replaces the file in one step. Not synced: it outlives the process, not a power cut.
absl::Status WritePosition(const std::string& path, const Position& position);

// No file is a position with epoch 0. DataLoss for a file that is not one of these.
absl::StatusOr<Position> ReadPosition(const std::string& path);

}  // namespace tw::normalizer
