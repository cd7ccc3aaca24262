// Ledger: every order and what state it is in. The one owner of orders.
//
// Decide reads and answers events, Apply writes and never refuses; the ledger after Apply of all
// events in order is the same, whoever applies them. No clock, no I/O; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/core/opening.h"
#include "services/oms/order.h"
#include "services/oms/past_orders.h"

namespace tw::oms {

using Events = std::vector<Event>;

// An account has brought in what it held elsewhere: an event of the ledger, of no order.
struct OpeningEvent {
  uint64_t sequence = 0;
  Timestamp time;
  Opening opening;
};

inline constexpr size_t kImportsMax = 10'000;

// How an operator ends an uncertain order.
struct ResolveTerms {
  Resolution resolution;
  Quantity quantity;  // kFilled: of the fill; zero: all that is open
  Price price;        // kFilled: at which; zero: the order's limit
};

// New terms of a working order, or of a stop that is held.
struct NewTerms {
  Quantity quantity;
  Price price;
  Price stop_price;
};

// Where a ledger stands.
struct LedgerHead {
  uint64_t last_sequence = 0;
  uint64_t last_execution_sequence = 0;
  Timestamp last_time;
};

// An order as it is now (EncodeOrder), to be saved.
struct UnsavedOrder {
  OrderId id;
  std::string key;  // account, a zero, client_order_id; empty: saved before
  std::string bytes;
  bool live = false;       // it must be in memory after a start
  bool unsettled = false;  // Ledger::unsettled_orders
};

// What an account did that openings ask of.
struct SavedAccount {
  std::string name;
  bool traded = false;
  std::string opened_by;  // the import; empty: none
};

struct SavedImport {
  std::string id;
  uint64_t hash = 0;  // of what was brought in
  uint64_t sequence = 0;
  Timestamp time;
  std::string by;
};

struct UnsavedOrders {
  std::vector<UnsavedOrder> orders;
  std::vector<SavedAccount> accounts;
  std::vector<SavedImport> imports;
  std::vector<std::pair<std::pair<std::string, std::string>, Quantity>> positions;
};

// What a stop follows and is set off by, as it is from `reference` on. Zero: there is no such
// price.
Price TrailingStop(const NewOrder& order, Price reference);

// A stop as the venue gets it once it is set off: a market or a limit order.
NewOrder AtVenue(NewOrder order);

// What was brought in, as a number, behind that of what came before in the same import (0:
// nothing).
uint64_t HashOf(uint64_t before, const Opening& opening);

// Whether both ask for the same. The account, and who made the key, are not compared.
bool SameRequest(const NewOrder& a, const NewOrder& b);

class Ledger {
 public:
  // --- Commands

  // What is known under the order's client_order_id: nullptr, nothing; the same order, a repeat;
  // another one, ALREADY_EXISTS. Numbers compare by value.
  absl::StatusOr<const Order*> Repeat(const NewOrder& order) const;

  // Risk has answered: {Submitted, Approved} or {Submitted, Rejected}. REQUIRES: Repeat(order) is
  // nullptr, id is new.
  // `quantity`: what of it goes out, where self-trade prevention takes some off.
  Events Decide(OrderId id,
                const NewOrder& order,
                const RiskAnswer& answer,
                Timestamp now,
                Quantity quantity = Quantity()) const;
  // The same for orders that belong together, ids in their order: all are approved, or none is.
  Events DecideLinked(const std::vector<OrderId>& ids,
                      const std::vector<NewOrder>& orders,
                      const std::vector<RiskAnswer>& answers,
                      Timestamp now) const;

  // {CancelRequested}, for a stop that is held {Canceled}; none when the order is finished or its
  // cancel is pending. REQUIRES: the order exists.
  // `yielding`: to make room for another leg.
  Events DecideCancel(OrderId id,
                      Timestamp now,
                      const std::string& reason = "",
                      bool yielding = false) const;
  // {Canceled} for an order that was approved and never sent to the venue.
  Events DecideUnsent(OrderId id, const std::string& reason, Timestamp now) const;
  // Its time in force is over: the same, for a stop that is held {Expired}.
  Events DecideExpiry(OrderId id, Timestamp now) const;

  // Whether a replace may be asked of risk: FAILED_PRECONDITION (finished, or something is
  // pending), INVALID_ARGUMENT (nothing changes, or below what is filled). REQUIRES: the order
  // exists.
  absl::Status CanReplace(OrderId id, const NewTerms& terms) const;
  // {ReplaceRequested} or {ReplaceRejected}, for a stop that is held {Replaced}; none when the
  // order can no longer be replaced.
  Events DecideReplace(OrderId id,
                       const NewTerms& terms,
                       const RiskAnswer& answer,
                       Timestamp now) const;

