#include "libs/rpc/write_queue.h"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

TEST(WriteQueueTest, HoldsNoMoreMessagesThanItMay) {
  WriteQueue<int> queue(4, 1'000'000);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(queue.Push(0, 1));
  }
  EXPECT_FALSE(queue.Push(0, 1));
  EXPECT_EQ(queue.size(), 4u);
}

TEST(WriteQueueTest, HoldsNoMoreBytesThanItMayButForTheLastMessage) {
  WriteQueue<int> queue(1'000, 100);
  EXPECT_TRUE(queue.Push(0, 99));
  EXPECT_TRUE(queue.Push(0, 5'000));
  EXPECT_FALSE(queue.Push(0, 1));
  queue.Pop();
  EXPECT_FALSE(queue.Push(0, 1));  // 5,000 still wait
  queue.Pop();
  EXPECT_TRUE(queue.Push(0, 1));
}

TEST(WriteQueueTest, WhoFoundNoRoomIsToldOnceWhenHalfOfItIsFree) {
  WriteQueue<int> queue(4, 100);
  for (int i = 0; i < 4; ++i) {
    queue.Push(0, 25);
  }
  EXPECT_FALSE(queue.TakeRelief());  // nobody has asked
  EXPECT_FALSE(queue.Push(0, 25));
  queue.Pop();
  EXPECT_FALSE(queue.TakeRelief());
  queue.Pop();
  EXPECT_TRUE(queue.TakeRelief());
  EXPECT_FALSE(queue.TakeRelief());
}

TEST(WriteQueueTest, GivesTheOldestFirst) {
  WriteQueue<int> queue(4, 100);
  queue.Push(1, 10);
  queue.Push(2, 20);
  EXPECT_EQ(queue.front(), 1);
  EXPECT_EQ(queue.Take(), 1);
  EXPECT_EQ(queue.Take(), 2);
  EXPECT_TRUE(queue.empty());
}

TEST(WriteQueueTest, HasAllItsRoomAgainOnceCleared) {
  WriteQueue<int> queue(2, 100);
  queue.Push(0, 100);
  EXPECT_FALSE(queue.Push(0, 1));
  queue.Clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.TakeRelief());
  EXPECT_TRUE(queue.Push(0, 99));
  EXPECT_TRUE(queue.Push(0, 1));
}

}  // namespace
}  // namespace tw::rpc
