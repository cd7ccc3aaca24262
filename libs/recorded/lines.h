// Lines: a text file line by line, plain, gzipped or the one file in a zip archive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tw::recorded {

// One thread. Blocks on the disk.
class Lines {
 public:
  static constexpr size_t kLineMax = 4096;  // bytes

  virtual ~Lines() = default;
  Lines(Lines&&) noexcept = default;
  Lines& operator=(Lines&&) noexcept = default;

  // True: `line` is the next one, without its line end, valid until the next call. False: the end.
  // InvalidArgument for a line above kLineMax, DataLoss for a damaged archive.
  absl::StatusOr<bool> NextLine(std::string_view& line);

  // Of the line last handed out, from 1.
  uint64_t line_number() const { return line_number_; }
  // The line last handed out has no line end: it is the last, and may be cut off.
  bool unfinished() const { return unfinished_; }

 protected:
  explicit Lines(std::string path) : path_(std::move(path)) {}

  // Up to `size` bytes; zero: the end. An error's text is what is wrong.
  virtual absl::StatusOr<size_t> Read(char* to, size_t size) = 0;
  const std::string& path() const { return path_; }

 private:
  absl::Status Fill();

  std::string path_;
  std::vector<char> buffer_ = std::vector<char>(64 << 10);
  size_t begin_ = 0;  // of what is not handed out yet
  size_t end_ = 0;
  bool ended_ = false;
  bool unfinished_ = false;
  uint64_t line_number_ = 0;
};

// By the name: .zip is an archive, anything else plain or gzipped text. NotFound when there is no
// such file.
absl::StatusOr<std::unique_ptr<Lines>> OpenLines(const std::string& path);

}  // namespace tw::recorded
