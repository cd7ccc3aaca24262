#include "libs/journal/posix_file.h"

#include <unistd.h>

#include <filesystem>

#include "gtest/gtest.h"
#include "tests/libs/journal/fixture.h"

namespace tw::journal {
namespace {

class PosixFileTest : public ::testing::Test {
 protected:
  PosixFileTest() { std::filesystem::remove_all(dir_); }
  ~PosixFileTest() override { std::filesystem::remove_all(dir_); }

  const std::string dir_ = ::testing::TempDir() + "posix_file_test." + std::to_string(::getpid());
  PosixFileSystem files_;
};

TEST_F(PosixFileTest, WritesReadsAndPreallocates) {
  const std::string path = dir_ + "/a/b/file";
  EXPECT_TRUE(absl::IsNotFound(files_.Open(path, OpenMode::kRead).status()));
  EXPECT_TRUE(absl::IsNotFound(files_.Open(path, OpenMode::kWrite).status()));
  ASSERT_TRUE(files_.CreateDirectory(dir_ + "/a/b").ok());
  ASSERT_TRUE(files_.CreateDirectory(dir_ + "/a/b").ok());
  auto file = files_.Open(path, OpenMode::kWrite);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE((*file)->WriteAt(3, "abc").ok());
  ASSERT_TRUE((*file)->Preallocate(8192).ok());
  ASSERT_TRUE((*file)->Sync().ok());
  EXPECT_EQ(*(*file)->Size(), 8192u);
  char bytes[8] = {};
  EXPECT_EQ(*(*file)->ReadAt(0, bytes, 8), 8u);
  EXPECT_EQ(std::string(bytes, 8), std::string("\0\0\0abc\0\0", 8));
  EXPECT_EQ(*(*file)->ReadAt(8190, bytes, 8), 2u);
  EXPECT_EQ(*(*file)->ReadAt(9000, bytes, 8), 0u);
  ASSERT_TRUE((*file)->Truncate(5).ok());
  EXPECT_EQ(*(*file)->Size(), 5u);
}

TEST_F(PosixFileTest, WritesZerosWhereItIsToldTo) {
  ASSERT_TRUE(files_.CreateDirectory(dir_).ok());
  auto file = files_.Open(dir_ + "/file", OpenMode::kWrite);
  ASSERT_TRUE(file.ok()) << file.status();
  const std::string before(300'000, 'x');
  ASSERT_TRUE((*file)->WriteAt(0, before).ok());
  (*file)->WriteZeros(100, 200'000);
  std::string after(300'000, ' ');
  EXPECT_EQ(*(*file)->ReadAt(0, after.data(), after.size()), after.size());
  EXPECT_EQ(after, std::string(100, 'x') + std::string(199'900, '\0') + std::string(100'000, 'x'));
}

TEST_F(PosixFileTest, ListsRenamesRemoves) {
  EXPECT_TRUE(absl::IsNotFound(files_.List(dir_).status()));
  ASSERT_TRUE(files_.CreateDirectory(dir_).ok());
  for (const char* name : {"b", "c", "a"}) {
    ASSERT_TRUE(files_.Open(dir_ + "/" + name, OpenMode::kWrite).ok());
  }
  EXPECT_EQ(*files_.List(dir_), (std::vector<std::string>{"a", "b", "c"}));
  ASSERT_TRUE(files_.Rename(dir_ + "/a", dir_ + "/d").ok());
  ASSERT_TRUE(files_.Remove(dir_ + "/b").ok());
  ASSERT_TRUE(files_.SyncDirectory(dir_).ok());
  EXPECT_EQ(*files_.List(dir_), (std::vector<std::string>{"c", "d"}));
  EXPECT_TRUE(absl::IsNotFound(files_.Remove(dir_ + "/b")));
  EXPECT_TRUE(absl::IsNotFound(files_.Rename(dir_ + "/b", dir_ + "/e")));
}

TEST_F(PosixFileTest, ADirectoryHasOneHolder) {
  ASSERT_TRUE(files_.CreateDirectory(dir_).ok());
  auto first = files_.Lock(dir_);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(files_.Lock(dir_).status()));
  first->reset();
  EXPECT_TRUE(files_.Lock(dir_).ok());
}

TEST_F(PosixFileTest, AJournalOnRealFilesSurvivesReopenAndACut) {
  Options options = SmallSegments();
  options.segment_bytes = 16384;
  Records records;
  {
    auto writer = Writer::Open(files_, dir_, options);
    ASSERT_TRUE(writer.ok()) << writer.status();
    records = Fill(**writer, 100, 21);
  }
  const auto whole = Verify(files_, dir_);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->last_number, records.size());
  EXPECT_GT(whole->end_segment, 2u);
  std::filesystem::resize_file(SegmentPath(dir_, whole->end_segment), whole->end_offset - 1);
  Records seen;
  auto writer = Writer::Open(files_, dir_, options, 1, [&](uint64_t, std::string_view record) {
    seen.emplace_back(record);
    return absl::OkStatus();
  });
  ASSERT_TRUE(writer.ok()) << writer.status();
  EXPECT_GT((*writer)->recovery().torn_bytes, 0u);
  EXPECT_LT(seen.size(), records.size());
  EXPECT_EQ(seen, Prefix(records, seen.size()));
  EXPECT_EQ(*(*writer)->Append("on"), seen.size() + 1);
  EXPECT_TRUE((*writer)->Sync().ok());
}

}  // namespace
}  // namespace tw::journal
