// ParentBook: all parent orders, and what is to happen to them next. Pure; one owner.
//
// Decide, append, apply, then act: the Decide and Next functions answer facts and change nothing,
// Apply takes a fact in, and TakeRequests says what oms is to be asked once the facts are on disk.
// Recovery is Apply over the journal. At every moment, for each parent,
//
//   filled + working + unsent = quantity, and unsent >= 0
//
// where working counts a child from the moment it is planned until oms has said the last word about
// it, so that no answer that is late, lost or doubled can make it too much.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/core/instrument.h"
#include "services/exeq/parents/parent.h"
#include "services/exeq/parents/terms.h"
#include "services/exeq/parents/volume_curve.h"

namespace tw::exeq {

struct ParentLimits {
  size_t open_max = 1'000;         // parents at work at a time
  size_t finished_max = 10'000;    // kept in memory
  uint32_t children_max = 10'000;  // of one parent; then it is paused
  uint32_t open_children_max = 8;  // of one parent at a time
  int faults_max = 5;              // children in a row that come to nothing; then it is paused
  Duration retry_first = Duration::Millis(200);  // after a fault or a lost answer; doubles
  Duration retry_max = Duration::Seconds(5);
};

// What oms is to be asked about a child.
struct ChildRequest {
  enum class Kind : uint8_t {
    kSubmit,  // the order; a repeat is the same order by its key
    kAsk,     // whether it is there
    kCancel,
  };
  Kind kind = Kind::kSubmit;
  std::string parent_id;
  std::string account;
  std::string symbol;
  Side side = Side::kUnspecified;
  ParentChild child;
};

// What came back: the order, or why there is none.
struct ChildAnswer {
  enum class Kind : uint8_t {
    kOrder,
    kRefused,   // for certain no order: malformed, or its key is another's
    kNotFound,  // oms knows no such order now
    kLost,      // who knows
  };
  Kind kind = Kind::kLost;
  OrderSnapshot order;
  std::string message;
};

class ParentBook {
 public:
  // `instruments` outlives the book.
  ParentBook(const Instruments& instruments, ParentLimits limits)
      : instruments_(instruments), limits_(limits) {}

  // ---- facts that a command causes; the book is unchanged ----

  // The journal's first record.
  static ParentEvent DecideOpen(Timestamp now);
  // The parent under the client's key that asks for the same: a repeat. AlreadyExists: for another.
  absl::StatusOr<const Parent*> FindRepeat(const ParentTerms& terms) const;
  // Terms as the client wrote them. REQUIRES: opened.
  absl::StatusOr<ParentEvent> DecideSubmit(const ParentTerms& terms,
                                           const VolumeCurve& curve,
                                           std::optional<uint64_t> seed,
                                           Timestamp now) const;
  // nullopt: it is so already. FailedPrecondition: it has ended.
  absl::StatusOr<std::optional<ParentEvent>> DecidePause(const std::string& id,
                                                         Timestamp now) const;
  absl::StatusOr<std::optional<ParentEvent>> DecideResume(const std::string& id,
                                                          Timestamp now) const;
  absl::StatusOr<std::optional<ParentEvent>> DecideCancel(const std::string& id,
                                                          Timestamp now) const;
  absl::StatusOr<std::optional<ParentEvent>> DecideReplace(const std::string& id,
                                                           const ParentChange& change,
                                                           Timestamp now) const;
  // The next fact that time alone brings about for this parent; nullopt when there is none (yet).
  // Apply it and ask again.
  std::optional<ParentEvent> Next(const std::string& id, Timestamp now) const;

  // ---- what oms says ----

  // An answer to a request that TakeRequests handed out. The fact in it, where there is one.
  std::optional<ParentEvent> OnAnswer(const ChildRequest& request,
                                      const ChildAnswer& answer,
                                      Timestamp now);
  // An event of oms's stream about the order `client_order_id` of this parent. What is old, or
  // about no child of ours, is no fact.
  std::optional<ParentEvent> OnOrder(std::string_view parent_id,
                                     std::string_view client_order_id,
                                     const OrderSnapshot& order,
                                     Timestamp now);

  // ---- what the market says; not journaled ----
  void OnMarketTrade(std::string_view symbol, Quantity quantity);
  // Whether a parent's next child waits for the market's volume.
  bool NeedsMarket() const;

  void Apply(const ParentEvent& event);

  // What is due now; each is handed out once until it is answered. Only once Apply's facts are on
  // disk.
  std::vector<ChildRequest> TakeRequests(Timestamp now);

  // From which event on oms's stream tells something new about a child that is open there; nullopt:
  // no child is.
  std::optional<uint64_t> StreamFrom() const;

  const Parent* Find(std::string_view id) const;
  // The id of the parent under the client's key; empty: none.
  std::string FindByKey(const std::string& account, const std::string& client_parent_id) const;
  const ParentChild* FindChild(std::string_view id, uint32_t number) const;
  std::vector<const ParentChild*> Children(std::string_view id) const;  // by number
  // All in memory, the oldest first.
  std::vector<const Parent*> List() const;
  const absl::btree_set<std::string>& open() const { return open_; }
  bool opened() const { return !mark_.empty(); }

 private:
  // What need not outlive the process.
  struct ChildCare {
    bool asked = false;  // a request is out
    int attempts = 0;
    Timestamp next_try;
    std::optional<OrderSnapshot> early;  // came by the stream before our own answer did
  };
  struct Entry {
    Parent parent;
    uint64_t number = 0;
    absl::btree_map<uint32_t, ParentChild> children;
    absl::btree_set<uint32_t> open_children;
    absl::btree_map<uint32_t, ChildCare> care;  // of open children
    Quantity market_volume;
  };

  const Entry* FindEntry(std::string_view id) const;
  absl::StatusOr<const Entry*> Working(const std::string& id) const;
  const Instrument& InstrumentOf(const Parent& parent) const;
  std::optional<ParentEvent> NextOfWorking(const Entry& entry, Timestamp now) const;
  std::optional<ParentEvent> PlanChild(const Entry& entry, Timestamp now) const;
  Quantity Wanted(const Entry& entry, const Instrument& instrument, Timestamp now) const;
  Quantity Fitted(const Entry& entry, const Instrument& instrument, Quantity wanted) const;
  std::optional<ParentEvent> Report(const Entry& entry,
                                    const ParentChild& child,
                                    const OrderSnapshot& order,
                                    Timestamp now) const;
  ParentEvent Void(const Entry& entry,
                   const ParentChild& child,
                   const std::string& message,
                   bool fault,
                   Timestamp now) const;
  void AfterEnd(const Entry& entry, const ParentChild& child, Parent& parent, Timestamp now) const;
  void Fault(Parent& parent, bool at_once, std::string_view why, Timestamp now) const;
  bool CancelWanted(const Parent& parent, const ParentChild& child) const;
  std::optional<ChildRequest::Kind> RequestFor(const Parent& parent,
                                               const ParentChild& child) const;
  Duration RetryAfter(int attempts) const;
  void Forget();

  const Instruments& instruments_;
  const ParentLimits limits_;
  std::string mark_;
  uint64_t last_number_ = 0;
  absl::flat_hash_map<std::string, Entry> parents_;
  absl::btree_map<uint64_t, std::string> by_number_;
  absl::btree_set<std::string> open_;
  std::deque<std::string> finished_;                                          // the oldest first
  absl::btree_map<std::pair<std::string, std::string>, std::string> by_key_;  // account, key: id
};

}  // namespace tw::exeq
