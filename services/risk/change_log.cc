#include "services/risk/change_log.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tw::risk {

void ChangeLog::Add(const Event& event) {
  std::optional<v1::RiskChange> change = ToChange(event);
  if (!change) {
    return;
  }
  const std::lock_guard lock(mutex_);
  change->set_sequence(++head_);
  changes_.push_back(*std::move(change));
  if (changes_.size() > kKeptMax) {
    changes_.pop_front();
  }
}

v1::ListChangesResponse ChangeLog::List(uint64_t after, size_t limit) const {
  const std::lock_guard lock(mutex_);
  v1::ListChangesResponse out;
  out.set_head(head_);
  const uint64_t oldest = head_ - changes_.size() + 1;
  out.set_oldest(oldest);
  for (uint64_t n = std::max(after + 1, oldest); n <= head_; ++n) {
    if (static_cast<size_t>(out.changes_size()) == std::min(limit, kPageMax)) {
      break;
    }
    *out.add_changes() = changes_[n - oldest];
  }
  return out;
}

}  // namespace tw::risk
