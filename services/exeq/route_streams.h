// RouteStreams: the open streams of ExecutionService.Route, each with a stream of its own to
// live-gateway, opened by the resume. Commands go down with a venue and a child id, executions come
// up as they are; when one end closes, so does the other, and the next resume heals it.
//
// Handlers run on gRPC's threads; no thread of its own. Each stream's queue is bounded: who reads
// too slowly loses the stream.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "libs/base/clock.h"
#include "libs/rpc/channel.h"
#include "services/exeq/children.h"
#include "services/exeq/metrics.h"
#include "services/exeq/venue_watch.h"
#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::exeq {

class RouteStreams {
 public:
  using Up = rpc::Stream<v1::RouteResponse, v1::RouteRequest>;
  using Down = rpc::Stream<v1::VenueRequest, v1::VenueResponse>;

  RouteStreams(std::shared_ptr<rpc::Channel> live_gateway,
               const VenueWatch& venues,
               const Clock& clock,
               ExeqMetrics metrics,
               size_t finished_max);
  ~RouteStreams();  // Stop()

  // The handler of Route.
  void Serve(const Up& up);
  // Takes up the orders that rest at a venue and that nobody here remembers.
  void Learn(const v1::ListVenueOrdersResponse& open);
  // Ends every stream and waits for it.
  void Stop();

  // NotFound, or InvalidArgument for an id that is none.
  absl::StatusOr<v1::OrderRoute> GetRoute(const std::string& order_id) const;
  size_t streams() const;  // that have resumed
  size_t open_children() const;
  size_t finished_children() const;

 private:
  struct Session;
  using SessionPtr = std::shared_ptr<Session>;

  void OnRequest(const SessionPtr& session, const v1::RouteRequest& request);
  void Resume(const SessionPtr& session, uint64_t after);
  void OnResponse(const SessionPtr& session, const Down& down, const v1::VenueResponse& response);
  void OnDownClosed(const SessionPtr& session, const absl::Status& status);
  v1::VenueCommand Translate(const v1::RouteCommand& command);
  std::string VenueOf(const std::string& child_id, const std::string& symbol) const;

  const std::shared_ptr<rpc::Channel> live_gateway_;
  const VenueWatch& venues_;
  const Clock& clock_;
  const ExeqMetrics metrics_;

  mutable std::mutex children_mutex_;
  Children children_;

  mutable std::mutex sessions_mutex_;
  std::condition_variable closed_;
  std::set<SessionPtr> sessions_;  // whose stream to live-gateway is open
  bool stopped_ = false;
};

}  // namespace tw::exeq
