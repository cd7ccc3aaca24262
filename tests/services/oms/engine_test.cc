// The engine on a disk that fails and fills up, with a full queue, and with ports that fail.
#include "services/oms/engine.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/services/oms/engine_fixture.h"

namespace tw::oms {
namespace {

using testing::EngineTest;

TEST_F(EngineTest, BeforeItIsOpenItTakesNothing) {
  Engine engine(
      options_, *clock_, OmsMetrics(registry_), [] {}, [](const absl::Status&) {});
  Requests requests(engine);
  absl::Status status;
  requests.Submit(Limit("a"), [&](const auto& order) { status = order.status(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  status = absl::OkStatus();
  requests.ListFills({}, [&](const auto& fills) { status = fills.status(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(EngineTest, WhatCannotBeSyncedIsNeverSeen) {
  Open();
  const v1::Order before = Accepted("before");
  const size_t routed = execution_.sent.size();
  const int published = published_;
  files_.FailSyncs();
  const auto result = Submit("a");
  Approve();
  EXPECT_FALSE(fatal_.ok());
  EXPECT_EQ(result->status().code(), absl::StatusCode::kUnknown) << "no answer";
  EXPECT_EQ(execution_.sent.size(), routed) << "no order to the venue";
  EXPECT_EQ(published_, published) << "no event";
  EXPECT_EQ(engine_->store().head(), before.sequence());
  // Nor what comes after it.
  EXPECT_EQ(Cancel(before).status().code(), absl::StatusCode::kUnknown);

  files_.LiftFaults();
  files_.LoseUnsynced();
  engine_.reset();
  fatal_ = absl::OkStatus();
  Open();
  EXPECT_EQ(Get(before).status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_FALSE(Accepted("a").duplicate());
}

TEST_F(EngineTest, ExecutionsResumeAfterTheLastOneOnDisk) {
  Open();
  const v1::Order order = Accepted("a");
  Execute(v1::EXECUTION_KIND_ACCEPTED, order);
  EXPECT_EQ(engine_->execution_sequence(), 1U);
  files_.FailSyncs();
  Execute(v1::EXECUTION_KIND_FILLED, order, "1");
  EXPECT_EQ(engine_->execution_sequence(), 1U);
}

TEST_F(EngineTest, ReportsCloseBehindASyncWaitForTheNextOne) {
  std::vector<std::function<void()>> alarms;
  options_.later = [&](Duration, std::function<void()> then) { alarms.push_back(std::move(then)); };
  options_.report_wait = Duration::Seconds(600);
  Open();
  const v1::Order a = Accepted("a");
  const int published = published_;
  Execute(v1::EXECUTION_KIND_ACCEPTED, a);
  Execute(v1::EXECUTION_KIND_FILLED, a, "0.25");
  EXPECT_EQ(published_, published) << "neither is on disk";
  EXPECT_EQ(engine_->execution_sequence(), 0U);
  EXPECT_EQ(alarms.size(), 1U) << "one for both";

  Submit("b");
  EXPECT_EQ(published_, published) << "risk has not answered: nothing to sync for";
  Approve();  // the order's sync is theirs too
  EXPECT_EQ(published_, published + 1);
  EXPECT_EQ(engine_->execution_sequence(), 2U);

  Execute(v1::EXECUTION_KIND_FILLED, a, "0.25");
  EXPECT_EQ(engine_->execution_sequence(), 2U);
  ASSERT_EQ(alarms.size(), 1U) << "it is still on its way";
  alarms[0]();  // no company came
  EXPECT_EQ(engine_->execution_sequence(), 3U);
  EXPECT_EQ(Get(a).filled_quantity(), "0.5");
}

TEST_F(EngineTest, NothingIsReadFromAReportThatWaits) {
  options_.later = [](Duration, const std::function<void()>&) {};
  options_.report_wait = Duration::Seconds(600);
  Open();
  const v1::Order a = Accepted("a");
  Execute(v1::EXECUTION_KIND_ACCEPTED, a);
  EXPECT_EQ(engine_->execution_sequence(), 0U);
  EXPECT_EQ(Get(a).status(), v1::ORDER_STATUS_NEW);
  EXPECT_EQ(engine_->execution_sequence(), 1U) << "whoever asks brings the sync";
}

// Who can wait elsewhere does so by then (OmsService::ServeLedger).
TEST_F(EngineTest, IsBusyWhileMoreWaitAtRiskThanItMayHave) {
  options_.busy_at = 2;
  Open();
  Submit("a");
  Submit("b");
  EXPECT_FALSE(engine_->busy());
  Submit("c");
  EXPECT_TRUE(engine_->busy());
  Approve();
  EXPECT_FALSE(engine_->busy());
}

// A hand-over to another thread costs a waking, which a busy disk is worth and a quiet one is not.
TEST_F(EngineTest, OnlyABusyDiskIsLeftToAnotherThread) {
  for (const bool busy : {false, true}) {
    SCOPED_TRACE(busy);
    options_.queue = SequencerOptions::ForReaders();
    options_.sync_rest = busy ? 1e12 : 0;
    Open();
    std::promise<std::thread::id> answered;
    requests_->Submit(Limit(busy ? "b" : "a"), [&](const auto& order) {
      EXPECT_TRUE(order.ok()) << order.status();
      answered.set_value(std::this_thread::get_id());
    });
    Approve();
    EXPECT_EQ(answered.get_future().get() == std::this_thread::get_id(), !busy);
    engine_->Close();
  }
}

TEST_F(EngineTest, AFullDiskRefusesOrdersAndLetsCancelsAndExecutionsThrough) {
  Open();
  std::vector<v1::Order> orders;
  files_.LimitSpace(0);
  absl::Status refusal;
  std::shared_ptr<absl::StatusOr<v1::Order>> last;
  for (int i = 0; i < 20'000 && refusal.ok(); ++i) {
    last = Submit("f-" + std::to_string(i));
    refusal =
        last->status().code() == absl::StatusCode::kUnknown ? absl::OkStatus() : last->status();
    if (refusal.ok()) {
      Approve();
      ASSERT_TRUE(last->ok()) << last->status();
      orders.push_back(**last);
    }
  }
  EXPECT_EQ(refusal.code(), absl::StatusCode::kUnavailable) << refusal;
  EXPECT_FALSE(engine_->store().takes_orders());
  EXPECT_TRUE(fatal_.ok()) << fatal_;
  ASSERT_GT(orders.size(), 100U);
  EXPECT_EQ(Cancel(orders[0])->status(), v1::ORDER_STATUS_PENDING_CANCEL);
  Execute(v1::EXECUTION_KIND_FILLED, orders[1], "1");
  EXPECT_EQ(Get(orders[1]).status(), v1::ORDER_STATUS_FILLED);

  // The reserve ends too: what cannot be written is not taken, and nothing dies.
  size_t at = 2;
  while (at < orders.size() && Cancel(orders[at]).ok()) {
    ++at;
  }
  ASSERT_LT(at, orders.size()) << "the reserve is larger than the test thinks";
  EXPECT_EQ(Cancel(orders[at]).status().code(), absl::StatusCode::kUnavailable);
  Execute(v1::EXECUTION_KIND_FILLED, orders[at], "1");
  EXPECT_EQ(engine_->execution_sequence(), 1U) << "not acknowledged";
  EXPECT_EQ(Get(orders[at]).status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_TRUE(fatal_.ok()) << fatal_;
  ASSERT_TRUE(engine_->Post(TickCommand{}));
  EXPECT_EQ(execution_.restarts, 0);

  // There is space again: executions are asked for, orders are taken, refused keys are free.
  files_.LiftFaults();
  ASSERT_TRUE(engine_->Post(TickCommand{}));
  EXPECT_EQ(execution_.restarts, 1);
  EXPECT_TRUE(engine_->store().takes_orders());
  --executions_;
  Execute(v1::EXECUTION_KIND_FILLED, orders[at], "1");
  EXPECT_EQ(Get(orders[at]).status(), v1::ORDER_STATUS_FILLED);
  EXPECT_FALSE(Accepted("f-" + std::to_string(orders.size())).duplicate());
}

TEST_F(EngineTest, AnApprovalThatCannotBeJournaledIsReleased) {
  Open();
  std::vector<std::shared_ptr<absl::StatusOr<v1::Order>>> waiting;
  // Questions that are all with risk when the disk fills up: more than two segments hold, should
  // the next one be claimed already.
  for (int i = 0; i < 4'000; ++i) {
    waiting.push_back(Submit("w-" + std::to_string(i)));
  }
  files_.LimitSpace(0);
  v1::GateResponse response;
  for (const v1::GateRequest& request : gate_.sent) {
    for (const v1::GateOrder& order : request.orders()) {
      v1::GateDecision& decision = *response.add_decisions();
      decision.set_order_id(order.order_id());
      decision.set_request(order.request());
      decision.set_reserve_price_e8(order.price_e8());
      decision.mutable_decision()->set_approved(true);
    }
  }
  gate_.sent.clear();
  ASSERT_TRUE(engine_->Post(GateAnswered{response}, Lane::kPriority));
  size_t refused = 0;
  for (const auto& result : waiting) {
    ASSERT_NE(result->status().code(), absl::StatusCode::kUnknown) << "every one is answered";
    refused += result->status().code() == absl::StatusCode::kUnavailable ? 1 : 0;
  }
  EXPECT_GT(refused, 0U);
  EXPECT_LT(refused, waiting.size());
  ASSERT_EQ(gate_.sent.size(), 1U);
  EXPECT_EQ(static_cast<size_t>(gate_.sent[0].released_size()), refused);
  EXPECT_TRUE(fatal_.ok()) << fatal_;
}

TEST_F(EngineTest, AKillIsInForceEvenWhereItCannotBeRecorded) {
  Open();
  files_.LimitSpace(0);
  std::vector<v1::Order> orders;
  for (int i = 0; engine_->store().takes_orders(); ++i) {
    const auto result = Submit("k-" + std::to_string(i));
    if (engine_->store().takes_orders()) {
      Approve();
      orders.push_back(**result);
    }
  }
  for (const v1::Order& order : orders) {
    if (!Cancel(order).ok()) {
      break;
    }
  }
  v1::KillSwitch kill;
  kill.set_engaged(true);
  kill.set_generation(3);
  absl::StatusOr<v1::KillSwitch> answer = absl::UnknownError("no answer yet");
  const auto apply = [&] {
    ASSERT_TRUE(engine_->Post(KillCommand{kill, [&](const auto& k) { answer = k; }}));
  };
  apply();
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << "so that risk asks again";
  files_.LiftFaults();
  const auto result = Submit("new");
  Approve();
  EXPECT_EQ((*result)->reject_reason(), v1::REJECT_REASON_KILL_SWITCH);
  apply();
  ASSERT_TRUE(answer.ok()) << answer.status();
  engine_.reset();
  Open();
  const auto after = Submit("after");
  Approve();
  EXPECT_EQ((*after)->reject_reason(), v1::REJECT_REASON_KILL_SWITCH) << "it was recorded";
}

TEST_F(EngineTest, AGateOutOfReachRefusesOnlyWhatItWasNotAsked) {
  Open();
  const auto asked = Submit("asked");
  const std::vector<v1::GateRequest> sent = gate_.sent;
  gate_.is_down = true;
  const auto refused = Submit("refused");
  ASSERT_TRUE(refused->ok());
  EXPECT_EQ((*refused)->reject_reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);
  EXPECT_EQ(asked->status().code(), absl::StatusCode::kUnknown) << "its answer may still come";
  gate_.is_down = false;
  gate_.sent = sent;
  Approve();
  EXPECT_EQ((*asked)->status(), v1::ORDER_STATUS_PENDING_NEW);
}

TEST_F(EngineTest, ReleasesWaitForRiskToComeBack) {
  options_.gate_timeout = Duration::Millis(1);
  Open();
  const auto late = Submit("late");
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  gate_.is_down = true;
  ASSERT_TRUE(engine_->Post(TickCommand{}));
  ASSERT_TRUE(late->ok());
  EXPECT_EQ((*late)->reject_reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);
  gate_.is_down = false;
  gate_.sent.clear();
  ASSERT_TRUE(engine_->Post(TickCommand{}));
  ASSERT_EQ(gate_.sent.size(), 1U);
  ASSERT_EQ(gate_.sent[0].released_size(), 1);
  EXPECT_EQ(OrderId::FromValue(gate_.sent[0].released(0)).ToString(), (*late)->order_id());
}

TEST_F(EngineTest, ExecutionOutOfReachKeepsTheOrderForTheNextStream) {
  Open();
  execution_.is_down = true;
  Accepted("a");
  EXPECT_EQ(execution_.restarts, 1);
  EXPECT_FALSE(engine_->route_up());
  execution_.is_down = false;
  v1::RouteResponse caught_up;
  caught_up.set_caught_up(true);
  ASSERT_TRUE(engine_->Post(Executed{caught_up}));
  ASSERT_EQ(execution_.sent.size(), 1U);
  EXPECT_EQ(execution_.sent[0].commands_size(), 1);
}

TEST_F(EngineTest, AFullQueueIsSaidAndACancelStillGoesThrough) {
  options_.queue.queue_max = 16;
  Open();
  const v1::Order working = Accepted("w");
  std::promise<void> busy;
  std::promise<void> go_on;
  std::thread owner([&] {
    engine_->Post(ReadCommand{[&](const Ledger&) {
      busy.set_value();
      go_on.get_future().wait();
    }});
  });
  busy.get_future().wait();
  std::vector<std::shared_ptr<absl::StatusOr<v1::Order>>> results;
  for (int i = 0; i < 20; ++i) {
    results.push_back(Submit("q-" + std::to_string(i)));
  }
  absl::StatusOr<v1::Order> canceled = absl::UnknownError("no answer yet");
  v1::CancelOrderRequest cancel;
  cancel.set_order_id(working.order_id());
  requests_->Cancel(cancel, [&](const auto& order) { canceled = order; });
  int refused = 0;
  for (const auto& result : results) {
    refused += result->status().code() == absl::StatusCode::kResourceExhausted ? 1 : 0;
  }
  EXPECT_EQ(refused, 4);
  EXPECT_EQ(canceled.status().code(), absl::StatusCode::kUnknown) << "it waits for the owner";
  go_on.set_value();
  owner.join();
  ASSERT_TRUE(canceled.ok()) << canceled.status();
  EXPECT_EQ(canceled->status(), v1::ORDER_STATUS_PENDING_CANCEL);
  EXPECT_EQ(gate_.sent.back().orders_size(), 16);
}

// A list that has to look at every order is made some at a time: others are answered in between.
TEST_F(EngineTest, AWalkOverAllOrdersLetsOthersThrough) {
  options_.queue.inline_batches_max = 1'000;  // all on this thread
  Open();
  requests_ = std::make_unique<Requests>(*engine_, /*scan_max=*/10);
  const v1::Order oldest = Accepted("oldest");
  for (int i = 0; i < 25; ++i) {
    Accepted("o-" + std::to_string(i));
  }
  Execute(v1::EXECUTION_KIND_CANCELED, oldest);
  std::vector<std::string> answers;
  v1::ListOrdersRequest list;
  list.add_status(v1::ORDER_STATUS_CANCELED);
  v1::GetOrderRequest get;
  get.set_order_id(oldest.order_id());
  const auto answer = [&](const char* what) {
    return [&answers, what](const auto& result) {
      ASSERT_TRUE(result.ok()) << result.status();
      answers.emplace_back(what);
    };
  };
  ASSERT_TRUE(engine_->Post(ReadCommand{[&](const Ledger&) {  // all of these wait at the same time
    requests_->List(list, [&](const auto& found) {
      ASSERT_TRUE(found.ok()) << found.status();
      ASSERT_EQ(found->orders_size(), 1);
      EXPECT_EQ(found->orders(0).client_order_id(), "oldest");
      answers.emplace_back("newest first");
    });
    list.set_after("0");
    requests_->List(list, [&](const auto& found) {
      ASSERT_TRUE(found.ok()) << found.status();
      ASSERT_EQ(found->orders_size(), 1);
      EXPECT_EQ(found->next(), "");
      answers.emplace_back("oldest first");
    });
    requests_->Get(get, answer("get"));
  }}));
  EXPECT_EQ(answers, (std::vector<std::string>{"get", "newest first", "oldest first"}));
}

TEST_F(EngineTest, ClosingAnswersWhatRiskStillHolds) {
  Open();
  const auto result = Submit("a");
  engine_->Close();
  EXPECT_EQ(result->status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tw::oms
