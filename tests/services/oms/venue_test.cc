// Working orders: cancels, replaces, executions in every order and number, execution away.
#include <gtest/gtest.h>

#include "tests/services/oms/oms_fixture.h"

namespace tw::oms {
namespace {

using testing::E8;
using testing::FakeExeq;
using testing::FakeRisk;
using testing::IdOf;
using testing::OmsTest;
using tw::testing::WaitFor;

class VenueTest : public OmsTest {
 protected:
  v1::Order Working(const std::string& key, const std::string& quantity = "1") {
    const v1::Order order = Submit(Limit(key, quantity));
    EXPECT_TRUE(WaitFor([&] { return exeq_.placed(IdOf(order)) == 1; }));
    exeq_.Accept(IdOf(order));
    EXPECT_TRUE(WaitStatus(order, v1::ORDER_STATUS_NEW));
    return order;
  }
};

// --- Cancel ------------------------------------------------------------------------------------

TEST_F(VenueTest, CancelsByIdAndByKey) {
  StartReady();
  const v1::Order a = Working("a");
  const v1::Order b = Working("b");
  EXPECT_EQ(Cancel(a.order_id())->status(), v1::ORDER_STATUS_PENDING_CANCEL);
  EXPECT_EQ(Cancel("", "b")->order_id(), b.order_id());
  ASSERT_TRUE(
      WaitFor([&] { return exeq_.canceled(IdOf(a)) == 1 && exeq_.canceled(IdOf(b)) == 1; }));
  EXPECT_EQ(Cancel(a.order_id())->status(), v1::ORDER_STATUS_PENDING_CANCEL) << "once is enough";
  exeq_.Cancel(IdOf(a));
  ASSERT_TRUE(WaitStatus(a, v1::ORDER_STATUS_CANCELED));
  EXPECT_EQ(exeq_.canceled(IdOf(a)), 1);
  const v1::Order after = *Cancel(a.order_id());
  EXPECT_EQ(after.status(), v1::ORDER_STATUS_CANCELED) << "after the end: the order as it is";
  EXPECT_EQ(after.canceled_quantity(), "1");
  exeq_.Fill(IdOf(b), "1", "100");
  ASSERT_TRUE(WaitStatus(b, v1::ORDER_STATUS_FILLED)) << "a fill beats a cancel";
}

TEST_F(VenueTest, AnUnknownOrderCannotBeCanceled) {
  StartReady();
  EXPECT_EQ(Cancel("9-9").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Cancel("", "nothing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Cancel("rubbish").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Cancel("", "").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(VenueTest, ACancelByKeyWaitsForItsOrderAtRisk) {
  StartReady({"--risk-timeout-ms", "60000"});
  risk_.mode = FakeRisk::Mode::kSilent;
  const auto submitted = SubmitLater(Limit("c"));
  ASSERT_TRUE(WaitFor([&] { return risk_.held() == 1; }));
  v1::CancelOrderRequest request;
  request.set_account("demo");
  request.set_client_order_id("c");
  absl::StatusOr<v1::Order> canceled = absl::UnknownError("no answer yet");
  std::atomic<bool> is_answered{false};
  host_->channel().Call<v1::CancelOrderRequest, v1::Order>("tradewind.v1.OrderService/CancelOrder",
                                                           request, Duration::Seconds(10),
                                                           [&](absl::StatusOr<v1::Order> order) {
                                                             canceled = std::move(order);
                                                             is_answered = true;
                                                           });
  EXPECT_FALSE(is_answered);
  risk_.mode = FakeRisk::Mode::kApprove;
  // Both were taken before: the cancel has at least reached the server with the first Get after it.
  EXPECT_EQ(Get("9-9").status().code(), absl::StatusCode::kNotFound);
  risk_.AnswerHeld();
  ASSERT_TRUE(WaitAnswers(1));
  ASSERT_TRUE(WaitFor([&] { return is_answered.load(); }));
  EXPECT_EQ((*submitted)->status(), v1::ORDER_STATUS_PENDING_NEW);
  ASSERT_TRUE(canceled.ok()) << canceled.status();
  EXPECT_EQ(canceled->status(), v1::ORDER_STATUS_PENDING_CANCEL);
  ASSERT_TRUE(WaitFor([&] { return exeq_.commands().size() == 2; }));
  EXPECT_TRUE(exeq_.commands()[0].has_place());
  EXPECT_TRUE(exeq_.commands()[1].has_cancel());
}

TEST_F(VenueTest, CancelAllTakesWhatMatches) {
  StartReady();
  for (const char* account : {"demo", "other"}) {
    for (const char* symbol : {"BTCUSDT", "IBM"}) {
      for (const v1::Side side : {v1::SIDE_BUY, v1::SIDE_SELL}) {
        v1::SubmitOrderRequest request = Limit("");
        request.set_account(account);
        request.set_symbol(symbol);
        request.set_side(side);
        Submit(request);
      }
    }
  }
  const auto cancel_all = [&](const char* account, const char* symbol, v1::Side side) {
    v1::CancelAllOrdersRequest request;
    request.set_account(account);
    request.set_symbol(symbol);
    request.set_side(side);
    return host_->Call<v1::CancelAllOrdersResponse>("OrderService/CancelAllOrders", request)
        ->order_ids_size();
  };
  EXPECT_EQ(cancel_all("demo", "IBM", v1::SIDE_BUY), 1);
  EXPECT_EQ(cancel_all("demo", "", v1::SIDE_UNSPECIFIED), 3) << "what is left of four";
  EXPECT_EQ(cancel_all("", "IBM", v1::SIDE_SELL), 1) << "demo's is canceled already";
  EXPECT_EQ(cancel_all("nobody", "", v1::SIDE_UNSPECIFIED), 0);
  EXPECT_EQ(cancel_all("", "", v1::SIDE_UNSPECIFIED), 3);
  EXPECT_EQ(cancel_all("", "", v1::SIDE_UNSPECIFIED), 0);
}

// --- Replace -----------------------------------------------------------------------------------

TEST_F(VenueTest, AReplaceGoesThroughRiskAndVenue) {
  StartReady();
  const v1::Order order = Working("r");
  const absl::StatusOr<v1::Order> asked = Replace(order.order_id(), "2", "101");
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->status(), v1::ORDER_STATUS_PENDING_REPLACE);
  EXPECT_EQ(asked->quantity(), "1") << "not before the venue says so";
  EXPECT_TRUE(risk_.asked().back().replace());
  ASSERT_TRUE(WaitFor([&] { return exeq_.commands().size() == 2; }));
  EXPECT_EQ(exeq_.commands()[1].replace().price_e8(), E8("101"));
  v1::Execution replaced = exeq_.Report(v1::EXECUTION_KIND_REPLACED, IdOf(order));
  replaced.set_quantity_e8(E8("2"));
  replaced.set_price_e8(E8("101"));
  exeq_.Say(replaced);
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_NEW));
  EXPECT_EQ(Get(order.order_id())->quantity(), "2");
  EXPECT_TRUE(Submit("r").duplicate()) << "a repeat is compared with what was first asked for";
}

TEST_F(VenueTest, AReplaceThatRiskRefusesLeavesTheOrderAsItWas) {
  StartReady();
  const v1::Order order = Working("r");
  risk_.mode = FakeRisk::Mode::kReject;
  const absl::StatusOr<v1::Order> refused = Replace(order.order_id(), "20", "");
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->status(), v1::ORDER_STATUS_NEW);
  EXPECT_EQ(refused->reject_reason(), v1::REJECT_REASON_MAX_POSITION);
  EXPECT_EQ(Get(order.order_id())->reject_reason(), v1::REJECT_REASON_NONE);
  EXPECT_EQ(Get(order.order_id())->quantity(), "1");
}

