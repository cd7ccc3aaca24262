// KvStore: ordered tables of bytes on disk (LMDB), for what can be made again from the journal.
//
// A write is never waited for. What was committed survives the end of the process, in whatever way
// it comes; after the end of the machine, unless the store was closed before, it is not trusted and
// starts empty: `unsynced` in the folder names the boot under which it was last written.
//
// One writer at a time; readers on any thread, each with its own Read, which sees one moment and
// never waits. A fault of the disk while reading ends the process, as a fault of the memory would:
// "not found" must mean that.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace tw::oms {

struct KvOptions {
  std::vector<std::string> tables;
  // Addresses are reserved, not memory or disk.
  uint64_t bytes_max = uint64_t{256} << 30;
  std::string boot_id{};  // empty: the machine's
};

class KvStore {
 public:
  using Table = unsigned;  // its place in KvOptions::tables
  static constexpr size_t kKeyBytesMax = 511;

  // Makes the folder when it is missing. A store that is damaged, of another machine or of a boot
  // before this one starts empty.
  static absl::StatusOr<std::unique_ptr<KvStore>> Open(const std::string& folder,
                                                       const KvOptions& options);
  ~KvStore();
  KvStore(const KvStore&) = delete;
  KvStore& operator=(const KvStore&) = delete;

  // One moment of the store. What it hands out is valid while it lives.
  class Read {
   public:
    explicit Read(const KvStore& store);
    ~Read();
    Read(const Read&) = delete;
    Read& operator=(const Read&) = delete;

    std::optional<std::string_view> Get(Table table, std::string_view key) const;

   private:
    friend class KvStore;
    const KvStore& store_;
    MDB_txn* txn_;
  };

  // Walks a table in the order of its keys. Valid while the Read lives.
  class Cursor {
   public:
    Cursor(const Read& read, Table table);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    // Each: false when there is none, and then only another Seek helps.
    bool Seek(std::string_view key);        // the first at or after
    bool SeekBefore(std::string_view key);  // the last before
    bool SeekLast();
    bool Next();
    bool Previous();
    std::string_view key() const { return key_; }
    std::string_view value() const { return value_; }

   private:
    bool Move(int operation, std::string_view key = {});

    MDB_cursor* cursor_;
    std::string_view key_;
    std::string_view value_;
  };

  // Changes that become readable together. Dropped without Commit: nothing has changed.
  class Write {
   public:
    // REQUIRES: no other one lives.
    explicit Write(KvStore& store);
    ~Write();
    Write(const Write&) = delete;
    Write& operator=(const Write&) = delete;

    // The first error sticks, and Commit answers it.
    void Put(Table table, std::string_view key, std::string_view value);
    void Delete(Table table, std::string_view key);
    void Clear(Table table);
    // RESOURCE_EXHAUSTED: the disk is full; nothing has changed.
    absl::Status Commit();

   private:
    KvStore& store_;
    MDB_txn* txn_ = nullptr;
    int error_ = 0;
  };

  uint64_t Rows(Table table) const;

 private:
  KvStore() = default;
  absl::Status Start(const std::string& folder, const KvOptions& options);
  absl::Status OpenFiles(const std::string& folder, const KvOptions& options);

  std::string folder_;
  MDB_env* env_ = nullptr;
  std::vector<unsigned> tables_;  // as LMDB numbers them
  mutable std::mutex mutex_;
  mutable std::vector<MDB_txn*> idle_;  // read transactions at rest
};

}  // namespace tw::oms
