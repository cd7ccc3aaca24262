// Run: what the main() of every service does. A service is a library: an object with Configure,
// Prepare, Start and Stop, which Run gives its sockets, clock, timers and folder. Several can live
// in one process, each with its own: RunTogether.
//
//   int main(int argc, char** argv) {
//     return tw::app::Run(argc, argv, "oms", "Owns every order.",
//     std::make_unique<tw::oms::OmsService>());
//   }
//
// Order of events: Configure, data folder locked, Prepare (handlers), sockets listen, Start
// (recovery, peers), until SIGTERM or SIGINT; then not ready, sockets closed, Stop. Exit codes: 0
// after a clean stop, 1 when it cannot start, 75 when another process has the data folder, 78 for a
// fault in the configuration.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/config/accounts.h"
#include "libs/config/settings.h"
#include "libs/core/instrument.h"
#include "libs/http/ops.h"
#include "libs/http/server.h"
#include "libs/metrics/metrics.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/timer/timer.h"

namespace tw::app {

// The servers of the services in this process.
using Neighbours = std::map<std::string, const rpc::Server*, std::less<>>;

// What a service is given. Lives as long as the service.
struct Context {
  std::string name;
  std::string data_dir;  // the service's own folder, made and locked: <data-dir>/<name>
  const Clock& clock;
  const Instruments& instruments;
  const Accounts& accounts;
  metrics::Registry& registry;
  http::OpsState& ops;
  http::Server& http;
  rpc::Server& grpc;
  TimerThread& timers;
  const Neighbours* neighbours = nullptr;
  std::string sockets;  // the platform's data folder where peers listen on Unix sockets, else empty
  bool secure = false;  // callers sign in
  std::string tls_dir{};  // certificates of the services; empty: plain text

  // The channel to another service: without a socket when it lives in this process, else to
  // config::PeerAddress, or to its Unix socket where peers have one and the environment names no
  // address.
  std::shared_ptr<rpc::Channel> Peer(const std::string& service) const;
};

class Service {
 public:
  virtual ~Service() = default;
  // Reads its settings. Faults wait in `settings` and are reported together.
  virtual void Configure(config::Settings& settings) = 0;
  // Registers routes, gRPC services, checks. Handlers may run from then on; until Start has
  // succeeded they answer UNAVAILABLE.
  virtual absl::Status Prepare(Context& context) = 0;
  // Recovers its state and connects to peers. Calls ops.SetReady itself, now or later.
  virtual absl::Status Start(Context& context) = 0;
  // True for the one service that people and programs from outside may reach, and that knows them
  // by itself.
  virtual bool IsDoor() const { return false; }
  // The process is about to stop; everything still works. For a word to those who are connected;
  // only after Start has succeeded, and not for long.
  virtual void BeforeStop() {}
  // After the sockets are closed: no handler runs any more. Not called when Prepare failed; Start
  // may have failed, or not been reached.
  virtual void Stop() = 0;
};

// One service of a process.
struct Member {
  std::string name;
  std::string purpose;  // a sentence for --help
  std::unique_ptr<Service> service;
};

int Run(int argc,
        const char* const* argv,
        const std::string& name,
        const std::string& purpose,
        std::unique_ptr<Service> service);

// The same for several services in one process, `name`: same settings, ports, folders, logs and
// metrics as in processes of their own, but calls among them need no socket. They start in the
// order given and stop in the opposite one. Flags hold for all of them; what concerns one service
// is said in the file or the environment. It ends, with all of them, when one cannot start.
int RunTogether(int argc,
                const char* const* argv,
                const std::string& name,
                std::vector<Member> members);

}  // namespace tw::app
