#include "services/sink-alt/seen_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tw::sink_alt {
namespace {

constexpr Timestamp kStart{1'800'000'000'000'000'000};
constexpr Duration kAge = Duration::Seconds(72 * 3'600);

ContentHash Hash(int n) {
  ContentHash hash{};
  hash[0] = static_cast<uint8_t>(n >> 8);
  hash[15] = static_cast<uint8_t>(n);
  return hash;
}

class SeenLogTest : public ::testing::Test {
 protected:
  SeenLogTest() { std::filesystem::remove_all(folder_); }
  ~SeenLogTest() override { std::filesystem::remove_all(folder_); }

  SeenLog Open(Timestamp now) {
    read_.clear();
    auto log = SeenLog::Open(folder_, kAge, now,
                             [this](const SeenLog::Entry& entry) { read_.push_back(entry.hash); });
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }
  static std::vector<SeenLog::Entry> Entries(int first, int last, Timestamp taken) {
    std::vector<SeenLog::Entry> entries;
    for (int n = first; n <= last; ++n) {
      entries.push_back({Hash(n), taken});
    }
    return entries;
  }
  std::vector<std::filesystem::path> Files() const {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      files.push_back(file.path());
    }
    return files;
  }

  const std::string folder_ = ::testing::TempDir() + "tw-seen-" + std::to_string(::getpid());
  std::vector<ContentHash> read_;
};

TEST_F(SeenLogTest, WhatWasAppendedIsThereAfterARestart) {
  {
    SeenLog log = Open(kStart);
    ASSERT_TRUE(log.Append(Entries(1, 3, kStart)).ok());
    ASSERT_TRUE(log.Append({}).ok());
    ASSERT_TRUE(log.Append(Entries(4, 5, kStart + Duration::Seconds(1))).ok());
  }
  {
    SeenLog log = Open(kStart + Duration::Seconds(2));
    ASSERT_EQ(read_.size(), 5U);
    EXPECT_EQ(read_[0], Hash(1));
    EXPECT_EQ(read_[4], Hash(5));
    ASSERT_TRUE(log.Append(Entries(6, 6, kStart + Duration::Seconds(2))).ok());
  }
  Open(kStart + Duration::Seconds(3));
  EXPECT_EQ(read_.size(), 6U);
}

TEST_F(SeenLogTest, WhatIsTooOldIsNotReadAndItsSegmentsGo) {
  {
    SeenLog log = Open(kStart);
    ASSERT_TRUE(log.Append(Entries(1, 1, kStart)).ok());
    ASSERT_TRUE(log.Append(Entries(2, 2, kStart + Duration::Seconds(10))).ok());
  }
  Open(kStart + kAge + Duration::Seconds(5));
  ASSERT_EQ(read_.size(), 1U);
  EXPECT_EQ(read_[0], Hash(2));
  EXPECT_EQ(Files().size(), 1U);
  Open(kStart + kAge + Duration::Seconds(11));
  EXPECT_TRUE(read_.empty());
  EXPECT_TRUE(Files().empty());
}

TEST_F(SeenLogTest, LongSegmentsAreCutAndOldOnesRemovedWhileItRuns) {
  SeenLog log = Open(kStart);
  constexpr int kAppends = 4;
  for (int i = 0; i < kAppends; ++i) {
    ASSERT_TRUE(log.Append(Entries(0, static_cast<int>(SeenLog::kSegmentRecordsMax) / 2,
                                   kStart + Duration::Seconds(i)))
                    .ok());
  }
  EXPECT_EQ(Files().size(), 2U);
  const Timestamp later = kStart + kAge + Duration::Seconds(100);
  ASSERT_TRUE(log.Append(Entries(0, static_cast<int>(SeenLog::kSegmentRecordsMax), later)).ok());
  ASSERT_TRUE(log.Append(Entries(1, 1, later)).ok());
  EXPECT_LE(Files().size(), 2U);
}

// Cut at every byte and with every byte flipped: what is whole is read, the rest is counted.
TEST_F(SeenLogTest, ATornOrDamagedFileLosesOnlyWhatIsDamaged) {
  {
    SeenLog log = Open(kStart);
    ASSERT_TRUE(log.Append(Entries(1, 4, kStart)).ok());
  }
  const std::filesystem::path path = Files()[0];
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  constexpr size_t kRecord = 28;
  ASSERT_EQ(bytes.size(), 4 * kRecord);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    std::ofstream(path, std::ios::binary) << bytes.substr(0, cut);
    const SeenLog log = Open(kStart);
    ASSERT_EQ(read_.size(), cut / kRecord) << cut;
    ASSERT_EQ(log.damaged(), cut % kRecord == 0 ? 0U : 1U) << cut;
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(path, std::ios::binary) << damaged;
    const SeenLog log = Open(kStart);
    ASSERT_EQ(read_.size(), 3U) << at;
    ASSERT_EQ(log.damaged(), 1U) << at;
  }
}

TEST_F(SeenLogTest, AFolderThatCannotBeIsSaid) {
  const auto log = SeenLog::Open("/proc/nothing", kAge, kStart, [](const SeenLog::Entry&) {});
  EXPECT_TRUE(absl::IsUnavailable(log.status()));
}

}  // namespace
}  // namespace tw::sink_alt
