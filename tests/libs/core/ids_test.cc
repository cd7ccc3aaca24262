#include "libs/core/ids.h"

#include <gtest/gtest.h>

namespace tw {
namespace {

TEST(OrderIdTest, WritesAndReadsBack) {
  const OrderId id(3, 1042);
  EXPECT_EQ(id.ToString(), "3-1042");
  EXPECT_EQ(OrderId::Parse("3-1042"), id);
  EXPECT_EQ(id.epoch(), 3U);
  EXPECT_EQ(id.number(), 1042U);
}

TEST(OrderIdTest, RefusesEveryOtherText) {
  for (const char* text : {"", "-", "3", "3-", "-1", "03-1", "3-01", "3-1 ", "3-1-2", "a-1", "3--1",
                           "0-0", "4294967296-1"}) {
    EXPECT_FALSE(OrderId::Parse(text).has_value()) << text;
  }
}

TEST(OrderIdTest, OrdersByEpochThenNumber) {
  EXPECT_LT(OrderId(1, 9), OrderId(2, 1));
  EXPECT_LT(OrderId(2, 1), OrderId(2, 2));
}

}  // namespace
}  // namespace tw
