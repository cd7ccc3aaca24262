#include "libs/journal/read_ahead.h"

#include <cstdint>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace tw::journal {
namespace {

constexpr uint64_t kGroups = 100;

bool PutOne(ReadAhead& ahead, uint64_t number) {
  GroupHeader header;
  header.first_number = number;
  header.record_count = 1;
  GroupPlace place;
  place.offset = number * 10;
  return ahead.Put(header, place, "group " + std::to_string(number));
}

TEST(ReadAheadTest, GroupsComeWholeAndInOrder) {
  ReadAhead ahead;
  std::thread reader([&] {
    for (uint64_t i = 1; i <= kGroups; ++i) {
      EXPECT_TRUE(PutOne(ahead, i));
    }
    ahead.End();
  });
  for (uint64_t i = 1; i <= kGroups; ++i) {
    const CheckedGroup* group = ahead.Next();
    ASSERT_NE(group, nullptr);
    EXPECT_EQ(group->header.first_number, i);
    EXPECT_EQ(group->place.offset, i * 10);
    EXPECT_EQ(group->bytes, "group " + std::to_string(i));
  }
  EXPECT_EQ(ahead.Next(), nullptr);
  EXPECT_EQ(ahead.Next(), nullptr) << "the end stays the end";
  reader.join();
}

TEST(ReadAheadTest, WhatIsThereIsTakenAfterTheEnd) {
  ReadAhead ahead;
  EXPECT_TRUE(PutOne(ahead, 1));
  EXPECT_TRUE(PutOne(ahead, 2));
  ahead.End();
  EXPECT_EQ(ahead.Next()->header.first_number, 1u);
  EXPECT_EQ(ahead.Next()->header.first_number, 2u);
  EXPECT_EQ(ahead.Next(), nullptr);
}

TEST(ReadAheadTest, AReaderThatIsFarAheadWaitsAndIsLetGo) {
  ReadAhead ahead;
  uint64_t put = 0;
  std::thread reader([&] {
    while (PutOne(ahead, put + 1)) {
      ++put;
    }
  });
  ASSERT_NE(ahead.Next(), nullptr);
  ahead.Stop();
  reader.join();
  EXPECT_LE(put, 9u) << "eight wait, one has been taken";
}

TEST(ReadAheadTest, AGroupStaysWhileItIsLookedAt) {
  ReadAhead ahead;
  EXPECT_TRUE(PutOne(ahead, 1));
  const CheckedGroup* group = ahead.Next();
  std::thread reader([&] {
    for (uint64_t i = 2; i <= kGroups; ++i) {
      EXPECT_TRUE(PutOne(ahead, i));
    }
    ahead.End();
  });
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(group->bytes, "group 1");
  }
  while (ahead.Next() != nullptr) {
  }
  reader.join();
}

}  // namespace
}  // namespace tw::journal