TEST_F(VenueTest, OneReplaceAtATimeAndNoneForWhatHasChangedMeanwhile) {
  StartReady({"--risk-timeout-ms", "60000"});
  const v1::Order order = Working("r");
  risk_.mode = FakeRisk::Mode::kSilent;
  absl::StatusOr<v1::Order> first = absl::UnknownError("no answer yet");
  std::atomic<bool> is_answered{false};
  v1::ReplaceOrderRequest request;
  request.set_order_id(order.order_id());
  request.set_price("101");
  host_->channel().Call<v1::ReplaceOrderRequest, v1::Order>(
      "tradewind.v1.OrderService/ReplaceOrder", request, Duration::Seconds(10),
      [&](absl::StatusOr<v1::Order> result) {
        first = std::move(result);
        is_answered = true;
      });
  ASSERT_TRUE(WaitFor([&] { return risk_.held() == 1; }));
  EXPECT_EQ(Replace(order.order_id(), "", "102").status().code(),
            absl::StatusCode::kFailedPrecondition);
  exeq_.Fill(IdOf(order), "1", "100");
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_FILLED));
  risk_.mode = FakeRisk::Mode::kApprove;
  risk_.AnswerHeld();
  ASSERT_TRUE(WaitFor([&] { return is_answered.load(); }));
  EXPECT_EQ(first.status().code(), absl::StatusCode::kFailedPrecondition) << first.status();
  ASSERT_TRUE(WaitFor([&] { return risk_.released() == std::vector{IdOf(order)}; }))
      << "risk holds nothing for it";
  EXPECT_EQ(Replace(order.order_id(), "", "102").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(VenueTest, WhatCannotBeReplacedIsSaid) {
  StartReady();
  const v1::Order order = Working("r");
  EXPECT_EQ(Replace("9-9", "1", "").status().code(), absl::StatusCode::kNotFound);
  for (const auto& [quantity, price] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"0", ""}, {"", "-1"}, {"x", ""}, {"1", "100"}}) {
    EXPECT_EQ(Replace(order.order_id(), quantity, price).status().code(),
              absl::StatusCode::kInvalidArgument)
        << quantity << " " << price;
  }
}

