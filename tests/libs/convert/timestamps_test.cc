#include "libs/convert/timestamps.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace tw {
namespace {

TEST(TimestampsTest, GoesBothWays) {
  struct Case {
    int64_t ns;
    int64_t seconds;
    int32_t nanos;
  };
  const Case cases[] = {
      {0, 0, 0},
      {1, 0, 1},
      {1'700'000'000'123'456'789, 1'700'000'000, 123'456'789},
      {-1, -1, 999'999'999},
      {-1'000'000'000, -1, 0},
      {std::numeric_limits<int64_t>::max(), 9'223'372'036, 854'775'807},
      {std::numeric_limits<int64_t>::min(), -9'223'372'037, 145'224'192},
  };
  for (const Case& c : cases) {
    google::protobuf::Timestamp proto;
    ToTimestamp({c.ns}, &proto);
    EXPECT_EQ(proto.seconds(), c.seconds) << c.ns;
    EXPECT_EQ(proto.nanos(), c.nanos) << c.ns;
    EXPECT_EQ(FromTimestamp(proto).ns, c.ns);
  }
}

TEST(TimestampsTest, ATimeOutOfRangeSticksAtTheEnd) {
  google::protobuf::Timestamp proto;
  proto.set_seconds(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(FromTimestamp(proto).ns, std::numeric_limits<int64_t>::max());
  proto.set_seconds(std::numeric_limits<int64_t>::min());
  proto.set_nanos(std::numeric_limits<int32_t>::min());
  EXPECT_EQ(FromTimestamp(proto).ns, std::numeric_limits<int64_t>::min());
}

}  // namespace
}  // namespace tw
