#include "libs/book/ladder.h"

#include <cstddef>

#include "libs/base/check.h"

namespace tw::book {

size_t Ladder::LowerBound(int64_t number) const {
  // Gallop from the best end to a bracket [low, high) of the answer, then halve it.
  size_t high = directory_.size();
  size_t step = 1;
  while (high >= step && directory_[high - step].number >= number) {
    high -= step;
    step *= 2;
  }
  size_t low = high >= step ? high - step + 1 : 0;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (directory_[middle].number < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

uint32_t Ladder::TakePage() {
  if (!free_.empty()) {
    const uint32_t page = free_.back();
    free_.pop_back();
    return page;
  }
  pages_.emplace_back();
  free_.reserve(pages_.capacity());
  return static_cast<uint32_t>(pages_.size() - 1);
}

uint32_t Ladder::Occupy(int64_t key) {
  const int64_t number = NumberOf(key);
  const size_t at = LowerBound(number);
  if (at == directory_.size() || directory_[at].number != number) {
    directory_.insert(directory_.begin() + static_cast<std::ptrdiff_t>(at), {number, TakePage()});
  }
  const uint32_t page = directory_[at].page;
  pages_[page].occupied |= uint64_t{1} << SlotOf(key);
  return page;
}

void Ladder::Drop(uint32_t page, int64_t key) {
  Page& p = pages_[page];
  TW_CHECK(p.levels[SlotOf(key)].orders == 0);
  p.occupied &= ~(uint64_t{1} << SlotOf(key));
  if (p.occupied == 0) {
    const size_t at = LowerBound(NumberOf(key));
    directory_.erase(directory_.begin() + static_cast<std::ptrdiff_t>(at));
    free_.push_back(page);
  }
}

const Level* Ladder::Find(int64_t key) const {
  const size_t at = LowerBound(NumberOf(key));
  if (at == directory_.size() || directory_[at].number != NumberOf(key)) {
    return nullptr;
  }
  const Page& page = pages_[directory_[at].page];
  return (page.occupied >> SlotOf(key)) & 1 ? &page.levels[SlotOf(key)] : nullptr;
}

}  // namespace tw::book
