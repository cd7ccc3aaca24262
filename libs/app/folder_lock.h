// FolderLock: one process per data folder. The lock file holds the owner's process id for the
// second one to name.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace tw::app {

class FolderLock {
 public:
  // Makes the folder when missing. FailedPrecondition naming the owner when another process holds
  // it.
  static absl::StatusOr<FolderLock> Take(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace tw::app
