#include "libs/journal/writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "gtest/gtest.h"
#include "tests/libs/journal/fixture.h"
#include "tests/seed.h"

namespace tw::journal {
namespace {

TEST(WriterTest, NumbersFromOneAndGoesOnAfterReopen) {
  MemFileSystem files;
  {
    auto writer = MustOpen(files);
    EXPECT_EQ(writer->last_number(), 0u);
    EXPECT_EQ(*writer->Append("a"), 1u);
    EXPECT_EQ(*writer->Append("b"), 2u);
    EXPECT_EQ(writer->last_number(), 2u);
    EXPECT_EQ(writer->last_synced(), 0u);
    ASSERT_TRUE(writer->Sync().ok());
    EXPECT_EQ(writer->last_synced(), 2u);
  }
  Records seen;
  const auto keep = [&seen](uint64_t, std::string_view record) {
    seen.emplace_back(record);
    return absl::OkStatus();
  };
  auto writer = Writer::Open(files, kDir, SmallSegments(), 1, keep);
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ(seen, (Records{"a", "b"}));
  EXPECT_EQ(*(*writer)->Append("c"), 3u);
}

TEST(WriterTest, HeadHashIsThatOfTheLastSyncedGroup) {
  MemFileSystem files;
  Hash head;
  {
    auto writer = MustOpen(files);
    EXPECT_EQ(writer->head_hash(), Hash{});
    Fill(*writer, 3, 1);
    head = writer->head_hash();
    ASSERT_TRUE(writer->Append("not synced").ok());
    EXPECT_EQ(writer->head_hash(), head);
  }
  EXPECT_EQ(Verify(files, kDir)->head_hash, head);
  EXPECT_EQ(MustOpen(files)->head_hash(), head);
}

TEST(WriterTest, OneSyncPerGroupAndNoneForAnEmptyOne) {
  MemFileSystem files;
  Options options = SmallSegments();
  options.segment_bytes = 1 << 20;
  auto writer = MustOpen(files, options);
  const uint64_t before = files.syncs();
  ASSERT_TRUE(writer->Sync().ok());
  EXPECT_EQ(files.syncs(), before);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(writer->Append("record").ok());
  }
  ASSERT_TRUE(writer->Sync().ok());
  EXPECT_EQ(files.syncs(), before + 1);
  EXPECT_EQ(Verify(files, kDir)->groups, 1u);
}

TEST(WriterTest, WhatWasNotSyncedIsNotThere) {
  MemFileSystem files;
  {
    auto writer = MustOpen(files);
    ASSERT_TRUE(writer->Append("kept").ok());
    ASSERT_TRUE(writer->Sync().ok());
    ASSERT_TRUE(writer->Append("lost").ok());
  }
  EXPECT_EQ(ScanAll(files).records, Records{"kept"});
}

TEST(WriterTest, RollsOverSegmentsWithTheNextOneClaimedAhead) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  const Records records = Fill(*writer, 60, 3, 700);
  const ReadBack back = ScanAll(files);
  ASSERT_TRUE(back.report.ok()) << back.report.status();
  EXPECT_EQ(back.records, records);
  EXPECT_GT(back.report->end_segment, 5u);
  EXPECT_EQ(back.report->segments, back.report->end_segment + 1);
  EXPECT_EQ(files.Contents(SegmentPath(kDir, back.report->segments)).size(), 4096u);
}

