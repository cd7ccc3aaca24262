#include "services/pnl/fill_spool.h"

#include <gtest/gtest.h>

#include <vector>

#include "libs/journal/mem_file.h"

namespace tw::pnl {
namespace {

TEST(FillSpoolTest, HandsBackWhatItWasGivenAlsoAfterLargeWrites) {
  journal::MemFileSystem files;
  files.SetContents("spool", "of a process before");
  FillSpool spool(files, "spool");
  std::vector<uint64_t> places;
  for (int i = 0; i < 5'000; ++i) {
    places.push_back(
        *spool.Append("fill " + std::string(static_cast<size_t>(i % 90), 'x') + std::to_string(i)));
  }
  for (const int i : {0, 1, 2'500, 4'999}) {
    EXPECT_EQ(*spool.Read(places[static_cast<size_t>(i)]),
              "fill " + std::string(static_cast<size_t>(i % 90), 'x') + std::to_string(i));
  }
  const uint64_t more = *spool.Append("more");
  EXPECT_EQ(*spool.Read(more), "more");
  EXPECT_EQ(spool.Read(more + 1).status().code(), absl::StatusCode::kDataLoss);
}

TEST(FillSpoolTest, ANewDayBeginsEmpty) {
  journal::MemFileSystem files;
  FillSpool spool(files, "spool");
  ASSERT_TRUE(spool.Clear().ok());
  const uint64_t first = *spool.Append("yesterday");
  EXPECT_EQ(*spool.Read(first), "yesterday");
  ASSERT_TRUE(spool.Clear().ok());
  EXPECT_EQ(files.Contents("spool"), "");
  EXPECT_EQ(*spool.Append("today"), first);
  EXPECT_EQ(*spool.Read(first), "today");
}

TEST(FillSpoolTest, AFullDiskIsSaidAndTheSameFillMayComeAgain) {
  journal::MemFileSystem files;
  FillSpool spool(files, "spool");
  ASSERT_TRUE(spool.Append(std::string(70'000, 'x')).ok());
  files.LimitSpace(10);
  EXPECT_TRUE(absl::IsResourceExhausted(spool.Append("a fill").status()));
  files.LiftFaults();
  EXPECT_EQ(*spool.Read(*spool.Append("a fill")), "a fill");
}

}  // namespace
}  // namespace tw::pnl
