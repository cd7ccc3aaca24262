// Seen: which contents were taken lately, bounded in age and number. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/container/flat_hash_set.h"
#include "libs/base/time.h"

namespace tw::sink_alt {

// The first half of a SHA-256.
using ContentHash = std::array<uint8_t, 16>;

class Seen {
 public:
  // Keeps `max` contents at most, each for `age`.
  Seen(size_t max, Duration age) : max_(max), age_(age) {}

  // Those that are too old at `now` are forgotten.
  bool Contains(const ContentHash& hash, Timestamp now);
  // The oldest give way. REQUIRES: !Contains(hash, now).
  void Insert(const ContentHash& hash, Timestamp now);

  size_t size() const { return order_.size(); }

 private:
  struct Entry {
    Timestamp taken;
    ContentHash hash{};
  };

  void DropOldest();

  const size_t max_;
  const Duration age_;
  absl::flat_hash_set<ContentHash> hashes_;
  std::deque<Entry> order_;  // oldest first
};

}  // namespace tw::sink_alt
