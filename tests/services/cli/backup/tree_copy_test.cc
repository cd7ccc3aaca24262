#include "services/cli/backup/tree_copy.h"

#include "tests/services/cli/backup/fixture.h"

namespace tw::cli {
namespace {

std::string Many(size_t n, char c) {
  std::string text;
  text.resize(n, c);
  return text;
}

class TreeCopyTest : public BackupFolders {};

TEST_F(TreeCopyTest, FollowsWhatIsNewChangedAndGone) {
  Write(data_ + "/a/one", "1");
  Write(data_ + "/a/deep/two", "22");
  Write(data_ + "/a/lock", "7\n");
  Write(data_ + "/log/current", "words");
  TreeCopy copy(data_, backup_, {"a", "absent"});
  ASSERT_TRUE(copy.Pass().ok());
  EXPECT_EQ(copy.files().size(), 2u);  // no lock, no other part
  EXPECT_EQ(Read(backup_ + "/a/deep/two"), "22");

  fs::remove(data_ + "/a/one");
  Write(data_ + "/a/deep/two", "23");  // as long as before
  Write(data_ + "/a/three", "333");
  ASSERT_TRUE(copy.Pass().ok());
  EXPECT_FALSE(fs::exists(backup_ + "/a/one"));
  EXPECT_EQ(Read(backup_ + "/a/deep/two"), "23");
  EXPECT_EQ(Read(backup_ + "/a/three"), "333");
  EXPECT_EQ(copy.files().size(), 2u);
}

TEST_F(TreeCopyTest, WhatCannotHaveChangedIsLeftAlone) {
  Write(data_ + "/a/one", std::string(1'000, 'x'));
  ::usleep(150'000);  // older than the steps of the kernel's time stamps
  TreeCopy copy(data_, backup_, {"a"});
  ASSERT_TRUE(copy.Pass().ok());
  ASSERT_TRUE(copy.Pass().ok());
  EXPECT_EQ(copy.bytes_copied(), 1'000u);
}

TEST_F(TreeCopyTest, ZerosAtTheEndAreNotStored) {
  Write(data_ + "/a/1.journal", "abc" + std::string(5'000'000, '\0'));
  TreeCopy copy(data_, backup_, {"a"});
  ASSERT_TRUE(copy.Pass().ok());
  EXPECT_EQ(Read(backup_ + "/a/1.journal"), "abc");
  EXPECT_EQ(copy.files().at("a/1.journal").size, 5'000'003u);
  EXPECT_EQ(copy.files().at("a/1.journal").stored, 3u);
}

TEST_F(TreeCopyTest, OfAJournalTheTailIsCopiedAgain) {
  const std::string text = Many(30'000'000, 'j');
  Write(data_ + "/a/1.journal", text + Many(30'000'000, '\0'));
  TreeCopy copy(data_, backup_, {"a"});
  ASSERT_TRUE(copy.Pass().ok());
  ASSERT_EQ(copy.bytes_copied(), 30'000'000u);
  const std::string more = "k" + std::string(2'000'000, '\0') + "l";
  std::fstream(data_ + "/a/1.journal", std::ios::in | std::ios::out | std::ios::binary)
          .seekp(static_cast<std::streamoff>(text.size()))
      << more;
  ASSERT_TRUE(copy.Pass().ok());
  EXPECT_EQ(Read(backup_ + "/a/1.journal"), text + more);
  EXPECT_LT(copy.bytes_copied(), 45'000'000u);
}

TEST_F(TreeCopyTest, AFileThatShrankOrWasReplacedIsCopiedWhole) {
  Write(data_ + "/a/1.seg", Many(20'000'000, 's'));
  TreeCopy copy(data_, backup_, {"a"});
  ASSERT_TRUE(copy.Pass().ok());
  Write(data_ + "/a/1.seg", "short");
  ASSERT_TRUE(copy.Pass().ok());
  EXPECT_EQ(Read(backup_ + "/a/1.seg"), "short");
  Write(data_ + "/a/new", Many(25'000'000, 't'));
  fs::rename(data_ + "/a/new", data_ + "/a/1.seg");
  ASSERT_TRUE(copy.Pass().ok());
  EXPECT_EQ(Read(backup_ + "/a/1.seg"), Many(25'000'000, 't'));
}

}  // namespace
}  // namespace tw::cli
