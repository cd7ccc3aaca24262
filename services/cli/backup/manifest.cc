#include "services/cli/backup/manifest.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "libs/base/status_macros.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/recovery.h"
#include "services/cli/backup/files.h"

namespace tw::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kSealWord = "sha256 ";

absl::Status NotOurs(const std::string& what) {
  return absl::DataLossError(std::string(kManifestName) + ": " + what);
}

// Below the backup, and in one way only.
bool IsInside(const std::string& path) {
  const fs::path clean = fs::path(path).lexically_normal();
  return !path.empty() && clean.string() == path && clean.is_relative() && clean.has_filename() &&
         *clean.begin() != ".." && *clean.begin() != ".";
}

template <typename T>
bool Take(const Json& json, const char* name, T& out) {
  const auto it = json.find(name);
  if (it == json.end()) {
    return false;
  }
  if constexpr (std::is_same_v<T, std::string>) {
    if (!it->is_string()) {
      return false;
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!it->is_boolean()) {
      return false;
    }
  } else if (!it->is_number_unsigned()) {
    return false;
  }
  out = it->get<T>();
  return true;
}

absl::Status TakeFiles(const Json& json, Manifest& manifest) {
  for (const Json& each : json) {
    BackupFile file;
    if (!each.is_object() || !Take(each, "path", file.path) || !Take(each, "size", file.size) ||
        !Take(each, "stored", file.stored) || !Take(each, "mode", file.mode) ||
        !Take(each, "sha256", file.sha256) || file.stored > file.size) {
      return NotOurs("a file is not described in full");
    }
    if (!IsInside(file.path)) {
      return NotOurs("\"" + file.path + "\" is no path below a data folder");
    }
    if (!manifest.files.empty() && manifest.files.back().path >= file.path) {
      return NotOurs("\"" + file.path + "\" is out of order");
    }
    manifest.files.push_back(std::move(file));
  }
  return absl::OkStatus();
}

absl::Status TakeJournals(const Json& json, Manifest& manifest) {
  for (const Json& each : json) {
    BackupJournal journal;
    if (!each.is_object() || !Take(each, "path", journal.path) ||
        !Take(each, "last_number", journal.last_number) ||
        !Take(each, "head_hash", journal.head_hash) || !IsInside(journal.path)) {
      return NotOurs("a journal is not described in full");
    }
    manifest.journals.push_back(std::move(journal));
  }
  return absl::OkStatus();
}

}  // namespace

uint64_t Manifest::stored_bytes() const {
  uint64_t bytes = 0;
  for (const BackupFile& file : files) {
    bytes += file.stored;
  }
  return bytes;
}

std::string EncodeManifest(const Manifest& manifest) {
  Json journals = Json::array();
  for (const BackupJournal& j : manifest.journals) {
    journals.push_back(
        {{"path", j.path}, {"last_number", j.last_number}, {"head_hash", j.head_hash}});
  }
  Json files = Json::array();
  for (const BackupFile& f : manifest.files) {
    files.push_back({{"path", f.path},
                     {"size", f.size},
                     {"stored", f.stored},
                     {"mode", f.mode},
                     {"sha256", f.sha256}});
  }
  const Json json = {{"format", Manifest::kFormat},
                     {"version", manifest.version},
                     {"cut_at", manifest.cut_at},
                     {"stopped_us", manifest.stopped_us},
                     {"questdb", manifest.questdb},
                     {"journals", journals},
                     {"files", files}};
  std::string text = json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  text += std::string(kSealWord) + Sha256Hex(text) + "\n";
  return text;
}

absl::StatusOr<Manifest> DecodeManifest(std::string_view text) {
  const size_t seal = text.rfind(kSealWord);
  if (seal == std::string_view::npos ||
      text.substr(seal) != std::string(kSealWord) + Sha256Hex(text.substr(0, seal)) + "\n") {
    return NotOurs("it is not whole, or was changed: its last line does not fit");
  }
  const Json json = Json::parse(text.substr(0, seal), nullptr, /*allow_exceptions=*/false);
  Manifest manifest;
  int64_t format = 0;
  if (!json.is_object() || !json.contains("format") || !json["format"].is_number_integer()) {
    return NotOurs("it names no format");
  }
  format = json["format"].get<int64_t>();
  if (format != Manifest::kFormat) {
    return absl::FailedPreconditionError("the backup has format " + std::to_string(format) +
                                         ", this program knows " +
                                         std::to_string(Manifest::kFormat));
  }
  uint64_t stopped_us = 0;
  if (!Take(json, "version", manifest.version) || !Take(json, "cut_at", manifest.cut_at) ||
      !Take(json, "stopped_us", stopped_us) || !Take(json, "questdb", manifest.questdb) ||
      !json.contains("journals") || !json["journals"].is_array() || !json.contains("files") ||
      !json["files"].is_array()) {
    return NotOurs("a field is missing");
  }
  manifest.stopped_us = static_cast<int64_t>(stopped_us);
  TW_RETURN_IF_ERROR(TakeJournals(json["journals"], manifest));
  TW_RETURN_IF_ERROR(TakeFiles(json["files"], manifest));
  return manifest;
}

absl::StatusOr<Manifest> ReadManifest(const std::string& folder) {
  const std::string path = folder + "/" + kManifestName;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::NotFoundError(path + " is missing: no backup, or one that was broken off");
  }
  std::stringstream text;
  text << in.rdbuf();
  return DecodeManifest(text.str());
}

absl::Status CheckFiles(const std::string& folder, const Manifest& manifest) {
  std::error_code error;
  for (const BackupFile& file : manifest.files) {
    const std::string path = folder + "/" + file.path;
    const uint64_t size = fs::file_size(path, error);
    if (error) {
      return absl::DataLossError(path + " is missing");
    }
    if (size != file.stored) {
      return absl::DataLossError(path + " has " + std::to_string(size) + " bytes, not " +
                                 std::to_string(file.stored));
    }
  }
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(error)) {
      continue;
    }
    const std::string path = fs::path(entry->path()).lexically_relative(folder).string();
    const auto at = std::lower_bound(
        manifest.files.begin(), manifest.files.end(), path,
        [](const BackupFile& file, const std::string& wanted) { return file.path < wanted; });
    const bool listed = at != manifest.files.end() && at->path == path;
    if (!listed && path != kManifestName) {
      return absl::DataLossError(entry->path().string() + " is no part of the backup");
    }
  }
  return error ? ErrnoError(error.value(), "list " + folder) : absl::OkStatus();
}

absl::Status VerifyBackup(const std::string& folder, const Manifest& manifest) {
  TW_RETURN_IF_ERROR(CheckFiles(folder, manifest));
  for (const BackupFile& file : manifest.files) {
    const std::string path = folder + "/" + file.path;
    TW_ASSIGN_OR_RETURN(const std::string hash, Sha256OfFile(path));
    if (hash != file.sha256) {
      return absl::DataLossError(path + " has other bytes than were backed up");
    }
  }
  journal::PosixFileSystem files;
  for (const BackupJournal& each : manifest.journals) {
    TW_ASSIGN_OR_RETURN(const journal::RecoveryReport report,
                        journal::Verify(files, folder + "/" + each.path));
    if (report.last_number != each.last_number ||
        journal::Hex(report.head_hash) != each.head_hash) {
      return absl::DataLossError(each.path + " ends at record " +
                                 std::to_string(report.last_number) + ", not " +
                                 std::to_string(each.last_number));
    }
  }
  return absl::OkStatus();
}

}  // namespace tw::cli
