// The schedule of a parent that has one: TWAP, VWAP and implementation shortfall are the same thing
// with other weights. Pure; the same terms, curve and seed give the same slices everywhere.
#pragma once

#include <vector>

#include "services/exeq/parents/parent.h"
#include "services/exeq/parents/volume_curve.h"

namespace tw::exeq {

inline constexpr int kSlicesMax = 1000;

// REQUIRES: HasSchedule(terms.algo), checked terms with start, end and slices set.
std::vector<Slot> MakeSlots(const ParentTerms& terms, const VolumeCurve& curve, uint64_t seed);

// The share of the whole that Almgren and Chriss trade in each of `slices` equal parts of the time,
// as weights: with x(t) = X sinh(kappa (T - t)) / sinh(kappa T) still to be traded at time t, a
// slice is the difference of x over it ("Optimal execution of portfolio transactions", Journal of
// Risk 3(2), 2001, equation 17 in its continuous limit). `urgency_e8` is kappa T; near zero it is
// TWAP.
std::vector<int64_t> ShortfallWeights(int slices, int64_t urgency_e8);

// How many slices' time has come.
uint32_t SlotsDue(const Parent& parent, Timestamp now);
// When the slice goes. REQUIRES: slot < slots.size().
Timestamp SlotTime(const Parent& parent, uint32_t slot);
// What should have been sent once `due` slices went: a multiple of the lot, the whole quantity with
// the last one.
Quantity TargetAfter(const Parent& parent, uint32_t due, Quantity lot);

// The largest multiple of `lot` not above a quantity >= 0.
Quantity RoundToLot(Quantity quantity, Quantity lot);

}  // namespace tw::exeq
