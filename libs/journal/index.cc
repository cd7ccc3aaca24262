#include "libs/journal/index.h"

#include <algorithm>

namespace tw::journal {
namespace {

constexpr uint64_t kStrideBytes = 64 << 10;

}  // namespace

void Index::Add(uint32_t segment, uint64_t offset, uint64_t first_number, uint64_t last_number) {
  const std::lock_guard lock(mutex_);
  if (entries_.empty() || entries_.back().segment != segment ||
      offset - entries_.back().offset >= kStrideBytes) {
    entries_.push_back({first_number, segment, offset});
  }
  last_number_ = last_number;
}

std::optional<Index::Place> Index::Find(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  if (number == 0 || number > last_number_) {
    return std::nullopt;
  }
  const auto after = std::upper_bound(
      entries_.begin(), entries_.end(), number,
      [](uint64_t wanted, const Entry& entry) { return wanted < entry.first_number; });
  const Entry& entry = *(after - 1);
  const auto next_segment =
      std::upper_bound(after, entries_.end(), entry.segment,
                       [](uint32_t segment, const Entry& e) { return segment < e.segment; });
  const uint64_t last =
      next_segment == entries_.end() ? last_number_ : next_segment->first_number - 1;
  return Place{entry.first_number, entry.segment, entry.offset, last};
}

uint64_t Index::last_number() const {
  const std::lock_guard lock(mutex_);
  return last_number_;
}

}  // namespace tw::journal
