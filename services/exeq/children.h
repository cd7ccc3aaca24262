// Children: what is known of the orders at the venues, built from what was sent and what came back.
//
// Nothing here is durable and nothing rests on it: a child's id follows from its order's, so that a
// process which has forgotten (or never knew) a child can still cancel it. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"

namespace tw::exeq {

// The id of an order's first child: "3-1042.1".
std::string FirstChildId(OrderId order_id);

enum class ChildState : uint8_t { kSent, kWorking, kFilled, kCanceled, kRejected };

std::string_view Name(ChildState state);  // "SENT"

struct Child {
  std::string child_id;
  OrderId order_id;
  std::string venue;
  std::string symbol;
  Quantity quantity;  // total
  Price price;        // limit; zero: none
  Quantity filled;
  ChildState state = ChildState::kSent;
  Timestamp sent{};             // to the venue; not set: by a process before this one
  uint64_t last_execution = 0;  // its number
  std::string reason;           // why it was refused or canceled

  bool finished() const { return state != ChildState::kSent && state != ChildState::kWorking; }
};

enum class ReportKind : uint8_t {
  kAccepted,
  kRejected,
  kFilled,
  kCanceled,
  kReplaced,
  kOther,  // a refused cancel or replace: the order is as it was
};

// What an execution says about a child.
struct ChildReport {
  uint64_t execution_sequence = 0;
  ReportKind kind = ReportKind::kOther;
  std::string child_id;
  OrderId order_id;
  std::string venue;
  std::string symbol;
  Quantity leaves;
  Quantity cumulative;
  Quantity
      quantity;  // kAccepted, kRejected, kReplaced: the order's total; kCanceled: of the cancel
  Price price;   // kAccepted, kRejected, kReplaced: the order's limit
  std::string message;
};

class Children {
 public:
  explicit Children(size_t finished_max) : finished_max_(finished_max) {}

  // A child about to be sent, or found at its venue; one that is known already stays as it is.
  void Learn(const Child& child);
  // Takes a report in; one that was seen before changes nothing. Reports of a child come in order.
  void Apply(const ChildReport& report);

  // The order's children, the first one first; empty when none is known (any more).
  std::vector<const Child*> Find(OrderId order_id) const;
  // Where a child was sent; nullopt when it is not known.
  std::optional<std::string> VenueOf(const std::string& child_id) const;

  size_t open_count() const { return children_.size() - finished_.size(); }
  size_t finished_count() const { return finished_.size(); }

 private:
  Child& Add(const Child& child);
  void Forget();

  const size_t finished_max_;
  absl::flat_hash_map<std::string, Child> children_;
  absl::flat_hash_map<OrderId, std::vector<std::string>> orders_;
  std::deque<std::string> finished_;  // child ids, the oldest first
};

}  // namespace tw::exeq
