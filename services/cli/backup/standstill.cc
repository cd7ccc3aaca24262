#include "services/cli/backup/standstill.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"

namespace tw::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kRanOut = 1;  // what the watch ends with

std::string FirstLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// Whether the process has this very file open: a number in a file may be that of another by now.
bool HasOpen(pid_t pid, const struct stat& wanted) {
  std::error_code error;
  fs::directory_iterator entry("/proc/" + std::to_string(pid) + "/fd", error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    struct stat found {};
    if (::stat(entry->path().c_str(), &found) == 0 && found.st_dev == wanted.st_dev &&
        found.st_ino == wanted.st_ino) {
      return true;
    }
  }
  return false;
}

// The state letter of /proc/.../stat, behind the name, which may hold anything.
char StateIn(const std::string& stat) {
  const size_t end = stat.rfind(')');
  return end == std::string::npos || end + 2 >= stat.size() ? 'X' : stat[end + 2];
}

bool StandsStill(pid_t pid) {
  std::error_code error;
  fs::directory_iterator task("/proc/" + std::to_string(pid) + "/task", error);
  for (const fs::directory_iterator end; !error && task != end; task.increment(error)) {
    const char state = StateIn(FirstLine(task->path().string() + "/stat"));
    if (state != 'T' && state != 't' && state != 'Z' && state != 'X') {
      return false;
    }
  }
  return true;
}

void Continue(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) {
    ::kill(pid, SIGCONT);
  }
}

// The watch: waits until the other side of `sign` is closed, or the time is over. Calls nothing
// that a forked process may not.
[[noreturn]] void Watch(int sign, const std::vector<pid_t>& pids, int at_most_ms) {
  ::setsid();  // a Ctrl-C is not for it
  struct pollfd wait = {sign, POLLIN, 0};
  const int ready = ::poll(&wait, 1, at_most_ms);
  for (const pid_t pid : pids) {
    ::kill(pid, SIGCONT);
  }
  ::_exit(ready == 0 ? kRanOut : 0);
}

}  // namespace

absl::Status Standstill::Find(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    const std::string path = folder + "/lock";
    absl::StatusOr<Fd> lock = OpenFd(path, O_RDWR);
    if (absl::IsNotFound(lock.status())) {
      continue;  // no service's
    }
    TW_RETURN_IF_ERROR(lock.status());
    if (::flock(lock->get(), LOCK_EX | LOCK_NB) == 0) {
      held_.push_back(*std::move(lock));
      continue;
    }
    const std::string text = FirstLine(path);
    pid_t pid = 0;
    std::from_chars(text.data(), text.data() + text.size(), pid);
    TW_ASSIGN_OR_RETURN(const struct stat status, StatOf(*lock, path));
    if (pid <= 1 || !HasOpen(pid, status)) {
      return absl::FailedPreconditionError(
          fmt::format("the folder {} is in use by process {}, which cannot be seen from here; stop "
                      "it, or run this where it runs",
                      folder, text));
    }
    if (std::find(pids_.begin(), pids_.end(), pid) == pids_.end()) {
      pids_.push_back(pid);
    }
  }
  return absl::OkStatus();
}

absl::Status Standstill::StartWatch(Duration at_most) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return ErrnoError(errno, "pipe");
  }
  const Fd sign(ends[0]);
  alive_ = Fd(ends[1]);
  watch_ = ::fork();
  if (watch_ < 0) {
    watch_ = 0;
    return ErrnoError(errno, "fork");
  }
  if (watch_ == 0) {
    ::close(ends[1]);
    Watch(ends[0], pids_, static_cast<int>(at_most.millis()));
  }
  return absl::OkStatus();
}

absl::Status Standstill::Stop(Duration at_most) const {
  const int64_t until = MonotonicNanos() + at_most.ns;
  for (const pid_t pid : pids_) {
    if (::kill(pid, SIGSTOP) != 0) {
      return ErrnoError(errno, "stop process " + std::to_string(pid));
    }
  }
  for (const pid_t pid : pids_) {
    while (!StandsStill(pid)) {
      if (MonotonicNanos() > until) {
        return absl::DeadlineExceededError("process " + std::to_string(pid) +
                                           " did not stand still in time");
      }
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  // One that died meanwhile may have a follower by now, which runs.
  for (const pid_t pid : pids_) {
    const char state = StateIn(FirstLine("/proc/" + std::to_string(pid) + "/stat"));
    if (state != 'T' && state != 't') {
      return absl::DeadlineExceededError("process " + std::to_string(pid) + " ended meanwhile");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Standstill> Standstill::Begin(const std::vector<std::string>& folders,
                                             Duration at_most) {
  Standstill standstill;
  TW_RETURN_IF_ERROR(standstill.Find(folders));
  if (!standstill.pids_.empty()) {
    TW_RETURN_IF_ERROR(standstill.StartWatch(at_most));
    if (const absl::Status status = standstill.Stop(at_most); !status.ok()) {
      (void)standstill.End();
      return status;
    }
  }
  return standstill;
}

Standstill::Standstill(Standstill&& other) noexcept
    : held_(std::move(other.held_)),
      pids_(std::move(other.pids_)),
      watch_(std::exchange(other.watch_, 0)),
      alive_(std::move(other.alive_)) {}

Standstill::~Standstill() {
  (void)End();
}

absl::Status Standstill::End() {
  held_.clear();
  if (watch_ == 0) {
    return absl::OkStatus();
  }
  Continue(pids_);
  alive_ = Fd();
  int how = 0;
  while (::waitpid(watch_, &how, 0) < 0 && errno == EINTR) {
  }
  watch_ = 0;
  if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
    return absl::DeadlineExceededError("the platform ran again before all was read");
  }
  return absl::OkStatus();
}

}  // namespace tw::cli
