// LiveHub: the WebSocket at /ws.
//
//   in   {"op":"subscribe","channels":["tickers","book:BTCUSDT","orders"],
//         "after":{"orders":"7-4711"}}, "unsubscribe", "ping"
//        {"op":"heartbeat","every_ms":1000}: from the answer on the server says so that often, and
//        closes the connection when nothing came in for three times that; 0 takes it back
//        {"op":"cancel_on_disconnect","account":"demo"}: from the answer on, the open orders of
//        this account are canceled when the connection ends, however it ends; account "-" takes it
//        back
//   out  {"op":"subscribed","channels":[...]}, {"op":"pong"}, {"op":"error","code","message"},
//        {"op":"cancel_on_disconnect","account":"demo"}, {"op":"heartbeat","every_ms","time"}
//        {"channel":"book:BTCUSDT","sequence":1,"snapshot":true,"data":{...}}
//        {"channel","sequence","snapshot","position":"7-4711","data"}: the channel can be resumed
//        {"channel","sequence","snapshot","merged":7,"data"}: updates were merged into it
//        {"op":"resumed","channels":[c],"after"}: what was missed follows; {"op":"restarted",
//        "channels":[c],"reason"}: a snapshot does
//        {"op":"stale","channels":[c],"reason"}: the owner of what it shows is away; {"op":"live"}
//        {"op":"closing","reason"}: the server stops; the connection is closed in a moment
//
// Numbers go up by one in each channel of a connection. A snapshot stands for everything before it.
// A slow reader gets the newest of its market data and states, the rest merged; its orders and
// fills are never left out: when those fill its queue, it is disconnected (libs/http/websocket.h).
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "libs/base/clock.h"
#include "libs/http/server.h"
#include "services/gateway/live_feeds.h"

namespace tw::gateway {

class LiveSession;

class LiveHub {
 public:
  static constexpr size_t kChannelsMax = 32;  // of one connection

  LiveHub(const FeedSources& sources, const Clock& clock, size_t connections_max);
  ~LiveHub();

  void Register(http::Server& server);
  // Tells every client that the server is about to stop. How many there were.
  size_t SayClosing();
  // The server has stopped: ends what is left.
  void Stop();
  size_t connections() const;

 private:
  void Open(const http::Request& request, const std::shared_ptr<http::WebSocket>& socket);
  void Close(const std::shared_ptr<LiveSession>& session);
  std::vector<std::shared_ptr<LiveSession>> Sessions() const;

  const FeedSources sources_;
  const Clock& clock_;
  const size_t connections_max_;
  TimerThread::Id beat_ = 0;
  mutable std::mutex mutex_;
  std::set<std::shared_ptr<LiveSession>> sessions_;
};

}  // namespace tw::gateway
