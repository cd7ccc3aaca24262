// The journal's one way to disk: two small ports. PosixFileSystem is the real one, MemFileSystem
// the one for tests. A full disk is RESOURCE_EXHAUSTED; a missing file NOT_FOUND; anything else
// UNAVAILABLE with errno's words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tw::journal {

// One open file. ReadAt may run beside WriteAt on other threads; the other calls want one thread at
// a time.
class File {
 public:
  virtual ~File() = default;

  // Writes all of `bytes` at `offset`; after an error any part of them may be there.
  virtual absl::Status WriteAt(uint64_t offset, std::string_view bytes) = 0;
  // fdatasync. After an error nothing is known about what is on disk, and a second try tells lies.
  virtual absl::Status Sync() = 0;
  // Reads up to `n` bytes into `out`; fewer only at the end of the file.
  virtual absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t n) const = 0;
  virtual absl::Status Truncate(uint64_t size) = 0;
  // Claims blocks up to `size`, which read as zeros, so that later writes below it need no new
  // space.
  virtual absl::Status Preallocate(uint64_t size) = 0;
  // A favour that may be left undone: claimed blocks that were never written are written as the
  // zeros which they read as, so that syncing small writes there later changes no metadata.
  // REQUIRES: nothing else has been written between.
  virtual void WriteZeros(uint64_t from, uint64_t to) {
    (void)from;
    (void)to;
  }
  virtual absl::StatusOr<uint64_t> Size() const = 0;
};

// Held while the object lives; the kernel lets go of it when the process dies.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

enum class OpenMode {
  kRead,   // must exist
  kWrite,  // read and write; made when missing
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual absl::Status CreateDirectory(const std::string& path) = 0;  // with its parents
  virtual absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual absl::StatusOr<std::vector<std::string>> List(
      const std::string& directory) = 0;  // sorted names
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;
  virtual absl::Status SyncDirectory(const std::string& directory) = 0;
  // FAILED_PRECONDITION when somebody else holds it.
  virtual absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock(const std::string& directory) = 0;
};

}  // namespace tw::journal
