#include "libs/journal/anchor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/libs/journal/fixture.h"

namespace tw::journal {
namespace {

namespace fs = std::filesystem;

// A journal of groups, and the anchor that a reader would have kept after each of them.
struct Witnessed {
  MemFileSystem files;
  std::vector<Anchor> anchors;
};

Witnessed Write(int groups, uint32_t seed = 5) {
  Witnessed w;
  const auto writer = MustOpen(w.files);
  for (int i = 0; i < groups; ++i) {
    Fill(*writer, 1, seed + static_cast<uint32_t>(i));
    const Position at = writer->position();
    w.anchors.push_back({at.journal_id, at.last_number, 2 * at.last_number, at.hash,
                         Timestamp{1'700'000'000'000'000'000 + i}});
  }
  return w;
}

AnchorCheck::Result Check(FileSystem& files, std::vector<Witness> witnesses) {
  AnchorCheck check(std::move(witnesses));
  ScanOptions options;
  options.on_group = [&](const GroupHeader& header, const GroupPlace& place) {
    return check.OnGroup(header, place);
  };
  const auto report = Scan(files, kDir, options);
  EXPECT_TRUE(report.ok()) << report.status();
  return check.Finish(*report);
}

TEST(AnchorTest, EveryHeadOfAJournalAnchorsWhatIsBeforeIt) {
  Witnessed w = Write(12);
  for (const Anchor& anchor : w.anchors) {
    const AnchorCheck::Result result = Check(w.files, {{"risk", anchor}});
    EXPECT_TRUE(result.status.ok()) << result.status;
    EXPECT_EQ(result.anchored, anchor.record);
    EXPECT_EQ(result.unanchored, w.anchors.back().record - anchor.record);
    EXPECT_EQ(result.by, "risk");
    EXPECT_EQ(result.seen, anchor.seen);
  }
  const AnchorCheck::Result none = Check(w.files, {});
  EXPECT_TRUE(none.status.ok());
  EXPECT_EQ(none.anchored, 0U);
  EXPECT_EQ(none.unanchored, w.anchors.back().record);
}

TEST(AnchorTest, TheFurthestOfManyCounts) {
  Witnessed w = Write(12);
  const AnchorCheck::Result result =
      Check(w.files, {{"risk", w.anchors[9]}, {"pnl", w.anchors[11]}, {"ptrc", w.anchors[2]}});
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.by, "pnl");
  EXPECT_EQ(result.unanchored, 0U);
}

// The same commands written anew by whoever could: every checksum and the chain are right.
TEST(AnchorTest, AJournalWrittenAnewIsToldFromTheOneThatWasSeen) {
  Witnessed first = Write(12);
  Witnessed other = Write(12, 77);
  Anchor forged = first.anchors[6];
  forged.journal_id = other.anchors[6].journal_id;  // its id kept
  forged.record = other.anchors[6].record;
  AnchorCheck::Result result = Check(other.files, {{"risk", forged}});
  EXPECT_EQ(result.status.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(result.status.message().find("changed: risk saw record"), std::string::npos);

  result = Check(other.files, {{"risk", first.anchors[6]}});  // its id is another
  EXPECT_EQ(result.status.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(result.status.message().find("another journal: risk followed"), std::string::npos);
  // Of a journal before this one, beside one of this: as after a restart from nothing.
  EXPECT_TRUE(
      Check(other.files, {{"risk", first.anchors[6]}, {"risk", other.anchors[3]}}).status.ok());
}

// Cut at the end of any group, which the chain alone cannot see.
TEST(AnchorTest, EveryCutBelowAnAnchorIsFound) {
  constexpr int kGroups = 12;
  for (int kept = 1; kept < kGroups; ++kept) {
    Witnessed w = Write(kGroups);
    std::vector<std::pair<GroupHeader, GroupPlace>> groups;
    ScanOptions options;
    options.on_group = [&](const GroupHeader& header, const GroupPlace& place) {
      groups.emplace_back(header, place);
      return absl::OkStatus();
    };
    ASSERT_TRUE(Scan(w.files, kDir, options).ok());
    for (size_t g = static_cast<size_t>(kept); g < groups.size(); ++g) {
      const auto file = w.files.Open(SegmentPath(kDir, groups[g].second.segment), OpenMode::kWrite);
      ASSERT_TRUE(
          (*file)
              ->WriteAt(groups[g].second.offset, std::string(groups[g].first.group_bytes(), '\0'))
              .ok());
    }
    const AnchorCheck::Result cut = Check(w.files, {{"pnl", w.anchors.back()}});
    EXPECT_EQ(cut.status.code(), absl::StatusCode::kDataLoss);
    EXPECT_NE(cut.status.message().find("cut: the journal ends with record"), std::string::npos);
    EXPECT_TRUE(Check(w.files, {{"pnl", w.anchors[static_cast<size_t>(kept) - 1]}}).status.ok())
        << "nobody saw more";
  }
}

TEST(AnchorTest, TextsComeBackAndOthersAreRefused) {
  const Witnessed w = Write(3);
  const auto back = ParseAnchors(FormatAnchors(w.anchors));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, w.anchors);
  const std::string line = FormatAnchors({w.anchors[0]});
  for (const std::string& bad :
       {line.substr(0, line.size() - 2) + "x\n", line.substr(8), "x" + line, std::string("\n"),
        line.substr(0, line.size() - 1) + " more\n", line.substr(0, 40)}) {
    EXPECT_EQ(ParseAnchors(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
}

class AnchorFileTest : public ::testing::Test {
 protected:
  ~AnchorFileTest() override { fs::remove(path_); }
  const std::string path_ =
      (fs::path(::testing::TempDir()) / ("anchor-" + std::to_string(::getpid()))).string();
};

TEST_F(AnchorFileTest, KeepsTheNewestOfEachJournalAndNeverGoesBack) {
  const Witnessed a = Write(4);
  const Witnessed b = Write(4, 50);
  {
    AnchorFile file(path_);
    EXPECT_TRUE(file.Keep(a.anchors[0]).ok());
    EXPECT_TRUE(file.Keep(a.anchors[2]).ok());
    EXPECT_TRUE(file.Keep(b.anchors[1]).ok());
  }
  AnchorFile file(path_);
  EXPECT_TRUE(absl::IsFailedPrecondition(file.Keep(a.anchors[1]))) << "it was cut";
  Anchor changed = a.anchors[2];
  changed.hash[0] ^= 1;
  EXPECT_TRUE(absl::IsFailedPrecondition(file.Keep(changed)));
  EXPECT_TRUE(file.Keep(a.anchors[2]).ok()) << "nothing new";
  EXPECT_EQ(*ReadAnchors(path_), (std::vector<Anchor>{a.anchors[2], b.anchors[1]}));
}

TEST_F(AnchorFileTest, AFileThatCannotBeReadIsLeftAsItIs) {
  std::ofstream(path_) << "something else\n";
  const Witnessed a = Write(1);
  EXPECT_TRUE(absl::IsDataLoss(AnchorFile(path_).Keep(a.anchors[0])));
  std::ifstream in(path_);
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "something else");
}

TEST_F(AnchorFileTest, OfManyJournalsTheNewestAreKept) {
  AnchorFile file(path_);
  for (uint64_t id = 1; id <= AnchorFile::kJournalsMax + 3; ++id) {
    ASSERT_TRUE(file.Keep({id, 10, 20, Hash{}, Timestamp{1}}).ok());
  }
  const auto kept = ReadAnchors(path_);
  ASSERT_EQ(kept->size(), AnchorFile::kJournalsMax);
  EXPECT_EQ(kept->front().journal_id, 4U);
}

}  // namespace
}  // namespace tw::journal
