#include "services/cli/journal_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "libs/base/status_macros.h"
#include "libs/journal/format.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/segment.h"
#include "services/cli/backup/files.h"

namespace tw::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kWindowBytes = size_t{1} << 20;
constexpr uint64_t kSpareBytes = uint64_t{16} << 20;  // left free in the folder, beside a segment

std::string NameOf(uint32_t ordinal) {
  return fs::path(journal::SegmentPath("", ordinal)).filename().string();
}

// The groups of one segment, in order.
class SegmentWalk {
 public:
  struct Group {
    journal::GroupHeader header;
    journal::Hash hash{};
  };

  static absl::StatusOr<std::unique_ptr<SegmentWalk>> Open(const std::string& path) {
    journal::PosixFileSystem files;
    TW_ASSIGN_OR_RETURN(auto file, files.Open(path, journal::OpenMode::kRead));
    return std::unique_ptr<SegmentWalk>(new SegmentWalk(std::move(file)));
  }

  // nullopt: no whole group follows.
  absl::StatusOr<std::optional<Group>> Next() {
    TW_ASSIGN_OR_RETURN(std::string_view bytes, window_.At(offset_, journal::kGroupHeaderBytes));
    const absl::StatusOr<journal::GroupHeader> header = journal::DecodeGroupHeader(bytes);
    if (!header.ok()) {
      return std::optional<Group>();
    }
    TW_ASSIGN_OR_RETURN(bytes, window_.At(offset_, header->group_bytes()));
    if (bytes.size() < header->group_bytes() ||
        !journal::PayloadIntact(*header, bytes.substr(journal::kGroupHeaderBytes))) {
      return std::optional<Group>();
    }
    offset_ += header->group_bytes();
    return std::optional<Group>({*header, journal::HashOfGroup(bytes)});
  }
  uint64_t offset() const { return offset_; }
  // Whether nothing but zeros follows.
  absl::StatusOr<bool> AtEnd() {
    for (uint64_t at = offset_;; at += kWindowBytes) {
      TW_ASSIGN_OR_RETURN(const std::string_view bytes, window_.At(at, kWindowBytes));
      if (!AllZeros(bytes)) {
        return false;
      }
      if (bytes.size() < kWindowBytes) {
        return true;
      }
    }
  }

 private:
  explicit SegmentWalk(std::unique_ptr<journal::File> file)
      : file_(std::move(file)), window_(*file_, kWindowBytes) {}

  const std::unique_ptr<journal::File> file_;
  journal::Window window_;
  uint64_t offset_ = 0;
};

absl::Status Unsound(const std::string& path, uint64_t offset, const std::string& what) {
  return absl::DataLossError(fmt::format("{} byte {}: {}", path, offset, what));
}

// Every checksum of a segment and its chain, up to the first group of the one that follows.
absl::Status CheckSegment(const std::string& path, const SegmentWalk::Group& follows) {
  TW_ASSIGN_OR_RETURN(const auto walk, SegmentWalk::Open(path));
  std::optional<SegmentWalk::Group> last;
  while (true) {
    const uint64_t at = walk->offset();
    TW_ASSIGN_OR_RETURN(const auto group, walk->Next());
    const journal::GroupHeader& header = group ? group->header : follows.header;
    if (last && (header.journal_id != last->header.journal_id ||
                 header.first_number != last->header.last_number() + 1 ||
                 header.previous_hash != last->hash)) {
      return Unsound(path, at, "the chain of groups is broken");
    }
    if (!group) {
      TW_ASSIGN_OR_RETURN(const bool ends, walk->AtEnd());
      return ends && last ? absl::OkStatus() : Unsound(path, at, "no whole group is there");
    }
    last = group;
  }
}

// How many groups a segment begins with, two at most: then the first of them was synced before the
// second was written, and so was everything in the segments before.
absl::StatusOr<std::vector<SegmentWalk::Group>> FirstGroups(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const auto walk, SegmentWalk::Open(path));
  std::vector<SegmentWalk::Group> groups;
  while (groups.size() < 2) {
    TW_ASSIGN_OR_RETURN(const auto group, walk->Next());
    if (!group) {
      break;
    }
    groups.push_back(*group);
  }
  return groups;
}

class Archiver {
 public:
  Archiver(const ArchiveOptions& options, const Say& say) : options_(options), say_(say) {}

