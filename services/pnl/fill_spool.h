// FillSpool: the fills of a market's day on disk, so that a busy day costs eight bytes a fill in
// memory. Nothing in it outlives the process: the ledger has it all. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/file.h"

namespace tw::pnl {

class FillSpool {
 public:
  // `files` must outlive it.
  FillSpool(journal::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  // Answers the place of what was added.
  absl::StatusOr<uint64_t> Append(std::string_view bytes);
  absl::StatusOr<std::string> Read(uint64_t place);
  absl::Status Clear();

 private:
  absl::Status Open();
  absl::Status Flush();

  journal::FileSystem& files_;
  const std::string path_;
  std::unique_ptr<journal::File> file_;
  uint64_t written_ = 0;
  std::string pending_;  // behind it
};

}  // namespace tw::pnl
