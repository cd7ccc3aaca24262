#include "libs/journal/reader.h"

#include <atomic>
#include <limits>
#include <thread>

#include "gtest/gtest.h"
#include "tests/libs/journal/fixture.h"

namespace tw::journal {
namespace {

constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();

struct Got {
  absl::StatusOr<ReadResult> result;
  Records records;
};

Got Read(const Reader& reader, uint64_t from, uint64_t max_records, uint64_t max_bytes) {
  Got got;
  got.result =
      reader.Read(from, max_records, max_bytes, [&](uint64_t number, std::string_view record) {
        EXPECT_EQ(number, from + got.records.size());
        got.records.emplace_back(record);
        return absl::OkStatus();
      });
  return got;
}

TEST(ReaderTest, ReadsFromAnyRecordToTheEnd) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  const auto reader = writer->NewReader();
  const Records records = Fill(*writer, 40, 11);
  EXPECT_EQ(reader->last_number(), records.size());
  for (uint64_t from = 1; from <= records.size() + 1; ++from) {
    const Got got = Read(*reader, from, kAll, kAll);
    ASSERT_TRUE(got.result.ok()) << got.result.status();
    ASSERT_EQ(got.records,
              Records(records.begin() + static_cast<std::ptrdiff_t>(from - 1), records.end()));
    ASSERT_EQ(got.result->next_number, records.size() + 1);
  }
}

TEST(ReaderTest, PagesOfAnySizeMakeTheWhole) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  const Records records = Fill(*writer, 40, 12);
  writer.reset();
  writer = MustOpen(files);  // the index now comes from recovery
  const auto reader = writer->NewReader();
  for (const auto& [max_records, max_bytes] : std::vector<std::pair<uint64_t, uint64_t>>{
           {1, kAll}, {7, kAll}, {kAll, 1}, {kAll, 1000}, {3, 500}}) {
    Records whole;
    for (uint64_t from = 1; from <= records.size();) {
      const Got got = Read(*reader, from, max_records, max_bytes);
      ASSERT_TRUE(got.result.ok()) << got.result.status();
      ASSERT_GE(got.records.size(), 1u);
      ASSERT_LE(got.records.size(), max_records);
      ASSERT_TRUE(got.result->bytes <= max_bytes || got.records.size() == 1);
      ASSERT_EQ(got.result->records, got.records.size());
      from = got.result->next_number;
      whole.insert(whole.end(), got.records.begin(), got.records.end());
    }
    ASSERT_EQ(whole, records);
  }
}

TEST(ReaderTest, TellsWhatIsOutOfRange) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  const auto reader = writer->NewReader();
  EXPECT_TRUE(absl::IsOutOfRange(Read(*reader, 0, 1, 1).result.status()));
  EXPECT_EQ(Read(*reader, 1, kAll, kAll).result->records, 0u);
  EXPECT_TRUE(absl::IsOutOfRange(Read(*reader, 2, 1, 1).result.status()));
  ASSERT_TRUE(writer->Append("not synced").ok());
  EXPECT_EQ(Read(*reader, 1, kAll, kAll).result->records, 0u);
  ASSERT_TRUE(writer->Sync().ok());
  EXPECT_EQ(Read(*reader, 1, kAll, kAll).records, Records{"not synced"});
}

TEST(ReaderTest, ACallbackErrorIsHandedOn) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  Fill(*writer, 5, 1);
  const auto result = writer->NewReader()->Read(1, kAll, kAll, [](uint64_t n, std::string_view) {
    return n == 3 ? absl::CancelledError("gone") : absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsCancelled(result.status()));
}

TEST(ReaderTest, DamageIsToldNotRead) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  Fill(*writer, 1, 1);
  const auto reader = writer->NewReader();
  const std::string path = SegmentPath(kDir, 1);
  const std::string whole = files.Contents(path);
  const auto end = static_cast<size_t>(Verify(files, kDir)->end_offset);
  for (size_t at = 0; at < end; ++at) {
    std::string bad = whole;
    bad[at] ^= 1;
    files.SetContents(path, bad);
    const Got got = Read(*reader, 1, kAll, kAll);
    ASSERT_TRUE(absl::IsDataLoss(got.result.status())) << at;
    ASSERT_TRUE(got.records.empty());
  }
}

// Large groups, so that the index has several places in one segment.
TEST(ReaderTest, ManyPlacesInOneSegment) {
  MemFileSystem files;
  Options options = SmallSegments();
  options.segment_bytes = 1 << 20;
  auto writer = MustOpen(files, options);
  const Records records = Fill(*writer, 100, 13, 20'000);
  const auto reader = writer->NewReader();
  for (uint64_t from = 1; from <= records.size(); ++from) {
    ASSERT_EQ(Read(*reader, from, 1, kAll).records, Records{records[from - 1]});
  }
}

TEST(ReaderTest, ReadsBesideAWriter) {
  MemFileSystem files;
  auto writer = MustOpen(files);
  constexpr uint64_t kRecords = 3000;
  const auto text = [](uint64_t number) { return "record " + std::to_string(number); };
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&text, reader = writer->NewReader()] {
      uint64_t next = 1;
      while (next <= kRecords) {
        const auto result = reader->Read(next, 100, kAll, [&](uint64_t n, std::string_view r) {
          EXPECT_EQ(r, text(n));
          return absl::OkStatus();
        });
        ASSERT_TRUE(result.ok()) << result.status();
        next = result->next_number;
        std::this_thread::yield();
      }
    });
  }
  for (uint64_t n = 1; n <= kRecords; ++n) {
    ASSERT_EQ(*writer->Append(text(n)), n);
    if (n % 7 == 0 || n == kRecords) {
      ASSERT_TRUE(writer->Sync().ok());
    }
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace tw::journal
