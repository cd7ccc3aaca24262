// ZipText: the lines of the one text file in a zip archive.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tw::recorded {

// One thread. Blocks on the disk. The archive's own checksum is verified by reading to the end.
class ZipText {
 public:
  static constexpr size_t kLineMax = 4096;  // bytes

  // NotFound when there is no such file, InvalidArgument when it is no zip archive or does not hold
  // exactly one file.
  static absl::StatusOr<ZipText> Open(const std::string& path);
  ~ZipText();
  ZipText(ZipText&&) noexcept;
  ZipText& operator=(ZipText&&) noexcept;

  // True: `line` is the next one, without its line end, valid until the next call. False: the end.
  // InvalidArgument for a line above kLineMax, DataLoss for a damaged archive.
  absl::StatusOr<bool> NextLine(std::string_view& line);

  // Of the line last handed out, from 1.
  uint64_t line_number() const;
  const std::string& entry_name() const;

 private:
  struct State;
  explicit ZipText(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tw::recorded
