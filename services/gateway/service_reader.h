// ServiceReader: asks the services' own HTTP routes, on a thread of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "services/gateway/status_board.h"

namespace tw::gateway {

class ServiceReader {
 public:
  static constexpr size_t kWaitingMax = 32;

  // `timeout` is for one service's answer.
  ServiceReader(std::vector<StatusBoard::Target> targets, Duration timeout)
      : targets_(std::move(targets)), timeout_(timeout) {}
  ~ServiceReader() { Stop(); }

  void Start();
  // What waits is answered Unavailable.
  void Stop();

  // The stages of a traced order, of all services, as a JSON array by time, each once; a service
  // that does not answer has none. Any thread. ResourceExhausted past kWaitingMax.
  void Trace(const std::string& order_id,
             std::function<void(const absl::StatusOr<std::string>&)> done);

 private:
  struct Job {
    std::string target;
    std::function<void(const absl::StatusOr<std::string>&)> done;
  };

  void Run();
  std::string Merge(const std::string& target) const;

  const std::vector<StatusBoard::Target> targets_;
  const Duration timeout_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopped_ = true;
  std::thread thread_;
};

}  // namespace tw::gateway
