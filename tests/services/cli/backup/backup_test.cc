#include "services/cli/backup/backup.h"

#include <sys/resource.h>

#include <cstdlib>

#include "tests/services/cli/backup/fixture.h"

namespace tw::cli {
namespace {

void Silent(const std::string&) {}

class BackupTest : public BackupFolders {
 protected:
  void SetUp() override {
    BackupFolders::SetUp();
    journal::PosixFileSystem files;
    const auto oms = OpenJournal(files, data_ + "/oms/journal");
    for (int i = 1; i <= 100; ++i) {
      ASSERT_TRUE(oms->Append("order " + std::to_string(i)).ok());
      ASSERT_TRUE(oms->Sync().ok());
    }
    const auto access = OpenJournal(files, data_ + "/gateway/access");
    ASSERT_TRUE(access->Append("a password's hash").ok());
    ASSERT_TRUE(access->Sync().ok());
    Write(data_ + "/oms/lock", "1\n");
    Write(data_ + "/tls/ca.key", "secret", 0644);
    Write(data_ + "/tls/ca.crt", "public", 0644);
    Write(data_ + "/questdb-writer/positions.json",
          R"({"boot_id":"this one","positions":{"ledger":"42"}})");
    Write(data_ + "/questdb-writer/spool/1.seg", "rows");
    Write(data_ + "/sink-ticks/positions.json", R"({"boot_id":"this one","positions":{}})");
    Write(data_ + "/questdb/db/fills/_txn", "table");
    Write(data_ + "/questdb/.checkpoint/db/fills/_txn", "table");
    Write(data_ + "/questdb/conf/server.conf", "written by deploy/up");
    Write(data_ + "/log/oms/current", "words");
    Write(data_ + "/run/stack.env", "PORT_OFFSET=1");
  }

