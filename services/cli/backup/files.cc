#include "services/cli/backup/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"

namespace tw::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadBytes = 1 << 20;

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

absl::Status ErrnoError(int error, const std::string& what) {
  const std::string text = what + ": " + std::generic_category().message(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return absl::ResourceExhaustedError(text);
    case ENOENT: return absl::NotFoundError(text);
    case EACCES:
    case EPERM: return absl::PermissionDeniedError(text);
    default: return absl::UnavailableError(text);
  }
}

absl::StatusOr<Fd> OpenFd(const std::string& path, int flags, mode_t mode) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) {
    return ErrnoError(errno, "open " + path);
  }
  return Fd(fd);
}

absl::StatusOr<struct stat> StatOf(const Fd& fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) {
    return ErrnoError(errno, "stat " + path);
  }
  return status;
}

absl::Status WriteAt(const Fd& fd,
                     uint64_t offset,
                     std::string_view bytes,
                     const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return ErrnoError(n == 0 ? EIO : errno, "write " + path);
    }
    offset += static_cast<uint64_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> ReadAt(const Fd& fd,
                              uint64_t offset,
                              std::string& buffer,
                              const std::string& path) {
  size_t total = 0;
  while (total < buffer.size()) {
    const ssize_t n = ::pread(fd.get(), buffer.data() + total, buffer.size() - total,
                              static_cast<off_t>(offset + total));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return ErrnoError(errno, "read " + path);
    }
    if (n == 0) {
      break;
    }
    total += static_cast<size_t>(n);
  }
  return total;
}

absl::Status SyncPath(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const Fd fd, OpenFd(path, O_RDONLY));
  return ::fsync(fd.get()) == 0 ? absl::OkStatus() : ErrnoError(errno, "sync " + path);
}

bool AllZeros(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

struct Sha256::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  TW_CHECK(context_->md != nullptr && EVP_DigestInit_ex(context_->md, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(context_->md);
}

void Sha256::Add(std::string_view bytes) {
  TW_CHECK(EVP_DigestUpdate(context_->md, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::Hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int n = 0;
  TW_CHECK(EVP_DigestFinal_ex(context_->md, digest.data(), &n) == 1);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (size_t i = 0; i < n; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 hash;
  hash.Add(bytes);
  return hash.Hex();
}

absl::StatusOr<std::string> Sha256OfFile(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const Fd fd, OpenFd(path, O_RDONLY));
  Sha256 hash;
  std::string buffer(kReadBytes, '\0');
  for (uint64_t at = 0;;) {
    TW_ASSIGN_OR_RETURN(const size_t n, ReadAt(fd, at, buffer, path));
    hash.Add(std::string_view(buffer).substr(0, n));
    at += n;
    if (n < buffer.size()) {
      return hash.Hex();
    }
  }
}

absl::Status CheckFree(const std::string& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found) {
    return absl::OkStatus();
  }
  if (fs::is_directory(status) && fs::is_empty(folder, error) && !error) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      folder + " holds something already; name a folder that is new or empty");
}

absl::StatusOr<std::unique_ptr<Draft>> Draft::Begin(const std::string& path) {
  fs::path clean = fs::absolute(path).lexically_normal();
  if (!clean.has_filename()) {
    clean = clean.parent_path();
  }
  TW_RETURN_IF_ERROR(CheckFree(clean.string()));
  std::unique_ptr<Draft> draft(new Draft(clean.string()));
  std::error_code error;
  if (fs::exists(draft->folder_, error)) {
    draft->kept_ = true;  // not ours to remove
    return absl::FailedPreconditionError(draft->folder_ +
                                         " is left of one that was broken off; remove it first");
  }
  fs::create_directories(clean.parent_path(), error);
  if (error || ::mkdir(draft->folder_.c_str(), 0700) != 0) {
    draft->kept_ = true;
    return ErrnoError(error ? error.value() : errno, "make " + draft->folder_);
  }
  return draft;
}

Draft::~Draft() {
  if (!kept_) {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
}

absl::Status Draft::Keep() {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(error)) {
      TW_RETURN_IF_ERROR(SyncPath(entry->path().string()));
    }
  }
  if (error) {
    return ErrnoError(error.value(), "list " + folder_);
  }
  TW_RETURN_IF_ERROR(SyncPath(folder_));
  if (::rename(folder_.c_str(), path_.c_str()) != 0) {
    return ErrnoError(errno, "rename " + folder_);
  }
  kept_ = true;
  return SyncPath(fs::path(path_).parent_path().string());
}

}  // namespace tw::cli