// MemFileSystem makes sure that nothing but zeros is written over, here and in every other test.
TEST(WriterTest, BlocksAheadOfSmallGroupsAreWrittenOnceAndNotBeyondTheSegment) {
  constexpr uint64_t kSegment = 1 << 20;
  MemFileSystem files;
  Options options = SmallSegments();
  options.segment_bytes = kSegment;
  auto writer = MustOpen(files, options);
  const auto write = [&](size_t bytes) {
    const uint64_t before = files.zeros();
    EXPECT_TRUE(writer->Append(std::string(bytes, 'x')).ok());
    EXPECT_TRUE(writer->Sync().ok());
    return files.zeros() - before;
  };
  const uint64_t stride = write(100);
  EXPECT_GT(stride, uint64_t{64} << 10);
  EXPECT_EQ(write(100), 0u);  // there they are
  const uint32_t segment = writer->position().segment;
  int fills = 1;
  while (writer->position().segment == segment) {
    fills += write(1'000) > 0 ? 1 : 0;
  }
  EXPECT_EQ(static_cast<uint64_t>(fills), kSegment / stride + 1);  // one of them the next segment's
  EXPECT_LE(files.zeros(), kSegment + stride);
}

TEST(WriterTest, NothingIsWrittenAheadOfLargeGroups) {
  MemFileSystem files;
  Options options = SmallSegments();
  options.segment_bytes = 1 << 20;
  auto writer = MustOpen(files, options);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(writer->Append(std::string(50'000, 'x')).ok());
    ASSERT_TRUE(writer->Sync().ok());
  }
  EXPECT_EQ(files.zeros(), 0u);
}

TEST(WriterTest, LimitsRecordsAndGroups) {
  MemFileSystem files;
  Options options = SmallSegments();
  options.segment_bytes = uint64_t{16} << 20;
  auto writer = MustOpen(files, options);
  EXPECT_TRUE(
      absl::IsInvalidArgument(writer->Append(std::string(kRecordBytesMax + 1, 'x')).status()));
  EXPECT_EQ(writer->last_number(), 0u);
  const std::string largest(kRecordBytesMax, 'x');
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(writer->Append(largest).ok());
  }
  EXPECT_EQ(writer->last_synced(), 14u);  // two full groups of seven went out
  ASSERT_TRUE(writer->Sync().ok());
  EXPECT_EQ(ScanAll(files).records, Records(20, largest));
}

TEST(WriterTest, ASmallSegmentLimitsTheRecord) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  const size_t largest = 4096 - kGroupHeaderBytes - kRecordHeaderBytes;
  EXPECT_TRUE(absl::IsInvalidArgument(writer->Append(std::string(largest + 1, 'x')).status()));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(writer->Append(std::string(largest, 'x')).ok());
    ASSERT_TRUE(writer->Sync().ok());
  }
  EXPECT_EQ(Verify(files, kDir)->end_segment, 3u);
}

TEST(WriterTest, RefusesImpossibleOptions) {
  MemFileSystem files;
  Options options;
  for (const uint64_t bytes : {uint64_t{0}, uint64_t{4095}, (uint64_t{1} << 30) + 1}) {
    options.segment_bytes = bytes;
    EXPECT_TRUE(absl::IsInvalidArgument(Writer::Open(files, kDir, options).status())) << bytes;
  }
  options.segment_bytes = 8192;
  options.reserve_bytes = 4097;
  EXPECT_TRUE(absl::IsInvalidArgument(Writer::Open(files, kDir, options).status()));
}

TEST(WriterTest, OneWriterAtATime) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  EXPECT_TRUE(absl::IsFailedPrecondition(Writer::Open(files, kDir, SmallSegments()).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Recover(files, kDir, 1, nullptr).status()));
  writer.reset();
  EXPECT_TRUE(Writer::Open(files, kDir, SmallSegments()).ok());
}

TEST(WriterTest, AFailedSyncIsForGood) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  const Records before = Fill(*writer, 2, 5);
  ASSERT_TRUE(writer->Append("uncertain").ok());
  files.FailSyncs();
  EXPECT_TRUE(absl::IsUnavailable(writer->Sync()));
  EXPECT_TRUE(writer->failed());
  EXPECT_EQ(writer->last_synced(), before.size());
  files.LiftFaults();
  EXPECT_TRUE(absl::IsUnavailable(writer->Sync()));
  EXPECT_TRUE(absl::IsUnavailable(writer->Append("x").status()));
}

