#include "services/risk/clerk.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "libs/base/field_error.h"
#include "services/risk/officer.h"
#include "tests/services/risk/shell_fixture.h"

namespace tw::risk {
namespace {

using testing::kNow;
using testing::Q;
using testing::TempPath;
using testing::TestInstruments;

// A desk and its clerk over one folder, as after a (re)start.
class Office {
 public:
  explicit Office(const std::string& folder, const std::string& file_hash = "file-1")
      : desk(clock_,
             TestInstruments(),
             tw::Accounts(),
             {testing::DefaultRows(), Rules(), file_hash},
             RiskConfig(),
             RiskMetrics()) {
    auto opened = Clerk::Open(folder, file_hash, desk, RiskMetrics(),
                              [](const absl::Status& s) { ADD_FAILURE() << s; });
    EXPECT_TRUE(opened.ok()) << opened.status();
    clerk = *std::move(opened);
    officer = std::make_unique<Officer>(desk, *clerk, [this] { ++kill_changes; });
  }
  ~Office() { clerk->Stop(); }

  template <typename Message, typename Call>
  absl::StatusOr<Message> Wait(Call call) {
    std::promise<absl::StatusOr<Message>> promise;
    auto future = promise.get_future();
    call([&](absl::StatusOr<Message> answer) { promise.set_value(std::move(answer)); });
    return future.get();
  }

  uint64_t version() {
    return desk.Read([](const State& s, const Alerts&) { return s.limits.version(); });
  }

 private:
  const ManualClock clock_{kNow};