  // Risk has answered about a stop that the market's price `reference` sets off: {Triggered} or
  // {Rejected}; none when it is not held any more. REQUIRES: the order exists.
  // For a leg whose turn has come `reference` is zero. `quantity`: its total from then on; zero: as
  // it was.
  Events DecideTrigger(OrderId id,
                       Price reference,
                       const RiskAnswer& answer,
                       Timestamp now,
                       Quantity quantity = Quantity()) const;
  // {Replaced}: a leg that is held follows the others. None when it is not held, or is that large.
  Events DecideResize(OrderId id, Quantity quantity, Timestamp now) const;
  // {StopMoved}; none when it is not held any more or was there already. REQUIRES: it exists.
  Events DecideStopMove(OrderId id, Price trigger_price, Timestamp now) const;

  // None for a report that is known, about an unknown order, or not legal where the order stands.
  Events Decide(const ExecutionReport& report, Timestamp now) const;

  // {Uncertain}; none when the order is finished, held by us or uncertain already. REQUIRES: the
  // order exists.
  Events DecideUncertain(OrderId id, std::string reason, Timestamp now) const;

  // Whether an operator may end the order so: FAILED_PRECONDITION (not uncertain), INVALID_ARGUMENT
  // (the fill is more than is open, has no price or is out of range). REQUIRES: the order exists.
  absl::Status CanResolve(OrderId id, const ResolveTerms& terms) const;
  // {Resolved, Canceled}, {Resolved, Filled} or {Resolved, Filled, Canceled}. REQUIRES: CanResolve.
  Events DecideResolve(OrderId id, const ResolveTerms& terms, Timestamp now) const;

  // Whether what accounts bring in may be taken: true, the very same was imported under the id
  // before (who said so and why is not compared). ALREADY_EXISTS: something else was.
  // FAILED_PRECONDITION: an account that is to begin with it has traded, has open orders or has
  // begun so before; one that it adds to holds the opposite. OUT_OF_RANGE: a position would leave
  // 64 bits. REQUIRES: one import id, each account once.
  absl::StatusOr<bool> IsImported(const std::vector<Opening>& openings) const;
  // An event for each. REQUIRES: IsImported is false.
  std::vector<OpeningEvent> DecideImport(const std::vector<Opening>& openings, Timestamp now) const;

  // --- State

  void Apply(const Event& event);
  void Apply(const OpeningEvent& event);

  // Also of orders that were forgotten. Valid until the order is forgotten.
  const Order* Find(OrderId id) const;
  const Order* Find(std::string_view account, std::string_view client_order_id) const;
  // Orders beyond `from`, nearest first, newest first where `forward` is false and nothing is said
  // of `from`, until `visit` answers false. `order` is null for one that is not in memory; `load`
  // reads it.
  using Visit = std::function<bool(
      const OrderBrief& brief, const Order* order, const PastOrders::Load& load)>;
  void Walk(std::optional<OrderId> from, bool forward, const Visit& visit) const;
  // In memory.
  size_t kept() const { return orders_.size(); }
  // Not finished yet, oldest first.
  const absl::btree_set<OrderId>& open_orders() const { return open_; }

  // The open ones for which the venue owes an answer: to the order, a cancel or a replace.
  const absl::btree_set<OrderId>& owed_orders() const { return owed_; }
  // Resolved by an operator, without the venue's last word yet.
  const absl::btree_set<OrderId>& unsettled_orders() const { return unsettled_; }

  // Open orders by when their time in force ends, the earliest first.
  const absl::btree_set<std::pair<Timestamp, OrderId>>& expiries() const { return expiries_; }

  // Open orders that may do no more than close their position, and which of them, after a fill of
  // `order`'s account and symbol, would do more: the oldest keep what there is to close.
  size_t reduce_only_orders() const { return reduce_only_.size(); }
  std::vector<OrderId> ExcessiveReduceOnly(const Order& order) const;
  // What the account held before the first order, or when the ledger was saved. REQUIRES: no event
  // has been applied.
  void SetOpening(const std::string& account, const std::string& symbol, Quantity quantity) {
    positions_[Key(account, symbol)] = quantity;
  }
  Quantity Position(const std::string& account, const std::string& symbol) const;

  // Links with an order that is not finished; the orders of a link, the first one first.
  const absl::btree_set<OrderId>& open_links() const { return open_links_; }
  std::vector<const Order*> Linked(OrderId link_id) const;

  uint64_t last_sequence() const { return last_sequence_; }
  // The highest venue report that an event rests on.
  uint64_t last_execution_sequence() const { return last_execution_sequence_; }
  // Times of events never run backwards: the later of `now` and the last event's time.
  Timestamp NotBefore(Timestamp now) const { return now < last_time_ ? last_time_ : now; }
  LedgerHead head() const { return {last_sequence_, last_execution_sequence_, last_time_}; }
  // Equal for equal states, whatever the way there. Reads all orders.
  uint64_t StateHash() const;

  // --- What is kept in memory (ledger_past.cc)

