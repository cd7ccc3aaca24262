// RouteDesk: what exeq knows and decides about single orders. An order that one venue alone trades
// is passed on as it is, and nothing about it is kept; one that has a choice of venues is laid over
// them by RouteBook, whose facts are journaled here before anything that follows from them leaves.
//
// One owner at a time for all but what is marked; RouteStreams sees to that.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "libs/base/clock.h"
#include "libs/core/instrument.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/writer.h"
#include "services/exeq/children.h"
#include "services/exeq/metrics.h"
#include "services/exeq/quote_board.h"
#include "services/exeq/routing/route_book.h"
#include "services/exeq/venue_watch.h"
#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::exeq {

struct RouteDeskOptions {
  std::string folder;  // of the journal
  RouteLimits limits;
  PlanWeights weights;
  Duration failure_memory = Duration::Seconds(30);
  size_t finished_max = 100'000;                      // children kept in memory
  std::function<void(const absl::Status&)> on_fatal;  // the journal failed: must end the process
};

class RouteDesk {
 public:
  // All outlive the desk.
  RouteDesk(RouteDeskOptions options,
            const VenueWatch& venues,
            const QuoteBoard& quotes,
            const Clock& clock,
            const Instruments& instruments,
            ExeqMetrics metrics);

  // Recovers the journal.
  absl::Status Open();
  void Close() { journal_.reset(); }

  // What is to be sent at once because of a command of oms.
  void Take(const v1::RouteCommand& command, v1::VenueRequest& out);
  // Turns a venue's report into oms's. An error: it could not be kept, nothing of it may leave.
  absl::Status Take(v1::Execution& execution);
  void Tick();
  // A new way to the venues: what was sent may be lost.
  void ForgetSent() { book_.ForgetSent(); }
  // What is to be sent besides, on the newest way to the venues.
  void AddRequests(v1::VenueRequest& out);
  // Makes durable what was decided; false: the process is about to end.
  bool Sync();
  bool dirty() const { return dirty_; }

  // Any thread:
  // Takes up the orders that rest at a venue and that nobody here remembers.
  void Learn(const v1::ListVenueOrdersResponse& open);
  absl::StatusOr<v1::OrderRoute> GetRoute(const std::string& order_id) const;
  size_t open_children() const;
  size_t finished_children() const;
  size_t open_routed() const { return open_routed_.load(); }
  int64_t failures(const std::string& venue) const;

 private:
  bool Route(const v1::PlaceOrder& order);
  void PassOn(const v1::PlaceOrder& order, v1::VenueRequest& out);
  absl::Status Keep(const Facts& facts, journal::Lane lane, const v1::Execution* taken = nullptr);
  std::vector<Allocation> PlanFor(const RouteTerms& terms,
                                  Quantity rest,
                                  const std::set<std::string>& without,
                                  bool again) const;
  std::string VenueOf(const std::string& child_id, const std::string& symbol) const;
  void LearnLegs(const Facts& facts);
  void Failed(const std::string& venue);
  void Report(const v1::Execution& execution);

  const RouteDeskOptions options_;
  const VenueWatch& venues_;
  const QuoteBoard& quotes_;
  const Clock& clock_;
  const Instruments& instruments_;
  const ExeqMetrics metrics_;
  journal::PosixFileSystem files_;
  std::unique_ptr<journal::Writer> journal_;
  RouteBook book_;
  bool dirty_ = false;
  // What a traced order's first leg takes along; of this process.
  absl::flat_hash_map<OrderId, v1::PlaceOrder> traced_;
  std::atomic<size_t> open_routed_{0};

  mutable std::mutex mutex_;
  Children children_;
  absl::flat_hash_map<std::string, std::deque<Timestamp>> failures_;  // by venue
};

}  // namespace tw::exeq
