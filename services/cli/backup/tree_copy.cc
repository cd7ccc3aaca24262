#include "services/cli/backup/tree_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/journal/format.h"
#include "services/cli/backup/files.h"

namespace tw::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunkBytes = 1 << 20;
// A journal has one group under way at most: what lies further back than the largest does not
// change any more, and so many zeros mean that nothing follows.
constexpr uint64_t kTailBytes = journal::kGroupBytesMax + kChunkBytes;
// The kernel's time stamps move in steps: a file changed right after it was read may bear the same
// one.
constexpr int64_t kStampNs = 100'000'000;

bool EndsWith(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

constexpr std::string_view kSegmentEnd = ".journal";

// Written from front to back, into space that may have been claimed before.
bool GrowsAtItsEnd(const std::string& path) {
  return EndsWith(path, kSegmentEnd) || EndsWith(path, ".seg");
}

CopiedFile Describe(const struct stat& status) {
  CopiedFile file;
  file.inode = status.st_ino;
  file.size = static_cast<uint64_t>(status.st_size);
  file.mode = status.st_mode & 07777;
  file.modified_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  file.changed_ns = status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec;
  return file;
}

bool IsUnchanged(const CopiedFile& then, const CopiedFile& now) {
  return then.inode == now.inode && then.size == now.size && then.mode == now.mode &&
         then.modified_ns == now.modified_ns && then.changed_ns == now.changed_ns &&
         now.changed_ns < then.read_ns - kStampNs;
}

// Bytes from `start` on, to the same places; answers the place behind the last that is not zero,
// `start` where there is none. `zeros_end`: so many zeros end the file.
absl::StatusOr<uint64_t> CopyBytes(const Fd& in,
                                   const Fd& out,
                                   uint64_t start,
                                   uint64_t zeros_end,
                                   std::string& buffer,
                                   const std::string& path) {
  uint64_t end = start;
  for (uint64_t at = start; at - end <= zeros_end;) {
    TW_ASSIGN_OR_RETURN(const size_t n, ReadAt(in, at, buffer, path));
    const std::string_view chunk = std::string_view(buffer).substr(0, n);
    if (!AllZeros(chunk)) {
      const size_t length = chunk.find_last_not_of('\0') + 1;
      TW_RETURN_IF_ERROR(WriteAt(out, at, chunk.substr(0, length), "the copy of " + path));
      end = at + length;
    }
    at += n;
    if (n < buffer.size()) {
      break;
    }
  }
  return end;
}

}  // namespace

TreeCopy::TreeCopy(std::string from, std::string to, std::vector<std::string> parts)
    : from_(std::move(from)),
      to_(std::move(to)),
      parts_(std::move(parts)),
      buffer_(kChunkBytes, '\0') {}

bool TreeCopy::IsLeftOut(const std::string& path) const {
  return std::find(left_out_.begin(), left_out_.end(), path) != left_out_.end();
}

absl::Status TreeCopy::List(std::vector<std::string>& out) const {
  std::error_code error;
  std::string missing;  // the first by name, in whatever order the file system lists them
  for (const std::string& part : parts_) {
    const fs::file_status status = fs::status(from_ + "/" + part, error);
    if (fs::is_regular_file(status)) {
      out.push_back(part);
    }
    if (!fs::is_directory(status)) {
      continue;
    }
    fs::recursive_directory_iterator entry(from_ + "/" + part, error);
    for (const fs::recursive_directory_iterator end; !error && entry != end;
         entry.increment(error)) {
      const std::string path = entry->path().lexically_relative(from_).string();
      std::error_code gone;
      fs::file_status kind = entry->symlink_status(gone);
      if (fs::is_symlink(kind) && EndsWith(path, kSegmentEnd)) {  // archived: its bytes are copied
        kind = fs::status(entry->path(), gone);
        if (!fs::is_regular_file(kind) && (missing.empty() || path < missing)) {
          missing = path;
        }
      }
      if (IsLeftOut(path)) {
        entry.disable_recursion_pending();
      } else if (fs::is_regular_file(kind) && entry->path().filename() != "lock") {
        out.push_back(path);
      }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return ErrnoError(error.value(), "list " + from_ + "/" + part);
    }
  }
  if (!missing.empty()) {
    return absl::FailedPreconditionError(
        from_ + "/" + missing + " is an archived segment, and what it points to is not there");
  }
  return absl::OkStatus();
}

absl::Status TreeCopy::CopyFile(const std::string& path) {
  const std::string source = from_ + "/" + path;
  const std::string target = to_ + "/" + path;
  const int64_t now_ns = SystemClock().Now().ns;
  TW_ASSIGN_OR_RETURN(const Fd in, OpenFd(source, O_RDONLY));
  TW_ASSIGN_OR_RETURN(const struct stat status, StatOf(in, source));
  CopiedFile file = Describe(status);
  const auto known = files_.find(path);
  if (known != files_.end() && IsUnchanged(known->second, file)) {
    return absl::OkStatus();
  }
  std::error_code error;
  fs::create_directories(fs::path(target).parent_path(), error);
  TW_ASSIGN_OR_RETURN(const Fd out, OpenFd(target, O_RDWR | O_CREAT));
  const bool grows = GrowsAtItsEnd(path);
  uint64_t start = 0;
  if (grows && known != files_.end() && known->second.inode == file.inode &&
      known->second.size <= file.size && known->second.stored > kTailBytes) {
    start = known->second.stored - kTailBytes;
  }
  const uint64_t zeros_end = grows ? kTailBytes : file.size + kChunkBytes;
  while (true) {
    if (::ftruncate(out.get(), static_cast<off_t>(start)) != 0) {
      return ErrnoError(errno, "cut the copy of " + path);
    }
    TW_ASSIGN_OR_RETURN(file.stored, CopyBytes(in, out, start, zeros_end, buffer_, path));
    if (start == 0 || file.stored > start) {
      break;
    }
    start = 0;  // what was there is gone: all of it again
  }
  // Longer than when it was looked at, where it grew meanwhile.
  file.size = std::max(file.size, file.stored);
  file.read_ns = now_ns;
  bytes_copied_ += file.stored - start;
  files_[path] = file;
  return absl::OkStatus();
}

absl::Status TreeCopy::Pass() {
  std::vector<std::string> listed;
  TW_RETURN_IF_ERROR(List(listed));
  std::sort(listed.begin(), listed.end());
  for (auto it = files_.begin(); it != files_.end();) {
    if (std::binary_search(listed.begin(), listed.end(), it->first)) {
      ++it;
      continue;
    }
    std::error_code error;
    fs::remove(to_ + "/" + it->first, error);
    it = files_.erase(it);
  }
  for (const std::string& path : listed) {
    const absl::Status status = CopyFile(path);
    if (absl::IsNotFound(status)) {
      std::error_code error;
      fs::remove(to_ + "/" + path, error);
      files_.erase(path);
    } else if (!status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status TreeCopy::Sync() const {
  for (const auto& [path, file] : files_) {
    TW_RETURN_IF_ERROR(SyncPath(to_ + "/" + path));
  }
  return absl::OkStatus();
}

}  // namespace tw::cli
