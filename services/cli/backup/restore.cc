#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "libs/base/status_macros.h"
#include "libs/ilp/position_store.h"
#include "services/cli/backup/backup.h"
#include "services/cli/backup/files.h"

namespace tw::cli {
namespace {

namespace fs = std::filesystem;

bool StartsWith(const std::string& text, std::string_view start) {
  return text.compare(0, start.size(), start) == 0;
}

// How far questdb-writer is in a QuestDB that did not come along: it starts over, with the ledger's
// first event.
bool IsOfLostHistory(const std::string& path) {
  return path == "questdb-writer/positions.json" || StartsWith(path, "questdb-writer/spool/");
}

// As `file` says, extended by the zeros that were left out; hashed on the way.
absl::Status RestoreFile(const std::string& from, const std::string& to, const BackupFile& file) {
  std::error_code error;
  const std::string source = from + "/" + file.path;
  const std::string target = to + "/" + file.path;
  fs::create_directories(fs::path(target).parent_path(), error);
  TW_ASSIGN_OR_RETURN(const Fd in, OpenFd(source, O_RDONLY));
  TW_ASSIGN_OR_RETURN(const Fd out, OpenFd(target, O_RDWR | O_CREAT | O_EXCL));
  Sha256 hash;
  std::string buffer(1 << 20, '\0');
  for (uint64_t at = 0;;) {
    TW_ASSIGN_OR_RETURN(const size_t n, ReadAt(in, at, buffer, source));
    const std::string_view chunk = std::string_view(buffer).substr(0, n);
    hash.Add(chunk);
    TW_RETURN_IF_ERROR(WriteAt(out, at, chunk, target));
    at += n;
    if (n < buffer.size()) {
      break;
    }
  }
  if (hash.Hex() != file.sha256) {
    return absl::DataLossError(source + " has other bytes than were backed up");
  }
  if (file.size > file.stored) {
    // A journal's space is claimed ahead, so that a full disk cannot take it away.
    const bool claimed = fs::path(file.path).extension() == ".journal";
    const int failed =
        claimed ? ::posix_fallocate(out.get(), 0, static_cast<off_t>(file.size))
                : (::ftruncate(out.get(), static_cast<off_t>(file.size)) == 0 ? 0 : errno);
    if (failed != 0) {
      return ErrnoError(failed, "extend " + target);
    }
  }
  const mode_t mode = IsSecret(file.path) ? 0600 : static_cast<mode_t>(file.mode & 0777);
  if (::fchmod(out.get(), mode) != 0 || ::fsync(out.get()) != 0) {
    return ErrnoError(errno, "write " + target);
  }
  return absl::OkStatus();
}

// QuestDB is older than what its writers know it to have: they take the data folder for one of
// before a power cut, and send the rows of the last ten minutes again.
absl::Status ForgetBoot(const std::string& path) {
  TW_ASSIGN_OR_RETURN(ilp::PositionStore positions, ilp::PositionStore::Open(path));
  positions.set_boot_id("restored");
  return positions.Save();
}

absl::Status WriteEmpty(const std::string& path) {
  return OpenFd(path, O_WRONLY | O_CREAT, 0644).status();
}

}  // namespace

bool IsSecret(const std::string& path) {
  return StartsWith(path, "gateway/") || fs::path(path).extension() == ".key";
}

absl::StatusOr<Manifest> Restore(const RestoreOptions& options, const Say& say) {
  TW_ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(options.backup));
  TW_RETURN_IF_ERROR(CheckFiles(options.backup, manifest));
  TW_ASSIGN_OR_RETURN(const std::unique_ptr<Draft> draft, Draft::Begin(options.data_dir));
  uint64_t done = 0;
  uint64_t said = 0;
  const uint64_t all = std::max<uint64_t>(manifest.stored_bytes(), 1);
  for (const BackupFile& file : manifest.files) {
    if (manifest.questdb || !IsOfLostHistory(file.path)) {
      TW_RETURN_IF_ERROR(RestoreFile(options.backup, draft->folder(), file));
      if (fs::path(file.path).filename() == "positions.json") {
        TW_RETURN_IF_ERROR(ForgetBoot(draft->folder() + "/" + file.path));
      }
    }
    done += file.stored;
    if (done * 4 / all > said) {
      said = done * 4 / all;
      say(fmt::format("{} % restored", said * 25));
    }
  }
  if (manifest.questdb) {
    // QuestDB goes back to its checkpoint when it finds this at its start.
    TW_RETURN_IF_ERROR(WriteEmpty(draft->folder() + "/questdb/_restore"));
  }
  TW_RETURN_IF_ERROR(WriteEmpty(draft->folder() + "/.tradewind"));
  TW_RETURN_IF_ERROR(draft->Keep());
  return manifest;
}

}  // namespace tw::cli
