// What the system's files need of a backup: errors in words, hashes, durable names.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tw::cli {

// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// "write /x: No space left on device". NOT_FOUND, PERMISSION_DENIED and RESOURCE_EXHAUSTED (a full
// disk) have their own codes.
absl::Status ErrnoError(int error, const std::string& what);

absl::StatusOr<Fd> OpenFd(const std::string& path, int flags, mode_t mode = 0600);
absl::StatusOr<struct stat> StatOf(const Fd& fd, const std::string& path);
absl::Status WriteAt(const Fd& fd,
                     uint64_t offset,
                     std::string_view bytes,
                     const std::string& path);
// Up to buffer.size() bytes; fewer only at the end of the file.
absl::StatusOr<size_t> ReadAt(const Fd& fd,
                              uint64_t offset,
                              std::string& buffer,
                              const std::string& path);
absl::Status SyncPath(const std::string& path);  // a file or a folder

bool AllZeros(std::string_view bytes);

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void Add(std::string_view bytes);
  std::string Hex();  // once

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string Sha256Hex(std::string_view bytes);
absl::StatusOr<std::string> Sha256OfFile(const std::string& path);

// A folder that is not there, or is empty: what may be written to. FAILED_PRECONDITION for another.
absl::Status CheckFree(const std::string& folder);

// A folder under another name ("<path>.partial") until Keep(): what is not whole never bears the
// name of what is. Removed when it goes without.
class Draft {
 public:
  // FAILED_PRECONDITION when `path` holds something, or an earlier draft is left.
  static absl::StatusOr<std::unique_ptr<Draft>> Begin(const std::string& path);
  ~Draft();
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  const std::string& folder() const { return folder_; }
  // Makes its folders durable and gives it its name.
  absl::Status Keep();

 private:
  explicit Draft(std::string path) : path_(std::move(path)), folder_(path_ + ".partial") {}

  const std::string path_;
  const std::string folder_;
  bool kept_ = false;
};

}  // namespace tw::cli
