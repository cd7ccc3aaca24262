// TreeCopy: a copy of folders that are written to meanwhile, brought up to date pass by pass. Once
// the writers stand still, one more pass is short and exact.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace tw::cli {

struct CopiedFile {
  uint64_t inode = 0;
  uint64_t size = 0;
  uint64_t stored = 0;  // bytes in the copy: up to the last that is not zero
  uint32_t mode = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;
  int64_t read_ns = 0;  // the wall clock before it was read
};

// One thread.
class TreeCopy {
 public:
  // Of `parts`, folders and files below `from`, into `to`. Regular files only, and what
  // the links of archived segments of a journal point to; what is called `lock` stays out. A part
  // that is not there is an empty one.
  TreeCopy(std::string from, std::string to, std::vector<std::string> parts);
  // Paths below `from` that stay out, with all below them.
  void LeaveOut(std::vector<std::string> paths) { left_out_ = std::move(paths); }

  // Copies what is new or may have changed, of journals and spools their tail only, and forgets
  // what is gone. A file that goes meanwhile is gone.
  absl::Status Pass();
  // Syncs the copies.
  absl::Status Sync() const;

  // By path below `from`.
  const std::map<std::string, CopiedFile>& files() const { return files_; }
  uint64_t bytes_copied() const { return bytes_copied_; }  // of all passes

 private:
  absl::Status List(std::vector<std::string>& out) const;
  bool IsLeftOut(const std::string& path) const;
  absl::Status CopyFile(const std::string& path);

  const std::string from_;
  const std::string to_;
  const std::vector<std::string> parts_;
  std::vector<std::string> left_out_;
  std::map<std::string, CopiedFile> files_;
  std::string buffer_;
  uint64_t bytes_copied_ = 0;
};

}  // namespace tw::cli
