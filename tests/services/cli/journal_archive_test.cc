#include "services/cli/journal_archive.h"

#include <sys/stat.h>

#include <chrono>

#include "libs/base/clock.h"
#include "services/cli/backup/backup.h"
#include "services/cli/backup/tree_copy.h"
#include "tests/services/cli/backup/fixture.h"

namespace tw::cli {
namespace {

constexpr uint64_t kSegmentBytes = 4'096;
constexpr int kRecords = 30;  // eight a segment

absl::Status Nothing(uint64_t, std::string_view) {
  return absl::OkStatus();
}

class JournalArchiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    fs::create_directories(to_);
    Append(1, kRecords);
    records_ = Records(journal_);
    ASSERT_EQ(records_.size(), size_t{kRecords});
    fs::copy(data_, root_ + "/fresh", fs::copy_options::recursive);
  }
  void SetUpAgain() {
    fs::remove_all(data_);
    fs::remove_all(to_);
    fs::create_directories(to_);
    fs::copy(root_ + "/fresh", data_, fs::copy_options::recursive);
    records_.resize(kRecords);
  }
  void TearDown() override { fs::remove_all(root_); }

  std::unique_ptr<journal::Writer> OpenWriter() {
    journal::Options options;
    options.segment_bytes = kSegmentBytes;
    auto writer = journal::Writer::Open(files_, journal_, options, 1, Nothing);
    EXPECT_TRUE(writer.ok()) << writer.status();
    return writer.ok() ? *std::move(writer) : nullptr;
  }
  // As a service does: opened, appended to, closed.
  void Append(int from, int to) {
    const auto writer = OpenWriter();
    for (int i = from; i <= to; ++i) {
      ASSERT_TRUE(writer->Append(std::string(400, 'x') + std::to_string(i)).ok());
      ASSERT_TRUE(writer->Sync().ok());
    }
  }
  ArchiveOptions Options() const {
    ArchiveOptions options;
    options.journal = journal_;
    options.to = to_;
    options.written_before = SystemClock().Now() + Duration::Seconds(60);
    return options;
  }
  absl::StatusOr<ArchiveReport> Run(const ArchiveOptions& options) {
    said_.clear();
    return Archive(options, [this](const std::string& line) { said_ += line + "\n"; });
  }
  std::string Segment(int ordinal) const {
    return journal_ + "/0000000" + std::to_string(ordinal) + ".journal";
  }
  int Links() const {
    int links = 0;
    for (const auto& entry : fs::directory_iterator(journal_)) {
      links += entry.is_symlink() ? 1 : 0;
    }
    return links;
  }
  void ExpectAllIsThere() {
    EXPECT_EQ(Records(journal_), records_);
    EXPECT_EQ(OpenWriter()->recovery().last_number, records_.size());
  }

  const std::string root_ = ::testing::TempDir() + "tw-archive-" + std::to_string(::getpid());
  const std::string data_ = root_ + "/data";
  const std::string journal_ = data_ + "/oms/journal";
  const std::string to_ = root_ + "/archive";
  journal::PosixFileSystem files_;
  std::vector<std::string> records_;
  std::string said_;
};

TEST_F(JournalArchiveTest, AllIsReadThroughTheLinksAsBefore) {
  const absl::StatusOr<ArchiveReport> report = Run(Options());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GE(report->archived, 3u);
  EXPECT_EQ(report->before, 0u);
  EXPECT_EQ(report->bytes, report->archived * kSegmentBytes);
  EXPECT_EQ(Links(), static_cast<int>(report->archived));
  EXPECT_TRUE(fs::is_symlink(Segment(1)));
  EXPECT_FALSE(fs::is_symlink(Segment(static_cast<int>(report->archived) + 1)));
  EXPECT_NE(said_.find("00000001.journal: 0.0 MB, last written "), std::string::npos) << said_;
  EXPECT_NE(said_.find("on the journal's own volume"), std::string::npos) << said_;
  EXPECT_EQ(report->freed, 0u) << "on the same volume";
  ExpectAllIsThere();

  // It goes on, and what has become old since goes too.
  Append(kRecords + 1, 2 * kRecords);
  records_ = Records(journal_);
  EXPECT_EQ(records_.size(), size_t{2 * kRecords});
  const absl::StatusOr<ArchiveReport> more = Run(Options());
  ASSERT_TRUE(more.ok()) << more.status();
  EXPECT_EQ(more->before, report->archived);
  EXPECT_GE(more->archived, 3u);
  ExpectAllIsThere();
  const absl::StatusOr<ArchiveReport> none = Run(Options());
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->archived, 0u);
}

