// Instance: one service with its folder, sockets, timers and metrics, alone in its process or
// beside others. Inside libs/app only.
//
// Configure, Lock, Assemble, Prepare, Listen, Start, in this order and on one thread; then Stop.
// Where several live in a process, each step is done for all of them before the next: whoever is
// prepared finds its neighbours, and a neighbour listens before anybody starts.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/app/app.h"
#include "libs/app/folder_lock.h"

namespace tw::app {

class Instance {
 public:
  // `shared`: other services live in this process, so that log lines name this one.
  Instance(Member member, bool shared);
  ~Instance();  // Stop()
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // What config::ExitCode takes.
  absl::Status Configure(int argc, const char* const* argv);
  const config::Settings& settings() const { return *settings_; }

  // FailedPrecondition when another process has the folder.
  absl::Status Lock();
  // All references outlive this; `neighbours` may be filled in later.
  void Assemble(const Instruments& instruments,
                const Accounts& accounts,
                const Neighbours& neighbours);
  absl::Status Prepare();
  absl::Status Listen();
  absl::Status Start();
  void Stop();

  const std::string& name() const { return member_.name; }
  // REQUIRES: Assemble was called.
  rpc::Server& grpc() { return *grpc_; }

 private:
  rpc::ServerOptions GrpcOptions();
  http::Options HttpOptions();

  Member member_;
  const char* const tag_;  // null where it has the process to itself
  std::optional<config::Settings> settings_;
  std::vector<std::string> allowed_hosts_;
  std::string folder_;
  std::optional<FolderLock> lock_;
  const SystemClock clock_{};
  metrics::Registry registry_;
  http::OpsState ops_;
  std::optional<TimerThread> timers_;
  std::optional<http::Server> http_;
  std::optional<rpc::Server> grpc_;
  std::optional<Context> context_;
  bool assembled_ = false;
  bool prepared_ = false;  // only then is the service told to stop
  bool started_ = false;
};

}  // namespace tw::app
