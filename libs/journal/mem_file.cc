#include "libs/journal/mem_file.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "libs/base/check.h"

namespace tw::journal {
namespace {

constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

struct Content {
  std::string bytes;
  std::string synced;
};

}  // namespace

struct MemFileSystem::State {
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<Content>> files;
  std::set<std::string> directories;
  std::set<std::string> locked;
  uint64_t write_budget = kUnlimited;  // bytes until the crash
  uint64_t space = kUnlimited;         // bytes that files may still grow by
  bool crashed = false;
  bool fail_syncs = false;
  uint64_t syncs = 0;
  uint64_t zeros = 0;

  // Makes `content` at least `size` long, as far as there is space.
  absl::Status Grow(Content& content, uint64_t size) {
    if (size <= content.bytes.size()) {
      return absl::OkStatus();
    }
    const uint64_t wanted = size - content.bytes.size();
    if (wanted > space) {
      return absl::ResourceExhaustedError("no space left in memory");
    }
    if (space != kUnlimited) {
      space -= wanted;
    }
    content.bytes.resize(size, '\0');
    return absl::OkStatus();
  }

  absl::Status Alive() const {
    return crashed ? absl::UnavailableError("the machine has crashed") : absl::OkStatus();
  }
};

namespace {

using State = MemFileSystem::State;

class MemFile : public File {
 public:
  MemFile(std::shared_ptr<State> state, std::shared_ptr<Content> content)
      : state_(std::move(state)), content_(std::move(content)) {}

  absl::Status WriteAt(uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock(state_->mutex);
    if (state_->crashed) {
      return state_->Alive();
    }
    const size_t n = std::min<uint64_t>(bytes.size(), state_->write_budget);
    if (absl::Status grown = state_->Grow(*content_, offset + n); !grown.ok()) {
      return grown;
    }
    content_->bytes.replace(offset, n, bytes.substr(0, n));
    if (state_->write_budget != kUnlimited) {
      state_->write_budget -= n;
    }
    state_->crashed = n < bytes.size();
    return state_->Alive();
  }

  absl::Status Sync() override {
    const std::lock_guard lock(state_->mutex);
    if (state_->crashed || state_->fail_syncs) {
      return absl::UnavailableError("sync failed");
    }
    content_->synced = content_->bytes;
    ++state_->syncs;
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t n) const override {
    const std::lock_guard lock(state_->mutex);
    const std::string& bytes = content_->bytes;
    if (offset >= bytes.size()) {
      return size_t{0};
    }
    const size_t got = std::min<uint64_t>(n, bytes.size() - offset);
    std::copy_n(bytes.data() + offset, got, out);
    return got;
  }

  absl::Status Truncate(uint64_t size) override {
    const std::lock_guard lock(state_->mutex);
    if (absl::Status grown = state_->Grow(*content_, size); !grown.ok() || state_->crashed) {
      return state_->crashed ? state_->Alive() : grown;
    }
    if (state_->space != kUnlimited) {
      state_->space += content_->bytes.size() - size;
    }
    content_->bytes.resize(size);
    return absl::OkStatus();
  }

  absl::Status Preallocate(uint64_t size) override {
    const std::lock_guard lock(state_->mutex);
    return state_->crashed ? state_->Alive() : state_->Grow(*content_, size);
  }

  void WriteZeros(uint64_t from, uint64_t to) override {
    const std::lock_guard lock(state_->mutex);
    TW_CHECK(from <= to && to <= content_->bytes.size());
    TW_CHECK(content_->bytes.find_first_not_of('\0', from) >= to);
    state_->zeros += to - from;
  }

  absl::StatusOr<uint64_t> Size() const override {
    const std::lock_guard lock(state_->mutex);
    return uint64_t{content_->bytes.size()};
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Content> content_;
};

class MemLock : public DirectoryLock {
 public:
  MemLock(std::shared_ptr<State> state, std::string directory)
      : state_(std::move(state)), directory_(std::move(directory)) {}
  ~MemLock() override {
    const std::lock_guard lock(state_->mutex);
    state_->locked.erase(directory_);
  }

