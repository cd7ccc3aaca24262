#include "libs/journal/posix_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "libs/base/status_macros.h"

namespace tw::journal {
namespace {

absl::Status ErrnoStatus(int error, const std::string& what) {
  const std::string text = what + ": " + std::generic_category().message(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT: return absl::ResourceExhaustedError(text);
    case ENOENT: return absl::NotFoundError(text);
    case EACCES:
    case EPERM: return absl::PermissionDeniedError(text);
    default: return absl::UnavailableError(text);
  }
}

// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

absl::StatusOr<Descriptor> OpenDescriptor(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) {
    return ErrnoStatus(errno, "open " + path);
  }
  return Descriptor(fd);
}

class PosixFile : public File {
 public:
  PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  absl::Status WriteAt(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) {
        continue;
      }
      if (n <= 0) {
        return ErrnoStatus(n == 0 ? EIO : errno, "write " + path_);
      }
      offset += static_cast<uint64_t>(n);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    return ::fdatasync(fd_.get()) == 0 ? absl::OkStatus() : ErrnoStatus(errno, "sync " + path_);
  }

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t n) const override {
    size_t total = 0;
    while (total < n) {
      const ssize_t got =
          ::pread(fd_.get(), out + total, n - total, static_cast<off_t>(offset + total));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return ErrnoStatus(errno, "read " + path_);
      }
      if (got == 0) {
        break;
      }
      total += static_cast<size_t>(got);
    }
    return total;
  }

  absl::Status Truncate(uint64_t size) override {
    return ::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0
               ? absl::OkStatus()
               : ErrnoStatus(errno, "truncate " + path_);
  }

  absl::Status Preallocate(uint64_t size) override {
    const int error = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size));
    return error == 0 ? absl::OkStatus() : ErrnoStatus(error, "preallocate " + path_);
  }

  void WriteZeros(uint64_t from, uint64_t to) override {
    static const std::string zeros(64 << 10, '\0');
    while (from < to) {
      const size_t n = std::min<uint64_t>(to - from, zeros.size());
      if (!WriteAt(from, std::string_view(zeros).substr(0, n)).ok()) {
        return;  // whoever syncs finds out
      }
      from += n;
    }
  }

  absl::StatusOr<uint64_t> Size() const override {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) {
      return ErrnoStatus(errno, "stat " + path_);
    }
    return static_cast<uint64_t>(status.st_size);
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixLock : public DirectoryLock {
 public:
  explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;
};

}  // namespace

absl::Status PosixFileSystem::CreateDirectory(const std::string& path) {
  std::error_code error;
  const std::filesystem::path wanted = std::filesystem::absolute(path).lexically_normal();
  std::filesystem::path existing = wanted;
  while (!std::filesystem::exists(existing, error) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  std::filesystem::create_directories(wanted, error);
  if (error) {
    return ErrnoStatus(error.value(), "create " + path);
  }
  // A new name is durable once the directory that holds it is synced.
  for (std::filesystem::path made = wanted; made != existing; made = made.parent_path()) {
    TW_RETURN_IF_ERROR(SyncDirectory(made.parent_path().string()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<File>> PosixFileSystem::Open(const std::string& path,
                                                            OpenMode mode) {
  TW_ASSIGN_OR_RETURN(Descriptor fd,
                      OpenDescriptor(path, mode == OpenMode::kRead ? O_RDONLY : O_RDWR | O_CREAT));
  return std::make_unique<PosixFile>(std::move(fd), path);
}

absl::StatusOr<std::vector<std::string>> PosixFileSystem::List(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(directory, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(error);
  }
  if (error) {
    return ErrnoStatus(error.value(), "list " + directory);
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status PosixFileSystem::Rename(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus()
                                                 : ErrnoStatus(errno, "rename " + from);
}

absl::Status PosixFileSystem::Remove(const std::string& path) {
  return ::unlink(path.c_str()) == 0 ? absl::OkStatus() : ErrnoStatus(errno, "remove " + path);
}

absl::Status PosixFileSystem::SyncDirectory(const std::string& directory) {
  TW_ASSIGN_OR_RETURN(const Descriptor fd, OpenDescriptor(directory, O_RDONLY | O_DIRECTORY));
  return ::fsync(fd.get()) == 0 ? absl::OkStatus() : ErrnoStatus(errno, "sync " + directory);
}

absl::StatusOr<std::unique_ptr<DirectoryLock>> PosixFileSystem::Lock(const std::string& directory) {
  TW_ASSIGN_OR_RETURN(Descriptor fd, OpenDescriptor(directory, O_RDONLY | O_DIRECTORY));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return absl::FailedPreconditionError(directory + " is in use by another process");
    }
    return ErrnoStatus(errno, "lock " + directory);
  }
  return std::make_unique<PosixLock>(std::move(fd));
}

}  // namespace tw::journal
