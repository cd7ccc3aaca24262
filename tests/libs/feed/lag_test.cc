#include "libs/feed/lag.h"

#include <gtest/gtest.h>

namespace tw::feed {
namespace {

Timestamp At(int64_t millis) {
  return Timestamp{} + Duration::Seconds(1'000) + Duration::Millis(millis);
}

TEST(LagMeterTest, CountsFromTheMomentItFellBehind) {
  LagMeter meter(At(0));
  EXPECT_FALSE(meter.Read(At(5)).current);
  EXPECT_EQ(meter.Read(At(5)).ms, 5);
  EXPECT_EQ(meter.Read(At(5)).reason, "not connected yet");

  meter.OnBatch(At(10), false);
  EXPECT_EQ(meter.Read(At(30)).ms, 30);
  meter.OnBatch(At(40), true);
  meter.OnBatch(At(50), true);
  EXPECT_TRUE(meter.Read(At(60)).current);
  EXPECT_EQ(meter.Read(At(60)).ms, 0);
  EXPECT_EQ(meter.current_since(), At(40));

  meter.OnLost(At(100), absl::UnavailableError("refused"));
  meter.OnLost(At(200), absl::UnavailableError("refused again"));
  EXPECT_EQ(meter.Read(At(350)).ms, 250);
  EXPECT_EQ(meter.Read(At(350)).reason, "stream lost: refused again");
  EXPECT_EQ(meter.current_since(), std::nullopt);
  meter.OnBatch(At(400), true);
  EXPECT_EQ(meter.current_since(), At(400));
}

}  // namespace
}  // namespace tw::feed
