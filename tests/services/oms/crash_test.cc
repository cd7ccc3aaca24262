// kill -9: the real program, killed at random moments under load. After each restart every order
// that was acknowledged is there, in a state that fits what was told, and none is there twice.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "libs/rpc/channel.h"
#include "libs/testing/service_host.h"
#include "tests/services/oms/fakes.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/order.pb.h"

namespace tw::oms {
namespace {

using testing::FakeExeq;
using testing::FakeRisk;
using tw::testing::WaitFor;

uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

// oms as a process of its own.
class Program {
 public:
  Program(std::string folder, uint16_t port) : folder_(std::move(folder)), port_(port) {}
  ~Program() { Kill(); }

  void Start() {
    const std::vector<std::string> arguments = {TW_OMS_PROGRAM,
                                                "--data-dir",
                                                folder_,
                                                "--grpc-port",
                                                Text(port_),
                                                "--http-port",
                                                "0",
                                                "--instruments",
                                                TW_SOURCE_DIR "/deploy/config/instruments.toml",
                                                "--accounts",
                                                TW_SOURCE_DIR "/deploy/config/accounts.toml"};
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    const std::string log = folder_ + "/oms.log";
    pid_ = ::fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
      const int out = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
      ::dup2(out, STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
  }
  void Kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      pid_ = 0;
    }
  }

 private:
  static std::string Text(uint16_t port) { return std::to_string(port); }

  const std::string folder_;
  const uint16_t port_;
  pid_t pid_ = 0;
};

// What clients and consumers were told, over all lives of oms.
struct Told {
  std::mutex mutex;
  std::map<std::string, v1::Order> orders;  // by client_order_id, the last answer
  std::map<uint64_t, std::string> events;   // of the ledger, by sequence
  std::string contradiction;

  void Order(const v1::Order& order) {
    const std::lock_guard lock(mutex);
    const auto [it, is_new] = orders.emplace(order.client_order_id(), order);
    if (!is_new && it->second.order_id() != order.order_id()) {
      contradiction =
          order.client_order_id() + " is " + it->second.order_id() + " and " + order.order_id();
    }
    if (order.sequence() > it->second.sequence()) {
      it->second = order;
    }
  }
  void Event(const v1::LedgerEvent& event) {
    const std::lock_guard lock(mutex);
    const std::string bytes = event.SerializeAsString();
    const auto [it, is_new] = events.emplace(event.sequence(), bytes);
    if (!is_new && it->second != bytes) {
      contradiction = "event " + std::to_string(event.sequence()) + " was told twice, differently";
    }
  }
};

class CrashTest : public ::testing::Test {
 protected:
  void SetUp() override {
    seed_ = std::random_device()();
    random_.seed(seed_);
    std::filesystem::create_directories(folder_);
    risk_.Start();
    exeq_.Start();
    port_ = FreePort();
    program_ = std::make_unique<Program>(folder_, port_);
  }
  void TearDown() override {
    program_.reset();
    exeq_.Stop();
    risk_.Stop();
    std::filesystem::remove_all(folder_);
  }

  // A channel for each life: the calls of an earlier one cannot reach the next.
  void Start() {
    program_->Start();
    channel_ = rpc::Channel::Create("127.0.0.1:" + std::to_string(port_));
    ASSERT_TRUE(WaitFor([&] {
      return Call<v1::Order>("GetOrder",
                             [] {
                               v1::GetOrderRequest request;
                               request.set_order_id("1-1");
                               return request;
                             }())
                 .status()
                 .code() != absl::StatusCode::kUnavailable;
    })) << "oms does not come up";
  }
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return channel_->CallSync<Response>("tradewind.v1.OrderService/" + method, request,
                                        Duration::Seconds(5));
  }

  static v1::SubmitOrderRequest Limit(const std::string& key) {
    v1::SubmitOrderRequest request;
    request.set_account("demo");
    request.set_symbol("BTCUSDT");
    request.set_side(v1::SIDE_BUY);
    request.set_quantity("0.5");
    request.set_price("100");
    request.set_client_order_id(key);
    return request;
  }

