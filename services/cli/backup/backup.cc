#include "services/cli/backup/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/recovery.h"
#include "services/cli/backup/files.h"
#include "services/cli/backup/standstill.h"
#include "services/cli/backup/tree_copy.h"

namespace tw::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kQuestDb = "questdb";
constexpr std::string_view kCheckpoint = "questdb/.checkpoint/";  // made by CHECKPOINT CREATE

std::string Megabytes(uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

// What a platform keeps: a folder each. Logs, the supervisor's files and sockets are made anew.
absl::StatusOr<std::vector<std::string>> Parts(const std::string& data_dir) {
  static const std::set<std::string> kMadeAnew = {"log", "run", "sockets", kQuestDb};
  std::error_code error;
  std::vector<std::string> parts;
  for (fs::directory_iterator entry(data_dir, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory(error) && kMadeAnew.count(name) == 0) {
      parts.push_back(name);
    }
  }
  if (error) {
    return ErrnoError(error.value(), "list " + data_dir);
  }
  std::sort(parts.begin(), parts.end());
  if (std::find(parts.begin(), parts.end(), "oms") == parts.end()) {
    return absl::FailedPreconditionError(data_dir +
                                         " is no data folder of Tradewind: it has no oms");
  }
  return parts;
}

absl::Status CheckApart(const std::string& data_dir, const std::string& target) {
  std::error_code error;
  const std::string data = fs::weakly_canonical(data_dir, error).string() + "/";
  const std::string to = fs::weakly_canonical(target, error).string() + "/";
  if (to.compare(0, data.size(), data) == 0 || data.compare(0, to.size(), to) == 0) {
    return absl::FailedPreconditionError(target + " and " + data_dir +
                                         " lie in each other; name another folder");
  }
  return absl::OkStatus();
}

class Backuper {
 public:
  Backuper(const BackupOptions& options, const Say& say, std::vector<std::string> parts)
      : options_(options), say_(say), parts_(std::move(parts)) {}

  absl::StatusOr<Manifest> Run(const std::string& folder) {
    TreeCopy copy(options_.data_dir, folder, parts_);
    copy.LeaveOut({"oms/index", "pnl/statement-fills"});  // made anew from the journal
    // The first pass takes long, the second what came meanwhile, so that the last one is short.
    TW_RETURN_IF_ERROR(copy.Pass());
    say_(fmt::format("{} files, {} copied while all runs", copy.files().size(),
                     Megabytes(copy.bytes_copied())));
    TW_RETURN_IF_ERROR(copy.Pass());
    const bool questdb = static_cast<bool>(options_.checkpoint);
    if (questdb) {
      TW_RETURN_IF_ERROR(options_.checkpoint());
      say_("QuestDB: checkpoint made");
    }
    const absl::Status copied = CopyFrom(copy, folder, questdb);
    if (questdb) {
      // Also after a failure: QuestDB keeps what it would clean up until then.
      const absl::Status released = options_.release();
      TW_RETURN_IF_ERROR(copied);
      TW_RETURN_IF_ERROR(released);
    }
    TW_RETURN_IF_ERROR(copied);
    return Seal(folder);
  }

 private:
  absl::Status CopyFrom(TreeCopy& copy, const std::string& folder, bool questdb) {
    TW_RETURN_IF_ERROR(CutAll(copy));
    TW_RETURN_IF_ERROR(copy.Sync());
    Describe(copy);
    if (!questdb) {
      return absl::OkStatus();
    }
    TreeCopy history(options_.data_dir, folder, {kQuestDb});
    // Written by deploy/up, or brought along by QuestDB.
    history.LeaveOut({"questdb/conf", "questdb/import", "questdb/public", "questdb/log"});
    TW_RETURN_IF_ERROR(history.Pass());
    if (!HoldsCheckpoint(history)) {
      return absl::FailedPreconditionError("the QuestDB that made a checkpoint is not that of " +
                                           options_.data_dir +
                                           ": is the port offset right? --no-questdb does without");
    }
    TW_RETURN_IF_ERROR(history.Sync());
    say_(fmt::format("QuestDB: {} files, {}", history.files().size(),
                     Megabytes(history.bytes_copied())));
    Describe(history);
    manifest_.questdb = true;
    return absl::OkStatus();
  }

  static bool HoldsCheckpoint(const TreeCopy& history) {
    const auto at = history.files().lower_bound(std::string(kCheckpoint));
    return at != history.files().end() &&
           at->first.compare(0, kCheckpoint.size(), kCheckpoint) == 0;
  }

  // The last pass, with all writers standing still.
  absl::Status CutAll(TreeCopy& copy) {
    std::vector<std::string> folders;
    for (const std::string& part : parts_) {
      folders.push_back(fs::path(options_.data_dir) / part);
    }
    absl::Status status;
    for (int attempt = 1; attempt <= options_.attempts; ++attempt) {
      status = CutOnce(copy, folders);
      if (!absl::IsDeadlineExceeded(status)) {
        return status;
      }
      say_(fmt::format("attempt {} of {}: {}", attempt, options_.attempts,
                       std::string(status.message())));
      TW_RETURN_IF_ERROR(copy.Pass());
    }
    return status;
  }

  absl::Status CutOnce(TreeCopy& copy, const std::vector<std::string>& folders) {
    const int64_t began_ns = MonotonicNanos();
    TW_ASSIGN_OR_RETURN(Standstill standstill, Standstill::Begin(folders, options_.stop_max));
    const Timestamp now = SystemClock().Now();
    const absl::Status status = copy.Pass();
    const size_t processes = standstill.processes();
    TW_RETURN_IF_ERROR(standstill.End());
    TW_RETURN_IF_ERROR(status);
    manifest_.cut_at = FormatRfc3339(now);
    manifest_.stopped_us = processes == 0 ? 0 : (MonotonicNanos() - began_ns) / 1'000;
    say_(processes == 0 ? std::string("nothing runs: what is there is exact")
                        : fmt::format("{} processes stood still for {:.1f} ms", processes,
                                      static_cast<double>(manifest_.stopped_us) / 1e3));
    return absl::OkStatus();
  }

  void Describe(const TreeCopy& copy) {
    for (const auto& [path, file] : copy.files()) {
      manifest_.files.push_back({path, file.size, file.stored, file.mode, ""});
    }
  }

  // Hashes, and a look at what was copied, as a service would at its start.
  absl::StatusOr<Manifest> Seal(const std::string& folder) {
    std::sort(manifest_.files.begin(), manifest_.files.end(),
              [](const BackupFile& a, const BackupFile& b) { return a.path < b.path; });
    std::set<std::string> journals;
    for (BackupFile& file : manifest_.files) {
      TW_ASSIGN_OR_RETURN(file.sha256, Sha256OfFile(fs::path(folder) / file.path));
      if (fs::path(file.path).extension() == ".journal") {
        journals.insert(fs::path(file.path).parent_path().string());
      }
    }
    journal::PosixFileSystem files;
    for (const std::string& path : journals) {
      TW_ASSIGN_OR_RETURN(const journal::RecoveryReport report,
                          journal::Verify(files, fs::path(folder) / path));
      manifest_.journals.push_back({path, report.last_number, journal::Hex(report.head_hash)});
      say_(fmt::format("{}: sound up to record {}", path, report.last_number));
    }
    manifest_.version = options_.version;
    const std::string path = folder + "/" + kManifestName;
    TW_ASSIGN_OR_RETURN(const Fd out, OpenFd(path, O_WRONLY | O_CREAT | O_EXCL));
    TW_RETURN_IF_ERROR(WriteAt(out, 0, EncodeManifest(manifest_), path));
    TW_RETURN_IF_ERROR(SyncPath(path));
    return manifest_;
  }

  const BackupOptions& options_;
  const Say& say_;
  const std::vector<std::string> parts_;
  Manifest manifest_;
};

}  // namespace

absl::StatusOr<Manifest> Backup(const BackupOptions& options, const Say& say) {
  TW_ASSIGN_OR_RETURN(std::vector<std::string> parts, Parts(options.data_dir));
  TW_RETURN_IF_ERROR(CheckApart(options.data_dir, options.target));
  TW_ASSIGN_OR_RETURN(const Fd data, OpenFd(options.data_dir, O_RDONLY | O_DIRECTORY));
  if (::flock(data.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError("another backup of " + options.data_dir + " is under way");
  }
  TW_ASSIGN_OR_RETURN(const std::unique_ptr<Draft> draft, Draft::Begin(options.target));
  TW_ASSIGN_OR_RETURN(Manifest manifest,
                      Backuper(options, say, std::move(parts)).Run(draft->folder()));
  TW_RETURN_IF_ERROR(draft->Keep());
  return manifest;
}

}  // namespace tw::cli
