// What a parent order may ask for. Pure.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/core/instrument.h"
#include "services/exeq/parents/parent.h"

namespace tw::exeq {

inline constexpr Duration kDurationMin = Duration::Seconds(1);
inline constexpr Duration kDurationMax = Duration::Seconds(int64_t{7} * 86'400);
inline constexpr int kRandomizeMax = 50;
inline constexpr int64_t kUrgencyMaxE8 = 20 * kDecimalScale;
inline constexpr int64_t kUrgencyDefaultE8 = 2 * kDecimalScale;
inline constexpr Duration kIntervalMin = Duration::Millis(100);
inline constexpr Duration kIntervalDefault = Duration::Seconds(1);

// The terms with what was left out filled in: start, slices (one for each half minute, at least
// four), interval, urgency. InvalidArgument with the field at fault.
absl::StatusOr<ParentTerms> CheckTerms(ParentTerms terms,
                                       const Instrument& instrument,
                                       Timestamp now);

// A change of a working parent. What is zero stays as it is.
struct ParentChange {
  Quantity quantity;
  Price limit_price;
  Timestamp end;
};

// The terms after the change; InvalidArgument with the field at fault, FailedPrecondition where the
// parent does not allow it now.
absl::StatusOr<ParentTerms> ChangedTerms(const Parent& parent,
                                         const ParentChange& change,
                                         const Instrument& instrument,
                                         Timestamp now);

}  // namespace tw::exeq
