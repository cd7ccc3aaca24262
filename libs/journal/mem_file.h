// Files in memory for tests, with what a disk can do to a journal: crash in the middle of a write,
// a failing sync, a full disk, a power cut. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/journal/file.h"

namespace tw::journal {

class MemFileSystem : public FileSystem {
 public:
  MemFileSystem();

  absl::Status CreateDirectory(const std::string& path) override;
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status SyncDirectory(const std::string& directory) override;
  absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock(const std::string& directory) override;

  // After `bytes` more bytes have been written, the write in progress stops there and every later
  // call that changes something fails.
  void CrashAfter(uint64_t bytes);
  // Every later Sync fails.
  void FailSyncs();
  // No file may grow beyond what all files hold together now plus `bytes`.
  void LimitSpace(uint64_t bytes);
  void LiftFaults();
  // Back to what was synced last, file by file.
  void LoseUnsynced();

  // What a file holds; empty when there is none.
  std::string Contents(const std::string& path) const;
  void SetContents(const std::string& path, std::string bytes);
  // Every path and its contents, to be carried to another MemFileSystem.
  std::map<std::string, std::string> Image() const;
  void SetImage(const std::map<std::string, std::string>& image);

  uint64_t syncs() const;  // of files, so far
  uint64_t zeros() const;  // bytes written by WriteZeros, where it made sure that nothing else was

  struct State;  // shared with the open files

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tw::journal
