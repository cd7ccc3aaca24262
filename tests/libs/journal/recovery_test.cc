#include "libs/journal/recovery.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <sstream>

#include "gtest/gtest.h"
#include "tests/libs/journal/fixture.h"

namespace tw::journal {
namespace {

// A journal over three segments, and what is in it.
struct Written {
  MemFileSystem files;
  Records records;
  std::vector<uint64_t> ends;      // records up to the end of each group
  std::vector<GroupPlace> places;  // of each group
  std::vector<uint64_t> sizes;     // bytes of each group
  RecoveryReport report;
};

Written WriteThreeSegments() {
  Written written;
  {
    auto writer = MustOpen(written.files);
    written.records = Fill(*writer, 20, 42, 300, &written.ends);
  }
  ScanOptions options;
  options.on_group = [&](const GroupHeader& header, const GroupPlace& place) {
    written.places.push_back(place);
    written.sizes.push_back(header.group_bytes());
    return absl::OkStatus();
  };
  auto report = Scan(written.files, kDir, options);
  EXPECT_TRUE(report.ok()) << report.status();
  written.report = *report;
  EXPECT_GE(report->end_segment, 3u);
  return written;
}

TEST(RecoveryTest, AnEmptyDirectoryIsAnEmptyJournal) {
  MemFileSystem files;
  EXPECT_TRUE(absl::IsNotFound(Verify(files, kDir).status()));
  const auto report = Recover(files, kDir, 1, nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->last_number, 0u);
  EXPECT_EQ(report->head_hash, Hash{});
}

TEST(RecoveryTest, ReadsBackEverything) {
  Written written = WriteThreeSegments();
  const ReadBack back = ScanAll(written.files);
  ASSERT_TRUE(back.report.ok());
  EXPECT_EQ(back.records, written.records);
  EXPECT_EQ(back.report->records, written.records.size());
  EXPECT_EQ(back.report->groups, 20u);
  EXPECT_EQ(back.report->torn_bytes, 0u);
  EXPECT_EQ(back.report->last_number, written.records.size());
}

TEST(RecoveryTest, HandsOutFromAnyNumber) {
  Written written = WriteThreeSegments();
  for (uint64_t from = 1; from <= written.records.size() + 1; ++from) {
    Records got;
    const auto report = Recover(written.files, kDir, from, [&](uint64_t n, std::string_view r) {
      EXPECT_EQ(n, from + got.size());
      got.emplace_back(r);
      return absl::OkStatus();
    });
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(got, Records(written.records.begin() + static_cast<std::ptrdiff_t>(from - 1),
                           written.records.end()));
  }
}

TEST(RecoveryTest, ACallbackErrorIsHandedOn) {
  Written written = WriteThreeSegments();
  const auto report = Recover(written.files, kDir, 1, [](uint64_t number, std::string_view) {
    return number == 5 ? absl::InternalError("cannot apply") : absl::OkStatus();
  });
  EXPECT_EQ(report.status().message(), "cannot apply");
}

// The journal as it would be if the machine had stopped after any number of bytes.
TEST(RecoveryTest, ACutAtEveryByteLeavesWholeGroupsAndAWriterGoesOn) {
  Written written = WriteThreeSegments();
  const auto image = written.files.Image();
  const RecoveryReport& whole = written.report;
  for (uint32_t segment = 1; segment <= whole.end_segment; ++segment) {
    const std::string path = SegmentPath(kDir, segment);
    for (size_t n = 0; n <= image.at(path).size(); ++n) {
      SCOPED_TRACE(fmt::format("{} cut to {} bytes", path, n));
      auto cut = image;
      cut.erase(cut.upper_bound(path), cut.end());
      cut[path].resize(n);
      MemFileSystem files;
      files.SetImage(cut);

      size_t groups = 0;
      uint64_t end = 0;  // of the last group kept in this segment
      for (size_t i = 0; i < written.places.size(); ++i) {
        const GroupPlace& place = written.places[i];
        if (place.segment < segment ||
            (place.segment == segment && place.offset + written.sizes[i] <= n)) {
          groups = i + 1;
          end = place.segment == segment ? place.offset + written.sizes[i] : 0;
        }
      }
      const size_t kept = groups == 0 ? 0 : written.ends[groups - 1];

      auto writer = MustOpen(files);
      ASSERT_EQ(writer->recovery().groups, groups);
      ASSERT_EQ(writer->last_synced(), kept);
      ASSERT_LE(writer->recovery().torn_bytes, n - end);
      ASSERT_EQ(*writer->Append("goes on"), kept + 1);
      ASSERT_TRUE(writer->Sync().ok());
      writer.reset();
      Records expected = Prefix(written.records, kept);
      expected.emplace_back("goes on");
      const ReadBack back = ScanAll(files);
      ASSERT_TRUE(back.report.ok()) << back.report.status();
      ASSERT_EQ(back.records, expected);
      ASSERT_EQ(back.report->torn_bytes, 0u);
    }
  }
}

// Any one changed byte: an error, or a reported torn tail that costs the last group at most.
TEST(RecoveryTest, AFlipOfEveryByteIsFound) {
  Written written = WriteThreeSegments();
  const Records without_last_group = Prefix(written.records, written.ends.end()[-2]);
  uint64_t torn = 0;
  uint64_t errors = 0;
  for (const auto& [path, bytes] : written.files.Image()) {
    for (size_t at = 0; at < bytes.size(); ++at) {
      const int mask = 1 << (at % 8);
      SCOPED_TRACE(fmt::format("{} byte {} xor {}", path, at, mask));
      std::string bad = bytes;
      bad[at] = static_cast<char>(bad[at] ^ mask);
      written.files.SetContents(path, bad);
      const ReadBack back = ScanAll(written.files);
      if (back.report.ok()) {
        ASSERT_GT(back.report->torn_bytes, 0u);
        ASSERT_TRUE(back.records == written.records || back.records == without_last_group);
        ++torn;
      } else {
        ASSERT_TRUE(absl::IsDataLoss(back.report.status())) << back.report.status();
        ++errors;
      }
    }
    written.files.SetContents(path, bytes);
  }
  EXPECT_GT(torn, 0u);
  EXPECT_GT(errors, 0u);
}

TEST(RecoveryTest, DamageNamesFileAndByteAndChangesNothing) {
  Written written = WriteThreeSegments();
  const GroupPlace& place = written.places[3];
  const std::string path = SegmentPath(kDir, place.segment);
  std::string bytes = written.files.Contents(path);
  bytes[place.offset + kGroupHeaderBytes] ^= 1;
  written.files.SetContents(path, bytes);
  const auto before = written.files.Image();
  const auto writer = Writer::Open(written.files, kDir, SmallSegments());
  EXPECT_TRUE(absl::IsDataLoss(writer.status()));
  EXPECT_EQ(std::string(writer.status().message()),
            fmt::format("{} byte {}: damaged, yet groups follow in the same segment", path,
                        place.offset));
  EXPECT_EQ(written.files.Image(), before);
}

TEST(RecoveryTest, AMissingSegmentIsDamage) {
  Written written = WriteThreeSegments();
  for (const uint32_t ordinal : {1u, 2u}) {
    const std::string path = SegmentPath(kDir, ordinal);
    const std::string bytes = written.files.Contents(path);
    ASSERT_TRUE(written.files.Remove(path).ok());
    EXPECT_TRUE(absl::IsDataLoss(Verify(written.files, kDir).status()));
    written.files.SetContents(path, std::string(bytes.size(), '\0'));
    EXPECT_TRUE(absl::IsDataLoss(Verify(written.files, kDir).status()));
    written.files.SetContents(path, bytes);
  }
  EXPECT_TRUE(Verify(written.files, kDir).ok());
}

// A group that is intact in itself, but not the one that was written there.
TEST(RecoveryTest, AForeignGroupBreaksTheChain) {
  Written written = WriteThreeSegments();
  const GroupPlace& last = written.places.back();
  const std::string path = SegmentPath(kDir, last.segment);
  const uint64_t first = written.ends.end()[-2] + 1;
  struct Case {
    const char* message;
    uint64_t journal_id;
    uint64_t first_number;
    Hash previous;
  };
  const uint64_t id = written.report.journal_id;
  const Hash right = written.places.end()[-2].hash;
  const Case cases[] = {
      {"another journal", id + 1, first, right},
      {"group starts with record", id, first + 1, right},
      {"group starts with record", id, first - 1, right},
      {"chain broken", id, first, Hash{}},
  };
  for (const Case& c : cases) {
    GroupBuilder builder;
    builder.Add("foreign");
    std::string bytes = written.files.Contents(path);
    const std::string_view group = builder.Seal(c.journal_id, c.first_number, c.previous);
    bytes.replace(last.offset, group.size(), group);
    written.files.SetContents(path, bytes);
    const auto report = Verify(written.files, kDir);
    ASSERT_TRUE(absl::IsDataLoss(report.status()));
    EXPECT_NE(std::string(report.status().message()).find(c.message), std::string::npos)
        << report.status();
  }
}

TEST(RecoveryTest, ANewerFormatIsRefusedNotCut) {
  MemFileSystem files;
  GroupBuilder builder;
  builder.Add("x");
  std::string group(builder.Seal(1, 1, Hash{}));
  group[8] = 2;  // version
  const auto crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const unsigned char*>(group.data()), kGroupHeaderBytes - 4));
  std::memcpy(group.data() + kGroupHeaderBytes - 4, &crc, sizeof(crc));
  for (const std::string& before : {std::string(), std::string("torn")}) {
    files.SetContents(SegmentPath(kDir, 1), before + group);
    const absl::Status status = Recover(files, kDir, 1, nullptr).status();
    EXPECT_EQ(status.code(),
              before.empty() ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kDataLoss);
    EXPECT_EQ(files.Contents(SegmentPath(kDir, 1)), before + group);
  }
}

