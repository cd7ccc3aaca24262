// What the door adds to an order: who calls, whether that one may, whether the account is theirs,
// the quota, and the answer held against the same accounts. To be read beside the time of a whole
// order (docs/performance.md): it may cost a tenth more with sign-in at most.
#include <benchmark/benchmark.h>

#include <unistd.h>

#include <filesystem>
#include <string>

#include "libs/base/check.h"
#include "libs/journal/posix_file.h"
#include "services/gateway/door.h"

namespace tw::gateway {
namespace {

constexpr char kPassword[] = "correct horse battery";

// A call as its server sees it.
class Call final : public rpc::CallContext {
 public:
  explicit Call(const std::string& token) : authorization_("Bearer " + token) {}
  std::string peer() const override { return "ipv4:127.0.0.1:4711"; }
  std::string metadata(const std::string& name) const override {
    return name == "authorization" ? authorization_ : "";
  }
  bool IsCancelled() const override { return false; }
  Duration TimeLeft() const override { return Duration::Seconds(1); }

 private:
  const std::string authorization_;
};

// A door with one user who has signed in.
class OneUser {
 public:
  explicit OneUser(const std::string& accounts)
      : folder_(std::filesystem::temp_directory_path() /
                ("tw-door-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    auth::Keeper::Options options;
    options.folder = folder_;
    options.cost = auth::HashCost::kLeast;
    auto keeper = auth::Keeper::Open(files_, clock_, options);
    TW_CHECK(keeper.ok());
    keeper_ = *std::move(keeper);
    auth::User user;
    user.name = "tom";
    user.roles = {auth::Role::kTrader};
    user.accounts = {accounts};
    TW_CHECK(keeper_->CreateUser({}, user, kPassword).ok());
    const auto signed_in = keeper_->Login("tom", kPassword, "127.0.0.1:1");
    TW_CHECK(signed_in.ok());
    token_ = signed_in->token;
    Door::Options door;
    door.secure = true;
    door.quota.limit = 1'000'000'000'000;
    door_ = std::make_unique<Door>(door, keeper_.get(), clock_);
  }
  ~OneUser() {
    door_.reset();
    keeper_.reset();
    std::filesystem::remove_all(folder_);
  }
  Door& door() { return *door_; }
  const std::string& token() const { return token_; }

 private:
  const std::filesystem::path folder_;
  const SystemClock clock_{};
  journal::PosixFileSystem files_;
  std::unique_ptr<auth::Keeper> keeper_;
  std::unique_ptr<Door> door_;
  std::string token_;
};

void Order(benchmark::State& bench, const char* accounts) {
  OneUser one(accounts);
  const rpc::Gate gate = one.door().GrpcGate();
  const Call call(one.token());
  v1::SubmitOrderRequest request;
  request.set_account("demo");
  request.set_symbol("BTCUSDT");
  request.set_quantity("0.10");
  request.set_price("45000.10");
  request.set_client_order_id("a-1");
  v1::Order answer;
  answer.set_account("demo");
  answer.set_order_id("3-7");
  for (auto _ : bench) {
    const auto caller = gate("tradewind.v1.OrderService/SubmitOrder", call);
    one.door().Through<v1::SubmitOrderRequest, v1::Order>(
        *caller, "OrderService/SubmitOrder", request,
        [&](const v1::SubmitOrderRequest&,
            const std::function<void(absl::StatusOr<v1::Order>)>& done) { done(answer); },
        [](const absl::StatusOr<v1::Order>& order) { benchmark::DoNotOptimize(order.ok()); });
  }
}

BENCHMARK_CAPTURE(Order, of_one_account, "demo");
BENCHMARK_CAPTURE(Order, of_every_account, "*");

}  // namespace
}  // namespace tw::gateway
