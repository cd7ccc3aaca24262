// Replays: VenueService.Replay. Recorded rows come in on a stream and go into the market feed as
// venue "REPLAY:<name>", at the pace of the slowest lossless reader, on a thread of their own. The
// live market is not touched, unless the replay is to drive it: then its trades and quotes move
// the paper market of their symbols too, until the replay is over, however it ends.
//
// One replay at a time. A request's rows are all checked before the first of them is published;
// each request is answered by one progress message once its rows are. A client may be ahead of the
// answers by about kRowsWaitingMax rows; then its stream is not read until half of them are played.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/feed/market_server.h"
#include "libs/rpc/call.h"
#include "services/live-gateway/driver.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::live_gateway {

namespace v1 = ::tradewind::v1;

struct ReplayOptions {
  // For lossless readers that do not move; then the replay fails, as nothing may be lost.
  Duration patience = Duration::Seconds(30);
};

// Takes rows that the paper market is to follow; none: it is on its own again.
using Drive = std::function<absl::Status(std::vector<DrivenRow>)>;

class Replays {
 public:
  using Stream = rpc::Stream<v1::ReplayProgress, v1::ReplayRequest>;

  static constexpr size_t kRowsWaitingMax = 100'000;

  // `on_rows` is told how many rows were published.
  Replays(ReplayOptions options,
          feed::MarketServer& feed,
          const Clock& clock,
          std::function<void(size_t)> on_rows,
          Drive drive);
  ~Replays();  // Stop()

  // The handler of Replay.
  void Serve(const Stream& stream);
  void Stop();

 private:
  class Session;

  void Run();
  std::shared_ptr<Session> NextSession();

  const ReplayOptions options_;
  feed::MarketServer& feed_;
  const Clock& clock_;
  const std::function<void(size_t)> on_rows_;
  const Drive drive_;

  std::mutex mutex_;
  std::condition_variable work_;
  std::shared_ptr<Session> session_;  // the one that plays
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tw::live_gateway
