#include "services/pnl/statement_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/services/pnl/faulty_files.h"

namespace tw::pnl {
namespace {

namespace fs = std::filesystem;

class StatementFolderTest : public ::testing::Test {
 protected:
  ~StatementFolderTest() override { fs::remove_all(root_); }

  static StatementFile File(const std::string& name, const std::string& text) {
    return {name, [text](const TextSink& out) {
              out(text);
              out("\n");
              return absl::OkStatus();
            }};
  }
  std::string Text(const std::string& path) const {
    std::ifstream file(root_ + "/" + path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  const std::string root_ = ::testing::TempDir() + "tw-statements-" + std::to_string(::getpid());
  FaultyFiles files_;
  StatementFolder folder_{files_, root_};
};

TEST(StatementNameTest, IsTheAccountsAndStaysInTheFolder) {
  EXPECT_EQ(StatementName("desk-1.B_2"), "desk-1.B_2");
  EXPECT_EQ(StatementName("../../etc/x"), "%2E.%2F..%2Fetc%2Fx");
  EXPECT_EQ(StatementName(".."), "%2E.");
  EXPECT_EQ(StatementName("a%2Fb"), "a%252Fb");  // not what a/b has
  EXPECT_EQ(StatementName(std::string("a\0b", 3)), "a%00b");
}

TEST_F(StatementFolderTest, WritesAllFilesOfADay) {
  EXPECT_FALSE(*folder_.Holds("2026-11-27", "XNYS"));
  const std::string large(200'000, 'x');
  ASSERT_TRUE(
      folder_.Write("2026-11-27", "XNYS", {File("a.json", "one"), File("b.csv", large)}).ok());
  EXPECT_TRUE(*folder_.Holds("2026-11-27", "XNYS"));
  EXPECT_FALSE(*folder_.Holds("2026-11-27", "utc"));
  EXPECT_EQ(Text("2026-11-27/XNYS/a.json"), "one\n");
  EXPECT_EQ(Text("2026-11-27/XNYS/b.csv"), large + "\n");
}

TEST_F(StatementFolderTest, AFileThatCannotBeMadeLeavesNothing) {
  const StatementFile bad = {"bad.json", [](const TextSink& out) {
                               out("half");
                               return absl::DataLossError("gone");
                             }};
  EXPECT_EQ(folder_.Write("2026-11-27", "XNYS", {File("a.json", "one"), bad}).message(), "gone");
  EXPECT_FALSE(*folder_.Holds("2026-11-27", "XNYS"));
}

// Whatever step the machine crashes at: either nothing bears the name, or all of it is there; and
// the next try makes exactly the same.
TEST_F(StatementFolderTest, ACrashAtAnyStepLeavesAllOrNothing) {
  int crashes = 0;
  for (bool done = false; !done; ++crashes) {
    fs::remove_all(root_);
    files_.CrashAt(crashes);
    done = folder_.Write("2026-11-27", "XNYS", {File("a.json", "one"), File("b.json", "two")}).ok();
    files_.CrashAt(FaultyFiles::kNever);
    if (*folder_.Holds("2026-11-27", "XNYS")) {
      EXPECT_EQ(Text("2026-11-27/XNYS/b.json"), "two\n") << crashes;
    } else {
      // What the try before would have written, and this one does not, is gone.
      ASSERT_TRUE(folder_.Write("2026-11-27", "XNYS", {File("a.json", "one")}).ok()) << crashes;
      EXPECT_FALSE(fs::exists(root_ + "/2026-11-27/XNYS/b.json")) << crashes;
    }
    EXPECT_EQ(Text("2026-11-27/XNYS/a.json"), "one\n") << crashes;
    EXPECT_EQ(std::distance(fs::directory_iterator(root_ + "/2026-11-27"), {}), 1) << crashes;
  }
  EXPECT_GT(crashes, 9);  // folder, two files of three steps, sync, rename, sync
}

}  // namespace
}  // namespace tw::pnl
