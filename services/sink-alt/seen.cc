#include "services/sink-alt/seen.h"

namespace tw::sink_alt {

bool Seen::Contains(const ContentHash& hash, Timestamp now) {
  while (!order_.empty() && now - order_.front().taken > age_) {
    DropOldest();
  }
  return hashes_.contains(hash);
}

void Seen::Insert(const ContentHash& hash, Timestamp now) {
  while (!order_.empty() && order_.size() >= max_) {
    DropOldest();
  }
  hashes_.insert(hash);
  order_.push_back({now, hash});
}

void Seen::DropOldest() {
  hashes_.erase(order_.front().hash);
  order_.pop_front();
}

}  // namespace tw::sink_alt
