// RouteStreams: the open streams of ExecutionService.Route, each with a stream of its own to
// live-gateway, opened by the resume. Commands go down with a venue and a child id, executions come
// up as oms is to hear them; when one end closes, so does the other, and the next resume heals it.
//
// RouteDesk, which decides, has one owner at a time: whoever posts to the idle sequencer, on gRPC's
// thread; a batch that has to be synced is ended by the sequencer's. Only then do messages go out,
// in order. Each stream's queue is bounded: who reads too slowly loses the stream.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "libs/base/clock.h"
#include "libs/rpc/channel.h"
#include "libs/sequencer/sequencer.h"
#include "services/exeq/metrics.h"
#include "services/exeq/route_desk.h"
#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::exeq {

class RouteStreams {
 public:
  using Up = rpc::Stream<v1::RouteResponse, v1::RouteRequest>;
  using Down = rpc::Stream<v1::VenueRequest, v1::VenueResponse>;

  RouteStreams(std::shared_ptr<rpc::Channel> live_gateway,
               const Clock& clock,
               ExeqMetrics metrics,
               std::unique_ptr<RouteDesk> desk);
  ~RouteStreams();  // Stop()

  absl::Status Open();
  // The handler of Route.
  void Serve(const Up& up);
  // Looks for parts without an answer.
  void Tick();
  // Ends every stream and waits for it.
  void Stop();

  size_t streams() const;  // that have resumed
  // What is marked there for any thread.
  RouteDesk& desk() { return *desk_; }
  const RouteDesk& desk() const { return *desk_; }
  v1::ListVenuesResponse ListVenues(const VenueWatch& venues) const;

 private:
  struct Session;
  using SessionPtr = std::shared_ptr<Session>;
  struct CommandsInput {
    SessionPtr session;
    v1::RouteRequest request;
  };
  struct ReportsInput {
    SessionPtr session;
    Down down;
    v1::VenueResponse response;
  };
  struct TickInput {};
  using Input = std::variant<CommandsInput, ReportsInput, TickInput>;

  void OnRequest(const SessionPtr& session, const v1::RouteRequest& request);
  void Resume(const SessionPtr& session, uint64_t after);
  void OnDownClosed(const SessionPtr& session, const absl::Status& status);
  void Post(const SessionPtr& session, Input input, Lane lane);

  // The owner:
  void Handle(Input&& input);
  void On(CommandsInput&& input);
  void On(ReportsInput&& input);
  void On(TickInput&& input);
  void AddRequests();
  void BatchEnd();
  v1::VenueRequest& DownOf(const SessionPtr& session);
  void Send(const SessionPtr& session, const v1::VenueRequest& out);

  const std::shared_ptr<rpc::Channel> live_gateway_;
  const Clock& clock_;
  const ExeqMetrics metrics_;
  const std::unique_ptr<RouteDesk> desk_;

  mutable std::mutex sessions_mutex_;
  std::condition_variable closed_;
  std::set<SessionPtr> sessions_;  // whose stream to live-gateway is open
  bool stopped_ = false;
  std::atomic<bool> tick_waits_{false};

  // Of the owner, for the batch under way:
  struct Answer {
    SessionPtr session;
    Down down;
    v1::RouteResponse message;
  };
  std::vector<Answer> ups_;
  std::vector<std::pair<SessionPtr, v1::VenueRequest>> downs_;
  std::weak_ptr<Session> current_;  // the newest that has caught up
  std::unique_ptr<Sequencer<Input>> sequencer_;
};

}  // namespace tw::exeq
