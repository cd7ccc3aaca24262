// ExpiringMap: the newest value of each key, with its age judged when it is read. Past
// `stale_after` it is still answered, flagged; past `expire_after` it is absent. Bounded: a key too
// many pushes out the one that was longest without news. One owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/container/btree_map.h"
#include "libs/base/time.h"

namespace tw::hot_cache {

struct Lifetime {
  Duration stale_after;
  Duration expire_after;
};

struct ReadCounts {
  uint64_t hits = 0;
  uint64_t misses = 0;   // never there, expired or pushed out
  uint64_t evicted = 0;  // pushed out or swept when expired
};

template <typename Key, typename Value>
class ExpiringMap {
 public:
  // REQUIRES: entries_max > 0.
  ExpiringMap(Lifetime lifetime, size_t entries_max)
      : lifetime_(lifetime), entries_max_(entries_max) {}

  // The value of `key`, made if it is not there or has expired, to be changed. Its age counts from
  // `seen`, unless it was seen later before.
  Value& Touch(const Key& key, Timestamp now, Timestamp seen) {
    auto it = entries_.find(key);
    if (it != entries_.end() && Expired(it->second, now)) {
      entries_.erase(it);
      ++counts_.evicted;
      it = entries_.end();
    }
    if (it == entries_.end()) {
      if (entries_.size() >= entries_max_) {
        DropOldest();
      }
      it = entries_.try_emplace(key).first;
    }
    it->second.time = std::max(it->second.time, seen);
    return it->second.value;
  }

  // Null when absent. `stale` is set either way.
  const Value* Find(const Key& key, Timestamp now, bool& stale) const {
    const Value* const value = Peek(key, now, stale);
    ++(value != nullptr ? counts_.hits : counts_.misses);
    return value;
  }
  // The same, without counting.
  const Value* Peek(const Key& key, Timestamp now, bool& stale) const {
    const auto it = entries_.find(key);
    const bool there = it != entries_.end() && !Expired(it->second, now);
    stale = !there || Stale(it->second, now);
    return there ? &it->second.value : nullptr;
  }

  // Each that has not expired, in order of keys: f(key, value, stale).
  template <typename F>
  void ForEach(Timestamp now, F f) const {
    for (const auto& [key, entry] : entries_) {
      if (!Expired(entry, now)) {
        ++counts_.hits;
        f(key, entry.value, Stale(entry, now));
      }
    }
  }

  // Frees what has expired.
  void Sweep(Timestamp now) {
    counts_.evicted +=
        absl::erase_if(entries_, [&](const auto& entry) { return Expired(entry.second, now); });
  }

  size_t size() const { return entries_.size(); }
  const ReadCounts& counts() const { return counts_; }

 private:
  struct Entry {
    Value value;
    Timestamp time;
  };

  bool Stale(const Entry& entry, Timestamp now) const {
    return now - entry.time > lifetime_.stale_after;
  }
  bool Expired(const Entry& entry, Timestamp now) const {
    return now - entry.time > lifetime_.expire_after;
  }
  void DropOldest() {
    auto oldest = entries_.begin();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      oldest = it->second.time < oldest->second.time ? it : oldest;
    }
    entries_.erase(oldest);
    ++counts_.evicted;
  }

  const Lifetime lifetime_;
  const size_t entries_max_;
  absl::btree_map<Key, Entry> entries_;
  mutable ReadCounts counts_;
};

}  // namespace tw::hot_cache
