// Data folders for the tests of backups, and processes that write to them.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/writer.h"

namespace tw::cli {

namespace fs = std::filesystem;

inline void Write(const std::string& path, const std::string& text, mode_t mode = 0644) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
  ::chmod(path.c_str(), mode);
}

inline std::string Read(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

inline mode_t ModeOf(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

inline std::unique_ptr<journal::Writer> OpenJournal(journal::FileSystem& files,
                                                    const std::string& folder) {
  journal::Options options;
  options.segment_bytes = 1 << 20;
  auto writer = journal::Writer::Open(files, folder, options, 1,
                                      [](uint64_t, std::string_view) { return absl::OkStatus(); });
  return writer.ok() ? *std::move(writer) : nullptr;
}

inline std::vector<std::string> Records(const std::string& folder) {
  journal::PosixFileSystem files;
  std::vector<std::string> records;
  journal::ScanOptions options;
  options.on_record = [&records](uint64_t, std::string_view record) {
    records.emplace_back(record);
    return absl::OkStatus();
  };
  const auto report = journal::Scan(files, folder, options);
  EXPECT_TRUE(report.ok()) << report.status();
  return records;
}

// Takes the folder as a service does (libs/app: FolderLock).
inline void HoldFolder(const std::string& folder) {
  const int fd = ::open((folder + "/lock").c_str(), O_RDWR | O_CREAT, 0644);
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (fd < 0 || ::flock(fd, LOCK_EX | LOCK_NB) != 0 || ::ftruncate(fd, 0) != 0 ||
      ::write(fd, pid.data(), pid.size()) < 0) {
    ::_exit(99);
  }
}

// A process of its own that runs `body`, killed at the end.
class Process {
 public:
  explicit Process(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ == 0) {
      body();
      ::_exit(0);
    }
  }
  ~Process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  pid_t pid() const { return pid_; }
  // 'T' while it stands still.
  char State() const {
    const std::string stat = Read("/proc/" + std::to_string(pid_) + "/stat");
    const size_t end = stat.rfind(')');
    return end == std::string::npos ? 'X' : stat[end + 2];
  }

 private:
  const pid_t pid_;
};

class BackupFolders : public ::testing::Test {
 protected:
  void SetUp() override {
    base_ = ::testing::TempDir() + "tw-backup-" + std::to_string(::getpid());
    fs::remove_all(base_);
    fs::create_directories(base_);
    data_ = base_ + "/data";
    backup_ = base_ + "/backup";
    restored_ = base_ + "/restored";
  }
  void TearDown() override { fs::remove_all(base_); }

  std::string base_, data_, backup_, restored_;
};

}  // namespace tw::cli
