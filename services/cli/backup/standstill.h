// Standstill: the processes that hold given folders stand still (SIGSTOP) for a moment, so that
// what is on disk is of one moment for all of them. A process of its own watches over it: they run
// again after `at_most`, and when this one dies, however it dies.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "services/cli/backup/files.h"

namespace tw::cli {

class Standstill {
 public:
  // Each folder with a file `lock` (libs/app: FolderLock) that is held has its holder stopped, with
  // all its threads; the others are held here, so that none starts meanwhile. FAILED_PRECONDITION:
  // a holder cannot be seen from here, as in another container. PERMISSION_DENIED: it is somebody
  // else's. DEADLINE_EXCEEDED: they did not stand still in time; they run again.
  static absl::StatusOr<Standstill> Begin(const std::vector<std::string>& folders,
                                          Duration at_most);

  Standstill(Standstill&& other) noexcept;
  Standstill& operator=(Standstill&&) = delete;
  ~Standstill();

  // Lets them run. DEADLINE_EXCEEDED: the watch did so before, what was read may not be of one
  // moment.
  absl::Status End();

  size_t processes() const { return pids_.size(); }

 private:
  Standstill() = default;

  absl::Status Find(const std::vector<std::string>& folders);
  absl::Status StartWatch(Duration at_most);
  absl::Status Stop(Duration at_most) const;

  std::vector<Fd> held_;     // locks of folders that nobody has
  std::vector<pid_t> pids_;  // of those that have one
  pid_t watch_ = 0;
  Fd alive_;  // closed when this process is gone: the watch's sign
};

}  // namespace tw::cli
