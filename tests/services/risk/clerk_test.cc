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
    desk.OnChange([this](Event change) { clerk->Record(std::move(change)); });
    officer = std::make_unique<Officer>(desk, *clerk, watch, [this] { ++kill_changes; });
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
  KillWatch watch{desk, [this](KillReported report) { clerk->Record(Event(std::move(report))); }};
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
    EXPECT_EQ(state.limits.For("a", "BTCUSDT").position.e8, Q("3").e8());
    EXPECT_EQ(state.limits.For("a", "BTCUSDT").order_quantity.e8, Q("10").e8());
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
    EXPECT_EQ(state.limits.For("a", "BTCUSDT").position.e8, Q("10").e8());
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

v1::EngageKillSwitchRequest Engage(const char* scope, const char* name, bool drill = false) {
  v1::EngageKillSwitchRequest request;
  request.set_scope(scope);
  request.set_name(name);
  request.set_reason("test");
  request.set_by("ana");
  request.set_drill(drill);
  return request;
}

TEST_F(ClerkTest, EveryChangeIsALineOfTheAuditAlsoAfterARestart) {
  const auto changes = [](Office& office) {
    const auto list = office.officer->ListChanges(v1::ListChangesRequest());
    EXPECT_TRUE(list.ok());
    std::vector<std::string> out;
    for (const v1::RiskChange& c : list->changes()) {
      out.push_back(std::to_string(c.sequence()) + " " + c.kind() + " " + c.scope() + " " +
                    c.name() + ": " + c.text() + " by " + c.by());
    }
    return out;
  };
  std::vector<std::string> before;
  {
    Office office(folder_);
    v1::SetLimitsRequest limits = SetPosition("5");
    limits.mutable_limits()->set_changed_by("bo");
    ASSERT_TRUE(office
                    .Wait<v1::Limits>(
                        [&](auto answer) { office.officer->SetLimits(limits, std::move(answer)); })
                    .ok());
    ASSERT_TRUE(office
                    .Wait<v1::KillSwitch>([&](auto answer) {
                      office.officer->EngageKillSwitch(Engage("account", "a", true),
                                                       std::move(answer));
                    })
                    .ok());
    before = changes(office);
  }
  ASSERT_EQ(before.size(), 3u);
  EXPECT_EQ(before[0], "1 LIMITS_FILE firm : hash=file-1 by limits.toml");
  EXPECT_EQ(before[1].substr(0, 24), "2 LIMITS symbol BTCUSDT:");
  EXPECT_NE(before[1].find("max_position=5"), std::string::npos) << before[1];
  EXPECT_NE(before[1].find("by bo"), std::string::npos) << before[1];
  EXPECT_EQ(before[2], "3 KILL_SWITCH account a: engaged, drill by ana");
  Office again(folder_);
  EXPECT_EQ(changes(again), before);
  v1::ListChangesRequest page;
  page.set_after(1);
  page.set_limit(1);
  const auto one = again.officer->ListChanges(page);
  ASSERT_TRUE(one.ok());
  ASSERT_EQ(one->changes_size(), 1);
  EXPECT_EQ(one->changes(0).sequence(), 2u);
  EXPECT_EQ(one->head(), 3u);
}

