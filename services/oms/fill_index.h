// FillIndex: where the fills are among the ledger's events, so that they can be listed without
// walking the ledger. 24 bytes a fill, until it is on disk. Thread-safe; a look-up never keeps the
// writer waiting for longer than a few thousand entries take.
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

// Where one fill is.
struct FillPlace {
  uint64_t sequence = 0;
  OrderId order_id;
  std::string account;
  std::string symbol;
};

// Where fills are that are no longer kept in memory. Any thread.
class PastFills {
 public:
  virtual ~PastFills() = default;
  // As FillIndex::Find.
  virtual std::vector<uint64_t> FindFills(const FillFilter& filter,
                                          std::optional<uint64_t> after,
                                          size_t max) const = 0;
};

class FillIndex {
 public:
  // Before the first Find.
  void SetPast(const PastFills* past) { past_ = past; }

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

  // Those up to this event that nobody has taken yet, to be saved where PastFills finds them.
  std::vector<FillPlace> TakeUnsaved(uint64_t up_to);
  // PastFills has them now.
  void Forget(uint64_t up_to);

 private:
  struct Entry {
    uint64_t sequence;
    uint64_t order_id;
    uint32_t account;
    uint32_t symbol;
  };
  struct Wanted;

  std::vector<uint64_t> FindKept(const FillFilter& filter,
                                 std::optional<uint64_t> after,
                                 size_t max) const;

  uint32_t Intern(const std::string& name);
  std::optional<Wanted> Resolve(const FillFilter& filter) const;
  bool Matches(const Entry& entry, const Wanted& wanted) const;

  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  absl::flat_hash_map<std::string, uint32_t> names_;  // accounts and symbols, numbered from 1
  std::vector<std::string> by_number_;                // the same
  uint64_t taken_ = 0;                                // up to this event
  size_t forgotten_ = 0;                              // entries that were before those
  const PastFills* past_ = nullptr;
};

}  // namespace tw::oms
