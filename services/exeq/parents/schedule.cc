#include "services/exeq/parents/schedule.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/core/prng.h"

namespace tw::exeq {
namespace {

constexpr int64_t kWeightScale = 1'000'000'000;

// Where the boundary before slice `i` lies; exact, so that the last one is the end.
Timestamp Boundary(const ParentTerms& terms, size_t i, size_t slices) {
  const auto span = static_cast<__int128>((terms.end - terms.start).ns);
  return terms.start + Duration{static_cast<int64_t>(span * static_cast<__int128>(i) /
                                                     static_cast<__int128>(slices))};
}

std::vector<int64_t> Weights(const ParentTerms& terms, const VolumeCurve& curve) {
  const auto slices = static_cast<size_t>(terms.slices);
  if (terms.algo == Algo::kImplementationShortfall) {
    return ShortfallWeights(terms.slices, terms.urgency_e8);
  }
  std::vector<int64_t> weights(slices, kWeightScale);
  if (terms.algo == Algo::kVwap) {
    for (size_t i = 0; i < slices; ++i) {
      weights[i] = curve.Between(Boundary(terms, i, slices), Boundary(terms, i + 1, slices));
    }
  }
  return weights;
}

}  // namespace

std::vector<Slot> MakeSlots(const ParentTerms& terms, const VolumeCurve& curve, uint64_t seed) {
  TW_CHECK(HasSchedule(terms.algo) && terms.slices > 0);
  Prng random(seed);
  const int64_t percent = terms.randomize_percent;
  std::vector<Slot> slots;
  slots.reserve(static_cast<size_t>(terms.slices));
  const std::vector<int64_t> weights = Weights(terms, curve);
  const int64_t largest = *std::max_element(weights.begin(), weights.end());
  int64_t sum = 0;
  for (const int64_t weight : weights) {
    // At most 1e12 in all, however the weights came.
    const auto scaled = static_cast<int64_t>(static_cast<__int128>(weight) * kWeightScale /
                                             std::max<int64_t>(largest, 1));
    const int64_t stretch = 10'000 + random.Between(-100 * percent, 100 * percent);
    sum += std::max<int64_t>(1, scaled / 10'000 * stretch);
    Slot slot;
    slot.cumulative = sum;
    slot.delay_ppm = static_cast<int32_t>(random.Between(0, 10'000 * percent));
    slots.push_back(slot);
  }
  return slots;
}

Timestamp SlotTime(const Parent& parent, uint32_t slot) {
  const size_t slices = parent.slots->size();
  TW_CHECK(slot < slices);
  const Timestamp from = Boundary(parent.terms, slot, slices);
  const Duration length = Boundary(parent.terms, slot + 1, slices) - from;
  return from + Duration{static_cast<int64_t>(static_cast<__int128>(length.ns) *
                                              (*parent.slots)[slot].delay_ppm / 1'000'000)};
}

uint32_t SlotsDue(const Parent& parent, Timestamp now) {
  uint32_t low = 0;
  auto high = static_cast<uint32_t>(parent.slots->size());
  while (low < high) {  // times grow: a slice is never later than its part of the time
    const uint32_t middle = (low + high) / 2;
    if (SlotTime(parent, middle) <= now) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Quantity RoundToLot(Quantity quantity, Quantity lot) {
  return Quantity::FromE8(quantity.e8() - quantity.e8() % lot.e8());
}

Quantity TargetAfter(const Parent& parent, uint32_t due, Quantity lot) {
  const Quantity whole = parent.terms.quantity;
  if (due >= parent.slots->size()) {
    return whole;
  }
  if (due <= parent.base_slot || whole <= parent.base) {
    return std::min(parent.base, whole);
  }
  const int64_t before =
      parent.base_slot == 0 ? 0 : (*parent.slots)[parent.base_slot - 1].cumulative;
  const std::optional<int64_t> share =
      MulDiv((whole - parent.base).e8(), (*parent.slots)[due - 1].cumulative - before,
             parent.slots->back().cumulative - before, Rounding::kDown);
  TW_CHECK(share);
  return parent.base + RoundToLot(Quantity::FromE8(*share), lot);
}

}  // namespace tw::exeq