TEST_F(ClerkTest, AKillReportSaysWhenNothingCouldLeaveAndWhenTheLastCancelWasConfirmed) {
  const auto reports = [](Office& office) {
    return office.officer->ListKillReports(v1::ListKillReportsRequest())->reports();
  };
  {
    Office office(folder_);
    office.desk.OnLedgerEvent(
        testing::Event(OrderId(1, 1), v1::ORDER_EVENT_KIND_ACCEPTED, v1::ORDER_STATUS_NEW, "1"));
    v1::EngageKillSwitchRequest request = Engage("account", "a", true);
    request.set_cancel_open_orders(true);
    const auto engaged = office.Wait<v1::KillSwitch>(
        [&](auto answer) { office.officer->EngageKillSwitch(request, std::move(answer)); });
    ASSERT_TRUE(engaged.ok());
    EXPECT_TRUE(engaged->engaged());
    EXPECT_EQ(engaged->name(), "a");
    ASSERT_EQ(reports(office).size(), 1);
    EXPECT_EQ(reports(office)[0].open_orders(), 1);
    EXPECT_FALSE(reports(office)[0].blocked());

    office.watch.Poll();
    EXPECT_FALSE(reports(office)[0].confirmed()) << "an order may still be on its way";
    office.watch.OnBlocked(engaged->generation());
    EXPECT_TRUE(reports(office)[0].blocked());
    EXPECT_FALSE(reports(office)[0].confirmed());
    office.desk.OnLedgerEvent(testing::Event(OrderId(1, 1), v1::ORDER_EVENT_KIND_CANCELED,
                                             v1::ORDER_STATUS_CANCELED, "0"));
    office.watch.Poll();
    EXPECT_TRUE(office.watch.Running().empty());
  }
  Office again(folder_);  // the clerk has finished its queue
  ASSERT_EQ(reports(again).size(), 1);
  const v1::KillReport report = reports(again)[0];
  EXPECT_TRUE(report.blocked() && report.confirmed() && report.drill());
  EXPECT_EQ(report.left_open(), 0);
  EXPECT_FALSE(report.blocked_ms().empty() || report.confirmed_ms().empty());
  EXPECT_EQ(report.scope(), "account");
  EXPECT_TRUE(again.officer->GetKillSwitch().scoped(0).engaged()) << "stays until released";
}

TEST_F(ClerkTest, AScopeOrNameThatCannotBeIsRefused) {
  Office office(folder_);
  for (const auto& [scope, name] : {std::pair("book", "x"), std::pair("account", ""),
                                    std::pair("", "x"), std::pair("account_symbol", "a IBM")}) {
    const auto answer = office.Wait<v1::KillSwitch>([&, s = scope, n = name](auto done) {
      office.officer->EngageKillSwitch(Engage(s, n), std::move(done));
    });
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument) << scope;
  }
  const auto unknown = office.Wait<v1::KillSwitch>([&](auto done) {
    office.officer->EngageKillSwitch(Engage("symbol", "DOGEUSDT"), std::move(done));
  });
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(office.officer->GetKillSwitch().generation(), 0u);
}

// Of strategy "s" within a minute.
void AllowTwoExecutions(Office& office) {
  v1::SetLimitsRequest limits;
  limits.mutable_limits()->set_scope("strategy");
  limits.mutable_limits()->set_strategy("s");
  limits.mutable_limits()->set_max_executions("2");
  limits.mutable_limits()->set_reason("test");
  ASSERT_TRUE(office
                  .Wait<v1::Limits>(
                      [&](auto answer) { office.officer->SetLimits(limits, std::move(answer)); })
                  .ok());
}

TEST_F(ClerkTest, ATradeThatIsTakenBackIsNoExecutionOfTheStrategy) {
  Office office(folder_);
  AllowTwoExecutions(office);
  const auto tell = [&](v1::OrderEventKind kind, const char* quantity, int64_t time_ns) {
    v1::LedgerEvent event = testing::FillEvent(OrderId(1, 1), quantity, "0");
    event.set_kind(kind);
    event.set_strategy("s");
    event.set_time_ns(time_ns);
    office.desk.OnLedgerEvent(event);
    return office.officer->ListDisabledStrategies().strategies_size();
  };
  EXPECT_EQ(tell(v1::ORDER_EVENT_KIND_FILLED, "0.1", kNow.ns - 5), 0);
  EXPECT_EQ(tell(v1::ORDER_EVENT_KIND_FILLED, "0.1", kNow.ns - 4), 0);
  EXPECT_EQ(tell(v1::ORDER_EVENT_KIND_TRADE_BUSTED, "-0.1", kNow.ns - 3), 0);
  EXPECT_EQ(tell(v1::ORDER_EVENT_KIND_TRADE_CORRECTED, "0.1", kNow.ns - 2), 0);
  EXPECT_EQ(tell(v1::ORDER_EVENT_KIND_FILLED, "0.1", kNow.ns - 1), 1) << "the third";
}

