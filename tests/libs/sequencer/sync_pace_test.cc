#include "libs/sequencer/sync_pace.h"

#include "gtest/gtest.h"

namespace tw {
namespace {

TEST(SyncPaceTest, IsDenseUntilTheDiskHasRestedForSoManySyncs) {
  SyncPace pace(2);
  EXPECT_FALSE(pace.IsDense(1));  // nothing is known yet
  pace.Synced(1'000, 1'100);
  EXPECT_EQ(pace.ended_ns(), 1'100);
  EXPECT_TRUE(pace.IsDense(1'101));
  EXPECT_TRUE(pace.IsDense(1'299));
  EXPECT_FALSE(pace.IsDense(1'300));
}

TEST(SyncPaceTest, FollowsTheDiskAsItGetsSlowerAndForgetsOneStall) {
  SyncPace pace(1);
  int64_t now = 0;
  const auto sync = [&](int64_t took) {
    now += 10'000;
    pace.Synced(now, now + took);
    now += took;
  };
  const auto rest = [&] {  // how long it is dense for
    int64_t ns = 0;
    while (pace.IsDense(now + ns)) {
      ++ns;
    }
    return ns;
  };
  sync(100);
  EXPECT_EQ(rest(), 100);
  sync(900);  // an eighth of it counts
  EXPECT_EQ(rest(), 200);
  for (int i = 0; i < 40; ++i) {
    sync(100);
  }
  EXPECT_NEAR(static_cast<double>(rest()), 100, 2);
  for (int i = 0; i < 40; ++i) {
    sync(5'000);
  }
  EXPECT_NEAR(static_cast<double>(rest()), 5'000, 50);
}

TEST(SyncPaceTest, IsNeverDenseWhereNoRestIsWanted) {
  SyncPace pace(0);
  pace.Synced(0, 1'000);
  EXPECT_FALSE(pace.IsDense(1'000));
}

}  // namespace
}  // namespace tw
