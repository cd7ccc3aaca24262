// Flusher: answers POST /flush. Waiting for QuestDB takes as long as it takes, so it is done on a
// thread of its own; requests that come meanwhile share the next wait. Any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/base/time.h"
#include "libs/http/server.h"
#include "libs/ilp/pipeline.h"

namespace tw::sink {

inline constexpr Duration kFlushTimeoutDefault = Duration::Seconds(10);
inline constexpr Duration kFlushTimeoutMax = Duration::Seconds(25);  // below the server's own limit
inline constexpr size_t kFlushesWaitingMax = 16;

class Flusher {
 public:
  explicit Flusher(ilp::Pipeline& pipeline);  // outlives the flusher
  ~Flusher();
  Flusher(const Flusher&) = delete;
  Flusher& operator=(const Flusher&) = delete;

  // 200 once all rows taken so far are in QuestDB; 503 with what still waits after timeout_ms of
  // the query; 400 for a timeout out of range; 429 when too many wait.
  void Handle(const http::Request& request, http::Responder responder);

 private:
  struct Waiting {
    Duration timeout;
    http::Responder responder;
  };

  void Run();

  ilp::Pipeline& pipeline_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tw::sink
