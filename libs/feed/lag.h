// LagMeter: how far behind its source a stream is, for GET /check. Any thread.
//
// Lag is the time since everything that was known at the source had arrived here: zero while that
// is so, growing from the moment the stream is lost or falls behind.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "libs/base/time.h"

namespace tw::feed {

struct Lag {
  bool current = false;
  std::string reason;  // why not, when not
  int64_t ms = 0;
};

class LagMeter {
 public:
  explicit LagMeter(Timestamp start) : behind_since_(start) {}

  // After each message of the stream.
  void OnBatch(Timestamp now, bool caught_up) {
    const std::lock_guard lock(mutex_);
    reason_ = "catching up";
    if (caught_up && !current_since_) {
      current_since_ = now;
    } else if (!caught_up && current_since_) {
      current_since_.reset();
      behind_since_ = now;
    }
  }
  void OnLost(Timestamp now, const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    reason_ = "stream lost: " + std::string(status.message());
    if (current_since_) {
      current_since_.reset();
      behind_since_ = now;
    }
  }

  Lag Read(Timestamp now) const {
    const std::lock_guard lock(mutex_);
    if (current_since_) {
      return {.current = true, .reason = "", .ms = 0};
    }
    return {.current = false, .reason = reason_, .ms = (now - behind_since_).millis()};
  }
  // Since when nothing has been missing; nullopt while something is.
  std::optional<Timestamp> current_since() const {
    const std::lock_guard lock(mutex_);
    return current_since_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Timestamp> current_since_;
  Timestamp behind_since_;
  std::string reason_ = "not connected yet";
};

}  // namespace tw::feed
