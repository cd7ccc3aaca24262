// StatusBoard: what /status and /api/v1/health show. Asks /health of every service each second, and
// its /check and /stats each other second, each service on a thread of its own, so that one that
// hangs delays neither another nor an answer.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/tls_files.h"
#include "libs/http/message.h"

namespace tw::gateway {

enum class Health : uint8_t {
  kUnknown,  // not asked yet, or no news for kStaleAfter
  kHealthy,
  kUnhealthy,    // it says so itself
  kUnreachable,  // no answer within the time limit, or none that means anything
};

struct ServiceStatus {
  std::string name;
  Health health = Health::kUnknown;
  Timestamp since;         // of this health
  int64_t latency_us = 0;  // of the last answer
  int64_t age_ms = 0;      // of this news
  std::string reason;      // why not healthy
};

class StatusBoard {
 public:
  struct Target {
    std::string name;
    std::string address;  // "host:port" of its HTTP
    TlsFiles tls{};       // empty: plain text
    http::NameValues headers{};
  };
  struct Options {
    Duration period = Duration::Seconds(1);
    Duration timeout = Duration::Millis(500);
  };

  static constexpr Duration kStaleAfter = Duration::Seconds(3);

  StatusBoard(std::vector<Target> targets, const Clock& clock)
      : StatusBoard(std::move(targets), clock, {}) {}
  StatusBoard(std::vector<Target> targets, const Clock& clock, Options options);
  ~StatusBoard() { Stop(); }

  void Start();
  void Stop();

  // Any thread; never waits for a service.
  std::vector<ServiceStatus> Read() const;
  // One of them; unknown for a name that is not among the targets.
  ServiceStatus Read(const std::string& name) const;
  size_t healthy() const;
  // {"healthy":13,"total":14,"services":[{"name","status","latency_ms","since","reason","age_ms"}]}
  std::string Json() const;
  // The same with "check" and "stats": what those routes of the service answered last, null while
  // it has not, or is not to be reached.
  std::string DetailJson() const;
  // The rows of DetailJson by the names of the services.
  std::vector<std::pair<std::string, std::string>> DetailRows() const;

 private:
  struct Entry {
    Target target;
    ServiceStatus status;
    int64_t told_ns = 0;  // monotonic; 0: never
    std::string check;    // JSON; empty: not known
    std::string stats;
  };

  void Run(size_t index);
  void RecordDetail(size_t index, std::string check, std::string stats);
  std::vector<Entry> Entries() const;
  std::string RowJson(const Entry& entry, bool detail) const;
  std::string Render(bool detail) const;
  ServiceStatus Current(const Entry& entry) const;  // with the lock held
  void Record(size_t index, Health health, std::string reason, int64_t latency_us);

  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  std::vector<Entry> entries_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tw::gateway
