#include "libs/journal/index.h"

#include <algorithm>

namespace tw::journal {
namespace {

constexpr uint64_t kStrideBytes = 64 << 10;

}  // namespace

void Index::Add(uint32_t segment, uint64_t offset, uint64_t first_number, uint64_t last_number) {
  const std::lock_guard lock(mutex_);
  if (segments_.empty() || segments_.back().ordinal != segment) {
    segments_.push_back({segment, {{first_number, offset}}});
  } else if (offset - segments_.back().entries.back().offset >= kStrideBytes) {
    segments_.back().entries.push_back({first_number, offset});
  }
  last_number_ = last_number;
}

void Index::AddUnread(uint32_t segment, uint64_t first_number) {
  const std::lock_guard lock(mutex_);
  segments_.push_back({segment, {{first_number, 0}}});
}

void Index::Refine(uint32_t segment, uint64_t offset, uint64_t first_number) {
  const std::lock_guard lock(mutex_);
  const auto found = std::lower_bound(
      segments_.begin(), segments_.end(), segment,
      [](const Segment& each, uint32_t ordinal) { return each.ordinal < ordinal; });
  if (found == segments_.end() || found->ordinal != segment) {
    return;
  }
  std::vector<Entry>& entries = found->entries;
  const auto after =
      std::upper_bound(entries.begin(), entries.end(), offset,
                       [](uint64_t wanted, const Entry& entry) { return wanted < entry.offset; });
  const bool far_from_next = after == entries.end() || after->offset - offset >= kStrideBytes;
  if (after != entries.begin() && offset - (after - 1)->offset >= kStrideBytes && far_from_next) {
    entries.insert(after, {first_number, offset});
  }
}

void Index::Reach(uint64_t last_number) {
  const std::lock_guard lock(mutex_);
  last_number_ = std::max(last_number_, last_number);
}

std::optional<Index::Place> Index::Find(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  if (number == 0 || number > last_number_ || segments_.empty()) {
    return std::nullopt;
  }
  const auto next_segment = std::upper_bound(segments_.begin(), segments_.end(), number,
                                             [](uint64_t wanted, const Segment& segment) {
                                               return wanted < segment.entries.front().first_number;
                                             });
  if (next_segment == segments_.begin()) {
    return std::nullopt;
  }
  const Segment& segment = *(next_segment - 1);
  const Entry& entry = *(std::upper_bound(segment.entries.begin(), segment.entries.end(), number,
                                          [](uint64_t wanted, const Entry& each) {
                                            return wanted < each.first_number;
                                          }) -
                         1);
  const uint64_t last = next_segment == segments_.end()
                            ? last_number_
                            : next_segment->entries.front().first_number - 1;
  return Place{entry.first_number, segment.ordinal, entry.offset, last};
}

uint64_t Index::last_number() const {
  const std::lock_guard lock(mutex_);
  return last_number_;
}

}  // namespace tw::journal