 private:
  std::shared_ptr<State> state_;
  std::string directory_;
};

}  // namespace

MemFileSystem::MemFileSystem() : state_(std::make_shared<State>()) {}

absl::Status MemFileSystem::CreateDirectory(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  state_->directories.insert(path);
  return state_->Alive();
}

absl::StatusOr<std::unique_ptr<File>> MemFileSystem::Open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(state_->mutex);
  auto found = state_->files.find(path);
  if (found == state_->files.end()) {
    if (mode == OpenMode::kRead) {
      return absl::NotFoundError("no file " + path);
    }
    if (state_->crashed) {
      return state_->Alive();
    }
    found = state_->files.emplace(path, std::make_shared<Content>()).first;
  }
  return std::make_unique<MemFile>(state_, found->second);
}

absl::StatusOr<std::vector<std::string>> MemFileSystem::List(const std::string& directory) {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> names;
  const std::string prefix = directory + "/";
  for (const auto& [path, content] : state_->files) {
    if (path.rfind(prefix, 0) == 0 && path.find('/', prefix.size()) == std::string::npos) {
      names.push_back(path.substr(prefix.size()));
    }
  }
  if (names.empty() && state_->directories.count(directory) == 0) {
    return absl::NotFoundError("no directory " + directory);
  }
  return names;
}

absl::Status MemFileSystem::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->files.find(from);
  if (found == state_->files.end() || state_->crashed) {
    return state_->crashed ? state_->Alive() : absl::NotFoundError("no file " + from);
  }
  std::shared_ptr<Content> content = found->second;
  state_->files.erase(found);
  state_->files[to] = std::move(content);
  return absl::OkStatus();
}

absl::Status MemFileSystem::Remove(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->files.find(path);
  if (found == state_->files.end() || state_->crashed) {
    return state_->crashed ? state_->Alive() : absl::NotFoundError("no file " + path);
  }
  if (state_->space != kUnlimited) {
    state_->space += found->second->bytes.size();
  }
  state_->files.erase(found);
  return absl::OkStatus();
}

absl::Status MemFileSystem::SyncDirectory(const std::string& /*directory*/) {
  const std::lock_guard lock(state_->mutex);
  return state_->Alive();
}

absl::StatusOr<std::unique_ptr<DirectoryLock>> MemFileSystem::Lock(const std::string& directory) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->locked.insert(directory).second) {
    return absl::FailedPreconditionError(directory + " is in use by another process");
  }
  return std::make_unique<MemLock>(state_, directory);
}

void MemFileSystem::CrashAfter(uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->write_budget = bytes;
}

void MemFileSystem::FailSyncs() {
  const std::lock_guard lock(state_->mutex);
  state_->fail_syncs = true;
}

void MemFileSystem::LimitSpace(uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->space = bytes;
}

void MemFileSystem::LiftFaults() {
  const std::lock_guard lock(state_->mutex);
  state_->write_budget = kUnlimited;
  state_->space = kUnlimited;
  state_->crashed = false;
  state_->fail_syncs = false;
}

void MemFileSystem::LoseUnsynced() {
  const std::lock_guard lock(state_->mutex);
  for (const auto& [path, content] : state_->files) {
    content->bytes = content->synced;
  }
}

std::string MemFileSystem::Contents(const std::string& path) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->files.find(path);
  return found == state_->files.end() ? std::string() : found->second->bytes;
}

void MemFileSystem::SetContents(const std::string& path, std::string bytes) {
  const std::lock_guard lock(state_->mutex);
  std::shared_ptr<Content>& content = state_->files[path];
  content = std::make_shared<Content>();
  content->synced = bytes;
  content->bytes = std::move(bytes);
}

std::map<std::string, std::string> MemFileSystem::Image() const {
  const std::lock_guard lock(state_->mutex);
  std::map<std::string, std::string> image;
  for (const auto& [path, content] : state_->files) {
    image[path] = content->bytes;
  }
  return image;
}

void MemFileSystem::SetImage(const std::map<std::string, std::string>& image) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->files.clear();
  }
  for (const auto& [path, bytes] : image) {
    SetContents(path, bytes);
  }
}

uint64_t MemFileSystem::zeros() const {
  const std::lock_guard lock(state_->mutex);
  return state_->zeros;
}

uint64_t MemFileSystem::syncs() const {
  const std::lock_guard lock(state_->mutex);
  return state_->syncs;
}

}  // namespace tw::journal
