// Breaker: stops new orders to a venue that refuses one after the other, then lets one through at a
// time to see whether it takes them again. Pure; the venues' owner only.
#pragma once

#include <optional>

#include "libs/base/time.h"

namespace tw::live_gateway {

struct BreakerConfig {
  int refusals = 50;  // in a row; 0: never opens
  Duration rest = Duration::Seconds(5);
};

class Breaker {
 public:
  explicit Breaker(BreakerConfig config) : config_(config) {}

  // Whether a new order may go. The one that may after a rest is the trial: until it is answered,
  // or another rest has passed, no second one may.
  bool Admit(Timestamp now) {
    if (Rests(now)) {
      return false;
    }
    if (opened_) {
      opened_ = now;
    }
    return true;
  }
  bool Rests(Timestamp now) const { return opened_ && now - *opened_ < config_.rest; }
  // The venue refused a new order for a reason of its own.
  void Refused(Timestamp now) {
    ++in_a_row_;
    if (opened_ || (config_.refusals > 0 && in_a_row_ >= config_.refusals)) {
      opened_ = now;
    }
  }
  void Accepted() {
    in_a_row_ = 0;
    opened_.reset();
  }

  bool open() const { return opened_.has_value(); }
  int in_a_row() const { return in_a_row_; }

 private:
  const BreakerConfig config_;
  int in_a_row_ = 0;
  std::optional<Timestamp> opened_;  // or its last trial
};

}  // namespace tw::live_gateway
