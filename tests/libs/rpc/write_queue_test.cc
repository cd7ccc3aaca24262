#include "libs/rpc/write_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace tw::rpc {
namespace {

grpc::ByteBuffer Message(size_t bytes) {
  const grpc::Slice slice(std::string(bytes, 'x'));
  return {&slice, 1};
}

TEST(WriteQueueTest, HoldsNoMoreMessagesThanItMay) {
  WriteQueue queue(4, 1'000'000);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(queue.Push(Message(1)));
  }
  EXPECT_FALSE(queue.Push(Message(1)));
  EXPECT_EQ(queue.size(), 4u);
}

TEST(WriteQueueTest, HoldsNoMoreBytesThanItMayButForTheLastMessage) {
  WriteQueue queue(1'000, 100);
  EXPECT_TRUE(queue.Push(Message(99)));
  EXPECT_TRUE(queue.Push(Message(5'000)));
  EXPECT_FALSE(queue.Push(Message(1)));
  queue.Pop();
  EXPECT_FALSE(queue.Push(Message(1)));  // 5,000 still wait
  queue.Pop();
  EXPECT_TRUE(queue.Push(Message(1)));
}

TEST(WriteQueueTest, WhoFoundNoRoomIsToldOnceWhenHalfOfItIsFree) {
  WriteQueue queue(4, 100);
  for (int i = 0; i < 4; ++i) {
    queue.Push(Message(25));
  }
  EXPECT_FALSE(queue.TakeRelief());  // nobody has asked
  EXPECT_FALSE(queue.Push(Message(25)));
  queue.Pop();
  EXPECT_FALSE(queue.TakeRelief());
  queue.Pop();
  EXPECT_TRUE(queue.TakeRelief());
  EXPECT_FALSE(queue.TakeRelief());
}

TEST(WriteQueueTest, HasAllItsRoomAgainOnceCleared) {
  WriteQueue queue(2, 100);
  queue.Push(Message(100));
  EXPECT_FALSE(queue.Push(Message(1)));
  queue.Clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.TakeRelief());
  EXPECT_TRUE(queue.Push(Message(99)));
  EXPECT_TRUE(queue.Push(Message(1)));
}

}  // namespace
}  // namespace tw::rpc