  // Orders and cancels until oms is killed, `life` after the first one.
  void LoadAndKill(int round, std::chrono::microseconds life) {
    v1::StreamLedgerRequest from;
    from.set_from_sequence(1);
    std::atomic<int> open{1};
    const auto ledger = channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& stream) {
          stream.OnMessage([this](const v1::LedgerBatch& batch) {
            for (const v1::LedgerEvent& event : batch.events()) {
              told_.Event(event);
            }
          });
          stream.OnClosed([&](const absl::Status&) { --open; });
          stream.Write(from);
          stream.Finish();
        });
    std::thread killer([&] {
      std::this_thread::sleep_for(life);
      program_->Kill();
    });
    const auto taken = [this, &open](const absl::StatusOr<v1::Order>& order) {
      if (order.ok()) {
        told_.Order(*order);
      }
      --open;
    };
    for (int i = 0; i < kOrders; ++i) {
      const std::string key = "k-" + std::to_string(round) + "-" + std::to_string(i);
      keys_.insert(key);
      ++open;
      channel_->Call<v1::SubmitOrderRequest, v1::Order>("tradewind.v1.OrderService/SubmitOrder",
                                                        Limit(key), Duration::Seconds(5), taken);
      if (i % 3 == 0) {
        v1::CancelOrderRequest cancel;
        cancel.set_account("demo");
        cancel.set_client_order_id(key);
        ++open;
        channel_->Call<v1::CancelOrderRequest, v1::Order>("tradewind.v1.OrderService/CancelOrder",
                                                          cancel, Duration::Seconds(5), taken);
      }
    }
    killer.join();
    ASSERT_TRUE(WaitFor([&] { return open == 0; }));
  }

  std::map<std::string, v1::Order> AllOrders() {
    std::map<std::string, v1::Order> orders;
    std::set<std::string> ids;
    v1::ListOrdersRequest request;
    request.set_limit(1'000);
    request.set_after("0");
    do {
      const auto page = Call<v1::ListOrdersResponse>("ListOrders", request);
      EXPECT_TRUE(page.ok()) << page.status();
      for (const v1::Order& order : page->orders()) {
        EXPECT_TRUE(orders.emplace(order.client_order_id(), order).second)
            << order.client_order_id() << " is there twice";
        EXPECT_TRUE(ids.insert(order.order_id()).second) << order.order_id();
      }
      request.set_after(page->next());
    } while (!request.after().empty());
    return orders;
  }

  void CheckAgainstWhatWasTold() {
    const std::map<std::string, v1::Order> orders = AllOrders();
    const std::lock_guard lock(told_.mutex);
    EXPECT_EQ(told_.contradiction, "");
    for (const auto& [key, was] : told_.orders) {
      const auto it = orders.find(key);
      ASSERT_NE(it, orders.end()) << key << ", acknowledged as " << was.order_id() << ", is lost";
      const v1::Order& is = it->second;
      EXPECT_EQ(is.order_id(), was.order_id());
      EXPECT_GE(is.sequence(), was.sequence()) << key << " went back";
      EXPECT_EQ(is.quantity(), "0.5");
      if (is.sequence() == was.sequence()) {
        EXPECT_EQ(is.status(), was.status()) << key;
      }
      const bool was_refused = was.status() == v1::ORDER_STATUS_REJECTED;
      EXPECT_EQ(is.status() == v1::ORDER_STATUS_REJECTED, was_refused) << key;
    }
    for (const auto& [key, order] : orders) {
      EXPECT_TRUE(keys_.contains(key)) << key << " was never asked for";
    }
    // What went to the venue was on disk before.
    EXPECT_LE(exeq_.orders(), orders.size());
  }

  static constexpr int kOrders = 150;

  const std::string folder_ = ::testing::TempDir() + "tw-oms-crash-" + std::to_string(::getpid());
  uint64_t seed_ = 0;
  std::mt19937_64 random_;
  FakeRisk risk_;
  FakeExeq exeq_;
  uint16_t port_ = 0;
  std::unique_ptr<Program> program_;
  std::shared_ptr<rpc::Channel> channel_;
  Told told_;
  std::set<std::string> keys_;
};

TEST_F(CrashTest, KilledAtAnyMomentItLosesNothingItHasTold) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  exeq_.mode = FakeExeq::Mode::kFill;
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    ASSERT_NO_FATAL_FAILURE(Start());
    CheckAgainstWhatWasTold();
    ASSERT_NO_FATAL_FAILURE(LoadAndKill(round, std::chrono::microseconds(random_() % 120'000)));
  }
  ASSERT_NO_FATAL_FAILURE(Start());
  CheckAgainstWhatWasTold();
  EXPECT_GT(told_.orders.size(), 0U) << "every kill came before the first answer";
  EXPECT_GT(exeq_.orders(), 0U) << "every kill came before risk was there";

  // Each key can be sent again: known orders are repeats, the others are new.
  for (const std::string& key : keys_) {
    const auto order = Call<v1::Order>("SubmitOrder", Limit(key));
    ASSERT_TRUE(order.ok()) << order.status();
    const auto was = told_.orders.find(key);
    if (was != told_.orders.end()) {
      EXPECT_EQ(order->order_id(), was->second.order_id());
      EXPECT_TRUE(order->duplicate()) << key;
    }
  }
  // All that risk approved ends filled, once.
  const auto is_settled = [&] {
    for (const auto& [key, order] : AllOrders()) {
      if (order.status() != v1::ORDER_STATUS_FILLED &&
          order.status() != v1::ORDER_STATUS_REJECTED) {
        return false;
      }
    }
    return true;
  };
  EXPECT_TRUE(WaitFor(is_settled));
  size_t filled = 0;
  for (const auto& [key, order] : AllOrders()) {
    const bool is_filled = order.status() == v1::ORDER_STATUS_FILLED;
    EXPECT_EQ(order.filled_quantity(), is_filled ? "0.5" : "0");
    filled += is_filled ? 1 : 0;
  }
  EXPECT_EQ(filled, exeq_.orders()) << "each order that the venue has is filled here, no other";
  CheckAgainstWhatWasTold();
}

}  // namespace
}  // namespace tw::oms
