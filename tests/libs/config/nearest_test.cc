#include "libs/config/nearest.h"

#include <gtest/gtest.h>

namespace tw::config {
namespace {

TEST(EditDistanceTest, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("oms", "oms"), 0U);
}

TEST(DidYouMeanTest, NamesTheNearestOnlyWhenNear) {
  const std::vector<std::string> known = {"queue-max", "http-port", "grpc-port"};
  EXPECT_EQ(DidYouMean("queu-max", known), " (did you mean \"queue-max\"?)");
  EXPECT_EQ(DidYouMean("htp-port", known), " (did you mean \"http-port\"?)");
  EXPECT_EQ(DidYouMean("zzzzzz", known), "");
  EXPECT_EQ(DidYouMean("queue-max", {}), "");
}

}  // namespace
}  // namespace tw::config
