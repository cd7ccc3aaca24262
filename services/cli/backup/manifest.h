// Manifest: what a backup holds, file by file, with sizes and SHA-256; and whether a backup on disk
// is what its manifest says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tw::cli {

inline constexpr const char* kManifestName = "MANIFEST";

struct BackupFile {
  std::string path;     // below the data folder, and below the backup
  uint64_t size = 0;    // in the data folder
  uint64_t stored = 0;  // in the backup: without the zeros at its end
  uint32_t mode = 0;    // in the data folder
  std::string sha256;   // of what is stored
};

struct BackupJournal {
  std::string path;  // its folder
  uint64_t last_number = 0;
  std::string head_hash;
};

struct Manifest {
  static constexpr int kFormat = 1;

  std::string version;     // of the program that wrote it
  std::string cut_at;      // when the platform stood still, RFC 3339
  int64_t stopped_us = 0;  // for how long; 0: it was not running
  bool questdb = false;    // its files are there, as of a checkpoint just before
  std::vector<BackupJournal> journals;
  std::vector<BackupFile> files;  // ascending by path

  uint64_t stored_bytes() const;
};

// JSON, and a last line with the SHA-256 of all before it.
std::string EncodeManifest(const Manifest& manifest);
// DATA_LOSS: not whole, changed, or naming files outside the backup. FAILED_PRECONDITION: of a
// newer format.
absl::StatusOr<Manifest> DecodeManifest(std::string_view text);

// NOT_FOUND where there is none: no backup, or one that was broken off.
absl::StatusOr<Manifest> ReadManifest(const std::string& folder);

// Every file is there with its bytes, no other is, every journal is sound. DATA_LOSS names the
// first that is not so.
absl::Status VerifyBackup(const std::string& folder, const Manifest& manifest);

// Sizes and names only, no byte is read.
absl::Status CheckFiles(const std::string& folder, const Manifest& manifest);

}  // namespace tw::cli
