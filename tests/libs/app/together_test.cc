// Several services in one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "libs/app/app.h"
#include "libs/app/folder_lock.h"
#include "libs/http/client.h"
#include "libs/log/log.h"
#include "tradewind/v1/order.pb.h"

namespace tw::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// What happened, in order.
struct Diary {
  std::vector<std::string> lines;
  std::map<std::string, uint16_t> http_ports;
  std::string peer;  // how oms saw the gateway's call
};

// GetOrder answers with the caller's address.
class Oms final : public Service {
 public:
  explicit Oms(Diary& diary) : diary_(diary) {}
  void Configure(config::Settings&) override {}
  absl::Status Prepare(Context& context) override {
    rpc::Service orders("tradewind.v1.OrderService");
    orders.Unary<v1::GetOrderRequest, v1::Order>(
        "GetOrder", [](const v1::GetOrderRequest&, const rpc::Reply<v1::Order>& reply) {
          log::Info("asked");
          v1::Order order;
          order.set_order_id(reply.context().peer());
          reply.Ok(order);
        });
    context.grpc.Add(orders);
    context.registry.AddCounter("tw_oms_mine_total", "Of oms alone.").Add();
    return absl::OkStatus();
  }
  absl::Status Start(Context& context) override {
    diary_.lines.push_back("oms starts");
    diary_.http_ports["oms"] = context.http.port();
    context.ops.SetHealthy();
    context.ops.SetReady();
    return absl::OkStatus();
  }
  void Stop() override { diary_.lines.push_back("oms stops"); }

 private:
  Diary& diary_;
};

// Asks oms when it starts, over the channel that it got before anybody listened. `then` runs in the
// middle of its life.
class Gateway final : public Service {
 public:
  Gateway(Diary& diary, std::function<void()> then, bool fails)
      : diary_(diary), then_(std::move(then)), fails_(fails) {}
  ~Gateway() override {
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  void Configure(config::Settings&) override {}
  absl::Status Prepare(Context& context) override {
    oms_ = context.Peer("oms");
    return absl::OkStatus();
  }
  absl::Status Start(Context& context) override {
    diary_.lines.push_back("gateway starts");
    diary_.http_ports["gateway"] = context.http.port();
    diary_.peer = oms_->CallSync<v1::Order>("tradewind.v1.OrderService/GetOrder",
                                            v1::GetOrderRequest(), Duration::Seconds(5))
                      .value_or(v1::Order())
                      .order_id();
    if (fails_) {
      return absl::InternalError("gateway cannot start");
    }
    thread_ = std::thread([this] {
      then_();
      ::kill(::getpid(), SIGTERM);
    });
    return absl::OkStatus();
  }
  void Stop() override { diary_.lines.push_back("gateway stops"); }

 private:
  Diary& diary_;
  const std::function<void()> then_;
  const bool fails_;
  std::shared_ptr<rpc::Channel> oms_;
  std::thread thread_;
};

class TogetherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(data_);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // RunTogether's thread alone takes it
  }
  void TearDown() override { std::filesystem::remove_all(data_); }

  // Exit code; what was logged is in log_.
  int Run(std::function<void()> then, bool fails = false, std::vector<const char*> flags = {}) {
    std::vector<const char*> argv = {"fused",
                                     "--data-dir",
                                     data_.c_str(),
                                     "--http-port",
                                     "0",
                                     "--grpc-port",
                                     "0",
                                     "--instruments",
                                     (TW_SOURCE_DIR "/deploy/config/instruments.toml"),
                                     "--accounts",
                                     (TW_SOURCE_DIR "/deploy/config/accounts.toml")};
    argv.insert(argv.end(), flags.begin(), flags.end());
    std::vector<Member> members;
    members.push_back({"oms", "Answers.", std::make_unique<Oms>(diary_)});
    members.push_back(
        {"gateway", "Asks.", std::make_unique<Gateway>(diary_, std::move(then), fails)});
    ::testing::internal::CaptureStderr();
    const int code =
        RunTogether(static_cast<int>(argv.size()), argv.data(), "fused", std::move(members));
    log_ = ::testing::internal::GetCapturedStderr();
    return code;
  }

  std::string Get(const std::string& service, const std::string& target) {
    const auto response =
        http::Fetch("GET", "127.0.0.1:" + std::to_string(diary_.http_ports[service]), target, "",
                    Duration::Seconds(5));
    return response.ok() ? response->body : std::string(response.status().message());
  }

  const std::string data_ = ::testing::TempDir() + "tw-together-" + std::to_string(::getpid());
  Diary diary_;
  std::string log_;
};

