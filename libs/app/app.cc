#include "libs/app/app.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "libs/app/disk_processor.h"
#include "libs/app/instance.h"
#include "libs/base/status_macros.h"
#include "libs/config/accounts_file.h"
#include "libs/config/instruments.h"
#include "libs/config/ports.h"
#include "libs/log/log.h"
#include "libs/rpc/awake.h"
#include "libs/rpc/callback_thread.h"
#include "libs/rpc/channel.h"

namespace tw::app {
namespace {

constexpr int kExitFolderInUse = 75;
constexpr int kExitConfiguration = 78;

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

// Threads that are started later inherit it.
absl::Status KeepTo(const std::vector<int>& cpus) {
  if (cpus.empty()) {
    return absl::OkStatus();
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) {
    CPU_SET(static_cast<size_t>(cpu), &set);
  }
  if (sched_setaffinity(0, sizeof(set), &set) != 0) {
    return absl::InvalidArgumentError("cpus: this machine does not let us run there: " +
                                      std::generic_category().message(errno));
  }
  return absl::OkStatus();
}

// Those of `cpus`, or all that this process may run on.
std::vector<int> Processors(const std::vector<int>& cpus) {
  std::vector<int> all = cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (all.empty() && sched_getaffinity(0, sizeof(set), &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(static_cast<size_t>(cpu), &set)) {
        all.push_back(cpu);
      }
    }
  }
  return all;
}

// Where several services share a process, the thread that brings orders waits for the journal's
// disk too: it stays where the disk's interrupts go, unless `cpus` says where the process runs.
void KeepToDisk(const config::Settings& settings) {
  const std::vector<int> allowed = Processors({});
  const std::optional<int> cpu = DiskProcessor(settings.data_dir());
  if (!settings.cpus().empty() || allowed.size() < 2 || !cpu ||
      std::find(allowed.begin(), allowed.end(), *cpu) == allowed.end()) {
    return;
  }
  if (const absl::Status kept = rpc::KeepCallbackThreadTo(*cpu); kept.ok()) {
    log::Info("orders_stay_with_the_disk", {{"cpu", *cpu}});
  } else {
    log::Warn("orders_do_not_stay_with_the_disk", {{"error", std::string(kept.message())}});
  }
}

using Instances = std::vector<std::unique_ptr<Instance>>;

// Every step for all before the next one.
absl::Status StartAll(Instances& instances,
                      const Instruments& instruments,
                      const Accounts& accounts,
                      Neighbours& neighbours) {
  for (const auto& instance : instances) {
    instance->Assemble(instruments, accounts, neighbours);
    if (instances.size() > 1) {
      neighbours[instance->name()] = &instance->grpc();
    }
  }
  for (const auto& instance : instances) {
    TW_RETURN_IF_ERROR(instance->Prepare());
  }
  for (const auto& instance : instances) {
    TW_RETURN_IF_ERROR(instance->Listen());
  }
  for (const auto& instance : instances) {
    TW_RETURN_IF_ERROR(instance->Start());
  }
  return absl::OkStatus();
}

int Serve(Instances& instances,
          const sigset_t& signals,
          const Instruments& instruments,
          const Accounts& accounts) {
  for (const auto& instance : instances) {
    if (const absl::Status lock = instance->Lock(); !lock.ok()) {
      return Refuse("cannot_lock_folder", lock,
                    absl::IsFailedPrecondition(lock) ? kExitFolderInUse : 1);
    }
  }
  Neighbours neighbours;
  const absl::Status status = StartAll(instances, instruments, accounts, neighbours);
  int code = 0;
  if (status.ok()) {
    int signal = 0;
    sigwait(&signals, &signal);
    log::Info("stopping", {{"signal", static_cast<int64_t>(signal)}});
  } else {
    code = Refuse("cannot_start", status, 1);
  }
  std::for_each(instances.rbegin(), instances.rend(),
                [](const std::unique_ptr<Instance>& instance) { instance->Stop(); });
  // All have stopped before the first one goes: none is called by another any more.
  return code;
}

}  // namespace

std::shared_ptr<rpc::Channel> Context::Peer(const std::string& service) const {
  const bool by_socket = !sockets.empty() && !config::HasPeerAddress(service);
  rpc::ChannelOptions options;
  if (!tls_dir.empty()) {
    options.tls = TlsFilesIn(tls_dir, name, /*both_sides=*/true);
  }
  std::shared_ptr<rpc::Channel> far = rpc::Channel::Create(
      by_socket ? "unix:" + config::SocketPath(sockets, service) : config::PeerAddress(service),
      options);
  if (neighbours != nullptr) {
    if (const auto neighbour = neighbours->find(service); neighbour != neighbours->end()) {
      return neighbour->second->NearChannelOr(std::move(far));
    }
  }
  return far;
}

int RunTogether(int argc,
                const char* const* argv,
                const std::string& name,
                std::vector<Member> members) {
  Instances instances;
  for (Member& member : members) {
    instances.push_back(std::make_unique<Instance>(std::move(member), members.size() > 1));
    if (const absl::Status status = instances.back()->Configure(argc, argv); !status.ok()) {
      return config::ExitCode(status);
    }
  }
  const config::Settings& settings = instances.front()->settings();
  log::Init(name, log::ParseLevel(settings.log_level()).value_or(log::Level::kInfo));
  if (const absl::Status kept = KeepTo(settings.cpus()); !kept.ok()) {
    return Refuse("bad_cpus", kept, kExitConfiguration);
  }
  const absl::StatusOr<Instruments> instruments = config::LoadInstruments(settings.instruments());
  if (!instruments.ok()) {
    return Refuse("bad_instruments", instruments.status(), kExitConfiguration);
  }
  const absl::StatusOr<Accounts> accounts = config::LoadAccounts(settings.accounts());
  if (!accounts.ok()) {
    return Refuse("bad_accounts", accounts.status(), kExitConfiguration);
  }
  // Before any thread starts: each inherits what is blocked, and a second SIGTERM that finds one
  // where it is not ends the process in the middle of its stop.
  const sigset_t signals = BlockSignals();
  // A busy journal syncs on a thread of its own, and services of one process hear each other on
  // whichever thread spoke (libs/rpc/near_turns.h).
  rpc::UseOneCallbackThread();
  if (instances.size() > 1) {
    KeepToDisk(settings);
  }
  // gRPC's locks are absl's, and Debian's build of absl looks for cycles among them at every turn.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const rpc::Awake awake(settings.spin(), Processors(settings.cpus()));
  return Serve(instances, signals, *instruments, *accounts);
}

int Run(int argc,
        const char* const* argv,
        const std::string& name,
        const std::string& purpose,
        std::unique_ptr<Service> service) {
  std::vector<Member> members;
  members.push_back({name, purpose, std::move(service)});
  return RunTogether(argc, argv, name, std::move(members));
}

}  // namespace tw::app
