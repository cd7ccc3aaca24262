// ServiceReader: asks the services' own HTTP routes, which blocks, on a thread of its own.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/work/work_queue.h"
#include "services/gateway/status_board.h"

namespace tw::gateway {

class ServiceReader {
 public:
  static constexpr size_t kWaitingMax = 32;

  // `timeout` is for one service's answer.
  ServiceReader(std::vector<StatusBoard::Target> targets, Duration timeout)
      : targets_(std::move(targets)), timeout_(timeout) {}

  // What waits is answered Unavailable.
  void Stop() { questions_.Stop(); }

  // The stages of a traced order, of all services, as a JSON array by time, each once; a service
  // that does not answer has none. Any thread. ResourceExhausted past kWaitingMax.
  void Trace(const std::string& order_id,
             std::function<void(const absl::StatusOr<std::string>&)> done);

 private:
  std::string Merge(const std::string& target) const;

  const std::vector<StatusBoard::Target> targets_;
  const Duration timeout_;
  WorkQueue questions_{{.name = "questions about traces", .waiting_max = kWaitingMax}};
};

}  // namespace tw::gateway
