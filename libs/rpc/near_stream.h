// Inside libs/rpc only: streams between two services of one process. They behave as gRPC's do, with
// the same bounds, but a message costs neither a socket nor a thread (near_turns.h).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"

namespace tw::rpc {

class NearCall;

// What a server offers its neighbours, and their streams that are open. Any thread.
class NearHost {
 public:
  // Both outlive it until Close has returned.
  NearHost(const ServerOptions* options, const Gate* gate) : options_(*options), gate_(*gate) {}

  // Before the first Open; `method` as long as the host's server.
  void Offer(const Service::Method* method) { methods_[method->path.substr(1)] = method; }

  // Null: no such stream is offered, or it is closed.
  std::shared_ptr<StreamCore> Open(
      const std::string& path,
      const Message* response,
      const ChannelOptions& options,
      const std::function<void(const std::shared_ptr<StreamCore>&)>& setup,
      const std::vector<std::pair<std::string, std::string>>& metadata);

  // Opens no more; ends what is open at `deadline_ns` (monotonic). When it returns no handler runs.
  void Close(int64_t deadline_ns);

  const ServerOptions& options() const { return options_; }
  const Gate& gate() const { return gate_; }

  // Both ends of it have been told that it is over.
  void Remove(const NearCall* call);

 private:
  const ServerOptions& options_;
  const Gate& gate_;
  std::unordered_map<std::string, const Service::Method*> methods_;
  std::mutex mutex_;
  std::condition_variable none_;
  bool closed_ = false;
  std::unordered_map<const NearCall*, std::shared_ptr<NearCall>> calls_;
};

}  // namespace tw::rpc
