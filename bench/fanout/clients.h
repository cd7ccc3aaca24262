// Clients: many readers of WebSockets on one thread: raw sockets and epoll, so that what is
// measured is the server and not its readers. Each message tells by its "timestamp" when it was
// meant to leave.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "bench/load/histogram.h"

namespace tw::fanout_bench {

struct Counts {
  load::Histogram delay;
  uint64_t messages = 0;
  uint64_t bytes = 0;
  uint64_t merged = 0;  // updates that messages said they stood for beside themselves
};

class Clients {
 public:
  Clients() = default;
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // Opens `count` WebSockets at "host:port" and subscribes each to `channel`; `read` says whether
  // they are ever read. Before Start.
  absl::Status Connect(const std::string& address,
                       const std::string& channel,
                       int count,
                       bool read);
  // Takes over sockets that carry the same frames without a handshake (the floor).
  void Adopt(int fd) { Add(fd, true); }

  void Start();
  // Messages that are meant to leave from now on count.
  void Measure() { measuring_ = true; }
  // Ends the thread; what was counted.
  Counts Stop();
  // The least number of messages that a reading client has got; any thread.
  uint64_t slowest() const;

 private:
  struct Client {
    int fd = -1;
    bool read = false;
    std::string buffer;
    std::atomic<uint64_t> messages{0};
  };

  void Add(int fd, bool read);
  void Run();
  void Read(Client& client);
  void OnMessage(std::string_view text, int64_t now_ns);

  std::vector<std::unique_ptr<Client>> clients_;
  std::atomic<bool> measuring_{false};
  std::atomic<bool> stopping_{false};
  Counts counts_;  // the thread's own while it runs
  std::thread thread_;
};

// The time of day in nanoseconds that a message bears; -1: none.
int64_t TimeOfDay(std::string_view json);
int64_t TimeOfDay(int64_t unix_ns);

}  // namespace tw::fanout_bench
