#include "libs/journal/read_ahead.h"

namespace tw::journal {

bool ReadAhead::Put(const GroupHeader& header, const GroupPlace& place, std::string_view bytes) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || put_ - taken_ < kGroupsMax; });
    if (stopped_) {
      return false;
    }
  }
  // A free slot is nobody else's.
  CheckedGroup& slot = slots_[put_ % kGroupsMax];
  slot.header = header;
  slot.place = place;
  slot.bytes.assign(bytes);
  {
    const std::lock_guard lock(mutex_);
    ++put_;
  }
  changed_.notify_all();
  return true;
}

void ReadAhead::End() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
}

const CheckedGroup* ReadAhead::Next() {
  std::unique_lock lock(mutex_);
  if (handed_out_) {
    handed_out_ = false;
    ++taken_;
    changed_.notify_all();
  }
  changed_.wait(lock, [this] { return ended_ || put_ > taken_; });
  handed_out_ = put_ > taken_;
  return handed_out_ ? &slots_[taken_ % kGroupsMax] : nullptr;
}

void ReadAhead::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

}  // namespace tw::journal