  BackupOptions Options() const {
    BackupOptions options;
    options.data_dir = data_;
    options.target = backup_;
    options.version = "tradewind test";
    return options;
  }
  void MustBackUp(bool questdb = false) {
    BackupOptions options = Options();
    if (questdb) {
      options.checkpoint = options.release = [] { return absl::OkStatus(); };
    }
    const auto manifest = Backup(options, Silent);
    ASSERT_TRUE(manifest.ok()) << manifest.status();
  }
  bool NothingIsLeft() const { return !fs::exists(backup_) && !fs::exists(backup_ + ".partial"); }
};

TEST_F(BackupTest, ComesBackAsItWas) {
  MustBackUp();
  const auto manifest = ReadManifest(backup_);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_TRUE(VerifyBackup(backup_, *manifest).ok());
  ASSERT_EQ(manifest->journals.size(), 2u);
  EXPECT_EQ(manifest->journals[1].path, "oms/journal");
  EXPECT_EQ(manifest->journals[1].last_number, 100u);
  EXPECT_FALSE(fs::exists(backup_ + "/log"));
  EXPECT_FALSE(fs::exists(backup_ + "/run"));
  EXPECT_LT(manifest->stored_bytes(), 100'000u);  // of segments of 1 MB

  fs::remove_all(data_ + "/oms");
  const auto restored = Restore({backup_, restored_}, Silent);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(Records(restored_ + "/oms/journal").size(), 100u);
  EXPECT_EQ(fs::file_size(restored_ + "/oms/journal/00000001.journal"), 1u << 20);
  EXPECT_TRUE(fs::exists(restored_ + "/.tradewind"));  // deploy/up takes it
  journal::PosixFileSystem files;
  const auto writer = OpenJournal(files, restored_ + "/oms/journal");
  ASSERT_NE(writer, nullptr);
  EXPECT_EQ(*writer->Append("order 101"), 101u);
}

TEST_F(BackupTest, SecretsStaySecret) {
  MustBackUp();
  EXPECT_EQ(ModeOf(backup_), 0700u);
  for (const auto& entry : fs::recursive_directory_iterator(backup_)) {
    if (entry.is_regular_file()) {
      EXPECT_EQ(ModeOf(entry.path().string()), 0600u) << entry.path();
    }
  }
  ASSERT_TRUE(Restore({backup_, restored_}, Silent).ok());
  EXPECT_EQ(ModeOf(restored_ + "/tls/ca.key"), 0600u);
  EXPECT_EQ(ModeOf(restored_ + "/gateway/access/00000001.journal"), 0600u);
  EXPECT_EQ(ModeOf(restored_ + "/tls/ca.crt"), 0644u);
}

TEST_F(BackupTest, WithoutQuestDbItsWriterStartsOver) {
  MustBackUp();
  EXPECT_FALSE(fs::exists(backup_ + "/questdb"));
  ASSERT_TRUE(Restore({backup_, restored_}, Silent).ok());
  EXPECT_FALSE(fs::exists(restored_ + "/questdb-writer/positions.json"));
  EXPECT_FALSE(fs::exists(restored_ + "/questdb-writer/spool"));
  EXPECT_FALSE(fs::exists(restored_ + "/questdb"));
}

TEST_F(BackupTest, WithQuestDbTheLastRowsAreSentAgain) {
  MustBackUp(/*questdb=*/true);
  EXPECT_FALSE(fs::exists(backup_ + "/questdb/conf"));
  ASSERT_TRUE(Restore({backup_, restored_}, Silent).ok());
  EXPECT_EQ(Read(restored_ + "/questdb/db/fills/_txn"), "table");
  EXPECT_TRUE(fs::exists(restored_ + "/questdb/_restore"));
  for (const char* writer : {"questdb-writer", "sink-ticks"}) {
    const std::string positions = Read(restored_ + "/" + writer + "/positions.json");
    EXPECT_EQ(positions.find("this one"), std::string::npos) << positions;
  }
  EXPECT_NE(Read(restored_ + "/questdb-writer/positions.json").find("42"), std::string::npos);
}

TEST_F(BackupTest, TheCheckpointIsReleasedWhateverHappens) {
  int held = 0;
  int lock = -1;
  BackupOptions options = Options();
  options.checkpoint = [&] {
    ++held;
    return absl::OkStatus();
  };
  options.release = [&held] {
    --held;
    return absl::OkStatus();
  };
  ASSERT_TRUE(Backup(options, Silent).ok());
  EXPECT_EQ(held, 0);
  fs::remove_all(backup_);
  // And where it fails behind the checkpoint: oms is held by a process that its lock does not name.
  options.checkpoint = [&] {
    ++held;
    lock = ::open((data_ + "/oms/lock").c_str(), O_RDWR);
    return ::flock(lock, LOCK_EX | LOCK_NB) == 0 ? absl::OkStatus() : absl::InternalError("lock");
  };
  EXPECT_TRUE(absl::IsFailedPrecondition(Backup(options, Silent).status()));
  EXPECT_EQ(held, 0);
  EXPECT_TRUE(NothingIsLeft());
  ::close(lock);
}

TEST_F(BackupTest, ACheckpointOfAnotherQuestDbIsNone) {
  fs::remove_all(data_ + "/questdb/.checkpoint");
  BackupOptions options = Options();
  options.checkpoint = options.release = [] { return absl::OkStatus(); };
  EXPECT_TRUE(absl::IsFailedPrecondition(Backup(options, Silent).status()));
  EXPECT_TRUE(NothingIsLeft());
}

TEST_F(BackupTest, ADamagedJournalIsNoBackup) {
  std::fstream(data_ + "/oms/journal/00000001.journal",
               std::ios::in | std::ios::out | std::ios::binary)
          .seekp(200)
      << "damage";
  EXPECT_TRUE(absl::IsDataLoss(Backup(Options(), Silent).status()));
  EXPECT_TRUE(NothingIsLeft());
}

TEST_F(BackupTest, TargetsThatAreRefused) {
  BackupOptions options = Options();
  options.target = data_ + "/backup";
  EXPECT_TRUE(absl::IsFailedPrecondition(Backup(options, Silent).status())) << "within the data";
  options.target = base_;
  EXPECT_TRUE(absl::IsFailedPrecondition(Backup(options, Silent).status())) << "around the data";
  Write(backup_ + "/something", "");
  EXPECT_TRUE(absl::IsFailedPrecondition(Backup(Options(), Silent).status())) << "not empty";
  EXPECT_TRUE(fs::exists(backup_ + "/something"));
  fs::remove_all(backup_);
  Write(backup_ + ".partial/half", "");
  EXPECT_TRUE(absl::IsFailedPrecondition(Backup(Options(), Silent).status())) << "half of one";
  EXPECT_TRUE(fs::exists(backup_ + ".partial/half"));
  options = Options();
  options.data_dir = base_ + "/elsewhere";
  fs::create_directories(options.data_dir);
  EXPECT_TRUE(absl::IsFailedPrecondition(Backup(options, Silent).status())) << "no data folder";
}

TEST_F(BackupTest, AnEmptyFolderIsAsGoodAsNone) {
  fs::create_directories(backup_);
  MustBackUp();
  fs::create_directories(restored_);
  EXPECT_TRUE(Restore({backup_, restored_}, Silent).ok());
}

// As good as a full disk: no file may grow past 2 KB.
TEST_F(BackupTest, AFullDiskLeavesNothing) {
  const Process limited([this] {
    const struct rlimit limit = {2'048, 2'048};
    ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(absl::IsResourceExhausted(Backup(Options(), Silent).status()) ? 0 : 1);
  });
  int how = 0;
  ASSERT_EQ(::waitpid(limited.pid(), &how, 0), limited.pid());
  EXPECT_TRUE(WIFEXITED(how) && WEXITSTATUS(how) == 0);
  EXPECT_TRUE(NothingIsLeft());
}

TEST_F(BackupTest, RestoreRefusesWhatIsNotTheBackup) {
  MustBackUp();
  const std::string file = backup_ + "/oms/journal/00000001.journal";
  const std::string bytes = Read(file);
  const auto refused = [this] {
    const absl::Status status = Restore({backup_, restored_}, Silent).status();
    EXPECT_FALSE(fs::exists(restored_));
    EXPECT_FALSE(fs::exists(restored_ + ".partial"));
    const auto manifest = ReadManifest(backup_);
    EXPECT_FALSE(manifest.ok() && VerifyBackup(backup_, *manifest).ok());
    return absl::IsDataLoss(status);
  };
  std::string other = bytes;
  other[100] = static_cast<char>(other[100] ^ 1);
  Write(file, other);
  EXPECT_TRUE(refused()) << "a byte";
  Write(file, bytes.substr(0, bytes.size() - 1));
  EXPECT_TRUE(refused()) << "a byte less";
  fs::remove(file);
  EXPECT_TRUE(refused()) << "a file less";
  Write(file, bytes);
  Write(backup_ + "/oms/more", "");
  EXPECT_TRUE(refused()) << "a file more";
  fs::remove(backup_ + "/oms/more");
  fs::remove(backup_ + "/" + kManifestName);
  EXPECT_TRUE(absl::IsNotFound(Restore({backup_, restored_}, Silent).status())) << "no manifest";
}

TEST_F(BackupTest, RestoreRefusesAFolderThatHoldsSomething) {
  MustBackUp();
  Write(restored_ + "/oms/journal/00000001.journal", "orders of today");
  EXPECT_TRUE(absl::IsFailedPrecondition(Restore({backup_, restored_}, Silent).status()));
  EXPECT_EQ(Read(restored_ + "/oms/journal/00000001.journal"), "orders of today");
}

// Two services that tell each other of what they have on disk, in both directions, as oms and the
// venue do. In the backup neither knows more of the other than the other has.
TEST_F(BackupTest, IsOfOneMoment) {
  fs::remove_all(data_);
  int there[2];
  int back[2];
  ASSERT_EQ(::pipe(there), 0);
  ASSERT_EQ(::pipe(back), 0);
  for (const char* name : {"oms", "live-gateway"}) {
    fs::create_directories(data_ + "/" + name);
  }
  const auto service = [this](const std::string& name, int in, int out, uint64_t first) {
    return [this, name, in, out, first] {
      HoldFolder(data_ + "/" + name);
      journal::PosixFileSystem files;
      const auto writer = OpenJournal(files, data_ + "/" + name + "/journal");
      for (uint64_t number = first;; ++number) {
        if (!writer->Append(std::to_string(number)).ok() || !writer->Sync().ok() ||
            ::write(out, &number, sizeof number) != sizeof number ||
            ::read(in, &number, sizeof number) != sizeof number) {
          ::_exit(1);
        }
      }
    };
  };
  // oms writes 1, 3, 5, ...; the venue 2, 4, 6, ..., each one more than what it was told.
  const Process oms(service("oms", back[0], there[1], 1));
  const Process venue([&] {
    uint64_t told = 0;
    if (::read(there[0], &told, sizeof told) == sizeof told) {
      service("live-gateway", there[0], back[1], told + 1)();
    }
  });
  const auto ready = [this] {
    return fs::exists(data_ + "/live-gateway/journal/00000001.journal") &&
           fs::exists(data_ + "/oms/journal/00000001.journal");
  };
  while (!ready()) {
    ::usleep(1'000);
  }
  uint64_t last = 0;
  for (int round = 1; round <= 5; ++round) {
    BackupOptions options = Options();
    options.target = backup_ + std::to_string(round);
    options.stop_max = Duration::Seconds(10);
    const auto manifest = Backup(options, Silent);
    ASSERT_TRUE(manifest.ok()) << manifest.status();
    EXPECT_GT(manifest->stopped_us, 0);
    const std::vector<std::string> ours = Records(options.target + "/oms/journal");
    const std::vector<std::string> theirs = Records(options.target + "/live-gateway/journal");
    const uint64_t sent = ours.empty() ? 0 : std::stoull(ours.back());
    const uint64_t answered = theirs.empty() ? 0 : std::stoull(theirs.back());
    EXPECT_LE(answered, sent + 1);
    EXPECT_LE(sent, answered + 1);
    EXPECT_GE(sent, last);
    last = sent;
  }
}

}  // namespace
}  // namespace tw::cli
