// What a server and its connections share. Internal to libs/http: it shows Boost.
//
// Connections keep the core alive, and the io_context in it, so a Responder or WebSocket that
// outlives the server still finds a context to post to; nothing runs there any more.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/http/router.h"
#include "libs/http/server.h"
#include "libs/http/tls_context.h"
#include "libs/metrics/metrics.h"

namespace tw::http {

// One accepted socket, before or after an upgrade. Both calls come from any thread.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void Drain() = 0;  // end after the request in hand
  virtual void Cut() = 0;    // end now
};

class ServerCore {
 public:
  explicit ServerCore(Options o) : options(std::move(o)) {
    if (!options.tls.empty()) {
      tls.emplace(options.tls, TlsSide::kServer);
    }
  }

  const Options options;
  Router router;                  // read-only once started
  Gate gate;                      // the same
  std::optional<TlsContext> tls;  // the same; not set: plain text
  boost::asio::io_context io;
  std::atomic<bool> stopping{false};

  // A connection adds itself when it starts and removes itself when it dies.
  void Add(Connection* key, std::weak_ptr<Connection> connection);
  void Remove(Connection* key);
  int connections() const;
  std::vector<std::shared_ptr<Connection>> Connections() const;
  // False when some are left after `timeout`.
  bool WaitUntilNone(Duration timeout);

  // Makes the metrics of every route; call once, before serving.
  void StartMetrics();
  void Count(const Router::Entry* entry, int status, Duration took);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<Connection*, std::weak_ptr<Connection>> connections_;  // guarded by mutex_
  metrics::Gauge open_;
  std::map<const Router::Entry*, metrics::Histogram> latency_;  // read-only once started
};

}  // namespace tw::http
