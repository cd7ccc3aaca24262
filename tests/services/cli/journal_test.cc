// journal verify and dump, on real files.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libs/journal/posix_file.h"
#include "libs/journal/writer.h"
#include "tests/services/cli/fake_services.h"

namespace tw::cli {
namespace {

class JournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "tw-cli-journal-" + std::to_string(::getpid());
    journal::PosixFileSystem files;
    const auto nothing = [](uint64_t, std::string_view) { return absl::OkStatus(); };
    journal::Options options;
    options.segment_bytes = 1 << 20;
    auto writer = journal::Writer::Open(files, folder_, options, 1, nothing);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (uint64_t i = 1; i <= 3; ++i) {
      v1::LedgerRecord record;
      record.add_events()->set_sequence(i);
      record.mutable_events(0)->set_account("demo");
      ASSERT_TRUE((*writer)->Append(record.SerializeAsString()).ok());
      ASSERT_TRUE((*writer)->Sync().ok());
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(JournalTest, VerifyAndDump) {
  const Outcome verify = Tradewind({"journal", "verify", folder_});
  EXPECT_EQ(verify.exit, kOk) << verify.err;
  EXPECT_EQ(verify.out.substr(0, 35), "sound up to record 3: 3 groups in 2");
  const Outcome dump = Tradewind({"journal", "dump", folder_, "--from", "2", "--to", "2"});
  EXPECT_EQ(dump.exit, kOk) << dump.err;
  EXPECT_EQ(std::count(dump.out.begin(), dump.out.end(), '\n'), 1);
  EXPECT_EQ(dump.out.substr(0, 45), R"({"number":2,"record":{"events":[{"sequence":2)");
}

TEST_F(JournalTest, DamageIsSaidWithItsPlace) {
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.file_size() > 4'096) {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(20);
      file.write("\xff\xff\xff\xff", 4);
    }
  }
  const Outcome verify = Tradewind({"journal", "verify", folder_});
  EXPECT_EQ(verify.exit, kFailed);
  EXPECT_NE(verify.err.find("DATA_LOSS"), std::string::npos) << verify.err;
}

TEST_F(JournalTest, ArchiveSaysWhatItDidAndRefusesAnAgeThatIsNone) {
  const std::string to = folder_ + "-archive";
  const Outcome missing = Tradewind({"journal", "archive", folder_, "--to", to});
  EXPECT_EQ(missing.exit, kFailed);
  EXPECT_NE(missing.err.find(to + " is no folder"), std::string::npos) << missing.err;
  std::filesystem::create_directories(to);
  for (const char* age : {"1w", "25h", "d", "99999d"}) {
    const Outcome bad = Tradewind({"journal", "archive", folder_, "--to", to, "--older-than", age});
    EXPECT_EQ(bad.exit, kUsage) << age;
    EXPECT_NE(bad.err.find("--older-than"), std::string::npos) << bad.err;
  }
  const Outcome none = Tradewind({"journal", "archive", folder_, "--to", to});
  EXPECT_EQ(none.exit, kOk) << none.err;
  EXPECT_EQ(none.out, "0 of 2 segments archived, 0 before; 0.0 MB moved, 0.0 MB freed\n");
  const Outcome json =
      Tradewind({"--json", "journal", "archive", folder_, "--to", to, "--dry-run"});
  EXPECT_NE(json.out.find(R"("archived":0,)"), std::string::npos) << json.out;
  std::filesystem::remove_all(to);
}

TEST(JournalCommandTest, NoSuchFolderFails) {
  const Outcome verify = Tradewind({"journal", "verify", ::testing::TempDir() + "tw-none"});
  EXPECT_EQ(verify.exit, kFailed);
  EXPECT_NE(verify.err.find("NOT_FOUND"), std::string::npos) << verify.err;
}

}  // namespace
}  // namespace tw::cli
