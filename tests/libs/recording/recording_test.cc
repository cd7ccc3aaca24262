// Recordings: what was written comes back, cut at every byte and with every byte flipped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libs/recording/block.h"
#include "libs/recording/open_recording.h"
#include "libs/recording/reader.h"
#include "libs/recording/writer.h"

namespace tw::recording {
namespace {

using ::testing::HasSubstr;
namespace v1 = tradewind::v1;

v1::FeedEvent Trade(uint64_t number) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol(number % 2 == 0 ? "IBM" : "BTCUSDT");
  event.set_source_seq(number);
  event.set_venue_time_ns(1'000'000 + static_cast<int64_t>(number));
  event.set_receive_time_ns(2'000'000 + static_cast<int64_t>(number));
  event.mutable_trade()->set_price_e8(static_cast<int64_t>(number));
  event.mutable_trade()->set_quantity_e8(1);
  return event;
}

class RecordingTest : public ::testing::Test {
 protected:
  RecordingTest()
      : path_(::testing::TempDir() + "tw-recording-" + std::to_string(::getpid()) + "-" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove(path_);
  }
  ~RecordingTest() override { std::filesystem::remove(path_); }

  // Blocks of three events.
  void Record(uint64_t events, bool close) const {
    auto writer = Writer::Create(path_);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (uint64_t i = 1; i <= events; ++i) {
      ASSERT_TRUE(writer->Append(Trade(i)).ok());
      if (i % 3 == 0) {
        ASSERT_TRUE(writer->Flush().ok());
      }
    }
    if (close) {
      ASSERT_TRUE(writer->Close().ok());
    }
    EXPECT_EQ(writer->events(), events);
    EXPECT_EQ(writer->bytes(), std::filesystem::file_size(path_));
  }
  std::string Bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void Write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  struct Result {
    uint64_t events = 0;
    absl::Status status;
    uint64_t torn = 0;
    bool ended = false;
  };
  Result Read() const {
    Result result;
    auto reader = Reader::Open(path_);
    if (!reader.ok()) {
      result.status = reader.status();
      return result;
    }
    v1::FeedEvent event;
    while (true) {
      const absl::StatusOr<bool> more = reader->Next(event);
      if (!more.ok()) {
        result.status = more.status();
        break;
      }
      if (!*more) {
        break;
      }
      ++result.events;
      EXPECT_EQ(event.SerializeAsString(), Trade(result.events).SerializeAsString());
    }
    result.torn = reader->torn_bytes();
    result.ended = reader->ended();
    return result;
  }

  const std::string path_;
};

TEST_F(RecordingTest, WhatWasWrittenComesBack) {
  Record(10, true);
  const Result result = Read();
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.events, 10u);
  EXPECT_TRUE(result.ended);
  EXPECT_EQ(Writer::Create(path_).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(RecordingTest, LargeOnesAreManyBlocks) {
  {
    auto writer = Writer::Create(path_);
    ASSERT_TRUE(writer.ok());
    for (uint64_t i = 1; i <= 50'000; ++i) {
      ASSERT_TRUE(writer->Append(Trade(i)).ok());
    }
    ASSERT_TRUE(writer->Close().ok());
  }
  EXPECT_EQ(Read().events, 50'000u);
  EXPECT_LT(std::filesystem::file_size(path_), 50'000u * 20);
}

TEST_F(RecordingTest, CutAtEveryByteItIsReadToTheLastWholeBlock) {
  Record(9, true);
  const std::string all = Bytes();
  uint64_t most = 0;
  for (size_t size = kFirstLine.size(); size < all.size(); ++size) {
    Write(all.substr(0, size));
    const Result result = Read();
    ASSERT_TRUE(result.status.ok()) << size << ": " << result.status;
    EXPECT_EQ(result.events % 3, 0u) << size;
    EXPECT_GE(result.events, most) << size;
    EXPECT_FALSE(result.ended);
    most = result.events;
  }
  EXPECT_EQ(most, 9u);
  Write(all.substr(0, kFirstLine.size() - 1));
  EXPECT_EQ(Read().status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RecordingTest, AFlippedByteIsFoundAndNamed) {
  Record(9, true);
  const std::string all = Bytes();
  for (size_t at = kFirstLine.size(); at < all.size(); ++at) {
    std::string bytes = all;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    Write(bytes);
    const Result result = Read();
    // A length that reaches past the end looks like a block that is not whole; never like events.
    EXPECT_TRUE(!result.status.ok() || (!result.ended && result.torn > 0)) << at;
    if (!result.status.ok()) {
      EXPECT_THAT(std::string(result.status.message()), HasSubstr(": block "));
    }
    EXPECT_LE(result.events, 9u);
  }
}

TEST_F(RecordingTest, RowsAreNumberedAndSayWhatIsToBeKnown) {
  Record(9, false);
  Write(Bytes() + "TWB1torn");
  auto rows = OpenRecording({path_}, {.symbol = "IBM"});
  ASSERT_TRUE(rows.ok()) << rows.status();
  recorded::Row row;
  uint64_t count = 0;
  while (*(*rows)->Next(row)) {
    EXPECT_EQ(row.source_seq, ++count);
    EXPECT_EQ(row.symbol, "IBM");
    EXPECT_EQ(row.venue, "PAPER");
    EXPECT_EQ(row.receive_time.ns - row.time.ns, 1'000'000);
  }
  EXPECT_EQ(count, 4u);
  EXPECT_THAT((*rows)->warning(), HasSubstr("and 8 bytes of a block that is not whole"));
}

}  // namespace
}  // namespace tw::recording
