// Plays a recording into live-gateway: rows in batches over VenueService.Replay, at the recording's
// own pace times a factor, or as fast as the platform takes them. Never ahead of the platform's
// answers by more than kMessagesAhead messages.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/recorded/source.h"
#include "libs/rpc/channel.h"

namespace tw::cli {

inline constexpr size_t kRowsPerMessage = 1'000;
inline constexpr size_t kBytesPerMessage = 512 << 10;  // about; deep books are large
inline constexpr size_t kMessagesAhead = 32;

struct ReplayTotals {
  uint64_t rows = 0;
  uint64_t trades = 0;
  uint64_t quotes = 0;
  uint64_t books = 0;
  uint64_t bars = 0;
  uint64_t others = 0;
};

struct ReplayOptions {
  std::optional<double> speed;  // 1: as recorded; > 0; nullopt: as fast as it goes
  bool drive = false;           // the paper market follows
  // The platform has taken so many rows. On gRPC's threads.
  std::function<void(uint64_t rows)> on_progress;
};

// Blocks until the platform has taken every row; what it says it took. Fails as `source` does (rows
// before the fault have been played), as the platform does, or with Unavailable when the stream
// ends early.
absl::StatusOr<ReplayTotals> PlayRecording(rpc::Channel& live_gateway,
                                           recorded::RecordedSource& source,
                                           const ReplayOptions& options);

}  // namespace tw::cli
