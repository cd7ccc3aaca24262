#include "libs/feed/market_server.h"

#include "libs/stream/serve.h"

namespace tw::feed {

MarketServer::MarketServer(uint64_t epoch,
                           size_t capacity,
                           std::function<std::vector<v1::FeedEvent>()> snapshot)
    : epoch_(epoch), snapshot_(std::move(snapshot)), log_(capacity) {}

void MarketServer::Register(rpc::Service& service) {
  service.ServerStream<v1::StreamFeedRequest, v1::FeedBatch>(
      "StreamFeed", [this](const v1::StreamFeedRequest& request,
                           const rpc::Stream<v1::FeedBatch, v1::StreamFeedRequest>& stream) {
        Serve(request, stream);
      });
}

uint64_t MarketServer::Publish(v1::FeedEvent event, Duration patience) {
  return log_.Append(std::move(event), patience);
}

void MarketServer::Serve(const v1::StreamFeedRequest& request,
                         const rpc::Stream<v1::FeedBatch, v1::StreamFeedRequest>& stream) {
  const auto pace = stream::PaceOrFinish(stream, request.pace_ms(), Duration{});
  if (!pace) {
    return;
  }
  const bool resumes = request.epoch() == epoch_ && request.from_sequence() > 0;
  // The head is read before the snapshot: what happens in between is sent again, never lost.
  uint64_t from = resumes ? request.from_sequence() : log_.head() + 1;
  if (!resumes && request.lossless() && request.epoch() != 0) {
    // It was reading when this server began anew: it gets all that this epoch still has.
    const uint64_t oldest = log_.Read(from, 0).oldest;
    from = oldest == 0 ? from : oldest;
  }
  if (!resumes) {
    v1::FeedBatch batch;
    batch.set_epoch(epoch_);
    batch.set_head_sequence(from - 1);
    batch.set_previous_sequence(from - 1);
    for (v1::FeedEvent& event : snapshot_()) {
      event.set_snapshot(true);
      event.set_sequence(from - 1);
      *batch.add_events() = std::move(event);
    }
    if (!stream.Write(batch)) {
      return;
    }
  }
  stream::ServeOptions<v1::FeedEvent, v1::FeedBatch> options;
  options.from = from;
  options.pace = *pace;
  options.read = [this](uint64_t next, size_t max) { return log_.Read(next, max); };
  options.head = [this](uint64_t head, uint64_t previous, v1::FeedBatch& batch) {
    batch.set_epoch(epoch_);
    batch.set_head_sequence(head);
    batch.set_previous_sequence(previous);
  };
  options.add = [](const v1::FeedEvent& event, v1::FeedBatch& batch) {
    *batch.add_events() = event;
    return true;
  };
  if (request.lossless()) {
    const uint64_t place = log_.AddPlace(from);
    options.moved = [this, place](uint64_t next) { log_.MovePlace(place, next); };
    options.closed = [this, place] { log_.RemovePlace(place); };
  }
  stream::Serve<v1::FeedEvent, v1::FeedBatch, v1::StreamFeedRequest>(pump_, stream,
                                                                     std::move(options));
}

}  // namespace tw::feed
