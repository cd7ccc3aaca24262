// Schedule: when each command is meant to leave, fixed before the first one does, so that a slow
// answer cannot hold back the next command and hide a stall.
//
//   constant       evenly spaced
//   poisson        independent arrivals: exponential gaps, from a seed
//   burst[:N]      N at the same moment (default a tenth of a second's worth), evenly spaced bursts
//   ramp[:FROM]    evenly growing from FROM % of the rate (default 10) to the rate at the end
//   one            no schedule: each leaves when the one before is answered
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/core/prng.h"

namespace tw::load {

enum class Shape { kConstant, kPoisson, kBurst, kRamp, kOneAtATime };

struct ScheduleOptions {
  Shape shape = Shape::kPoisson;
  double rate = 1000;  // a second, > 0: the mean; for a ramp the rate at its end
  Duration warmup;     // at the first rate of the shape; a part of the total
  Duration total;      // > 0, warm-up included
  uint64_t seed = 1;
  int64_t burst = 0;              // commands in a burst; 0: a tenth of a second's worth
  double ramp_from_percent = 10;  // 1 to 100
};

// Reads the form above into shape, burst and ramp_from_percent. InvalidArgument says what is known.
absl::Status ParseShape(const std::string& text, ScheduleOptions& options);
std::string ShapeName(Shape shape);

// One thread at a time. REQUIRES: the shape is not kOneAtATime.
class Schedule {
 public:
  explicit Schedule(const ScheduleOptions& options);

  // The next intended time from the start of the run, never before the last one; nullopt when the
  // total is over.
  std::optional<Duration> Next();

 private:
  double NextSeconds();
  double RampSeconds(double nth) const;

  const ScheduleOptions options_;
  const int64_t burst_;
  Prng prng_;
  int64_t count_ = 0;
  double last_s_ = 0;
};

}  // namespace tw::load
