#include "libs/app/instance.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/config/ports.h"
#include "libs/log/log.h"
#include "libs/log/scope.h"
#include "libs/metrics/disk.h"
#include "libs/trace/orders.h"

namespace tw::app {
namespace {

// How long calls of one method took, by outcome. A series is looked for once: that costs as much as
// answering a call. Any thread.
class CallTimes {
 public:
  CallTimes(metrics::Registry& registry, std::string method)
      : registry_(registry), method_(std::move(method)) {}

  void Observe(absl::StatusCode code, Duration took) {
    const std::lock_guard lock(mutex_);
    std::optional<metrics::Histogram>& series =
        series_[std::min(static_cast<size_t>(code), series_.size() - 1)];
    if (!series) {
      series =
          registry_.AddHistogram("tw_grpc_server_seconds", "Time to answer a unary gRPC call.",
                                 {{"method", method_}, {"code", absl::StatusCodeToString(code)}});
    }
    series->Observe(took);
  }

 private:
  metrics::Registry& registry_;
  const std::string method_;
  std::mutex mutex_;
  std::array<std::optional<metrics::Histogram>, 18> series_;  // 17 codes, and any other
};

constexpr Duration kDrainGrace = Duration::Millis(500);

// A name that outlives every thread: there are as many as services.
const char* Forever(const std::string& name) {
  static auto* const names = new std::set<std::string>();
  return names->insert(name).first->c_str();
}

// The folder of the Unix sockets: whoever can enter it can trade, so nobody else can.
absl::Status MakePrivateFolder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) {
    return absl::OkStatus();
  }
  struct stat found {};
  if (errno != EEXIST || ::lstat(folder.c_str(), &found) != 0) {
    return absl::UnavailableError("cannot make the folder " + folder + ": " +
                                  std::generic_category().message(errno));
  }
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid() || (found.st_mode & 0077) != 0) {
    return absl::UnavailableError("the folder " + folder +
                                  " has to be this user's and closed to all others (chmod 700)");
  }
  return absl::OkStatus();
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

// The stages that a traced order went through at `service`, as log lines; [] for one that is not
// traced.
http::Response Trace(const http::Request& request, const std::string& service) {
  const std::optional<OrderId> id = OrderId::Parse(request.Param("order_id"));
  return id ? http::Json(trace::TheOrders().Json(*id, service))
            : http::JsonError(400, "INVALID_ARGUMENT", "is no order id such as 3-1042", "order_id");
}

}  // namespace

Instance::Instance(Member member, bool shared)
    : member_(std::move(member)),
      tag_(shared ? Forever(member_.name) : nullptr),
      ops_(member_.name) {}

Instance::~Instance() {
  Stop();
  member_.service.reset();  // before what the context lent it
}

absl::Status Instance::Configure(int argc, const char* const* argv) {
  const log::ServiceScope scope(tag_);
  absl::StatusOr<config::Settings> settings =
      config::Settings::Load(argc, argv, member_.name, member_.purpose);
  if (!settings.ok()) {
    return settings.status();
  }
  allowed_hosts_ = ReadAllowedHosts(*settings);
  member_.service->Configure(*settings);
  TW_RETURN_IF_ERROR(settings->Finish());
  settings_ = *std::move(settings);
  folder_ = settings_->data_dir() + "/" + member_.name;
  return absl::OkStatus();
}

absl::Status Instance::Lock() {
  absl::StatusOr<FolderLock> lock = FolderLock::Take(folder_);
  if (!lock.ok()) {
    return lock.status();
  }
  lock_.emplace(*std::move(lock));
  return absl::OkStatus();
}

rpc::ServerOptions Instance::GrpcOptions() {
  rpc::ServerOptions options;
  options.host = settings_->listen();
  options.port = settings_->grpc_port();
  if (settings_->unix_sockets()) {
    options.socket = config::SocketPath(settings_->data_dir(), member_.name);
  }
  // The gateway's callers sign in; the others' are services, which show certificates.
  if (!settings_->tls_dir().empty()) {
    options.tls = TlsFilesIn(settings_->tls_dir(), member_.name, !member_.service->IsDoor());
  }
  options.observer = [this](const std::string& method) {
    auto times = std::make_shared<CallTimes>(registry_, method);
    return [times](absl::StatusCode code, Duration took) { times->Observe(code, took); };
  };
  return options;
}

http::Options Instance::HttpOptions() {
  http::Options options;
  options.host = settings_->listen();
  options.port = settings_->http_port();
  options.allowed_hosts = allowed_hosts_;
  options.local_guard = !(settings_->secure() && member_.service->IsDoor());
  if (!settings_->tls_dir().empty()) {
    options.tls = TlsFilesIn(settings_->tls_dir(), member_.name, !member_.service->IsDoor());
  }
  options.registry = &registry_;
  return options;
}

void Instance::Assemble(const Instruments& instruments,
                        const Accounts& accounts,
                        const Neighbours& neighbours) {
  const log::ServiceScope scope(tag_);
  metrics::AddProcessMetrics(registry_);
  metrics::AddDiskMetrics(registry_, folder_);
  ops_.SetFact("instruments_hash", instruments.hash());
  timers_.emplace();
  http_.emplace(HttpOptions());
  grpc_.emplace(GrpcOptions());
  http::RegisterOps(*http_, ops_, registry_);
  http_->Get("/trace/{order_id}",
             [this](const http::Request& request) { return Trace(request, member_.name); });
  context_.emplace(Context{member_.name, folder_, clock_, instruments, accounts, registry_, ops_,
                           *http_, *grpc_, *timers_, &neighbours,
                           settings_->unix_sockets() ? settings_->data_dir() : "",
                           settings_->secure(), settings_->tls_dir()});
  assembled_ = true;
}

absl::Status Instance::Prepare() {
  const log::ServiceScope scope(tag_);
  TW_RETURN_IF_ERROR(member_.service->Prepare(*context_));
  prepared_ = true;
  return absl::OkStatus();
}

absl::Status Instance::Listen() {
  const log::ServiceScope scope(tag_);
  if (settings_->unix_sockets()) {
    const std::string path = config::SocketPath(settings_->data_dir(), member_.name);
    TW_RETURN_IF_ERROR(MakePrivateFolder(path.substr(0, path.rfind('/'))));
  }
  TW_RETURN_IF_ERROR(grpc_->Start());
  return http_->Start();
}

absl::Status Instance::Start() {
  const log::ServiceScope scope(tag_);
  TW_RETURN_IF_ERROR(member_.service->Start(*context_));
  started_ = true;
  grpc_->SetServing(true);
  log::Info("started", {{"http_port", static_cast<int64_t>(http_->port())},
                        {"grpc_port", static_cast<int64_t>(grpc_->port())}});
  return absl::OkStatus();
}

void Instance::Stop() {
  if (!std::exchange(assembled_, false)) {
    return;
  }
  const log::ServiceScope scope(tag_);
  ops_.SetNotReady("stopping");
  grpc_->SetServing(false);
  if (started_) {
    member_.service->BeforeStop();
  }
  http_->Stop();
  grpc_->Stop(kDrainGrace);
  if (prepared_) {
    member_.service->Stop();
  }
  timers_->Stop();
  log::Info("stopped");
}

}  // namespace tw::app
