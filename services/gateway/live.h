// LiveHub: the WebSocket at /ws.
//
//   in   {"op":"subscribe","channels":["tickers","book:BTCUSDT","orders"]}, "unsubscribe", "ping"
//        {"op":"cancel_on_disconnect","account":"demo"}: from the answer on, the open orders of
//        this account are canceled when the connection ends, however it ends; account "-" takes it
//        back
//   out  {"op":"subscribed","channels":[...]}, {"op":"pong"}, {"op":"error","code","message"},
//        {"op":"cancel_on_disconnect","account":"demo"}
//        {"channel":"book:BTCUSDT","sequence":1,"snapshot":true,"data":{...}}
//
//        and {"channel","sequence","snapshot","merged":7,"data"} where updates were merged into it
//
// Numbers go up by one in each channel of a connection. A snapshot stands for everything before it.
// A slow reader gets the newest of its market data, the rest merged; its orders and fills are never
// left out: when those fill its queue, it is disconnected (libs/http/websocket.h).
#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "libs/http/server.h"
#include "services/gateway/live_feeds.h"

namespace tw::gateway {

class LiveSession;

class LiveHub {
 public:
  static constexpr size_t kChannelsMax = 16;  // of one connection

  LiveHub(const FeedSources& sources, size_t connections_max);
  ~LiveHub();

  void Register(http::Server& server);
  // The server has stopped: ends what is left.
  void Stop();
  size_t connections() const;

 private:
  void Open(const http::Request& request, const std::shared_ptr<http::WebSocket>& socket);
  void Close(const std::shared_ptr<LiveSession>& session);

  const FeedSources sources_;
  const size_t connections_max_;
  mutable std::mutex mutex_;
  std::set<std::shared_ptr<LiveSession>> sessions_;
};

}  // namespace tw::gateway
