// Backup: the whole platform, as of one moment, into a folder; Restore: back into a data folder.
//
// What the services keep is a cut that is consistent because nobody wrote meanwhile: see
// docs/adr/0024-a-backup-is-a-moment.md.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "services/cli/backup/manifest.h"

namespace tw::cli {

using Say = std::function<void(const std::string&)>;

struct BackupOptions {
  std::string data_dir;
  std::string target;
  std::string version;
  Duration stop_max = Duration::Millis(500);  // the platform stands still no longer
  int attempts = 5;                           // to stand still in that time
  // QuestDB's CHECKPOINT CREATE and RELEASE; empty: its files are left out.
  std::function<absl::Status()> checkpoint;
  std::function<absl::Status()> release;
};

// FAILED_PRECONDITION: no data folder, a target that holds something or lies in the data folder, or
// another backup is under way. After any error nothing is left at the target.
absl::StatusOr<Manifest> Backup(const BackupOptions& options, const Say& say);

struct RestoreOptions {
  std::string backup;
  std::string data_dir;
};

// FAILED_PRECONDITION: a data folder that holds something. DATA_LOSS: the backup is not what its
// manifest says. After any error there is no data folder.
absl::StatusOr<Manifest> Restore(const RestoreOptions& options, const Say& say);

// Never readable to others, whatever it was: passwords' hashes, sessions and keys.
bool IsSecret(const std::string& path);

}  // namespace tw::cli
