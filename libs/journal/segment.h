// Segment files: their names, and a window through which one is read in order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/journal/file.h"

namespace tw::journal {

// "<directory>/00000001.journal". Ordinals start at 1 and have no holes.
std::string SegmentPath(const std::string& directory, uint32_t ordinal);

// How many segments the directory holds; other files are left alone. DATA_LOSS when one is missing
// in between.
absl::StatusOr<uint32_t> CountSegments(FileSystem& files, const std::string& directory);

// Reads a file through one buffer. Meant for offsets that grow. One thread.
class Window {
 public:
  // `chunk_bytes`: how much is read ahead at least. `file` must outlive the window.
  Window(const File& file, size_t chunk_bytes) : file_(file), chunk_bytes_(chunk_bytes) {}

  size_t chunk_bytes() const { return chunk_bytes_; }

  // `n` bytes at `offset`, fewer only at the end of the file. Valid until the next call.
  absl::StatusOr<std::string_view> At(uint64_t offset, size_t n);

 private:
  const File& file_;
  size_t chunk_bytes_;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  uint64_t begin_ = 0;  // place of buffer_[0] in the file
  size_t filled_ = 0;
};

}  // namespace tw::journal
