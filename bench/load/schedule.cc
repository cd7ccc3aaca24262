#include "bench/load/schedule.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "libs/base/check.h"
#include "libs/base/field_error.h"

namespace tw::load {

absl::Status ParseShape(const std::string& text, ScheduleOptions& options) {
  const size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const bool has_value = colon != std::string::npos;
  const std::string value = has_value ? text.substr(colon + 1) : "";
  if (name == "burst") {
    options.shape = Shape::kBurst;
    if (has_value && (!absl::SimpleAtoi(value, &options.burst) || options.burst < 1 ||
                      options.burst > 1'000'000)) {
      return FieldError("schedule", "burst:N takes 1 to 1000000 commands, not '" + value + "'");
    }
    return absl::OkStatus();
  }
  if (name == "ramp") {
    options.shape = Shape::kRamp;
    if (has_value && (!absl::SimpleAtod(value, &options.ramp_from_percent) ||
                      !(options.ramp_from_percent >= 1 && options.ramp_from_percent <= 100))) {
      return FieldError("schedule", "ramp:FROM takes 1 to 100 percent, not '" + value + "'");
    }
    return absl::OkStatus();
  }
  for (const Shape shape : {Shape::kConstant, Shape::kPoisson, Shape::kOneAtATime}) {
    if (!has_value && name == ShapeName(shape)) {
      options.shape = shape;
      return absl::OkStatus();
    }
  }
  return FieldError(
      "schedule", "'" + text + "' is none of constant, poisson, burst[:N], " + "ramp[:FROM], one");
}

std::string ShapeName(Shape shape) {
  switch (shape) {
    case Shape::kConstant: return "constant";
    case Shape::kPoisson: return "poisson";
    case Shape::kBurst: return "burst";
    case Shape::kRamp: return "ramp";
    case Shape::kOneAtATime: return "one";
  }
  return "";
}

Schedule::Schedule(const ScheduleOptions& options)
    : options_(options),
      burst_(options.burst > 0 ? options.burst
                               : std::max<int64_t>(1, std::llround(options.rate / 10))),
      prng_(options.seed) {
  TW_CHECK(options.rate > 0 && options.total.ns > 0);
  TW_CHECK(options.shape != Shape::kOneAtATime);
}

std::optional<Duration> Schedule::Next() {
  const double at = std::max(last_s_, NextSeconds());
  if (at >= options_.total.seconds()) {
    return std::nullopt;
  }
  last_s_ = at;
  ++count_;
  return Duration{std::llround(at * 1e9)};
}

double Schedule::NextSeconds() {
  const auto nth = static_cast<double>(count_);
  switch (options_.shape) {
    case Shape::kPoisson: {
      // 53 random bits as a number in (0, 1].
      const double uniform = (static_cast<double>(prng_.Next() >> 11) + 1) * 0x1p-53;
      return last_s_ - std::log(uniform) / options_.rate;
    }
    case Shape::kBurst: return static_cast<double>(count_ - count_ % burst_) / options_.rate;
    case Shape::kRamp: return RampSeconds(nth);
    case Shape::kConstant:
    case Shape::kOneAtATime: break;
  }
  return nth / options_.rate;
}

// The rate stays at `from` through the warm-up and grows evenly to `rate` after it. With t since
// the end of the warm-up, from t + (rate - from) t^2 / (2 length) commands have left: solved for t.
double Schedule::RampSeconds(double nth) const {
  const double from = options_.rate * options_.ramp_from_percent / 100;
  const double warmup = options_.warmup.seconds();
  const double before = from * warmup;
  if (nth < before) {
    return nth / from;
  }
  const double length = options_.total.seconds() - warmup;
  const double slope = (options_.rate - from) / length;
  const double after = nth - before;
  if (slope <= 0) {
    return warmup + after / from;
  }
  return warmup + (std::sqrt(from * from + 2 * slope * after) - from) / slope;
}

}  // namespace tw::load
