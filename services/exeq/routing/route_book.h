// RouteBook: the orders that work at several venues, decided on a passed clock.
//
// Commands, reports and the time are decided on; the facts that come out are journaled, applied and
// synced; only then may what follows leave: requests to venues (TakeRequests) and words to oms
// (Tell). Recovery is Apply over the journal: requests follow from the state, so that what was
// planned is sent again under the same name, and is one order at the venue.
//
//   filled + working <= quantity, always: a leg works, with all of its quantity, from the moment it
//   is planned until its venue has said the last word about it. What a leg did not fill goes
//   elsewhere only after that.
//
// Each report of a venue becomes one word to oms under the same number: about the order, or that it
// is about a leg only. Where the order has ended and no report is left to say so with, its last leg
// is canceled once more: the venue's refusal is the report. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "services/exeq/routing/route_order.h"

namespace tw::exeq {

struct RouteLimits {
  size_t finished_max = 100'000;                   // orders still known
  size_t told_max = 200'000;                       // words to oms, for a resume
  Duration answer_timeout = Duration::Seconds(2);  // of a leg that was sent
  Duration retry = Duration::Seconds(1);           // of a cancel
};

class RouteBook {
 public:
  // Lays what is left of an order over the venues, without those it has tried.
  using Planner = std::function<std::vector<Allocation>(
      const RouteTerms& terms, Quantity rest, const std::set<std::string>& without, bool again)>;

  RouteBook(RouteLimits limits, Planner planner) : limits_(limits), planner_(std::move(planner)) {}

  bool Knows(OrderId id) const { return orders_.contains(id); }
  const RouteOrder* Find(OrderId id) const;

  // Empty: nothing happens (a repeat, an order that has ended, or no venue).
  Facts DecidePlace(const RouteTerms& terms) const;
  Facts DecideCancel(OrderId id) const;
  Facts DecideReplace(OrderId id, Quantity quantity, Price price) const;
  // REQUIRES: Knows(report.order_id). Empty for a report that was taken already.
  Facts DecideReport(const LegReport& report) const;
  // Legs that have had no answer in time.
  Facts DecideTick(Timestamp now) const;

  void Apply(const Fact& fact);

  // What oms is to be told in place of a report; nullopt: never taken, or forgotten.
  std::optional<Told> Tell(uint64_t sequence) const;
  // What is to be sent now for orders about which there is news, each once. LookAgain: all orders
  // are looked at with the next call, for what has had no answer for a while.
  std::vector<LegRequest> TakeRequests(Timestamp now);
  void LookAgain() { touched_ = open_; }
  // Nothing that was sent counts: the way to the venues is new.
  void ForgetSent();

  size_t open_count() const { return open_.size(); }
  uint64_t last_report() const { return last_report_; }

 private:
  void On(const OrderPlaced& fact);
  void On(const LegPlanned& fact);
  void On(const CancelAsked& fact);
  void On(const ChangeAsked& fact);
  void On(const LegReported& fact);
  void On(const LegGivenUp& fact);

  Told TellOf(RouteOrder& order, Leg& leg, const LegReport& report);
  Told OnFilled(RouteOrder& order, Leg& leg, const LegReport& report);
  Told OnEnd(RouteOrder& order, Leg& leg, const LegReport& report);
  Told OnCancelRejected(RouteOrder& order, Leg& leg);
  Told OnReplaced(RouteOrder& order, Leg& leg, const LegReport& report);
  Told Settle(RouteOrder& order, LegReportKind otherwise);
  void Finish(RouteOrder& order);
  static Told Word(const RouteOrder& order, LegReportKind kind);

  void Lay(const RouteOrder& order,
           const RouteTerms& terms,
           Quantity rest,
           const std::set<std::string>& without,
           Facts& out) const;
  bool GoesElsewhere(const RouteOrder& order, const Leg& leg, const LegReport& report) const;
  void AddRequests(RouteOrder& order, Timestamp now, std::vector<LegRequest>& out) const;
  bool Due(const std::optional<Timestamp>& sent, Timestamp now) const;

  const RouteLimits limits_;
  const Planner planner_;
  absl::flat_hash_map<OrderId, RouteOrder> orders_;
  std::set<OrderId> open_;
  std::set<OrderId> touched_;
  std::deque<OrderId> finished_;
  absl::btree_map<uint64_t, Told> told_;
  uint64_t last_report_ = 0;
};

}  // namespace tw::exeq
