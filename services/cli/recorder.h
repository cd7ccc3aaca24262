// Recorder: takes the feed of normalizer or live-gateway down into a recording. The feed's events
// wait in a bounded queue; what it has no room for is a gap in the recording, never silent.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/recording/writer.h"
#include "libs/rpc/channel.h"

namespace tw::cli {

struct RecorderOptions {
  std::vector<std::string> symbols{};  // empty: all
  std::vector<std::string> venues{};   // empty: all live ones
  Duration time_max{};                 // zero: until stopped
  uint64_t bytes_max = 0;              // of the file; zero: no limit
  size_t queue_events = 200'000;
};

struct RecorderTotals {
  uint64_t events = 0;
  uint64_t trades = 0;
  uint64_t quotes = 0;
  uint64_t books = 0;
  uint64_t gaps = 0;
  uint64_t bytes = 0;
  bool lost = false;  // the feed is not there now
};

// Blocks until the time or the size is reached or `stop` says so; it is asked ten times a second,
// after `on_progress` once a second. The recording is whole when this returns, whatever it returns.
// Unavailable: the feed was not there for ten seconds at the start.
absl::StatusOr<RecorderTotals> Record(
    std::shared_ptr<rpc::Channel> peer,
    recording::Writer& writer,
    const RecorderOptions& options,
    const std::function<bool()>& stop,
    const std::function<void(const RecorderTotals&)>& on_progress);

}  // namespace tw::cli
