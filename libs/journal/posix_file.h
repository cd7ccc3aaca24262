// The operating system's files behind the journal's ports. Any thread; holds no state.
#pragma once

#include "libs/journal/file.h"

namespace tw::journal {

class PosixFileSystem : public FileSystem {
 public:
  absl::Status CreateDirectory(const std::string& path) override;
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status SyncDirectory(const std::string& directory) override;
  absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock(const std::string& directory) override;
};

}  // namespace tw::journal
