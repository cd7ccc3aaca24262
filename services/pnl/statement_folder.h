// StatementFolder: the statements of a market's day as files, <root>/2026-11-27/XNYS/desk.json and
// .csv. All of them appear together, or none does: they are written and synced under another name
// of the folder, which is then renamed. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/file.h"
#include "services/pnl/statement_print.h"

namespace tw::pnl {

// The name of an account's file, without its ending: the account's own where it is a plain name.
// Anything else, such as "../x", has its bytes written as %2F, so that two accounts never share a
// name and none leaves the folder.
std::string StatementName(const std::string& account);

struct StatementFile {
  std::string name;  // "desk.json"
  std::function<absl::Status(const TextSink& out)> write;
};

class StatementFolder {
 public:
  // `files` must outlive it.
  StatementFolder(journal::FileSystem& files, std::string root)
      : files_(files), root_(std::move(root)) {}

  // Whether the day's statements are there, whole.
  absl::StatusOr<bool> Holds(const std::string& day, const std::string& market) const;
  // What an earlier try left behind goes first; what is there already stays. After an error it may
  // be tried again.
  absl::Status Write(const std::string& day,
                     const std::string& market,
                     const std::vector<StatementFile>& files);

 private:
  absl::Status WriteFile(const std::string& path, const StatementFile& file);

  journal::FileSystem& files_;
  const std::string root_;
};

}  // namespace tw::pnl