// The executions that it was switched off for are no reason to switch it off again.
TEST_F(ClerkTest, AStrategyThatIsEnabledIsCountedAnew) {
  Office office(folder_);
  AllowTwoExecutions(office);
  const auto trade = [&](uint32_t number, int64_t time_ns) {
    v1::LedgerEvent fill = testing::FillEvent(OrderId(1, number), "0.1", "0");
    fill.set_strategy("s");
    fill.set_time_ns(time_ns);
    office.desk.OnLedgerEvent(fill);
    return office.officer->ListDisabledStrategies().strategies_size();
  };
  trade(1, kNow.ns - 3);
  trade(2, kNow.ns - 2);
  ASSERT_EQ(trade(3, kNow.ns - 1), 1);
  v1::EnableStrategyRequest request;
  request.set_strategy("s");
  request.set_reason("fixed");
  request.set_by("ana");
  ASSERT_TRUE(office
                  .Wait<v1::DisabledStrategy>([&](auto answer) {
                    office.officer->EnableStrategy(request, std::move(answer));
                  })
                  .ok());
  EXPECT_EQ(trade(4, kNow.ns + 1), 0);
  EXPECT_EQ(trade(5, kNow.ns + 2), 0);
  EXPECT_EQ(trade(6, kNow.ns + 3), 1);
}

// Two executions a minute: the third switches the strategy off, over a restart and a second reading
// of the ledger, until somebody says who they are.
TEST_F(ClerkTest, ARunawayStrategyStaysOffUntilANamedPersonEnablesIt) {
  const auto trade = [](Office& office) {
    for (uint32_t i = 1; i <= 3; ++i) {
      v1::LedgerEvent fill = testing::FillEvent(OrderId(1, i), "0.1", "0");
      fill.set_strategy("s");
      fill.set_time_ns(kNow.ns - 1'000 + i);
      office.desk.OnLedgerEvent(fill);
    }
  };
  const auto off = [](Office& office) {
    return office.officer->ListDisabledStrategies().strategies_size();
  };
  const auto enable = [](Office& office, const char* by) {
    v1::EnableStrategyRequest request;
    request.set_strategy("s");
    request.set_reason("fixed");
    request.set_by(by);
    return office.Wait<v1::DisabledStrategy>(
        [&](auto answer) { office.officer->EnableStrategy(request, std::move(answer)); });
  };
  {
    Office office(folder_);
    v1::SetLimitsRequest limits;
    limits.mutable_limits()->set_scope("strategy");
    limits.mutable_limits()->set_strategy("*");
    limits.mutable_limits()->set_max_executions("2");
    limits.mutable_limits()->set_reason("test");
    ASSERT_TRUE(office
                    .Wait<v1::Limits>(
                        [&](auto answer) { office.officer->SetLimits(limits, std::move(answer)); })
                    .ok());
    trade(office);
    EXPECT_EQ(off(office), 1);
  }
  {
    Office office(folder_);
    EXPECT_EQ(off(office), 1);
    trade(office);  // the ledger is read anew
    EXPECT_EQ(enable(office, "").status().code(), absl::StatusCode::kInvalidArgument);
    const auto enabled = enable(office, "ana");
    ASSERT_TRUE(enabled.ok()) << enabled.status();
    EXPECT_FALSE(enabled->disabled());
    EXPECT_EQ(enabled->by(), "ana");
    EXPECT_EQ(enable(office, "ana").status().code(), absl::StatusCode::kNotFound);
  }
  Office office(folder_);
  trade(office);
  EXPECT_EQ(off(office), 0) << "what was before she enabled it is forgiven";
}

}  // namespace
}  // namespace tw::risk
