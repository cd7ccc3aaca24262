#include "libs/journal/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "libs/base/status_macros.h"

namespace tw::journal {
namespace {

constexpr std::string_view kSuffix = ".journal";
constexpr size_t kDigits = 8;

// 0: not the name of a segment.
uint32_t OrdinalOf(std::string_view name) {
  uint32_t ordinal = 0;
  if (name.size() != kDigits + kSuffix.size() || name.substr(kDigits) != kSuffix) {
    return 0;
  }
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, ordinal);
  return error == std::errc() && end == name.data() + kDigits ? ordinal : 0;
}

}  // namespace

std::string SegmentPath(const std::string& directory, uint32_t ordinal) {
  return fmt::format("{}/{:08}{}", directory, ordinal, kSuffix);
}

absl::StatusOr<uint32_t> CountSegments(FileSystem& files, const std::string& directory) {
  TW_ASSIGN_OR_RETURN(const auto names, files.List(directory));
  uint32_t count = 0;
  for (const std::string& name : names) {
    const uint32_t ordinal = OrdinalOf(name);
    if (ordinal == 0) {
      continue;
    }
    if (ordinal != count + 1) {
      return absl::DataLossError(
          fmt::format("{} is missing, yet {} is there", SegmentPath(directory, count + 1), name));
    }
    count = ordinal;
  }
  return count;
}

absl::StatusOr<std::string_view> Window::At(uint64_t offset, size_t n) {
  const bool overlaps = offset >= begin_ && offset <= begin_ + filled_;
  size_t skip = overlaps ? static_cast<size_t>(offset - begin_) : 0;
  if (overlaps && skip + n <= filled_) {
    return std::string_view(buffer_.get() + skip, n);
  }
  const size_t kept = overlaps ? filled_ - skip : 0;
  const size_t wanted = std::max(n, chunk_bytes_);
  if (wanted > capacity_) {
    std::unique_ptr<char[]> larger(new char[wanted]);  // not zeroed: it is read into
    if (kept > 0) {
      std::memcpy(larger.get(), buffer_.get() + skip, kept);
    }
    buffer_ = std::move(larger);
    capacity_ = wanted;
  } else if (kept > 0) {
    std::memmove(buffer_.get(), buffer_.get() + skip, kept);
  }
  begin_ = offset;
  filled_ = kept;
  TW_ASSIGN_OR_RETURN(const size_t got,
                      file_.ReadAt(offset + kept, buffer_.get() + kept, wanted - kept));
  filled_ += got;
  return std::string_view(buffer_.get(), std::min(n, filled_));
}

}  // namespace tw::journal