// --- Executions --------------------------------------------------------------------------------

TEST_F(VenueTest, RepeatedExecutionsCountOnce) {
  StartReady();
  const v1::Order order = Working("e", "3");
  const v1::Execution fill = exeq_.Fill(IdOf(order), "1", "100");
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_PARTIALLY_FILLED));
  exeq_.Write({fill, fill});
  exeq_.Fill(IdOf(order), "1", "100");
  ASSERT_TRUE(WaitFor([&] { return Get(order.order_id())->filled_quantity() == "2"; }));
  EXPECT_EQ(Fills().fills_size(), 2);
}

TEST_F(VenueTest, AGapOpensTheStreamAgainAndNothingIsMissed) {
  StartReady();
  const v1::Order order = Working("g", "3");
  const v1::Execution first = exeq_.FillReport(IdOf(order), "1", "100");
  const v1::Execution second = exeq_.FillReport(IdOf(order), "2", "100");
  exeq_.Write({second});  // the first one is lost on the way
  ASSERT_TRUE(WaitFor([&] { return exeq_.resumes().size() >= 2; }));
  EXPECT_EQ(exeq_.resumes()[1], 1U) << "after the acceptance";
  exeq_.Say(first);
  exeq_.Say(second);
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_FILLED));
  EXPECT_EQ(Fills().fills_size(), 2);
}

TEST_F(VenueTest, ReportsThatFitNoOrderChangeNothing) {
  StartReady();
  const v1::Order order = Working("n");
  exeq_.Fill(OrderId(9, 9).value(), "1", "100");
  exeq_.Fill(IdOf(order), "1.5", "100");  // more than is working
  exeq_.Fill(IdOf(order), "1", "-100");
  v1::Execution odd = exeq_.Report(static_cast<v1::ExecutionKind>(77), IdOf(order));
  exeq_.Say(odd);
  exeq_.Fill(IdOf(order), "0.5", "100");
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_PARTIALLY_FILLED));
  EXPECT_EQ(Get(order.order_id())->filled_quantity(), "0.5");
  EXPECT_EQ(Fills().fills_size(), 1);
}

TEST_F(VenueTest, AWordOfANewerVenueDoesNotUndoItsReport) {
  StartReady();
  const v1::Order order = Submit("w");
  v1::Execution rejected = exeq_.Report(v1::EXECUTION_KIND_REJECTED, IdOf(order));
  rejected.set_reason(static_cast<v1::RejectReason>(4711));
  rejected.set_message(std::string(2'000, 'x') + "\xc3\xa9");
  exeq_.Say(rejected);
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_REJECTED));
  EXPECT_EQ(Get(order.order_id())->reject_reason(), v1::REJECT_REASON_VENUE_REJECTED);
  EXPECT_LE(Get(order.order_id())->reject_message().size(), 512U);
}

TEST_F(VenueTest, AMessageIsNeverCutInsideACharacter) {
  StartReady();
  std::string accents;
  while (accents.size() < 600) {
    accents += "\xc3\xa9";
  }
  const v1::Order order = Submit("c");
  v1::Execution rejected = exeq_.Report(v1::EXECUTION_KIND_REJECTED, IdOf(order));
  rejected.set_message("x" + accents);  // the limit falls inside one
  exeq_.Say(rejected);
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_REJECTED));
  Restart();
  EXPECT_EQ(Get(order.order_id())->reject_message().size(), 511U) << "and the journal reads back";
}

// --- Execution away ----------------------------------------------------------------------------

