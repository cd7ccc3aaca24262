#include "libs/app/app.h"

#include <pthread.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <optional>

#include "absl/synchronization/mutex.h"
#include "libs/app/folder_lock.h"
#include "libs/config/accounts_file.h"
#include "libs/config/instruments.h"
#include "libs/config/ports.h"
#include "libs/log/log.h"
#include "libs/rpc/channel.h"
#include "libs/trace/orders.h"

namespace tw::app {
namespace {

constexpr int kExitFolderInUse = 75;
constexpr int kExitConfiguration = 78;
constexpr Duration kDrainGrace = Duration::Millis(500);

// Signals are taken by one sigwait, so that nothing runs in a signal handler.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

int Refuse(const char* what, const absl::Status& status, int code) {
  log::Error(what, {{"error", std::string(status.message())}});
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return code;
}

// Names beside localhost that the service's HTTP answers to: its own in a container, a desk's.
std::vector<std::string> ReadAllowedHosts(config::Settings& settings) {
  std::vector<std::string> hosts = settings.Strings(
      "allowed-hosts", {}, "names beside localhost that HTTP answers to, with commas");
  for (const std::string& host : hosts) {
    const bool is_name = !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
    });
    if (!is_name) {
      settings.Fault("allowed-hosts", "\"" + host + "\" is no host name (no port, no pattern)");
    }
  }
  return hosts;
}

rpc::ServerOptions GrpcOptions(const config::Settings& settings, metrics::Registry& registry) {
  rpc::ServerOptions options;
  options.host = settings.listen();
  options.port = settings.grpc_port();
  options.observer = [&registry](const std::string& method, absl::StatusCode code, Duration took) {
    registry
        .AddHistogram("tw_grpc_server_seconds", "Time to answer a unary gRPC call.",
                      {{"method", method}, {"code", absl::StatusCodeToString(code)}})
        .Observe(took);
  };
  return options;
}

http::Options HttpOptions(const config::Settings& settings,
                          const std::vector<std::string>& allowed_hosts,
                          metrics::Registry& registry) {
  http::Options options;
  options.host = settings.listen();
  options.port = settings.http_port();
  options.allowed_hosts = allowed_hosts;
  options.registry = &registry;
  return options;
}

// The stages that a traced order went through here, as log lines; [] for one that is not traced.
http::Response Trace(const http::Request& request) {
  const std::optional<OrderId> id = OrderId::Parse(request.Param("order_id"));
  return id ? http::Json(trace::TheOrders().Json(*id))
            : http::JsonError(400, "INVALID_ARGUMENT", "is no order id such as 3-1042", "order_id");
}

int Serve(config::Settings& settings,
          const sigset_t& signals,
          const Instruments& instruments,
          const Accounts& accounts,
          const std::vector<std::string>& allowed_hosts,
          std::unique_ptr<Service> owned) {
  Service& service = *owned;
  const std::string& name = settings.service();
  const std::string folder = settings.data_dir() + "/" + name;
  absl::StatusOr<FolderLock> lock = FolderLock::Take(folder);
  if (!lock.ok()) {
    return Refuse("cannot_lock_folder", lock.status(),
                  absl::IsFailedPrecondition(lock.status()) ? kExitFolderInUse : 1);
  }
  const SystemClock clock;
  metrics::Registry registry;
  metrics::AddProcessMetrics(registry);
  http::OpsState ops(name);
  ops.SetFact("instruments_hash", instruments.hash());
  TimerThread timers;
  http::Server http_server(HttpOptions(settings, allowed_hosts, registry));
  rpc::Server grpc_server(GrpcOptions(settings, registry));
  http::RegisterOps(http_server, ops, registry);
  http_server.Get("/trace/{order_id}", Trace);
  Context context{name,     folder, clock,       instruments, accounts,
                  registry, ops,    http_server, grpc_server, timers};

  absl::Status status = service.Prepare(context);
  const bool prepared = status.ok();
  if (status.ok()) {
    status = grpc_server.Start();
  }
  if (status.ok()) {
    status = http_server.Start();
  }
  if (status.ok()) {
    status = service.Start(context);
  }
  int code = 0;
  if (status.ok()) {
    grpc_server.SetServing(true);
    log::Info("started", {{"http_port", static_cast<int64_t>(http_server.port())},
                          {"grpc_port", static_cast<int64_t>(grpc_server.port())}});
    int signal = 0;
    sigwait(&signals, &signal);
    log::Info("stopping", {{"signal", static_cast<int64_t>(signal)}});
  } else {
    code = Refuse("cannot_start", status, 1);
  }
  ops.SetNotReady("stopping");
  grpc_server.SetServing(false);
  http_server.Stop();
  grpc_server.Stop(kDrainGrace);
  if (prepared) {
    service.Stop();
  }
  timers.Stop();
  owned.reset();  // before what the context lent it
  log::Info("stopped");
  return code;
}

}  // namespace

std::shared_ptr<rpc::Channel> Context::Peer(const std::string& service) const {
  return rpc::Channel::Create(config::PeerAddress(service));
}

int Run(int argc,
        const char* const* argv,
        const std::string& name,
        const std::string& purpose,
        std::unique_ptr<Service> service) {
  absl::StatusOr<config::Settings> settings = config::Settings::Load(argc, argv, name, purpose);
  if (!settings.ok()) {
    return config::ExitCode(settings.status());
  }
  const std::vector<std::string> allowed_hosts = ReadAllowedHosts(*settings);
  service->Configure(*settings);
  const absl::Status finished = settings->Finish();
  if (!finished.ok()) {
    return config::ExitCode(finished);
  }
  log::Init(name, log::ParseLevel(settings->log_level()).value_or(log::Level::kInfo));
  const absl::StatusOr<Instruments> instruments = config::LoadInstruments(settings->instruments());
  if (!instruments.ok()) {
    return Refuse("bad_instruments", instruments.status(), kExitConfiguration);
  }
  const absl::StatusOr<Accounts> accounts = config::LoadAccounts(settings->accounts());
  if (!accounts.ok()) {
    return Refuse("bad_accounts", accounts.status(), kExitConfiguration);
  }
  // Before any thread starts: each inherits what is blocked, and a second SIGTERM that finds one
  // where it is not ends the process in the middle of its stop.
  const sigset_t signals = BlockSignals();
  if (!service->HandlersWait()) {
    rpc::UseOneCallbackThread();
  }
  // gRPC's locks are absl's, and Debian's build of absl looks for cycles among them at every turn.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return Serve(*settings, signals, *instruments, *accounts, allowed_hosts, std::move(service));
}

}  // namespace tw::app
