#include "services/oms/kv_store.h"

#include <fcntl.h>
#include <lmdb.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/log/log.h"

namespace tw::oms {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kReadersMax = 1024;
constexpr unsigned kFlags = MDB_NOSYNC | MDB_NOMETASYNC | MDB_NOTLS | MDB_NORDAHEAD | MDB_NOMEMINIT;

MDB_val Val(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

std::string_view View(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

// Reading has no errors but those of the disk.
void MustRead(int code) {
  if (code != MDB_SUCCESS) {
    std::fprintf(stderr, "the index cannot be read: %s\n", mdb_strerror(code));
    TW_CHECK(code == MDB_SUCCESS);
  }
}

absl::Status StatusOf(int code, const std::string& what) {
  if (code == MDB_SUCCESS) {
    return absl::OkStatus();
  }
  const std::string text = what + ": " + mdb_strerror(code);
  return code == ENOSPC || code == EDQUOT || code == MDB_MAP_FULL
             ? absl::ResourceExhaustedError(text)
             : absl::UnavailableError(text);
}

std::string BootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

std::string ReadLine(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

absl::Status WriteDurably(const fs::path& path, const std::string& text) {
  const int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
  bool done = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
              fsync(fd) == 0;
  if (fd >= 0) {
    close(fd);
  }
  const int folder = open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  done = done && folder >= 0 && fsync(folder) == 0;
  if (folder >= 0) {
    close(folder);
  }
  return done ? absl::OkStatus() : absl::ErrnoToStatus(errno, path.string() + " cannot be written");
}

void RemoveFiles(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(folder / "data.mdb", ignored);
  fs::remove(folder / "lock.mdb", ignored);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KvStore>> KvStore::Open(const std::string& folder,
                                                       const KvOptions& options) {
  std::unique_ptr<KvStore> store(new KvStore());
  TW_RETURN_IF_ERROR(store->Start(folder, options));
  return store;
}

absl::Status KvStore::Start(const std::string& folder, const KvOptions& options) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return absl::UnavailableError(folder + " cannot be made: " + error.message());
  }
  folder_ = folder;
  const fs::path marker = fs::path(folder) / "unsynced";
  const std::string boot = options.boot_id.empty() ? BootId() : options.boot_id;
  if (fs::exists(marker) && ReadLine(marker) != boot) {
    log::Warn("index_not_trusted", {{"folder", folder}, {"why", "the machine went down"}});
    RemoveFiles(folder);
  }
  if (ReadLine(marker) != boot) {
    TW_RETURN_IF_ERROR(WriteDurably(marker, boot + "\n"));
  }
  const absl::Status opened = OpenFiles(folder, options);
  if (opened.ok()) {
    return opened;
  }
  log::Warn("index_not_trusted", {{"folder", folder}, {"why", std::string(opened.message())}});
  RemoveFiles(folder);
  return OpenFiles(folder, options);
}

absl::Status KvStore::OpenFiles(const std::string& folder, const KvOptions& options) {
  if (env_ != nullptr) {
    mdb_env_close(env_);
    env_ = nullptr;
  }
  tables_.clear();
  int code = mdb_env_create(&env_);
  const auto step = [&code](int next) { code = code == MDB_SUCCESS ? next : code; };
  if (code == MDB_SUCCESS) {
    step(mdb_env_set_maxdbs(env_, static_cast<MDB_dbi>(options.tables.size())));
    step(mdb_env_set_mapsize(env_, options.bytes_max));
    step(mdb_env_set_maxreaders(env_, kReadersMax));
  }
  if (code == MDB_SUCCESS) {
    step(mdb_env_open(env_, folder.c_str(), kFlags, 0644));
  }
  MDB_txn* txn = nullptr;
  if (code == MDB_SUCCESS) {
    int dead = 0;
    step(mdb_reader_check(env_, &dead));
    step(mdb_txn_begin(env_, nullptr, 0, &txn));
  }
  for (size_t i = 0; code == MDB_SUCCESS && i < options.tables.size(); ++i) {
    tables_.push_back(0);
    step(mdb_dbi_open(txn, options.tables[i].c_str(), MDB_CREATE, &tables_.back()));
  }
  if (code == MDB_SUCCESS) {
    step(mdb_txn_commit(txn));
  } else if (txn != nullptr) {
    mdb_txn_abort(txn);
  }
  return StatusOf(code, folder + " cannot be opened");
}

KvStore::~KvStore() {
  if (env_ == nullptr) {
    return;
  }
  for (MDB_txn* const txn : idle_) {
    mdb_txn_abort(txn);
  }
  const bool synced = mdb_env_sync(env_, 1) == MDB_SUCCESS;
  mdb_env_close(env_);
  if (synced) {
    std::error_code ignored;
    fs::remove(fs::path(folder_) / "unsynced", ignored);
  }
}

uint64_t KvStore::Rows(Table table) const {
  const Read read(*this);
  MDB_stat stat;
  MustRead(mdb_stat(read.txn_, tables_[table], &stat));
  return stat.ms_entries;
}

// --- Reading

KvStore::Read::Read(const KvStore& store) : store_(store), txn_(nullptr) {
  {
    const std::lock_guard lock(store.mutex_);
    if (!store.idle_.empty()) {
      txn_ = store.idle_.back();
      store.idle_.pop_back();
    }
  }
  MustRead(txn_ == nullptr ? mdb_txn_begin(store.env_, nullptr, MDB_RDONLY, &txn_)
                           : mdb_txn_renew(txn_));
}

KvStore::Read::~Read() {
  mdb_txn_reset(txn_);
  const std::lock_guard lock(store_.mutex_);
  store_.idle_.push_back(txn_);
}

std::optional<std::string_view> KvStore::Read::Get(Table table, std::string_view key) const {
  if (key.empty() || key.size() > kKeyBytesMax) {
    return std::nullopt;
  }
  MDB_val wanted = Val(key);
  MDB_val value;
  const int code = mdb_get(txn_, store_.tables_[table], &wanted, &value);
  if (code == MDB_NOTFOUND) {
    return std::nullopt;
  }
  MustRead(code);
  return View(value);
}

KvStore::Cursor::Cursor(const Read& read, Table table) : cursor_(nullptr) {
  MustRead(mdb_cursor_open(read.txn_, read.store_.tables_[table], &cursor_));
}

KvStore::Cursor::~Cursor() {
  mdb_cursor_close(cursor_);
}

bool KvStore::Cursor::Move(int operation, std::string_view key) {
  MDB_val found = Val(key);
  MDB_val value;
  const int code = mdb_cursor_get(cursor_, &found, &value, static_cast<MDB_cursor_op>(operation));
  if (code == MDB_NOTFOUND) {
    return false;
  }
  MustRead(code);
  key_ = View(found);
  value_ = View(value);
  return true;
}

bool KvStore::Cursor::Seek(std::string_view key) {
  return key.empty() ? Move(MDB_FIRST) : Move(MDB_SET_RANGE, key);
}

bool KvStore::Cursor::SeekBefore(std::string_view key) {
  return Seek(key) ? Previous() : SeekLast();
}

bool KvStore::Cursor::SeekLast() {
  return Move(MDB_LAST);
}

bool KvStore::Cursor::Next() {
  return Move(MDB_NEXT);
}

bool KvStore::Cursor::Previous() {
  return Move(MDB_PREV);
}

// --- Writing

KvStore::Write::Write(KvStore& store) : store_(store) {
  error_ = mdb_txn_begin(store.env_, nullptr, 0, &txn_);
}

KvStore::Write::~Write() {
  if (txn_ != nullptr) {
    mdb_txn_abort(txn_);
  }
}

void KvStore::Write::Put(Table table, std::string_view key, std::string_view value) {
  if (error_ == MDB_SUCCESS) {
    MDB_val k = Val(key);
    MDB_val v = Val(value);
    error_ = mdb_put(txn_, store_.tables_[table], &k, &v, 0);
  }
}

void KvStore::Write::Delete(Table table, std::string_view key) {
  if (error_ == MDB_SUCCESS) {
    MDB_val k = Val(key);
    const int code = mdb_del(txn_, store_.tables_[table], &k, nullptr);
    error_ = code == MDB_NOTFOUND ? MDB_SUCCESS : code;
  }
}

void KvStore::Write::Clear(Table table) {
  if (error_ == MDB_SUCCESS) {
    error_ = mdb_drop(txn_, store_.tables_[table], 0);
  }
}

absl::Status KvStore::Write::Commit() {
  if (error_ == MDB_SUCCESS) {
    error_ = mdb_txn_commit(txn_);
    txn_ = nullptr;
  }
  return StatusOf(error_, store_.folder_ + " cannot be written");
}

}  // namespace tw::oms
