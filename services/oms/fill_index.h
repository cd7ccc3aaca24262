// FillIndex: where the fills are among the ledger's events, so that they can be listed without
// walking the ledger. 24 bytes a fill. Thread-safe; a look-up never keeps the writer waiting for
// longer than a few thousand entries take.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/core/ids.h"

namespace tw::oms {

// What is empty or unset matches everything.
struct FillFilter {
  std::string account;
  std::string symbol;
  OrderId order_id;
};

class FillIndex {
 public:
  // REQUIRES: sequences ascend.
  void Add(uint64_t sequence,
           OrderId order_id,
           const std::string& account,
           const std::string& symbol);

  // Sequences of at most `max` fills that match, ascending: the first ones after `after`, or
  // without it the newest.
  std::vector<uint64_t> Find(const FillFilter& filter,
                             std::optional<uint64_t> after,
                             size_t max) const;

 private:
  struct Entry {
    uint64_t sequence;
    uint64_t order_id;
    uint32_t account;
    uint32_t symbol;
  };
  struct Wanted;

  uint32_t Intern(const std::string& name);
  std::optional<Wanted> Resolve(const FillFilter& filter) const;
  bool Matches(const Entry& entry, const Wanted& wanted) const;

  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  absl::flat_hash_map<std::string, uint32_t> names_;  // accounts and symbols, numbered from 1
};

}  // namespace tw::oms