  absl::StatusOr<ArchiveReport> Run() {
    TW_RETURN_IF_ERROR(FindFolders());
    TW_ASSIGN_OR_RETURN(const Fd lock, OpenFd(to_, O_RDONLY | O_DIRECTORY));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      return absl::FailedPreconditionError("another archive run has " + to_);
    }
    journal::PosixFileSystem files;
    TW_ASSIGN_OR_RETURN(report_.segments, journal::CountSegments(files, journal_));
    if (report_.segments == 0) {
      return absl::FailedPreconditionError(journal_ + " holds no journal");
    }
    TW_ASSIGN_OR_RETURN(const uint32_t sealed, CountSealed());
    for (uint32_t ordinal = 1; ordinal <= sealed; ++ordinal) {
      TW_RETURN_IF_ERROR(Look(ordinal));
    }
    return report_;
  }

 private:
  static absl::StatusOr<std::string> Folder(const std::string& path) {
    std::error_code error;
    const fs::path found = fs::canonical(path, error);
    if (error || !fs::is_directory(found, error)) {
      return absl::FailedPreconditionError(path + " is no folder");
    }
    return found.string();
  }

  absl::Status FindFolders() {
    TW_ASSIGN_OR_RETURN(journal_, Folder(options_.journal));
    TW_ASSIGN_OR_RETURN(to_, Folder(options_.to));
    if ((to_ + "/").compare(0, journal_.size() + 1, journal_ + "/") == 0) {
      return absl::FailedPreconditionError(to_ + " lies in the journal's own folder, " + journal_);
    }
    struct stat here {};
    struct stat there {};
    if (::stat(journal_.c_str(), &here) == 0 && ::stat(to_.c_str(), &there) == 0 &&
        here.st_dev == there.st_dev) {
      say_(to_ + " is on the journal's own volume: nothing is freed there");
      same_volume_ = true;
    }
    return absl::OkStatus();
  }

  std::string Source(uint32_t ordinal) const { return journal::SegmentPath(journal_, ordinal); }

  // The segments that nobody writes to any more, even after a crash: those before one of which two
  // groups are whole.
  absl::StatusOr<uint32_t> CountSealed() const {
    for (uint32_t ordinal = report_.segments; ordinal > 1; --ordinal) {
      TW_ASSIGN_OR_RETURN(const auto groups, FirstGroups(Source(ordinal)));
      if (groups.size() == 2) {
        return ordinal - 1;
      }
    }
    return uint32_t{0};
  }

  absl::Status Look(uint32_t ordinal) {
    struct stat status {};
    if (::lstat(Source(ordinal).c_str(), &status) != 0) {
      return ErrnoError(errno, "stat " + Source(ordinal));
    }
    if (S_ISLNK(status.st_mode)) {
      ++report_.before;
      return absl::OkStatus();
    }
    const Timestamp written = {status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
    if (written >= options_.written_before) {
      return absl::OkStatus();
    }
    const auto bytes = static_cast<uint64_t>(status.st_size);
    if (!options_.dry_run) {
      TW_RETURN_IF_ERROR(Move(ordinal, status));
    }
    say_(fmt::format("{}: {:.1f} MB, last written {}, {}", NameOf(ordinal),
                     static_cast<double>(bytes) / 1e6, FormatRfc3339(written).substr(0, 19) + "Z",
                     options_.dry_run ? "would go" : "is in " + to_));
    ++report_.archived;
    report_.bytes += bytes;
    report_.freed += same_volume_ ? 0 : static_cast<uint64_t>(status.st_blocks) * 512;
    return absl::OkStatus();
  }

  absl::Status Step() const {
    return options_.before_step ? options_.before_step() : absl::OkStatus();
  }

  absl::Status Move(uint32_t ordinal, const struct stat& status) const {
    const std::string source = Source(ordinal);
    const std::string copy = to_ + "/" + NameOf(ordinal);
    TW_ASSIGN_OR_RETURN(const auto follows, FirstGroups(Source(ordinal + 1)));
    if (follows.empty()) {
      return Unsound(Source(ordinal + 1), 0, "no whole group is there");
    }
    TW_RETURN_IF_ERROR(CheckSegment(source, follows.front()));
    TW_ASSIGN_OR_RETURN(const std::string hash, Sha256OfFile(source));
    std::error_code error;
    if (fs::exists(copy, error)) {  // of a run that was broken off, or another journal's
      TW_ASSIGN_OR_RETURN(const std::string found, Sha256OfFile(copy));
      if (found != hash) {
        return absl::FailedPreconditionError(
            copy + " is there and has other bytes; each journal needs a folder of its own");
      }
    } else {
      TW_RETURN_IF_ERROR(Copy(source, copy, hash, status));
    }
    TW_RETURN_IF_ERROR(CheckSegment(copy, follows.front()));
    return Link(source, copy);
  }

  // The copy has its name once it is synced and was read back.
  absl::Status Copy(const std::string& source,
                    const std::string& copy,
                    const std::string& hash,
                    const struct stat& status) const {
    TW_RETURN_IF_ERROR(CheckSpace(static_cast<uint64_t>(status.st_size)));
    const std::string partial = to_ + "/." + fs::path(copy).filename().string() + ".partial";
    const absl::Status written = WriteCopy(source, partial, status);
    if (!written.ok()) {
      if (absl::IsResourceExhausted(written)) {
        ::unlink(partial.c_str());
      }
      return written;
    }
    TW_ASSIGN_OR_RETURN(const std::string found, Sha256OfFile(partial));
    if (found != hash) {
      return absl::DataLossError(partial + " has other bytes than " + source +
                                 ": a failing disk, or somebody writes to it");
    }
    TW_RETURN_IF_ERROR(Step());
    if (::rename(partial.c_str(), copy.c_str()) != 0) {
      return ErrnoError(errno, "rename " + partial);
    }
    return absl::OkStatus();
  }

  absl::Status WriteCopy(const std::string& source,
                         const std::string& partial,
                         const struct stat& status) const {
    TW_RETURN_IF_ERROR(Step());
    TW_ASSIGN_OR_RETURN(const Fd in, OpenFd(source, O_RDONLY));
    TW_ASSIGN_OR_RETURN(const Fd out,
                        OpenFd(partial, O_RDWR | O_CREAT | O_TRUNC, status.st_mode & 0777));
    std::string buffer(kWindowBytes, '\0');
    for (uint64_t at = 0;;) {
      TW_ASSIGN_OR_RETURN(const size_t n, ReadAt(in, at, buffer, source));
      TW_RETURN_IF_ERROR(Step());
      TW_RETURN_IF_ERROR(WriteAt(out, at, std::string_view(buffer).substr(0, n), partial));
      at += n;
      if (n < buffer.size()) {
        break;
      }
    }
    const struct timespec times[2] = {status.st_mtim, status.st_mtim};
    TW_RETURN_IF_ERROR(Step());
    if (::futimens(out.get(), times) != 0 || ::fsync(out.get()) != 0) {
      return ErrnoError(errno, "sync " + partial);
    }
    // Read back, it comes from the volume, not from memory.
    ::posix_fadvise(out.get(), 0, 0, POSIX_FADV_DONTNEED);
    return absl::OkStatus();
  }

  absl::Status CheckSpace(uint64_t bytes) const {
    struct statvfs volume {};
    if (::statvfs(to_.c_str(), &volume) != 0) {
      return ErrnoError(errno, "look at " + to_);
    }
    const uint64_t free = uint64_t{volume.f_bavail} * volume.f_frsize;
    if (free >= bytes + kSpareBytes) {
      return absl::OkStatus();
    }
    return absl::ResourceExhaustedError(fmt::format("{} has {:.1f} MB left, a segment needs {:.1f}",
                                                    to_, static_cast<double>(free) / 1e6,
                                                    static_cast<double>(bytes) / 1e6));
  }

  // In place of the segment, from one moment to the next; its copy is durable by then.
  absl::Status Link(const std::string& source, const std::string& copy) const {
    const std::string link = journal_ + "/." + fs::path(source).filename().string() + ".link";
    TW_RETURN_IF_ERROR(Step());
    TW_RETURN_IF_ERROR(SyncPath(copy));
    TW_RETURN_IF_ERROR(SyncPath(to_));
    TW_RETURN_IF_ERROR(Step());
    ::unlink(link.c_str());  // of a run that was broken off
    if (::symlink(copy.c_str(), link.c_str()) != 0) {
      return ErrnoError(errno, "make " + link);
    }
    TW_RETURN_IF_ERROR(Step());
    if (::rename(link.c_str(), source.c_str()) != 0) {
      return ErrnoError(errno, "rename " + link);
    }
    TW_RETURN_IF_ERROR(Step());
    return SyncPath(journal_);
  }

  const ArchiveOptions& options_;
  const Say& say_;
  std::string journal_;
  std::string to_;
  bool same_volume_ = false;
  ArchiveReport report_;
};

}  // namespace

absl::StatusOr<ArchiveReport> Archive(const ArchiveOptions& options, const Say& say) {
  return Archiver(options, say).Run();
}

}  // namespace tw::cli