// Records whose bytes are whole groups must not turn a torn tail into damage.
TEST(RecoveryTest, AGroupInsideATornRecordIsNoGroup) {
  MemFileSystem files;
  {
    auto writer = MustOpen(files);
    Fill(*writer, 2, 7);
    GroupBuilder fake;
    fake.Add("fake");
    ASSERT_TRUE(writer->Append(std::string(50, 'x') + std::string(fake.Seal(99, 50, Hash{}))).ok());
    ASSERT_TRUE(writer->Append("the rest").ok());
    ASSERT_TRUE(writer->Sync().ok());
  }
  const auto whole = Verify(files, kDir);
  ASSERT_TRUE(whole.ok());
  std::string bytes = files.Contents(SegmentPath(kDir, 1));
  bytes[whole->end_offset - 1] ^= 1;
  files.SetContents(SegmentPath(kDir, 1), bytes);
  const auto torn = Verify(files, kDir);
  ASSERT_TRUE(torn.ok()) << torn.status();
  EXPECT_EQ(torn->groups, 2u);
  EXPECT_EQ(torn->torn_bytes, whole->end_offset - whole->last_group_offset);
}

TEST(RecoveryTest, DumpShowsGroupsAndRecords) {
  MemFileSystem files;
  {
    auto writer = MustOpen(files);
    ASSERT_TRUE(writer->Append("one").ok());
    ASSERT_TRUE(writer->Append("two").ok());
    ASSERT_TRUE(writer->Sync().ok());
    ASSERT_TRUE(writer->Append("three").ok());
    ASSERT_TRUE(writer->Sync().ok());
  }
  std::ostringstream out;
  const auto describe = [](std::string_view record) { return std::string(record); };
  ASSERT_TRUE(Dump(files, kDir, 2, 2, describe, out).ok());
  const std::string text = out.str();
  EXPECT_NE(text.find("journal/00000001.journal byte 0: records 1..2, 94 bytes, "),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\n  2 3 bytes two\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("three"), std::string::npos) << text;
}

