#include "services/cli/backup/standstill.h"

#include "tests/services/cli/backup/fixture.h"

namespace tw::cli {
namespace {

class StandstillTest : public BackupFolders {
 protected:
  void SetUp() override {
    BackupFolders::SetUp();
    for (const char* name : {"oms", "risk", "tls"}) {
      fs::create_directories(data_ + "/" + name);
    }
  }

  // Holds `folder` and then counts into `ready`, a byte for each turn.
  static std::function<void()> Service(const std::string& folder, int ready) {
    return [folder, ready] {
      HoldFolder(folder);
      while (::write(ready, "x", 1) == 1) {
        ::usleep(500);
      }
    };
  }
  static void WaitFor(int turns, int fd) {
    char byte = 0;
    for (int i = 0; i < turns; ++i) {
      ASSERT_EQ(::read(fd, &byte, 1), 1);
    }
  }

  std::string oms() const { return data_ + "/oms"; }
};

TEST_F(StandstillTest, HoldersStandStillUntilTheEnd) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const Process service(Service(oms(), pipe[1]));
  WaitFor(1, pipe[0]);
  auto standstill =
      Standstill::Begin({oms(), data_ + "/risk", data_ + "/tls"}, Duration::Seconds(10));
  ASSERT_TRUE(standstill.ok()) << standstill.status();
  EXPECT_EQ(standstill->processes(), 1u);
  EXPECT_EQ(service.State(), 'T');
  EXPECT_TRUE(standstill->End().ok());
  WaitFor(200, pipe[0]);  // more than the pipe may hold from before
}

TEST_F(StandstillTest, TheWatchLetsThemRunWhenTheTimeIsOver) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const Process service(Service(oms(), pipe[1]));
  WaitFor(1, pipe[0]);
  auto standstill = Standstill::Begin({oms()}, Duration::Millis(300));
  ASSERT_TRUE(standstill.ok()) << standstill.status();
  while (service.State() == 'T') {
    ::usleep(1'000);
  }
  EXPECT_TRUE(absl::IsDeadlineExceeded(standstill->End()));
}

TEST_F(StandstillTest, TheyRunAgainWhenTheOneWhoStoppedThemIsKilled) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const Process service(Service(oms(), pipe[1]));
  WaitFor(1, pipe[0]);
  {
    const Process backup([this] {
      auto standstill = Standstill::Begin({oms()}, Duration::Seconds(600));
      if (standstill.ok()) {
        ::pause();
      }
    });
    while (service.State() != 'T') {
      ::usleep(1'000);
    }
  }  // kill -9
  while (service.State() == 'T') {
    ::usleep(1'000);
  }
  WaitFor(200, pipe[0]);
}

TEST_F(StandstillTest, AFolderThatNobodyHasIsHeldMeanwhile) {
  Write(oms() + "/lock", "1\n");  // what a stopped service leaves
  auto standstill = Standstill::Begin({oms()}, Duration::Seconds(10));
  ASSERT_TRUE(standstill.ok()) << standstill.status();
  EXPECT_EQ(standstill->processes(), 0u);
  const int fd = ::open((oms() + "/lock").c_str(), O_RDWR);
  EXPECT_NE(::flock(fd, LOCK_EX | LOCK_NB), 0);
  EXPECT_TRUE(standstill->End().ok());
  EXPECT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
  ::close(fd);
}

TEST_F(StandstillTest, NobodyIsStoppedForANumberInAFile) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const Process stranger([] { ::pause(); });
  const Process service([this, &stranger, &pipe] {
    HoldFolder(oms());
    Write(oms() + "/lock", std::to_string(stranger.pid()) + "\n");
    (void)::write(pipe[1], "x", 1);
    ::pause();
  });
  WaitFor(1, pipe[0]);
  const auto standstill = Standstill::Begin({oms()}, Duration::Seconds(10));
  EXPECT_TRUE(absl::IsFailedPrecondition(standstill.status())) << standstill.status();
  EXPECT_NE(stranger.State(), 'T');
}

}  // namespace
}  // namespace tw::cli