// Whatever step it is broken off at, no byte is missing, the service starts and goes on, and the
// next run finishes.
TEST_F(JournalArchiveTest, BrokenOffAtAnyStepNothingIsLost) {
  int steps = 0;
  bool whole = false;
  for (; !whole; ++steps) {
    SetUpAgain();
    ArchiveOptions options = Options();
    options.before_step = [left = steps]() mutable {
      return left-- > 0 ? absl::OkStatus() : absl::UnavailableError("the machine has crashed");
    };
    whole = Run(options).ok();
    ExpectAllIsThere();
    Append(kRecords + 1, kRecords + 2);
    records_ = Records(journal_);
    ASSERT_EQ(records_.size(), size_t{kRecords + 2}) << "crash at step " << steps;
    const absl::StatusOr<ArchiveReport> finished = Run(Options());
    ASSERT_TRUE(finished.ok()) << finished.status();
    ASSERT_EQ(finished->archived + finished->before, static_cast<uint32_t>(Links()));
    ASSERT_GE(Links(), 3);
    EXPECT_EQ(Records(journal_), records_);
    for (const auto& entry : fs::directory_iterator(to_)) {
      EXPECT_EQ(entry.path().extension(), ".journal") << entry.path();
    }
    EXPECT_FALSE(HasFailure()) << "crash at step " << steps;
  }
  EXPECT_GT(steps, 20);
}

