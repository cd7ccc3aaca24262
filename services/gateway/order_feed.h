// OrderFeed: orders or fills on one WebSocket channel, by a stream of oms's events. Once the stream
// stands, which its first message tells (oms announces its head each second), the snapshot is asked
// for. What comes meanwhile is held, and what the snapshot already shows is left out. A client that
// says where it was gets the events since from oms's ledger instead, also over a restart of the
// gateway.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/feed/link.h"
#include "services/gateway/forwarder.h"
#include "services/gateway/live_feeds.h"
#include "services/gateway/live_outlet.h"
#include "services/gateway/stream_position.h"

namespace tw::gateway {

class OrderFeed final : public Feed, public std::enable_shared_from_this<OrderFeed> {
 public:
  struct What {
    std::string account;  // empty: all that the caller may see
    bool fills = false;
    auth::CallerPtr caller;
    std::optional<StreamPosition> after;
    bool resumes = false;  // it said where it was
  };

  OrderFeed(TimerThread& timers, Forwarder& forwarder, What what, LiveOutlet outlet);

  absl::Status Start() override;
  void Stop() override;

 private:
  v1::StreamOrderEventsRequest Hello();
  void OnBatch(const v1::OrderEventBatch& batch);
  void OnLost(const absl::Status& status);
  template <typename Response, typename List>
  void OnSnapshot(uint64_t question, const absl::StatusOr<Response>& answer, List list);

  // All with the lock held.
  void Begin(const v1::OrderEventBatch& batch);
  void AskSnapshot();
  void StartOver();
  void Show(const v1::OrderEvent& event);
  std::string PositionAt(uint64_t sequence) const;

  Forwarder& forwarder_;
  const What what_;
  std::mutex mutex_;
  LiveOutlet outlet_;
  std::optional<StreamPosition> after_;  // to go on from, until oms has said whether it can
  std::optional<uint64_t> shown_;        // what a client has had so far; none: nothing yet
  std::vector<v1::OrderEvent> held_;     // until the snapshot is there
  uint64_t head_ = 0;                    // of the ledger when the stream began
  uint64_t next_ = 0;                    // event to go on from; 0: none was seen
  uint64_t epoch_ = 0;                   // of oms
  bool begun_ = false;                   // a message has come on the stream that is open now
  bool stale_ = false;                   // the client was told that oms is away
  bool restarting_ = false;              // what still comes on this stream counts for nothing
  uint64_t question_ = 0;                // number of the newest snapshot asked for
  bool asking_ = false;
  bool stopped_ = false;
  feed::Link<v1::StreamOrderEventsRequest, v1::OrderEventBatch> link_;  // last: it uses the rest
};

}  // namespace tw::gateway
