// PositionStore: how far each source stream has been taken over, in one small JSON file that is
// replaced atomically. Opaque texts; one thread at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tw::ilp {

class PositionStore {
 public:
  static constexpr size_t kSourcesMax = 256;

  // An absent file is an empty store; an unreadable one is DataLoss.
  static absl::StatusOr<PositionStore> Open(std::string path);

  // Empty: unknown source, start from the beginning.
  std::string Get(std::string_view source) const;
  void Set(std::string source, std::string value);

  // The machine's boot in which the file was last written; empty for a new file.
  const std::string& boot_id() const { return boot_id_; }
  void set_boot_id(std::string id);

  // Changed since the last TakeSnapshot or Save.
  bool dirty() const { return dirty_; }
  void MarkDirty() { dirty_ = true; }
  // A copy to Save without a lock held; this store is clean from here on.
  PositionStore TakeSnapshot() {
    dirty_ = false;
    return *this;
  }
  // Writes beside, syncs, renames. Unavailable: the disk refused; the old file is still whole.
  absl::Status Save();

 private:
  explicit PositionStore(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::string boot_id_;
  std::map<std::string, std::string, std::less<>> positions_;
  bool dirty_ = false;
};

}  // namespace tw::ilp
