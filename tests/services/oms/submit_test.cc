// New orders: risk in all its moods, idempotency, malformed requests, overload.
#include <gtest/gtest.h>

#include "libs/base/field_error.h"
#include "tests/services/oms/oms_fixture.h"

namespace tw::oms {
namespace {

using testing::E8;
using testing::FakeRisk;
using testing::IdOf;
using testing::OmsTest;
using tw::testing::WaitFor;

void Trail(v1::SubmitOrderRequest& request, const char* amount, const char* percent) {
  request.set_type(v1::ORDER_TYPE_TRAILING_STOP);
  request.clear_price();
  request.set_trailing_amount(amount);
  request.set_trailing_percent(percent);
}

v1::SubmitOrderRequest& PostOnly(v1::SubmitOrderRequest& request) {
  request.set_post_only(true);
  return request;
}

class SubmitTest : public OmsTest {};

TEST_F(SubmitTest, AnOrderIsPendingNewThenNewThenFilled) {
  StartReady();
  const v1::Order order = Submit("a-1");
  EXPECT_EQ(order.status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_EQ(order.order_id(), "1-1");
  EXPECT_EQ(order.client_order_id(), "a-1");
  EXPECT_EQ(order.leaves_quantity(), "1");
  EXPECT_EQ(order.average_fill_price(), "0");
  EXPECT_FALSE(order.duplicate());
  ASSERT_TRUE(WaitFor([&] { return exeq_.placed(IdOf(order)) == 1; }));

  exeq_.Accept(IdOf(order));
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_NEW));
  exeq_.Fill(IdOf(order), "0.25", "99");
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_PARTIALLY_FILLED));
  exeq_.Fill(IdOf(order), "0.75", "100");
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_FILLED));
  const v1::Order filled = *Get(order.order_id());
  EXPECT_EQ(filled.filled_quantity(), "1");
  EXPECT_EQ(filled.leaves_quantity(), "0");
  EXPECT_EQ(filled.average_fill_price(), "99.75");
  EXPECT_EQ(filled.venue(), "PAPER");
  const v1::ListFillsResponse fills = Fills();
  ASSERT_EQ(fills.fills_size(), 2);
  EXPECT_EQ(fills.fills(0).fill_id(), "PAPER-x2");
  EXPECT_EQ(fills.fills(0).quantity(), "0.25");
  EXPECT_EQ(fills.fills(1).price(), "100");
}

TEST_F(SubmitTest, AMarketOrderGoesOutAtThePriceThatRiskReserved) {
  StartReady();
  v1::SubmitOrderRequest request = Limit("m", "1", "");
  request.set_type(v1::ORDER_TYPE_MARKET);
  request.set_time_in_force(v1::TIME_IN_FORCE_UNSPECIFIED);
  const v1::Order order = Submit(request);
  EXPECT_EQ(order.time_in_force(), v1::TIME_IN_FORCE_IOC);
  ASSERT_TRUE(WaitFor([&] { return exeq_.commands().size() == 1; }));
  EXPECT_EQ(exeq_.commands()[0].place().price_e8(), E8("46000"));
}

TEST_F(SubmitTest, RiskRefusesAndItIsAnOrder) {
  StartReady();
  risk_.mode = FakeRisk::Mode::kReject;
  const v1::Order order = Submit("r");
  EXPECT_EQ(order.status(), v1::ORDER_STATUS_REJECTED);
  EXPECT_EQ(order.reject_reason(), v1::REJECT_REASON_MAX_POSITION);
  EXPECT_EQ(order.reject_message(), "the position would be 11, the limit 10");
  EXPECT_EQ(order.leaves_quantity(), "0");
  EXPECT_EQ(order.canceled_quantity(), "1");
  EXPECT_EQ(Get(order.order_id())->status(), v1::ORDER_STATUS_REJECTED);
  EXPECT_EQ(exeq_.orders(), 0U);
}