// Scans from the end of each group on, and hands out the rest and nothing else.
TEST(PositionTest, AScanBeginsBehindAnyGroup) {
  Written written = WriteThreeSegments();
  std::vector<Position> positions;
  ScanOptions all;
  all.on_group = [&](const GroupHeader& header, const GroupPlace& place) {
    positions.push_back(PositionOf(header, place));
    return absl::OkStatus();
  };
  ASSERT_TRUE(Scan(written.files, kDir, all).ok());
  ASSERT_EQ(positions.size(), written.ends.size());
  for (size_t g = 0; g < positions.size(); ++g) {
    SCOPED_TRACE(g);
    EXPECT_TRUE(CheckPosition(written.files, kDir, positions[g]).ok());
    Records rest;
    ScanOptions options;
    options.behind = positions[g];
    options.on_record = [&](uint64_t number, std::string_view record) {
      EXPECT_EQ(number, written.ends[g] + rest.size() + 1);
      rest.emplace_back(record);
      return absl::OkStatus();
    };
    const auto report = Scan(written.files, kDir, options);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(rest, Records(written.records.begin() + static_cast<std::ptrdiff_t>(written.ends[g]),
                            written.records.end()));
    EXPECT_EQ(report->last_number, written.report.last_number);
    EXPECT_EQ(report->head_hash, written.report.head_hash);
    EXPECT_EQ(report->end_segment, written.report.end_segment);
    EXPECT_EQ(report->end_offset, written.report.end_offset);
    EXPECT_EQ(report->last_group_offset, written.report.last_group_offset);
  }
}

