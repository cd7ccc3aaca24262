// ExpiringMap: the newest value of each key, with its age judged when it is read. Past
// `stale_after` it is still answered, flagged; past `expire_after` it is absent. Bounded in keys,
// and with others in bytes: what is too much pushes out the key that was longest without news. One
// owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

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

// What several maps may hold together, as their users charge it.
struct MemoryBudget {
  size_t bytes_max = 0;
  size_t bytes = 0;
};

template <typename Key, typename Value>
class ExpiringMap {
 public:
  // REQUIRES: entries_max > 0; `budget` outlives the map.
  ExpiringMap(Lifetime lifetime, size_t entries_max, MemoryBudget& budget)
      : lifetime_(lifetime), entries_max_(entries_max), budget_(budget) {}

  // The value of `key`, made if it is not there or has expired, to be changed. Its age counts from
  // `seen`, unless it was seen later before.
  Value& Touch(const Key& key, Timestamp now, Timestamp seen) {
    auto it = entries_.find(key);
    if (it != entries_.end() && Expired(it->second, now)) {
      Drop(it);
      it = entries_.end();
    }
    if (it == entries_.end()) {
      if (entries_.size() >= entries_max_) {
        Drop(entries_.find(by_age_.begin()->second));
      }
      it = entries_.try_emplace(key).first;
      by_age_.emplace(it->second.time, key);
    }
    if (seen > it->second.time) {
      by_age_.erase({it->second.time, key});
      it->second.time = seen;
      by_age_.emplace(seen, key);
    }
    return it->second.value;
  }

  // `key` takes this many bytes now. While all of the budget's maps hold too much, the keys here
  // that were longest without news go, but not this one. REQUIRES: the key is there.
  void Charge(const Key& key, size_t bytes) {
    Entry& entry = entries_.find(key)->second;
    budget_.bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    while (budget_.bytes > budget_.bytes_max && entries_.size() > 1) {
      auto oldest = by_age_.begin();
      if (oldest->second == key) {
        ++oldest;
      }
      Drop(entries_.find(oldest->second));
    }
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
    while (!by_age_.empty() && now - by_age_.begin()->first > lifetime_.expire_after) {
      Drop(entries_.find(by_age_.begin()->second));
    }
  }

  size_t size() const { return entries_.size(); }
  const ReadCounts& counts() const { return counts_; }

 private:
  struct Entry {
    Value value;
    Timestamp time;
    size_t bytes = 0;
  };
  using Entries = std::map<Key, Entry>;  // a value stays where it is while others go

  bool Stale(const Entry& entry, Timestamp now) const {
    return now - entry.time > lifetime_.stale_after;
  }
  bool Expired(const Entry& entry, Timestamp now) const {
    return now - entry.time > lifetime_.expire_after;
  }
  void Drop(typename Entries::iterator it) {
    budget_.bytes -= it->second.bytes;
    by_age_.erase({it->second.time, it->first});
    entries_.erase(it);
    ++counts_.evicted;
  }

  const Lifetime lifetime_;
  const size_t entries_max_;
  MemoryBudget& budget_;
  Entries entries_;
  std::set<std::pair<Timestamp, Key>> by_age_;
  mutable ReadCounts counts_;
};

}  // namespace tw::hot_cache
