// FaultyFiles: the machine's own files, as long as a crash lets: from a given step on nothing that
// changes anything is done any more. It does not wait for the disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "libs/journal/posix_file.h"

namespace tw::pnl {

class FaultyFiles final : public journal::FileSystem {
 public:
  static constexpr int kNever = 1 << 30;

  // The steps before `last` are done, that one and those behind it are not.
  void CrashAt(int last) {
    steps_ = 0;
    crash_at_ = last;
  }
  int steps() const { return steps_; }

  absl::Status CreateDirectory(const std::string& path) override {
    if (!Step()) {
      return Crashed();
    }
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return error ? absl::UnavailableError(path + ": " + error.message()) : absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<journal::File>> Open(const std::string& path,
                                                      journal::OpenMode mode) override {
    if (mode == journal::OpenMode::kWrite && !Step()) {
      return Crashed();
    }
    absl::StatusOr<std::unique_ptr<journal::File>> file = files_.Open(path, mode);
    if (!file.ok()) {
      return file.status();
    }
    return std::make_unique<FaultyFile>(*this, *std::move(file));
  }
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    return files_.List(directory);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return Step() ? files_.Rename(from, to) : Crashed();
  }
  absl::Status Remove(const std::string& path) override {
    return Step() ? files_.Remove(path) : Crashed();
  }
  absl::Status SyncDirectory(const std::string& directory) override {
    return Step() ? files_.List(directory).status() : Crashed();  // as the disk never fails
  }
  absl::StatusOr<std::unique_ptr<journal::DirectoryLock>> Lock(
      const std::string& directory) override {
    return files_.Lock(directory);
  }

 private:
  class FaultyFile final : public journal::File {
   public:
    FaultyFile(FaultyFiles& files, std::unique_ptr<journal::File> file)
        : files_(files), file_(std::move(file)) {}
    // Half of it is there when the machine goes.
    absl::Status WriteAt(uint64_t offset, std::string_view bytes) override {
      if (files_.Step()) {
        return file_->WriteAt(offset, bytes);
      }
      return files_.steps_ == files_.crash_at_ + 1
                 ? (file_->WriteAt(offset, bytes.substr(0, bytes.size() / 2)).IgnoreError(),
                    Crashed())
                 : Crashed();
    }
    absl::Status Sync() override { return files_.Step() ? absl::OkStatus() : Crashed(); }
    absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t n) const override {
      return file_->ReadAt(offset, out, n);
    }
    absl::Status Truncate(uint64_t size) override {
      return files_.Step() ? file_->Truncate(size) : Crashed();
    }
    absl::Status Preallocate(uint64_t size) override {
      return files_.Step() ? file_->Preallocate(size) : Crashed();
    }
    absl::StatusOr<uint64_t> Size() const override { return file_->Size(); }

   private:
    FaultyFiles& files_;
    const std::unique_ptr<journal::File> file_;
  };

  bool Step() { return steps_++ < crash_at_; }
  static absl::Status Crashed() { return absl::UnavailableError("the machine has crashed"); }

  journal::PosixFileSystem files_;
  int steps_ = 0;
  int crash_at_ = kNever;
};

}  // namespace tw::pnl
