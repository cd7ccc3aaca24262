// Breaks: what two books do not agree on, from the time it was seen until it healed.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "libs/base/time.h"

namespace tw::ptrc {

enum class BreakKind : uint8_t {
  kMissingInOms,      // the venue reported a fill that oms does not show
  kMissingAtVenue,    // oms shows a fill that the venue never reported
  kQuantity,          // both show the fill, with different quantities
  kPrice,             // ... prices
  kTerms,             // ... account, symbol, side or order
  kDuplicateAtVenue,  // the venue used an execution id twice
  kDuplicateInOms,    // oms booked an execution twice
  kPosition,          // pnl's position is not the one the venue's executions make
};
std::string_view Name(BreakKind kind);  // "MISSING_IN_OMS"

// "ours" is ptrc's own book, made from the venue's drop copy; "theirs" is oms's or pnl's.
struct Break {
  std::string id;  // "<kind>:<key>", the same after a restart
  BreakKind kind = BreakKind::kPosition;
  std::string key;  // "PAPER/e-17", or for a position "demo/BTCUSDT"
  std::string account;
  std::string symbol;
  std::string ours;
  std::string theirs;
  Timestamp since;
  Timestamp closed;  // not set while open
};

// Bounded: kOpenMax open ones (more are counted, not kept), the newest kClosedMax closed ones.
class BreakBook {
 public:
  static constexpr size_t kOpenMax = 10'000;
  static constexpr size_t kClosedMax = 1'000;

  // Opens it, or renews ours and theirs of one that is open already. Fills in `id`.
  void Open(Break b);
  void Close(BreakKind kind, const std::string& key, Timestamp now);

  bool IsOpen(BreakKind kind, const std::string& key) const;
  bool AnyOpen(const std::string& key) const;  // of any kind
  size_t open() const { return open_.size(); }
  uint64_t not_kept() const { return not_kept_; }

  // Closed ones, oldest first, then open ones.
  std::vector<Break> List() const;

 private:
  absl::btree_map<std::pair<std::string, BreakKind>, Break> open_;  // by key and kind
  std::deque<Break> closed_;
  uint64_t not_kept_ = 0;
};

}  // namespace tw::ptrc
