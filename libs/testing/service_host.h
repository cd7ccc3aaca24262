// ServiceHost: one service as app::Run would host it, in a test: its own folder under TempDir(),
// HTTP and gRPC on free ports of loopback, the machine's clock.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/app/app.h"
#include "libs/http/client.h"

namespace tw::testing {

// Polls until `condition` holds; false after half a minute: a busy machine is no fault.
inline bool WaitFor(const std::function<bool()>& condition) {
  for (int i = 0; i < 6'000; ++i) {
    if (condition()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

// BTCUSDT and IBM.
inline Instruments TwoInstruments() {
  Instrument btc;
  btc.symbol = "BTCUSDT";
  btc.base_currency = "BTC";
  btc.quote_currency = "USDT";
  btc.tick_size = Price::FromE8(1'000'000);
  btc.lot_size = Quantity::FromE8(1'000);
  btc.min_quantity = Quantity::FromE8(1'000);
  btc.max_quantity = Quantity::FromUnits(100);
  btc.start_price = Price::FromUnits(45'000);
  Instrument ibm = btc;
  ibm.symbol = "IBM";
  ibm.base_currency = "IBM";
  ibm.quote_currency = "USD";
  ibm.start_price = Price::FromUnits(180);
  return Instruments({btc, ibm}, "test-instruments");
}

class ServiceHost {
 public:
  // `flags` as on the command line: {"--mark-stale-ms", "500"}.
  ServiceHost(std::string name,
              std::unique_ptr<app::Service> service,
              std::vector<std::string> flags = {},
              Accounts accounts = Accounts())
      : name_(std::move(name)),
        folder_(::testing::TempDir() + "tw-" + name_ + "-" + std::to_string(::getpid())),
        flags_(std::move(flags)),
        instruments_(TwoInstruments()),
        accounts_(std::move(accounts)),
        service_(std::move(service)) {
    std::filesystem::create_directories(folder_);
  }
  ~ServiceHost() {
    Stop();
    if (!keep_folder_) {
      std::filesystem::remove_all(folder_);
    }
  }

  // The next host of this name in this process goes on with what is in the folder.
  void KeepFolder() { keep_folder_ = true; }

  void Start() {
    std::vector<const char*> argv = {name_.c_str()};
    for (const std::string& flag : flags_) {
      argv.push_back(flag.c_str());
    }
    absl::StatusOr<config::Settings> settings =
        config::Settings::Load(static_cast<int>(argv.size()), argv.data(), name_, "under test");
    ASSERT_TRUE(settings.ok()) << settings.status();
    service_->Configure(*settings);
    const absl::Status finished = settings->Finish();
    ASSERT_TRUE(finished.ok()) << finished;
    context_.secure = settings->secure();
    http::RegisterOps(http_, ops_, registry_);
    http_.Get("/trace/{order_id}", [](const http::Request&) { return http::Json("[]"); });
    const absl::Status prepared = service_->Prepare(context_);
    ASSERT_TRUE(prepared.ok()) << prepared;
    ASSERT_TRUE(grpc_.Start().ok());
    ASSERT_TRUE(http_.Start().ok());
    const absl::Status started = service_->Start(context_);
    ASSERT_TRUE(started.ok()) << started;
    started_ = true;
    channel_ = rpc::Channel::Create("127.0.0.1:" + std::to_string(grpc_.port()));
  }

  void Stop() {
    if (!started_) {
      return;
    }
    started_ = false;
    service_->BeforeStop();
    http_.Stop();
    grpc_.Stop(Duration::Millis(10));
    service_->Stop();
    timers_.Stop();
  }

  bool WaitReady() {
    return WaitFor([this] { return ops_.ready(); });
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return channel_->CallSync<Response>("tradewind.v1." + method, request, Duration::Seconds(5));
  }
  rpc::Channel& channel() { return *channel_; }
  std::string http_address() const { return "127.0.0.1:" + std::to_string(http_.port()); }
  int grpc_port() const { return grpc_.port(); }

  // The answer to a request on the service's HTTP port.
  http::Response Http(const std::string& method,
                      const std::string& target,
                      const std::string& body = "") {
    auto response = http::Fetch(method, http_address(), target, body, Duration::Seconds(5));
    if (!response.ok()) {
      return {.status = 0,
              .body = std::string(response.status().message()),
              .content_type = "",
              .headers = {}};
    }
    return *std::move(response);
  }
  http::Response Get(const std::string& target) { return Http("GET", target); }

  const std::string& folder() const { return folder_; }

 private:
  const std::string name_;
  const std::string folder_;
  const std::vector<std::string> flags_;
  const Instruments instruments_;
  const Accounts accounts_;
  const SystemClock clock_;
  metrics::Registry registry_;
  http::OpsState ops_{name_};
  TimerThread timers_;
  http::Server http_{http::Options{}};
  rpc::Server grpc_{rpc::ServerOptions{}};
  std::unique_ptr<app::Service> service_;
  app::Context context_{name_,
                        folder_,
                        clock_,
                        instruments_,
                        accounts_,
                        registry_,
                        ops_,
                        http_,
                        grpc_,
                        timers_,
                        /*neighbours=*/nullptr,
                        /*sockets=*/""};
  std::shared_ptr<rpc::Channel> channel_;
  bool started_ = false;
  bool keep_folder_ = false;
};

}  // namespace tw::testing