// After a failed fdatasync the page cache shows data that the disk does not have. Who opens next
// reads it, builds on it, and so must have made it durable.
TEST(WriterTest, OpenMakesTheLastGroupDurable) {
  MemFileSystem files;
  {
    auto writer = MustOpen(files);
    Fill(*writer, 1, 5);
    ASSERT_TRUE(writer->Append("uncertain").ok());
    files.FailSyncs();
    EXPECT_FALSE(writer->Sync().ok());
  }
  files.LiftFaults();
  Records seen;
  {
    auto writer = MustOpen(files);
    seen = ScanAll(files).records;
    EXPECT_EQ(seen.back(), "uncertain");
  }
  files.LoseUnsynced();
  EXPECT_EQ(ScanAll(files).records, seen);
}

TEST(WriterTest, AFailedWriteIsForGood) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  const Records before = Fill(*writer, 2, 5);
  ASSERT_TRUE(writer->Append("half of it is written").ok());
  files.CrashAfter(90);
  EXPECT_TRUE(absl::IsUnavailable(writer->Sync()));
  writer.reset();
  files.LiftFaults();
  writer = MustOpen(files);
  EXPECT_EQ(writer->recovery().torn_bytes, 90u);
  EXPECT_EQ(ScanAll(files).records, before);
}

// Appends until the lane is refused; answers how many went through.
int AppendUntilRefused(Writer& writer, Lane lane) {
  for (int n = 0;; ++n) {
    const auto number = writer.Append(std::string(100, 'x'), lane);
    if (!number.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(number.status())) << number.status();
      return n;
    }
    EXPECT_TRUE(writer.Sync().ok());
  }
}

TEST(WriterTest, AFullDiskClosesTheOrderLaneAndKeepsAReserve) {
  MemFileSystem files;
  Options options = SmallSegments();
  options.reserve_bytes = 1024;
  auto writer = MustOpen(files, options);
  EXPECT_TRUE(writer->next_claimed());
  files.LimitSpace(0);
  const int orders = AppendUntilRefused(*writer, Lane::kOrder);
  EXPECT_FALSE(writer->order_lane_open());
  EXPECT_FALSE(writer->failed());
  const int group = kGroupHeaderBytes + kRecordHeaderBytes + 100;
  const int in_first = 4096 / group;
  EXPECT_EQ(orders, in_first + (4096 - 1024) / group);
  const int cancels = AppendUntilRefused(*writer, Lane::kPriority);
  EXPECT_EQ(orders + cancels, in_first + 4096 / group);

  files.LiftFaults();
  ASSERT_TRUE(writer->Append("there is space again").ok());
  ASSERT_TRUE(writer->Sync().ok());
  EXPECT_TRUE(writer->order_lane_open());
  EXPECT_TRUE(writer->next_claimed());
  EXPECT_EQ(ScanAll(files).records.size(), static_cast<size_t>(orders + cancels + 1));
}

TEST(WriterTest, SaysBeforehandWhatAppendWillTake) {
  MemFileSystem files;
  Options options = SmallSegments();
  options.reserve_bytes = 1024;
  auto writer = MustOpen(files, options);
  files.LimitSpace(0);
  for (const Lane lane : {Lane::kOrder, Lane::kPriority}) {
    int taken = 0;
    while (writer->HasSpaceFor(100, lane)) {
      ASSERT_TRUE(writer->Append(std::string(100, 'x'), lane).ok());
      ++taken;
    }
    EXPECT_GT(taken, 0);
    EXPECT_TRUE(absl::IsResourceExhausted(writer->Append(std::string(100, 'x'), lane).status()));
    EXPECT_FALSE(writer->order_lane_open());
    EXPECT_EQ(writer->HasSpaceFor(100, Lane::kPriority), lane == Lane::kOrder);
  }
  files.LiftFaults();
  EXPECT_TRUE(writer->HasSpaceFor(100, Lane::kOrder));
  EXPECT_TRUE(writer->order_lane_open());
  EXPECT_FALSE(writer->HasSpaceFor(size_t{64} << 20, Lane::kOrder)) << "no record is that large";
}