TEST_F(SubmitTest, WithRiskDownEveryOrderIsRefusedAtOnce) {
  risk_.Stop();
  StartOms({"--risk-timeout-ms", "60000"});
  const v1::Order order = Submit("d");  // a call waits five seconds at most
  EXPECT_EQ(order.status(), v1::ORDER_STATUS_REJECTED);
  EXPECT_EQ(order.reject_reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);
  risk_.Start();
  ASSERT_TRUE(WaitFor([&] { return Submit(Limit("")).status() == v1::ORDER_STATUS_PENDING_NEW; }))
      << "risk came back";
}

TEST_F(SubmitTest, ASilentRiskIsGivenUpOnAndItsLateAnswerIgnored) {
  StartReady({"--risk-timeout-ms", "50"});
  risk_.mode = FakeRisk::Mode::kSilent;
  const v1::Order order = Submit("s");
  EXPECT_EQ(order.status(), v1::ORDER_STATUS_REJECTED);
  EXPECT_EQ(order.reject_reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);
  EXPECT_EQ(order.reject_message(), "risk has not answered within 50 ms");
  // Behind the question, so that risk does not hold for ever what it still approves.
  ASSERT_TRUE(WaitFor([&] { return risk_.released() == std::vector{IdOf(order)}; }));

  risk_.mode = FakeRisk::Mode::kApprove;
  risk_.AnswerHeld();
  const v1::Order next = Submit("next");  // behind the late answer, on the same stream
  EXPECT_EQ(next.status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_EQ(Get(order.order_id())->status(), v1::ORDER_STATUS_REJECTED);
  ASSERT_TRUE(WaitFor([&] { return exeq_.placed(IdOf(next)) == 1; }));
  EXPECT_EQ(exeq_.placed(IdOf(order)), 0);
}

TEST_F(SubmitTest, RiskLostInTheMiddleRefusesWhatItWasAsked) {
  StartReady({"--risk-timeout-ms", "60000"});
  risk_.mode = FakeRisk::Mode::kSilent;
  const auto result = SubmitLater(Limit("l"));
  ASSERT_TRUE(WaitFor([&] { return risk_.held() == 1; }));
  const v1::GateOrder lost = risk_.asked().back();
  risk_.Lose();
  ASSERT_TRUE(WaitAnswers(1));
  ASSERT_TRUE(result->ok());
  EXPECT_EQ((*result)->reject_reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);

  // The next stream knows nothing of the old one's questions, whatever it says.
  risk_.mode = FakeRisk::Mode::kApprove;
  v1::Order next;
  ASSERT_TRUE(WaitFor([&] {
    next = Submit(Limit(""));
    return next.status() == v1::ORDER_STATUS_PENDING_NEW;
  }));
  risk_.Approve(lost.order_id(), lost.request());
  const v1::Order last = Submit("last");
  EXPECT_EQ(last.status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_EQ(Get((*result)->order_id())->status(), v1::ORDER_STATUS_REJECTED);
}

TEST_F(SubmitTest, AnApprovalWithoutAPriceToReserveAtIsNone) {
  StartReady();
  risk_.mode = FakeRisk::Mode::kSilent;
  const auto result = SubmitLater(Limit("z"));
  ASSERT_TRUE(WaitFor([&] { return risk_.held() == 1; }));
  const v1::GateOrder asked = risk_.asked().back();
  v1::GateOrder free = asked;
  free.set_price_e8(-1);
  risk_.ApproveAs(free);
  ASSERT_TRUE(WaitAnswers(1));
  EXPECT_EQ((*result)->reject_reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);
}

TEST_F(SubmitTest, TheKillSwitchRefusesWhatWasApprovedUnderAnOlderGeneration) {
  StartReady();
  v1::KillSwitch kill;
  kill.set_engaged(true);
  kill.set_generation(5);
  const auto apply = [&] {
    return host_->Call<v1::KillSwitch>("KillSwitchService/ApplyKillSwitch", kill);
  };
  EXPECT_EQ(apply()->generation(), 5U);
  EXPECT_EQ(Submit("k-1").reject_reason(), v1::REJECT_REASON_KILL_SWITCH);
  kill.set_engaged(false);
  kill.set_generation(4);
  EXPECT_TRUE(apply()->engaged()) << "an older generation changes nothing";
  kill.set_generation(6);
  EXPECT_FALSE(apply()->engaged());
  EXPECT_EQ(Submit("k-2").reject_reason(), v1::REJECT_REASON_STALE_KILL_GENERATION);
  Restart();
  EXPECT_EQ(Submit("k-3").reject_reason(), v1::REJECT_REASON_STALE_KILL_GENERATION)
      << "the generation is on disk";
  risk_.kill_generation = 6;
  EXPECT_EQ(Submit("k-4").status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_TRUE(WaitFor([&] { return exeq_.orders() == 1; }));
}

// --- Idempotency -------------------------------------------------------------------------------

TEST_F(SubmitTest, ARepeatIsTheSameOrderByValueAndOverRestarts) {
  StartReady();
  const v1::Order first = Submit(Limit("a", "0.1", "100"));
  const auto expect_repeat = [&](const v1::Order& order) {
    EXPECT_EQ(order.order_id(), first.order_id());
    EXPECT_TRUE(order.duplicate());
  };
  expect_repeat(Submit(Limit("a", "0.10", "1e2")));
  exeq_.Fill(IdOf(first), "0.1", "100");
  ASSERT_TRUE(WaitStatus(first, v1::ORDER_STATUS_FILLED));
  Restart();
  const v1::Order again = Submit(Limit("a", "0.100", "100.00"));
  expect_repeat(again);
  EXPECT_EQ(again.status(), v1::ORDER_STATUS_FILLED) << "the order as it is now";
  EXPECT_EQ(TrySubmit(Limit("a", "0.2")).status().code(), absl::StatusCode::kAlreadyExists);
  v1::SubmitOrderRequest elsewhere = Limit("a", "0.2");
  elsewhere.set_account("other");
  EXPECT_FALSE(Submit(elsewhere).duplicate()) << "keys belong to an account";
  EXPECT_EQ(List().orders_size(), 2);
  EXPECT_EQ(risk_.asked().size(), 2U) << "risk is not asked about repeats";
}

TEST_F(SubmitTest, ARepeatWhileRiskIsAskedWaitsForTheSameAnswer) {
  StartReady({"--risk-timeout-ms", "60000"});
  risk_.mode = FakeRisk::Mode::kSilent;
  const auto first = SubmitLater(Limit("f"));
  ASSERT_TRUE(WaitFor([&] { return risk_.held() == 1; }));
  const auto repeat = SubmitLater(Limit("f"));
  EXPECT_EQ(TrySubmit(Limit("f", "2")).status().code(), absl::StatusCode::kAlreadyExists);
  risk_.mode = FakeRisk::Mode::kApprove;
  risk_.AnswerHeld();
  ASSERT_TRUE(WaitAnswers(2));
  ASSERT_TRUE(first->ok() && repeat->ok());
  EXPECT_EQ((*first)->order_id(), (*repeat)->order_id());
  EXPECT_FALSE((*first)->duplicate());
  EXPECT_TRUE((*repeat)->duplicate());
  EXPECT_EQ(risk_.asked().size(), 1U);
}

TEST_F(SubmitTest, RepeatsOfAnOrderAtRiskAreBounded) {
  StartReady({"--risk-timeout-ms", "60000"});
  risk_.mode = FakeRisk::Mode::kSilent;
  std::vector<std::shared_ptr<absl::StatusOr<v1::Order>>> results;
  for (int i = 0; i < 100; ++i) {
    results.push_back(SubmitLater(Limit("b")));
  }
  ASSERT_TRUE(WaitAnswers(100 - 64));
  risk_.mode = FakeRisk::Mode::kApprove;
  risk_.AnswerHeld();
  ASSERT_TRUE(WaitAnswers(100));
  int refused = 0;
  for (const auto& result : results) {
    refused += result->status().code() == absl::StatusCode::kResourceExhausted ? 1 : 0;
  }
  EXPECT_EQ(refused, 100 - 64);
}

TEST_F(SubmitTest, AnEmptyKeyNeverRepeats) {
  StartReady();
  const v1::Order first = Submit(Limit(""));
  const v1::Order second = Submit(Limit(""));
  EXPECT_NE(first.order_id(), second.order_id());
  EXPECT_EQ(first.client_order_id(), "tw-1-1");
  EXPECT_FALSE(second.duplicate());
}

TEST_F(SubmitTest, AKeyThatWeWouldHaveMadeIsNoTrap) {
  StartReady();
  EXPECT_EQ(Submit("tw-1-2").order_id(), "1-1");
  const v1::Order order = Submit(Limit(""));
  EXPECT_EQ(order.order_id(), "1-2");
  EXPECT_EQ(order.client_order_id(), "tw-1-2x");
}

// --- What leaves no trace ----------------------------------------------------------------------

TEST_F(SubmitTest, MalformedRequestsNameTheirFieldAndJournalNothing) {
  StartReady();
  struct Row {
    const char* field;
    std::function<void(v1::SubmitOrderRequest&)> spoil;
  };
  const std::vector<Row> rows = {
      {"account", [](auto& r) { r.set_account("no blanks"); }},
      {"account", [](auto& r) { r.set_account(std::string(65, 'a')); }},
      {"symbol", [](auto& r) { r.clear_symbol(); }},
      {"symbol", [](auto& r) { r.set_symbol(std::string(33, 'A')); }},
      {"symbol", [](auto& r) { r.set_symbol("BTC\nUSDT"); }},
      {"side", [](auto& r) { r.clear_side(); }},
      {"side", [](auto& r) { r.set_side(static_cast<v1::Side>(9)); }},
      {"type", [](auto& r) { r.set_type(static_cast<v1::OrderType>(99)); }},
      {"time_in_force", [](auto& r) { r.set_time_in_force(static_cast<v1::TimeInForce>(99)); }},
      {"quantity", [](auto& r) { r.clear_quantity(); }},
      {"quantity", [](auto& r) { r.set_quantity("0"); }},
      {"quantity", [](auto& r) { r.set_quantity("-1"); }},
      {"quantity", [](auto& r) { r.set_quantity("0.000000001"); }},
      {"quantity", [](auto& r) { r.set_quantity("NaN"); }},
      {"quantity", [](auto& r) { r.set_quantity("1e30"); }},
      {"quantity", [](auto& r) { r.set_quantity("1 "); }},
      {"price", [](auto& r) { r.clear_price(); }},
      {"price", [](auto& r) { r.set_price("0"); }},
      {"price", [](auto& r) { r.set_price("-5"); }},
      {"price", [](auto& r) { r.set_price("12,5"); }},
      {"price", [](auto& r) { r.set_type(v1::ORDER_TYPE_MARKET); }},
      {"stop_price", [](auto& r) { r.set_stop_price("99"); }},
      {"stop_price", [](auto& r) { r.set_type(v1::ORDER_TYPE_STOP_LIMIT); }},
      {"stop_trigger", [](auto& r) { r.set_stop_trigger(v1::STOP_TRIGGER_MARK); }},
      {"stop_trigger", [](auto& r) { r.set_stop_trigger(static_cast<v1::StopTrigger>(99)); }},
      {"trailing_amount", [](auto& r) { r.set_trailing_amount("1"); }},
      {"trailing_amount", [](auto& r) { r.set_trailing_percent("1"); }},
      {"trailing_amount", [](auto& r) { Trail(r, "", ""); }},
      {"trailing_amount", [](auto& r) { Trail(r, "1", "1"); }},
      {"trailing_amount", [](auto& r) { Trail(r, "-1", ""); }},
      {"trailing_percent", [](auto& r) { Trail(r, "", "100"); }},
      {"post_only", [](auto& r) { PostOnly(r).set_time_in_force(v1::TIME_IN_FORCE_IOC); }},
      {"post_only",
       [](auto& r) {
         PostOnly(r).set_type(v1::ORDER_TYPE_MARKET);
         r.clear_price();
       }},
      {"display_quantity", [](auto& r) { r.set_display_quantity("0"); }},
      {"display_quantity", [](auto& r) { r.set_display_quantity("1.1"); }},
      {"display_quantity",
       [](auto& r) {
         r.set_display_quantity("0.5");
         r.set_time_in_force(v1::TIME_IN_FORCE_FOK);
       }},
      {"expire_time", [](auto& r) { r.set_time_in_force(v1::TIME_IN_FORCE_GTD); }},
      {"expire_time", [](auto& r) { r.mutable_expire_time()->set_seconds(2'000'000'000); }},
      {"client_order_id", [](auto& r) { r.set_client_order_id(std::string(65, 'k')); }},
      {"client_order_id", [](auto& r) { r.set_client_order_id("k k"); }},
  };
  for (const Row& row : rows) {
    v1::SubmitOrderRequest request = Limit("bad");
    row.spoil(request);
    const absl::Status status = TrySubmit(request).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << request.DebugString();
    EXPECT_EQ(FieldOf(status), row.field) << request.DebugString() << status;
  }
  EXPECT_EQ(List().orders_size(), 0);
  EXPECT_TRUE(risk_.asked().empty());
  EXPECT_FALSE(Submit("bad").duplicate()) << "the key stayed free";
}

TEST_F(SubmitTest, AFullHouseIsSaidAndCancelsStillGoThrough) {
  StartReady({"--in-flight-max", "2", "--risk-timeout-ms", "60000"});
  const v1::Order working = Submit("w");
  risk_.mode = FakeRisk::Mode::kSilent;
  SubmitLater(Limit("1"));
  SubmitLater(Limit("2"));
  ASSERT_TRUE(WaitFor([&] { return risk_.held() == 2; }));
  EXPECT_EQ(TrySubmit(Limit("3")).status().code(), absl::StatusCode::kResourceExhausted);
  const absl::StatusOr<v1::Order> canceled = Cancel(working.order_id());
  ASSERT_TRUE(canceled.ok());
  EXPECT_EQ(canceled->status(), v1::ORDER_STATUS_PENDING_CANCEL);
  risk_.mode = FakeRisk::Mode::kApprove;
  risk_.AnswerHeld();
  ASSERT_TRUE(WaitAnswers(2));
  EXPECT_FALSE(Submit("3").duplicate()) << "the refused key stayed free";
}

TEST_F(SubmitTest, StoppingAnswersWhatRiskStillHolds) {
  StartReady({"--risk-timeout-ms", "300"});
  risk_.mode = FakeRisk::Mode::kSilent;
  const auto result = SubmitLater(Limit("s"));
  ASSERT_TRUE(WaitFor([&] { return risk_.held() == 1; }));
  host_->Stop();
  EXPECT_TRUE(WaitAnswers(1));
}

TEST_F(SubmitTest, APreviewAsksRiskAndLeavesNothing) {
  StartReady();
  risk_.mode = FakeRisk::Mode::kReject;
  const auto preview =
      host_->Call<v1::PreviewOrderResponse>("OrderService/PreviewOrder", Limit("p", "3"));
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_FALSE(preview->approved());
  EXPECT_EQ(preview->reject_reason(), v1::REJECT_REASON_MAX_POSITION);
  EXPECT_EQ(preview->reject_message(), "the position would be 11, the limit 10");
  ASSERT_EQ(preview->checks_size(), 1);
  EXPECT_EQ(preview->checks(0).name(), "max_position");
  EXPECT_EQ(List().orders_size(), 0);
}

TEST_F(SubmitTest, ReadyOnceBothPeersWereSeen) {
  exeq_.Stop();
  StartOms();
  EXPECT_EQ(host_->Get("/ready").status, 503);
  EXPECT_EQ(host_->Get("/health").status, 200);
  exeq_.Start();
  ASSERT_TRUE(host_->WaitReady());
  ASSERT_TRUE(WaitFor(
      [&] { return host_->Get("/check").body.find("\"status\":\"ok\"") != std::string::npos; }));
  risk_.Stop();
  ASSERT_TRUE(WaitFor(
      [&] { return host_->Get("/check").body.find("risk is out of reach") != std::string::npos; }));
  EXPECT_EQ(host_->Get("/ready").status, 200);
}

}  // namespace
}  // namespace tw::oms