TEST_F(TogetherTest, EachHasItsOwnAndCallsNeedNoSocket) {
  std::string health[2];
  std::string metrics[2];
  bool locked[2] = {false, false};
  const int code = Run([&] {
    int i = 0;
    for (const char* const service : {"oms", "gateway"}) {
      health[i] = Get(service, "/health");
      metrics[i] = Get(service, "/metrics");
      locked[i] = absl::IsFailedPrecondition(FolderLock::Take(data_ + "/" + service).status());
      ++i;
    }
  });
  EXPECT_EQ(code, 0);
  EXPECT_THAT(diary_.lines,
              ElementsAre("oms starts", "gateway starts", "gateway stops", "oms stops"));
  EXPECT_EQ(diary_.peer, "unknown");  // no socket, no address
  EXPECT_THAT(health[0], HasSubstr("\"service\":\"oms\""));
  EXPECT_THAT(health[1], HasSubstr("\"service\":\"gateway\""));
  EXPECT_THAT(metrics[0], HasSubstr("tw_oms_mine_total 1"));
  EXPECT_THAT(metrics[1], Not(HasSubstr("tw_oms_mine_total")));
  EXPECT_TRUE(locked[0] && locked[1]);
  EXPECT_THAT(log_, HasSubstr("\"service\":\"oms\",\"event\":\"started\""));
  EXPECT_THAT(log_, HasSubstr("\"service\":\"oms\",\"event\":\"asked\""));
  EXPECT_THAT(log_, HasSubstr("\"service\":\"gateway\",\"event\":\"stopped\""));
  EXPECT_THAT(log_, HasSubstr("\"service\":\"fused\",\"event\":\"stopping\""));
}

TEST_F(TogetherTest, OneThatCannotStartEndsThemAll) {
  EXPECT_EQ(Run([] {}, /*fails=*/true), 1);
  EXPECT_THAT(diary_.lines,
              ElementsAre("oms starts", "gateway starts", "gateway stops", "oms stops"));
  EXPECT_THAT(log_, HasSubstr("gateway cannot start"));
}

TEST_F(TogetherTest, AFolderInUseStopsItBeforeAnythingStarts) {
  const absl::StatusOr<FolderLock> other = FolderLock::Take(data_ + "/gateway");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(Run([] {}), 75);
  EXPECT_THAT(diary_.lines, ElementsAre());
}

TEST_F(TogetherTest, UnixSocketsLieInAFolderThatIsNobodyElses) {
  mode_t mode = 0;
  std::string peer;
  const int code = Run(
      [&] {
        struct stat folder {};
        ::stat((data_ + "/sockets").c_str(), &folder);
        mode = folder.st_mode & 0777;
        peer = rpc::Channel::Create("unix:" + data_ + "/sockets/oms")
                   ->CallSync<v1::Order>("tradewind.v1.OrderService/GetOrder",
                                         v1::GetOrderRequest(), Duration::Seconds(5))
                   .value_or(v1::Order())
                   .order_id();
      },
      false, {"--transport", "unix"});
  EXPECT_EQ(code, 0);
  EXPECT_EQ(mode, 0700U);
  EXPECT_THAT(peer, HasSubstr("unix"));
  std::filesystem::permissions(data_ + "/sockets", std::filesystem::perms::others_exec,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(Run([] {}, false, {"--transport", "unix"}), 1);
  EXPECT_THAT(log_, HasSubstr("chmod 700"));
}

TEST_F(TogetherTest, ItRunsWhereItIsToldTo) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  EXPECT_EQ(Run([&] { sched_getaffinity(0, sizeof(cpus), &cpus); }, false, {"--cpus", "0"}), 0);
  EXPECT_EQ(CPU_COUNT(&cpus), 1);
  EXPECT_EQ(Run([] {}, false, {"--cpus", "1000"}), 78);
}

}  // namespace
}  // namespace tw::app
