#include "services/exeq/parents/volume_curve.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "tests/services/exeq/parents/parents_fixture.h"

namespace tw::exeq {
namespace {

const Timestamp kMidnight = *ParseRfc3339("2026-06-01T00:00:00Z");

std::vector<VolumeBar> Hours(int count, const std::function<int64_t(int)>& volume) {
  std::vector<VolumeBar> bars;
  for (int i = 0; i < count * 4; ++i) {
    bars.push_back({kMidnight + Duration::Seconds(900) * i, Duration::Seconds(900),
                    Quantity::FromUnits(volume(i / 4))});
  }
  return bars;
}

TEST(VolumeCurve, IsAdditiveOverAnySplit) {
  const VolumeCurve curve = VolumeCurve::Default();
  const Timestamp a = kMidnight + Duration::Seconds(1'000);
  const Timestamp b = a + Duration::Seconds(12'345);
  const Timestamp c = b + Duration::Seconds(100'000);
  EXPECT_EQ(curve.Between(a, b) + curve.Between(b, c), curve.Between(a, c));
  EXPECT_EQ(curve.Between(a, a), 0);
}

TEST(VolumeCurve, LearnsWhatTheBarsShow) {
  const VolumeCurve curve =
      VolumeCurve::Learn(Hours(24, [](int hour) { return hour == 9 ? 300 : 100; }));
  EXPECT_TRUE(curve.learned());
  EXPECT_LE(std::abs(curve.weights()[18] - 3 * curve.weights()[16]), 2);
  EXPECT_EQ(curve.weights()[0], curve.weights()[47]);
}

TEST(VolumeCurve, DaysAreAveraged) {
  std::vector<VolumeBar> bars = Hours(24, [](int) { return 100; });
  for (const VolumeBar& bar : Hours(24, [](int) { return 300; })) {
    bars.push_back({bar.start + Duration::Seconds(86'400), bar.length, bar.volume});
  }
  const VolumeCurve curve = VolumeCurve::Learn(bars);
  EXPECT_EQ(curve.weights()[5], curve.weights()[40]);
}

TEST(VolumeCurve, HoursWithoutABarFollowTheDefault) {
  const VolumeCurve curve = VolumeCurve::Learn(Hours(6, [](int) { return 100; }));
  EXPECT_TRUE(curve.learned());
  EXPECT_EQ(curve.weights()[30], VolumeCurve::Default().weights()[30]);
}

TEST(VolumeCurve, TooLittleTeachesNothing) {
  EXPECT_FALSE(VolumeCurve::Learn({}).learned());
  EXPECT_FALSE(VolumeCurve::Learn(Hours(1, [](int) { return 100; })).learned());
  EXPECT_FALSE(VolumeCurve::Learn(Hours(24, [](int) { return 0; })).learned());
}

}  // namespace
}  // namespace tw::exeq
