#include "services/normalizer/position.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace tw::normalizer {
namespace {

std::string Path() {
  return ::testing::TempDir() + "tw-position-" + std::to_string(::getpid());
}

TEST(PositionTest, ComesBackAsItWasWritten) {
  const std::string path = Path();
  std::remove(path.c_str());
  EXPECT_EQ(ReadPosition(path)->epoch, 0U);  // no file
  const Position position{
      .epoch = 18'446'744'073'709'551'615U,
      .sequence = 77,
      .numbers = {{{"PAPER", "BTCUSDT"}, 5}, {{"A venue", "BRK.B"}, 1'000'000'000'000}}};
  Position replaying = position;
  replaying.replaying = true;
  for (const Position& written : {position, replaying}) {
    ASSERT_TRUE(WritePosition(path, written).ok());
    const auto read = ReadPosition(path);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, written);
  }
  std::remove(path.c_str());
}

TEST(PositionTest, ATornOrForeignFileIsRefused) {
  const std::string path = Path();
  for (const char* text :
       {"", "something else\n", "tradewind-feed-position-1\t1\t2\n",
        "tradewind-feed-position-1\t1\tx\nend\n", "tradewind-feed-position-1\t1\t2\nA\tB\nend\n"}) {
    std::ofstream(path, std::ios::trunc) << text;
    EXPECT_EQ(ReadPosition(path).status().code(), absl::StatusCode::kDataLoss) << text;
  }
  std::remove(path.c_str());
}

TEST(PositionTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_FALSE(WritePosition(Path() + "-no/folder", Position()).ok());
}

}  // namespace
}  // namespace tw::normalizer