TEST_F(JournalArchiveTest, AReaderBesideARunningWriterNoticesNothing) {
  const auto writer = OpenWriter();
  const auto reader = writer->NewReader();
  std::vector<std::string> read;
  const auto take = [&read](uint64_t, std::string_view record) {
    read.emplace_back(record);
    return absl::OkStatus();
  };
  uint64_t next = 1;
  ArchiveOptions options = Options();
  options.before_step = [&] {  // while it is under way
    if (next <= size_t{kRecords}) {
      next = reader->Read(next, 2, 1 << 20, take)->next_number;
    }
    return absl::OkStatus();
  };
  const absl::StatusOr<ArchiveReport> report = Run(options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GE(report->archived, 3u);
  while (next <= size_t{kRecords}) {
    next = reader->Read(next, 7, 1 << 20, take)->next_number;
  }
  EXPECT_EQ(read, records_);
  ASSERT_TRUE(writer->Append("more").ok());
  ASSERT_TRUE(writer->Sync().ok());
}

TEST_F(JournalArchiveTest, WhatIsYoungStaysAndTheNewestAlways) {
  ArchiveOptions options = Options();
  options.written_before = SystemClock().Now() - Duration::Seconds(3'600);
  EXPECT_EQ(Run(options)->archived, 0u);
  struct timespec old[2] = {};
  old[0].tv_sec = old[1].tv_sec = options.written_before.ns / 1'000'000'000 - 60;
  ASSERT_EQ(::utimensat(AT_FDCWD, Segment(1).c_str(), old, 0), 0);
  options.dry_run = true;
  EXPECT_EQ(Run(options)->archived, 1u);
  EXPECT_NE(said_.find("would go"), std::string::npos) << said_;
  EXPECT_EQ(Links(), 0) << "a dry run changes nothing";
  EXPECT_TRUE(fs::is_empty(to_));
  options.dry_run = false;
  EXPECT_EQ(Run(options)->archived, 1u);
  struct stat status {};
  ASSERT_EQ(::stat(Segment(1).c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, old[1].tv_sec) << "its age goes along";
}

TEST_F(JournalArchiveTest, ASegmentBehindWhichNothingIsSyncedStays) {
  fs::remove_all(data_);
  Append(1, 8);  // the first is full, the second may have been begun
  const uint32_t archived = Run(Options())->archived;
  EXPECT_LE(archived, 1u);
  fs::remove_all(root_);
  fs::create_directories(to_);
  Append(1, 1);
  EXPECT_EQ(Run(Options())->archived, 0u);
}

TEST_F(JournalArchiveTest, RefusesWithTheReason) {
  const auto refused = [this](const std::string& to, const std::string& journal) {
    ArchiveOptions options = Options();
    options.to = to;
    options.journal = journal;
    const absl::Status status = Run(options).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    return std::string(status.message());
  };
  EXPECT_EQ(refused(root_ + "/none", journal_), root_ + "/none is no folder");
  EXPECT_EQ(refused(to_, root_ + "/none"), root_ + "/none is no folder");
  EXPECT_NE(refused(journal_, journal_).find("lies in the journal's own folder"),
            std::string::npos);
  fs::create_directories(journal_ + "/deep");
  fs::create_directory_symlink(journal_ + "/deep", root_ + "/elsewhere");
  EXPECT_NE(refused(root_ + "/elsewhere", journal_).find("lies in the journal's own folder"),
            std::string::npos);
  EXPECT_NE(refused(journal_, to_).find("holds no journal"), std::string::npos);
  Write(to_ + "/00000001.journal", "another's");
  EXPECT_NE(refused(to_, journal_).find("a folder of its own"), std::string::npos);
  EXPECT_EQ(Links(), 0);
  EXPECT_EQ(Read(to_ + "/00000001.journal"), "another's");
}

TEST_F(JournalArchiveTest, AFullVolumeLeavesNothingBehind) {
  ArchiveOptions options = Options();
  options.before_step = [left = 2]() mutable {
    return left-- > 0 ? absl::OkStatus() : absl::ResourceExhaustedError("no space left");
  };
  EXPECT_TRUE(absl::IsResourceExhausted(Run(options).status()));
  EXPECT_TRUE(fs::is_empty(to_));
  ExpectAllIsThere();
}

TEST_F(JournalArchiveTest, DamageStaysWhereItIs) {
  std::string bytes = Read(Segment(2));
  bytes[700] ^= 1;  // in its second group
  Write(Segment(2), bytes);
  const absl::Status status = Run(Options()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_NE(status.message().find("00000002.journal byte "), std::string::npos) << status;
  EXPECT_EQ(Links(), 1) << "the first is sound";
  EXPECT_EQ(Read(Segment(2)), bytes);
}

TEST_F(JournalArchiveTest, ABackupHasTheBytesAndRestoresThem) {
  Write(data_ + "/oms/lock", "");
  ASSERT_TRUE(Run(Options()).ok());
  ASSERT_GE(Links(), 3);
  const auto quiet = [](const std::string&) {};
  BackupOptions backup;
  backup.data_dir = data_;
  backup.target = root_ + "/backup";
  backup.version = "test";
  const absl::StatusOr<Manifest> manifest = Backup(backup, quiet);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(Records(root_ + "/backup/oms/journal"), records_);
  fs::remove_all(to_);  // the volume is lost, and the machine with it
  fs::remove_all(data_);
  ASSERT_TRUE(Restore({root_ + "/backup", data_}, quiet).ok());
  EXPECT_EQ(Links(), 0);
  ExpectAllIsThere();
}

TEST_F(JournalArchiveTest, WithoutTheArchivesVolumeNothingStartsAndNothingIsTakenForCut) {
  ASSERT_TRUE(Run(Options()).ok());
  fs::rename(to_, to_ + "-away");
  journal::Options options;
  options.segment_bytes = kSegmentBytes;
  const absl::Status opened = journal::Writer::Open(files_, journal_, options, 1, Nothing).status();
  EXPECT_TRUE(absl::IsNotFound(opened)) << opened;
  EXPECT_NE(opened.message().find("00000001.journal"), std::string::npos) << opened;
  fs::rename(to_ + "-away", to_);
  ExpectAllIsThere();
}

TEST_F(JournalArchiveTest, ABackupWithoutTheArchivesVolumeFails) {
  ASSERT_TRUE(Run(Options()).ok());
  fs::rename(to_, to_ + "-away");
  TreeCopy copy(data_, root_ + "/copy", {"oms"});
  const absl::Status status = copy.Pass();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("00000001.journal is an archived segment"), std::string::npos)
      << status;
}

}  // namespace
}  // namespace tw::cli