TEST_F(VenueTest, OrdersWaitWhileExecutionIsAwayAndGoOutOnce) {
  exeq_.Stop();
  StartOms();
  v1::Order orders[3];
  ASSERT_TRUE(WaitFor([&] {
    orders[0] = Submit(Limit(""));
    return orders[0].status() == v1::ORDER_STATUS_PENDING_NEW;
  }));
  orders[1] = Submit("w-1");
  orders[2] = Submit("w-2");
  EXPECT_EQ(Cancel(orders[2].order_id())->status(), v1::ORDER_STATUS_PENDING_CANCEL);
  exeq_.mode = FakeExeq::Mode::kAccept;
  exeq_.Start();
  ASSERT_TRUE(WaitStatus(orders[0], v1::ORDER_STATUS_NEW));
  ASSERT_TRUE(WaitStatus(orders[1], v1::ORDER_STATUS_NEW));
  ASSERT_TRUE(WaitFor([&] { return exeq_.canceled(IdOf(orders[2])) == 1; }));
  exeq_.Lose();
  ASSERT_TRUE(WaitFor([&] { return exeq_.resumes().size() >= 2; }));
  Submit("w-3");
  ASSERT_TRUE(WaitFor([&] { return exeq_.orders() == 4; }));
  for (const v1::Order& order : orders) {
    EXPECT_EQ(exeq_.placed(IdOf(order)), 1) << order.order_id();
  }
}

TEST_F(VenueTest, UnacknowledgedPlacesAreSentAgainAfterARestart) {
  StartReady();
  const v1::Order quiet = Submit("q");
  const v1::Order working = Submit("w");
  ASSERT_TRUE(WaitFor([&] { return exeq_.orders() == 2; }));
  exeq_.Accept(IdOf(working));
  ASSERT_TRUE(WaitStatus(working, v1::ORDER_STATUS_NEW));
  Restart();
  ASSERT_TRUE(WaitFor([&] { return exeq_.placed(IdOf(quiet)) == 2; }));
  EXPECT_EQ(exeq_.placed(IdOf(working)), 1);
  EXPECT_EQ(Submit("next").order_id(), "2-1") << "ids of a new epoch";
  EXPECT_EQ(Get(quiet.order_id())->status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_EQ(List().orders_size(), 3);
}

TEST_F(VenueTest, MoreOrdersThanOneMessageTakesAreSentAgainInParts) {
  exeq_.Stop();
  StartOms({"--route-timeout-ms", "60000", "--risk-timeout-ms", "10000"});
  ASSERT_TRUE(WaitFor([&] { return Submit(Limit("")).status() == v1::ORDER_STATUS_PENDING_NEW; }));
  std::vector<std::shared_ptr<absl::StatusOr<v1::Order>>> answers;
  for (int i = 0; i < 1'500; ++i) {
    answers.push_back(SubmitLater(Limit("m-" + std::to_string(i))));
  }
  ASSERT_TRUE(WaitAnswers(1'500));
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer->ok()) << answer->status();
    ASSERT_EQ((*answer)->status(), v1::ORDER_STATUS_PENDING_NEW) << (*answer)->reject_message();
  }
  exeq_.Start();
  ASSERT_TRUE(WaitFor([&] { return exeq_.orders() == 1'501; }));
  EXPECT_LE(exeq_.largest_request(), 512);
}

TEST_F(VenueTest, ExecutionAwayForTooLongRefusesNewOrders) {
  exeq_.Stop();
  StartOms({"--route-timeout-ms", "100"});
  ASSERT_TRUE(WaitFor(
      [&] { return Submit(Limit("")).reject_reason() == v1::REJECT_REASON_VENUE_UNAVAILABLE; }));
  exeq_.Start();
  ASSERT_TRUE(WaitFor([&] { return Submit(Limit("")).status() == v1::ORDER_STATUS_PENDING_NEW; }));
}

TEST_F(VenueTest, AnUnansweredOrderIsUncertainUntilTheVenueSpeaks) {
  StartReady({"--uncertain-after-ms", "100"});
  const v1::Order order = Submit("u");
  ASSERT_TRUE(WaitFor([&] { return Get(order.order_id())->uncertain(); }));
  v1::Order doubtful = *Get(order.order_id());
  EXPECT_EQ(doubtful.status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_EQ(doubtful.uncertain_reason(), "the venue has not answered");
  EXPECT_TRUE(doubtful.has_uncertain_since());
  exeq_.Accept(IdOf(order));
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_NEW));
  EXPECT_FALSE(Get(order.order_id())->uncertain());
  // A working order owes nothing; an unanswered cancel does.
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  EXPECT_FALSE(Get(order.order_id())->uncertain());
  ASSERT_TRUE(Cancel(order.order_id()).ok());
  ASSERT_TRUE(WaitFor([&] { return Get(order.order_id())->uncertain(); }));
  exeq_.Cancel(IdOf(order));
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_CANCELED));
  EXPECT_FALSE(Get(order.order_id())->uncertain());
}

}  // namespace
}  // namespace tw::oms
