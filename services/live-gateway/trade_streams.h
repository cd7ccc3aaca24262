// TradeStreams: the open streams of VenueService.Trade. Each resumes on its own; a stream that has
// caught up gets new executions from the venue's owner at once, one that is behind from a pump.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "libs/rpc/call.h"
#include "libs/stream/pump.h"
#include "services/live-gateway/venue.h"

namespace tw::live_gateway {

class TradeStreams {
 public:
  using Stream = rpc::Stream<v1::VenueResponse, v1::VenueRequest>;

  // Both outlive the streams: the gRPC server stops first.
  TradeStreams(Venue& venue, stream::Pump& pump) : venue_(venue), pump_(pump) {}

  // The handler of Trade.
  void Serve(const Stream& stream);
  // New executions are readable. The venue's owner.
  void Publish();
  size_t size() const;

 private:
  class Session;

  void OnMessage(const std::shared_ptr<Session>& session, const v1::VenueRequest& request);
  bool Resume(const std::shared_ptr<Session>& session, uint64_t after);
  void Take(const std::shared_ptr<Session>& session, const v1::VenueRequest& request);

  Venue& venue_;
  stream::Pump& pump_;
  mutable std::mutex mutex_;
  std::map<uint64_t, std::shared_ptr<Session>> sessions_;  // resumed ones, by pump id
};

}  // namespace tw::live_gateway