  // With it every order that is changed is unsaved until it is taken, and orders that are finished
  // for good can be forgotten once they are found there. Before the first event; outlives the
  // ledger.
  void SetPast(const PastOrders* past) { past_ = past; }
  // A ledger as it was saved: its head, then each live order, then each position (SetOpening).
  // REQUIRES: no event has been applied.
  void Restore(const LedgerHead& head);
  void Restore(std::unique_ptr<Order> order, bool unsettled);
  void Restore(const SavedAccount& account);
  void Restore(const SavedImport& import);

  // Orders, and whatever else has changed.
  size_t unsaved() const {
    return unsaved_.size() + unsaved_positions_.size() + unsaved_accounts_.size() +
           unsaved_imports_.size();
  }
  // `number`: ascending, of what is taken together.
  UnsavedOrders TakeUnsaved(uint64_t number);
  // PastOrders has what was taken up to `number`: forgets these of it, but for those that are live
  // or have changed since.
  void Forget(const std::vector<OrderId>& ids, uint64_t number);
  // The same for those that were looked up there.
  void ForgetRecalled();

 private:
  struct Kept {
    Order order;
    bool unsaved = false;
    bool named = false;     // its key was saved
    uint64_t taken_as = 0;  // TakeUnsaved's number; 0: it is as PastOrders has it
  };
  using Key = std::pair<std::string, std::string>;  // account, client_order_id

  struct Import {
    uint64_t hash = 0;  // of what was brought in
    uint64_t sequence = 0;
    Timestamp time;
    std::string by;
  };

  Events Make(OrderId id, Timestamp now, std::vector<EventBody> bodies) const;
  std::string WhyNotBegin(const std::string& account) const;
  std::string WhyNotHold(const Opening& opening) const;
  Events DecideFill(const Order& order, const ExecutionReport& report, Timestamp now) const;
  Events DecideAdjustment(const Order& order, const ExecutionReport& report, Timestamp now) const;
  // What the venue says about an order that an operator has resolved.
  Events DecideResolved(const Order& order, const ExecutionReport& report, Timestamp now) const;
  bool IsKnown(const ExecutionReport& report) const;

  void On(const Event& event, const Submitted& e);
  void On(Order& order, const Approved& e);
  void On(Order& order, const Rejected& e);
  void On(Order& order, const Accepted& e);
  void On(Order& order, const VenueRejected& e);
  void On(Order& order, const Filled& e);
  void On(Order& order, const CancelRequested& e);
  void On(Order& order, const CancelRejected& e);
  void On(Order& order, const Canceled& e);
  void On(Order& order, const Expired& e);
  void On(Order& order, const ReplaceRequested& e);
  void On(Order& order, const ReplaceRejected& e);
  void On(Order& order, const Replaced& e);
  void On(Order& order, const Uncertain& e);
  void On(Order& order, const Resolved& e);
  void On(Order& order, const Settled& e);
  void On(Order& order, const Triggered& e);
  void On(Order& order, const StopMoved& e);

  const Order& At(OrderId id) const;
  Kept* FindKept(OrderId id) const;
  const Kept& Recall(std::unique_ptr<Order> order) const;
  void MarkUnsaved(Kept& kept);
  void NoteUnsaved(const Opening& opening);
  bool MayForget(const Order& order) const;
  std::vector<const Order*> FindLinked(OrderId link_id) const;
  void IndexLink(OrderId link_id);

  void Move(Order& order, Step step);
  void Index(const Order& order);
  static void FillFinished(Order& order, const Filled& e);
  static void NoteFill(Order& order, const Filled& e);
  void Adjust(Order& order, const Filled& e);
  void NoteOpen(const Order& order);
  void Heard(Order& order, const VenueReport& report);

  // In memory; what was forgotten and is asked for comes back.
  mutable absl::btree_map<OrderId, std::unique_ptr<Kept>> orders_;
  mutable absl::flat_hash_map<Key, OrderId> by_key_;
  mutable std::vector<OrderId> recalled_;
  std::vector<OrderId> unsaved_;
  absl::flat_hash_set<Key> unsaved_positions_;
  absl::flat_hash_set<std::string> unsaved_accounts_;
  absl::flat_hash_set<std::string> unsaved_imports_;
  const PastOrders* past_ = nullptr;
  absl::btree_set<OrderId> open_;
  absl::btree_set<OrderId> owed_;
  absl::btree_set<OrderId> unsettled_;
  absl::btree_set<OrderId> reduce_only_;
  absl::btree_set<OrderId> open_links_;
  absl::btree_set<std::pair<Timestamp, OrderId>> expiries_;
  absl::flat_hash_map<Key, Quantity> positions_;
  absl::flat_hash_set<std::string> traded_;  // accounts that had a fill
  absl::flat_hash_map<std::string, std::string>
      opened_by_;                                 // account: the import, also an adding one
  absl::btree_map<std::string, Import> imports_;  // by id
  uint64_t last_sequence_ = 0;
  uint64_t last_execution_sequence_ = 0;
  Timestamp last_time_;
};

}  // namespace tw::oms