 public:
  Desk desk;
  std::unique_ptr<Clerk> clerk;
  std::unique_ptr<Officer> officer;
  std::atomic<int> kill_changes{0};
};

class ClerkTest : public ::testing::Test {
 protected:
  ClerkTest() : folder_(TempPath("clerk")) { std::filesystem::remove_all(folder_); }
  ~ClerkTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_;
};

v1::SetLimitsRequest SetPosition(const char* value) {
  v1::SetLimitsRequest request;
  request.mutable_limits()->set_scope("symbol");
  request.mutable_limits()->set_symbol("BTCUSDT");
  request.mutable_limits()->set_max_position(value);
  request.mutable_limits()->set_reason("test");
  return request;
}

TEST_F(ClerkTest, EverythingAnsweredIsThereAfterARestart) {
  {
    Office office(folder_);
    EXPECT_TRUE(office
                    .Wait<v1::Limits>(
                        [&](auto answer) { office.officer->SetLimits(SetPosition("3"), answer); })
                    .ok());
    v1::BlockSymbolRequest block;
    block.set_symbol("IBM");
    EXPECT_TRUE(
        office
            .Wait<v1::SymbolBlock>([&](auto answer) { office.officer->BlockSymbol(block, answer); })
            .ok());
    v1::EngageKillSwitchRequest engage;
    engage.set_cancel_open_orders(true);
    EXPECT_TRUE(office
                    .Wait<v1::KillSwitch>(
                        [&](auto answer) { office.officer->EngageKillSwitch(engage, answer); })
                    .ok());
  }
  Office office(folder_);
  EXPECT_EQ(office.version(), 2u);
  office.desk.Read([](const State& state, const Alerts& alerts) {
    EXPECT_EQ(state.limits.For("a", "BTCUSDT").max_position, Q("3"));
    EXPECT_EQ(state.limits.For("a", "BTCUSDT").max_order_quantity, Q("10"));
    EXPECT_TRUE(state.controls.IsBlocked("IBM"));
    EXPECT_TRUE(state.controls.kill_switch().engaged);
    EXPECT_TRUE(state.controls.kill_switch().cancel_open_orders);
    EXPECT_EQ(state.controls.kill_switch().generation, 1u);
    EXPECT_EQ(alerts.open(), 2u) << "one for the block, one for the switch";
  });
}

TEST_F(ClerkTest, AnotherLimitsFileIsAnotherVersion) {
  { EXPECT_EQ(Office(folder_, "file-1").version(), 1u); }
  { EXPECT_EQ(Office(folder_, "file-1").version(), 1u); }
  { EXPECT_EQ(Office(folder_, "file-2").version(), 2u); }
}

TEST_F(ClerkTest, NoneTakesAValueAway) {
  Office office(folder_);
  v1::SetLimitsRequest request;
  request.mutable_limits()->set_scope("account_symbol");
  request.mutable_limits()->set_account("a");
  request.mutable_limits()->set_symbol("BTCUSDT");
  request.mutable_limits()->set_max_position("2");
  request.mutable_limits()->set_reason("test");
  const auto set = [&] {
    return office.Wait<v1::Limits>(
        [&](auto answer) { office.officer->SetLimits(request, answer); });
  };
  EXPECT_EQ(set()->max_position(), "2");
  request.mutable_limits()->set_max_position("none");
  EXPECT_EQ(set()->max_position(), "");
  office.desk.Read([](const State& state, const Alerts&) {
    EXPECT_EQ(state.limits.For("a", "BTCUSDT").max_position, Q("10"));
  });
}

TEST_F(ClerkTest, ARefusedChangeChangesNothing) {
  Office office(folder_);
  const auto answer = office.Wait<v1::Limits>(
      [&](auto done) { office.officer->SetLimits(SetPosition("-1"), done); });
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FieldOf(answer.status()), "max_position");
  EXPECT_EQ(office.version(), 1u);
}

TEST_F(ClerkTest, ARepeatIsNoChange) {
  Office office(folder_);
  v1::BlockSymbolRequest block;
  block.set_symbol("IBM");
  block.set_reason("halt");
  const auto block_it = [&] {
    return office.Wait<v1::SymbolBlock>(
        [&](auto answer) { office.officer->BlockSymbol(block, answer); });
  };
  EXPECT_EQ(block_it()->reason(), "halt");
  block.set_reason("another");
  EXPECT_EQ(block_it()->reason(), "halt") << "the block that stands";
  const v1::EngageKillSwitchRequest engage;
  for (int i = 0; i < 2; ++i) {
    const auto state = office.Wait<v1::KillSwitch>(
        [&](auto answer) { office.officer->EngageKillSwitch(engage, answer); });
    EXPECT_EQ(state->generation(), 1u);
  }
  office.clerk->Stop();
  EXPECT_EQ(office.kill_changes, 1);
  office.desk.Read([](const State&, const Alerts& alerts) { EXPECT_EQ(alerts.open(), 2u); });
}

TEST_F(ClerkTest, AFullQueueSaysSo) {
  Office office(folder_);
  std::promise<void> hold;
  const std::shared_future<void> held = hold.get_future().share();
  std::promise<void> started;
  const auto nothing = [](const State&, const Alerts&, Timestamp) {
    return absl::StatusOr<std::optional<Event>>(std::nullopt);
  };
  office.clerk->Submit(nothing, [&](const absl::Status&) {
    started.set_value();
    held.wait();
  });
  started.get_future().wait();
  std::atomic<size_t> refused{0};
  std::atomic<size_t> done{0};
  const auto count = [&](const absl::Status& status) {
    (status.ok() ? done : refused)++;
    EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kResourceExhausted);
  };
  for (size_t i = 0; i < Clerk::kQueueMax + 5; ++i) {
    office.clerk->Submit(nothing, count);
  }
  EXPECT_EQ(refused, 5u);
  office.clerk->Submit(nothing, count, journal::Lane::kPriority);
  EXPECT_EQ(refused, 5u) << "the kill switch still gets through";
  hold.set_value();
  office.clerk->Stop();
  EXPECT_EQ(done, Clerk::kQueueMax + 1);
}

TEST_F(ClerkTest, AJournalOfAnotherKindIsRefused) {
  {
    journal::PosixFileSystem files;
    auto writer = journal::Writer::Open(files, folder_, {});
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Append("not a risk record").ok());
    ASSERT_TRUE((*writer)->Sync().ok());
  }
  const ManualClock clock(kNow);
  Desk desk(clock, TestInstruments(), tw::Accounts(), {testing::DefaultRows(), Rules(), "h"},
            RiskConfig(), RiskMetrics());
  EXPECT_EQ(
      Clerk::Open(folder_, "h", desk, RiskMetrics(), [](const absl::Status&) {}).status().code(),
      absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tw::risk
