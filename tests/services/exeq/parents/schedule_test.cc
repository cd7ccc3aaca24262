// Slices: how much goes when.
#include "services/exeq/parents/schedule.h"

#include <gmock/gmock.h>

#include <numeric>

#include "tests/services/exeq/parents/parents_fixture.h"

namespace tw::exeq {
namespace {

using ::testing::ElementsAre;

Parent Scheduled(ParentTerms terms, uint64_t seed = 1) {
  terms.start = kStart;
  Parent parent;
  parent.terms = terms;
  parent.slots =
      std::make_shared<const std::vector<Slot>>(MakeSlots(terms, VolumeCurve::Default(), seed));
  return parent;
}

std::vector<std::string> Targets(const Parent& parent, Quantity lot) {
  std::vector<std::string> out;
  for (uint32_t due = 0; due <= parent.slots->size(); ++due) {
    out.push_back(TargetAfter(parent, due, lot).ToString());
  }
  return out;
}

TEST(Schedule, TwapIsEvenAndTheSumIsExact) {
  const Parent parent = Scheduled(Terms(Algo::kTwap, "1", 60, 3));
  EXPECT_THAT(Targets(parent, Q("0.01")), ElementsAre("0", "0.33", "0.66", "1"));
  EXPECT_THAT(Targets(parent, Q("0.00001")), ElementsAre("0", "0.33333", "0.66666", "1"));
}

TEST(Schedule, SlicesGoAtTheBeginningOfTheirPartOfTheTime) {
  const Parent parent = Scheduled(Terms(Algo::kTwap, "1", 60, 3));
  EXPECT_EQ(SlotTime(parent, 0), kStart);
  EXPECT_EQ(SlotTime(parent, 1), kStart + Duration::Seconds(20));
  EXPECT_EQ(SlotsDue(parent, kStart - Duration{1}), 0U);
  EXPECT_EQ(SlotsDue(parent, kStart), 1U);
  EXPECT_EQ(SlotsDue(parent, kStart + Duration::Seconds(40) - Duration{1}), 2U);
  EXPECT_EQ(SlotsDue(parent, kStart + Duration::Seconds(40)), 3U);
}

TEST(Schedule, RandomSlicesKeepTheSumTheOrderAndTheirSeed) {
  ParentTerms terms = Terms(Algo::kTwap, "7.77777", 100, 10);
  terms.randomize_percent = 50;
  const Parent one = Scheduled(terms, 7);
  EXPECT_EQ(*one.slots, *Scheduled(terms, 7).slots);
  EXPECT_NE(*one.slots, *Scheduled(terms, 8).slots);
  Quantity before;
  for (uint32_t slot = 0; slot < 10; ++slot) {
    const Timestamp from = kStart + Duration::Seconds(10) * slot;
    EXPECT_GE(SlotTime(one, slot), from);
    EXPECT_LE(SlotTime(one, slot), from + Duration::Seconds(5));
    const Quantity target = TargetAfter(one, slot + 1, Q("0.00001"));
    EXPECT_GT(target, before);
    before = target;
  }
  EXPECT_EQ(before, Q("7.77777"));
}

TEST(Schedule, VwapFollowsTheCurve) {
  // From 12:00 to 16:00 UTC: quiet, then the American opening.
  ParentTerms terms = Terms(Algo::kVwap, "1", 0, 8);
  terms.start = *ParseRfc3339("2026-06-01T12:00:00Z");
  terms.end = *ParseRfc3339("2026-06-01T16:00:00Z");
  Parent parent;
  parent.terms = terms;
  parent.slots =
      std::make_shared<const std::vector<Slot>>(MakeSlots(terms, VolumeCurve::Default(), 1));
  const Quantity first = TargetAfter(parent, 1, Q("0.00001"));
  const Quantity fifth =
      TargetAfter(parent, 5, Q("0.00001")) - TargetAfter(parent, 4, Q("0.00001"));
  // 104 and 200 of 1,260 per cent.
  EXPECT_EQ(first, Q("0.08253"));
  EXPECT_NEAR(ToDouble(fifth.e8()), 200.0 / 1260, 0.00002);
  EXPECT_EQ(TargetAfter(parent, 8, Q("0.00001")), Q("1"));
}

TEST(Schedule, ShortfallIsEarlierTheMoreUrgent) {
  const auto first_share = [](int64_t urgency_e8) {
    const std::vector<int64_t> weights = ShortfallWeights(10, urgency_e8);
    return 100 * weights[0] / std::accumulate(weights.begin(), weights.end(), int64_t{0});
  };
  EXPECT_EQ(first_share(0), 10);  // TWAP
  EXPECT_EQ(first_share(1 * kDecimalScale), 12);
  EXPECT_EQ(first_share(5 * kDecimalScale), 39);
  EXPECT_EQ(first_share(20 * kDecimalScale), 86);
  // x(t) = sinh(kappa (T - t)) / sinh(kappa T): half the time, kappa T = 2, leaves 0.3240.
  const std::vector<int64_t> halves = ShortfallWeights(2, 2 * kDecimalScale);
  EXPECT_NEAR(static_cast<double>(halves[1]) / 1e9, 0.32403, 0.00001);
}

TEST(Schedule, WhatIsLeftIsLaidOutAnewFromABase) {
  Parent parent = Scheduled(Terms(Algo::kTwap, "1", 100, 10));
  parent.base = Q("0.1");
  parent.base_slot = 5;
  EXPECT_EQ(TargetAfter(parent, 5, Q("0.01")), Q("0.1"));
  EXPECT_EQ(TargetAfter(parent, 6, Q("0.01")), Q("0.28"));
  EXPECT_EQ(TargetAfter(parent, 10, Q("0.01")), Q("1"));
}

}  // namespace
}  // namespace tw::exeq