TEST(WriterTest, OpensOnAFullDiskAndTakesCancels) {
  MemFileSystem files;
  Options options = SmallSegments();
  options.reserve_bytes = 1024;
  {
    auto writer = MustOpen(files, options);
    files.LimitSpace(0);
    AppendUntilRefused(*writer, Lane::kOrder);
  }
  auto writer = MustOpen(files, options);
  EXPECT_FALSE(writer->next_claimed());
  EXPECT_TRUE(absl::IsResourceExhausted(writer->Append(std::string(100, 'x')).status()));
  EXPECT_FALSE(writer->order_lane_open());
  EXPECT_TRUE(writer->Append("cancel", Lane::kPriority).ok());
  EXPECT_TRUE(writer->Sync().ok());
}

TEST(WriterTest, AFreshJournalNeedsSpace) {
  MemFileSystem files;
  files.LimitSpace(100);
  EXPECT_TRUE(absl::IsResourceExhausted(Writer::Open(files, kDir, SmallSegments()).status()));
}

// The machine stops at every byte that the writer ever writes.
TEST(WriterTest, ACrashAtEveryByteLosesNothingSynced) {
  uint64_t total = 0;
  {
    MemFileSystem files;
    auto writer = MustOpen(files);
    Fill(*writer, 12, 9);
    const auto report = Verify(files, kDir);
    total = (report->end_segment - 1) * 4096 + report->end_offset;
  }
  for (uint64_t n = 0; n < total; ++n) {
    SCOPED_TRACE(fmt::format("crash after {} bytes", n));
    MemFileSystem files;
    Records all;
    uint64_t synced = 0;
    {
      auto writer = MustOpen(files);
      files.CrashAfter(n);
      Random random(9);
      while (!writer->failed() && all.size() < 100) {
        all.push_back(std::string(random() % 300, static_cast<char>(random())));
        ASSERT_TRUE(writer->Append(all.back()).ok());
        if (random() % 3 == 0 && writer->Sync().ok()) {
          synced = all.size();
        }
      }
      ASSERT_EQ(writer->last_synced(), synced);
    }
    files.LiftFaults();
    auto writer = MustOpen(files);
    const ReadBack back = ScanAll(files);
    ASSERT_TRUE(back.report.ok()) << back.report.status();
    ASSERT_EQ(back.records.size(), synced);
    ASSERT_EQ(back.records, Prefix(all, synced));
  }
}

// One life after another of random work, each ended by a clean stop, a power cut that keeps any
// subset of the last write's sectors, or a failed sync. What was synced is there, in order; what
// was not is there whole or not at all.
TEST(WriterTest, RandomLivesKeepWhatWasSynced) {
  Random random(static_cast<uint32_t>(TestSeed()));
  MemFileSystem files;
  Records synced;
  for (int life = 0; life < 60; ++life) {
    auto writer = MustOpen(files);
    ASSERT_EQ(writer->last_synced(), synced.size());
    for (uint32_t groups = random() % 8; groups > 0; --groups) {
      const Records more = Fill(*writer, 1, random(), 600);
      synced.insert(synced.end(), more.begin(), more.end());
    }
    Records last;
    const auto before = files.Image();
    for (uint32_t n = random() % 5; n > 0; --n) {
      last.push_back(std::string(random() % 500, static_cast<char>(random())));
      ASSERT_TRUE(writer->Append(last.back()).ok());
    }
    const uint32_t end = random() % 3;
    if (end == 0) {
      ASSERT_TRUE(writer->Sync().ok());
    } else {
      files.FailSyncs();
      ASSERT_EQ(writer->Sync().ok(), last.empty());
    }
    writer.reset();
    files.LiftFaults();
    if (end == 1) {
      for (auto [path, bytes] : files.Image()) {
        const auto old = before.find(path);
        for (size_t at = 0; old != before.end() && at < bytes.size(); at += 512) {
          if (random() % 2 == 0) {
            bytes.replace(at, 512, old->second.substr(at, 512));
          }
        }
        files.SetContents(path, bytes);
      }
    }
    const ReadBack back = ScanAll(files);
    ASSERT_TRUE(back.report.ok()) << back.report.status();
    Records with_last = synced;
    with_last.insert(with_last.end(), last.begin(), last.end());
    ASSERT_TRUE(back.records == with_last || (end == 1 && back.records == synced));
    synced = back.records;
  }
}

}  // namespace
}  // namespace tw::journal