TEST(PositionTest, OneThatTheJournalDoesNotHoldIsNotFound) {
  Written written = WriteThreeSegments();
  const auto writer = MustOpen(written.files);
  const Position right = writer->position();
  ASSERT_TRUE(CheckPosition(written.files, kDir, right).ok());
  const auto not_found = [&](auto change) {
    Position wrong = right;
    change(wrong);
    ScanOptions options;
    options.behind = wrong;
    EXPECT_TRUE(absl::IsNotFound(Scan(written.files, kDir, options).status()));
    return absl::IsNotFound(CheckPosition(written.files, kDir, wrong));
  };
  EXPECT_TRUE(not_found([](Position& p) { ++p.journal_id; }));
  EXPECT_TRUE(not_found([](Position& p) { --p.last_number; }));
  EXPECT_TRUE(not_found([](Position& p) { p.segment = 0; }));
  EXPECT_TRUE(not_found([](Position& p) { --p.segment; }));
  EXPECT_TRUE(not_found([](Position& p) { p.segment += 100; }));
  EXPECT_TRUE(not_found([](Position& p) { ++p.group_offset; }));
  EXPECT_TRUE(not_found([](Position& p) { p.group_offset = 1 << 30; }));
  EXPECT_TRUE(not_found([](Position& p) { ++p.end_offset; }));
  EXPECT_TRUE(not_found([](Position& p) { p.hash[7] ^= 1; }));
  MemFileSystem empty;
  EXPECT_TRUE(absl::IsNotFound(CheckPosition(empty, kDir, right)));
}

// What is behind the position is checked as ever.
TEST(PositionTest, DamageBehindItIsFoundAndATornTailCut) {
  Written written = WriteThreeSegments();
  const size_t g = 4;
  Position position;
  ScanOptions all;
  size_t seen = 0;
  all.on_group = [&](const GroupHeader& header, const GroupPlace& place) {
    if (seen++ == g) {
      position = PositionOf(header, place);
    }
    return absl::OkStatus();
  };
  ASSERT_TRUE(Scan(written.files, kDir, all).ok());
  const auto flip = [&](size_t group) {
    auto file =
        written.files.Open(SegmentPath(kDir, written.places[group].segment), OpenMode::kWrite);
    const uint64_t at = written.places[group].offset + kGroupHeaderBytes;
    std::string byte(1, '\0');
    ASSERT_TRUE((*file)->WriteAt(at, byte).ok());
    ASSERT_TRUE((*file)->WriteAt(at + 1, "\xff").ok());
  };
  ScanOptions options;
  options.behind = position;
  flip(19);
  const auto torn = Scan(written.files, kDir, options);
  ASSERT_TRUE(torn.ok()) << torn.status();
  EXPECT_GT(torn->torn_bytes, 0u);
  EXPECT_EQ(torn->last_number, written.ends[18]);
  flip(10);
  EXPECT_TRUE(absl::IsDataLoss(Scan(written.files, kDir, options).status()));
}

// A writer that has not read what is before can still hand it all out.
TEST(PositionTest, AWriterOpenedBehindAGroupGoesOnAndReadsFromTheBeginning) {
  Written written = WriteThreeSegments();
  Position position;
  {
    const auto writer = MustOpen(written.files);
    position = writer->position();
  }
  Replay replay;
  replay.behind = position;
  replay.on_record = [](uint64_t, std::string_view) { return absl::InternalError("read"); };
  auto opened = Writer::Open(written.files, kDir, SmallSegments(), replay);
  ASSERT_TRUE(opened.ok()) << opened.status();
  Writer& writer = **opened;
  EXPECT_EQ(writer.last_number(), written.records.size());
  EXPECT_EQ(writer.position().hash, position.hash);
  Records records = written.records;
  const Records more = Fill(writer, 20, 43);
  records.insert(records.end(), more.begin(), more.end());
  const auto reader = writer.NewReader();
  for (int round = 0; round < 2; ++round) {
    for (uint64_t from = 1; from <= records.size(); from += 3) {
      Records read;
      const auto result = reader->Read(from, 3, 1 << 20, [&](uint64_t, std::string_view record) {
        read.emplace_back(record);
        return absl::OkStatus();
      });
      ASSERT_TRUE(result.ok()) << result.status();
      ASSERT_EQ(read, Records(records.begin() + static_cast<std::ptrdiff_t>(from - 1),
                              records.begin() + static_cast<std::ptrdiff_t>(
                                                    std::min<size_t>(from + 2, records.size()))));
    }
  }
  opened->reset();
  EXPECT_EQ(ScanAll(written.files).records, records);
}

}  // namespace
}  // namespace tw::journal
