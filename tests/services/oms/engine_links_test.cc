// Self-trade prevention, batches and linked orders through the engine.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/services/oms/engine_fixture.h"

namespace tw::oms {
namespace {

using testing::E8;

template <typename T>
using Result = std::shared_ptr<absl::StatusOr<T>>;

class EngineLinksTest : public testing::EngineTest {
 protected:
  EngineLinksTest() { options_.stop_retry = Duration(); }
  void SetUp() override { Open(); }
  // Killed and started again: what was not on disk is gone.
  void Restart() {
    engine_.reset();
    execution_.sent.clear();
    routed_ = 0;
    Open();
  }

  static v1::SubmitOrderRequest With(v1::SubmitOrderRequest order,
                                     v1::Side side,
                                     const std::string& quantity,
                                     const std::string& price) {
    order.set_side(side);
    order.set_quantity(quantity);
    order.set_price(price);
    order.set_time_in_force(v1::TIME_IN_FORCE_GTC);
    return order;
  }
  v1::SubmitOrderRequest Order(
      const std::string& key,
      v1::Side side,
      const std::string& quantity,
      const std::string& price,
      v1::SelfTradePrevention prevention = v1::SELF_TRADE_PREVENTION_UNSPECIFIED) {
    v1::SubmitOrderRequest order = With(Limit(key), side, quantity, price);
    order.set_self_trade_prevention(prevention);
    return order;
  }
  v1::Order Enter(const v1::SubmitOrderRequest& request) {
    absl::StatusOr<v1::Order> result = absl::UnknownError("no answer yet");
    requests_->Submit(request, [&](const auto& order) { result = order; });
    ApproveNew();
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(v1::Order());
  }
  v1::Order Working(const v1::SubmitOrderRequest& request) {
    const v1::Order order = Enter(request);
    Execute(v1::EXECUTION_KIND_ACCEPTED, order);
    return order;
  }
  // Approves whatever risk has been asked and not answered.
  void ApproveNew(bool approved = true) {
    while (answered_ < gate_.sent.size()) {
      v1::GateResponse response;
      for (const v1::GateOrder& order : gate_.sent[answered_++].orders()) {
        v1::GateDecision& decision = *response.add_decisions();
        decision.set_order_id(order.order_id());
        decision.set_request(order.request());
        decision.set_reserve_price_e8(order.price_e8() == 0 ? E8("80") : order.price_e8());
        decision.mutable_decision()->set_approved(approved);
        if (!approved) {
          decision.mutable_decision()->set_reason(v1::REJECT_REASON_MAX_POSITION);
        }
      }
      ASSERT_TRUE(engine_->Post(GateAnswered{response}, Lane::kPriority));
    }
  }
  // What went to execution since the last look: "place 1-2 10", "cancel 1-1", ...
  std::vector<std::string> Sent() {
    std::vector<std::string> out;
    for (; routed_ < execution_.sent.size(); ++routed_) {
      for (const v1::RouteCommand& command : execution_.sent[routed_].commands()) {
        if (command.has_place()) {
          out.push_back("place " + OrderId::FromValue(command.place().order_id()).ToString() + " " +
                        FormatE8(command.place().quantity_e8()));
        } else if (command.has_cancel()) {
          out.push_back("cancel " + OrderId::FromValue(command.cancel().order_id()).ToString());
        } else {
          out.push_back("replace " + OrderId::FromValue(command.replace().order_id()).ToString() +
                        " " + FormatE8(command.replace().quantity_e8()));
        }
      }
    }
    return out;
  }
  v1::Order Now(const std::string& id) {
    v1::Order order;
    order.set_order_id(id);
    return Get(order);
  }
  void Trade(const char* price) {
    v1::FeedEvent event;
    event.set_symbol("BTCUSDT");
    event.mutable_trade()->set_price_e8(E8(price));
    watch_.OnFeedEvent(event);
  }
  void Tick() { ASSERT_TRUE(engine_->Post(TickCommand{}, Lane::kPriority)); }

  v1::SubmitLinkedOrdersRequest Bracket(const std::string& key) {
    v1::SubmitLinkedOrdersRequest request;
    request.set_kind(v1::LINK_KIND_BRACKET);
    *request.mutable_parent() = Order(key, v1::SIDE_BUY, "10", "100");
    v1::SubmitOrderRequest& profit = *request.add_legs();
    profit.set_side(v1::SIDE_SELL);
    profit.set_price("110");
    profit.set_time_in_force(v1::TIME_IN_FORCE_GTC);
    v1::SubmitOrderRequest& loss = *request.add_legs();
    loss.set_side(v1::SIDE_SELL);
    loss.set_type(v1::ORDER_TYPE_STOP);
    loss.set_stop_price("90");
    loss.set_time_in_force(v1::TIME_IN_FORCE_GTC);
    return request;
  }
  Result<v1::LinkedOrders> Ask(const v1::SubmitLinkedOrdersRequest& request) {
    auto result = std::make_shared<absl::StatusOr<v1::LinkedOrders>>(absl::UnknownError("none"));
    requests_->SubmitLinked(request, [result](const auto& linked) { *result = linked; });
    return result;
  }
  v1::LinkedOrders Link(const v1::SubmitLinkedOrdersRequest& request) {
    const auto result = Ask(request);
    ApproveNew();
    EXPECT_TRUE(result->ok()) << result->status();
    return result->value_or(v1::LinkedOrders());
  }

  size_t answered_ = 0;
  size_t routed_ = 0;
};

using Commands = std::vector<std::string>;

// --- Self-trade prevention ---------------------------------------------------------------------

TEST_F(EngineLinksTest, WithoutAWordOrdersOfOnesOwnMayTrade) {
  Working(Order("s", v1::SIDE_SELL, "4", "100"));
  EXPECT_EQ(Enter(Order("b", v1::SIDE_BUY, "10", "100")).status(), v1::ORDER_STATUS_PENDING_NEW);
}

TEST_F(EngineLinksTest, TheNewestIsRefusedAndReleased) {
  Working(Order("s", v1::SIDE_SELL, "4", "100"));
  const v1::Order buy =
      Enter(Order("b", v1::SIDE_BUY, "10", "101", v1::SELF_TRADE_PREVENTION_CANCEL_NEWEST));
  EXPECT_EQ(buy.status(), v1::ORDER_STATUS_REJECTED);
  EXPECT_EQ(buy.reject_reason(), v1::REJECT_REASON_SELF_TRADE);
  EXPECT_EQ(buy.reject_message(), "would trade with an order of its own, 1-1");
  EXPECT_EQ(gate_.sent.back().released(0), OrderId::Parse(buy.order_id())->value());
  EXPECT_EQ(Now("1-1").status(), v1::ORDER_STATUS_NEW);
}

TEST_F(EngineLinksTest, TheNewOneGoesOutOnceTheOldestIsCanceled) {
  const v1::Order sell = Working(Order("s", v1::SIDE_SELL, "4", "100"));
  Sent();
  const v1::Order buy =
      Enter(Order("b", v1::SIDE_BUY, "10", "101", v1::SELF_TRADE_PREVENTION_CANCEL_OLDEST));
  EXPECT_EQ(buy.status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_EQ(Sent(), Commands{"cancel 1-1"}) << "the new one waits";
  EXPECT_EQ(Now("1-1").cancel_reason(), "self-trade with order 1-2");
  Execute(v1::EXECUTION_KIND_CANCELED, sell);
  EXPECT_EQ(Sent(), Commands{"place 1-2 10"});
}

TEST_F(EngineLinksTest, WhatWaitsIsFoundAnewAfterARestart) {
  const v1::Order sell = Working(Order("s", v1::SIDE_SELL, "4", "100"));
  Enter(Order("b", v1::SIDE_BUY, "10", "101", v1::SELF_TRADE_PREVENTION_CANCEL_OLDEST));
  Restart();
  EXPECT_EQ(Sent(), Commands{"cancel 1-1"});
  Execute(v1::EXECUTION_KIND_CANCELED, sell);
  EXPECT_EQ(Sent(), Commands{"place 1-2 10"});
}

TEST_F(EngineLinksTest, WhatWaitsIsCanceledWithoutTheVenue) {
  Working(Order("s", v1::SIDE_SELL, "4", "100"));
  const v1::Order buy =
      Enter(Order("b", v1::SIDE_BUY, "10", "101", v1::SELF_TRADE_PREVENTION_CANCEL_OLDEST));
  Sent();
  EXPECT_EQ(Cancel(buy)->status(), v1::ORDER_STATUS_CANCELED);
  EXPECT_EQ(Sent(), Commands{}) << "it never saw the order";
}

TEST_F(EngineLinksTest, WhatWaitsEndsWhenTheOtherCannotBeCanceled) {
  const v1::Order sell = Working(Order("s", v1::SIDE_SELL, "4", "100"));
  const v1::Order buy =
      Enter(Order("b", v1::SIDE_BUY, "10", "101", v1::SELF_TRADE_PREVENTION_CANCEL_OLDEST));
  Execute(v1::EXECUTION_KIND_CANCEL_REJECTED, sell);
  EXPECT_EQ(Get(buy).status(), v1::ORDER_STATUS_CANCELED);
  EXPECT_EQ(Get(buy).cancel_reason(), "an order of its own could not be canceled");
}

TEST_F(EngineLinksTest, BothAreCanceled) {
  Working(Order("s", v1::SIDE_SELL, "4", "100"));
  const v1::Order buy =
      Enter(Order("b", v1::SIDE_BUY, "10", "101", v1::SELF_TRADE_PREVENTION_CANCEL_BOTH));
  EXPECT_EQ(buy.reject_reason(), v1::REJECT_REASON_SELF_TRADE);
  EXPECT_EQ(Now("1-1").status(), v1::ORDER_STATUS_PENDING_CANCEL);
}

TEST_F(EngineLinksTest, TheSmallerQuantityIsTakenOffBoth) {
  const v1::Order small = Working(Order("s", v1::SIDE_SELL, "4", "100"));
  Sent();
  const v1::SubmitOrderRequest request =
      Order("b", v1::SIDE_BUY, "10", "101", v1::SELF_TRADE_PREVENTION_DECREMENT);
  const v1::Order buy = Enter(request);
  EXPECT_EQ(buy.quantity(), "6");
  Execute(v1::EXECUTION_KIND_CANCELED, small);
  EXPECT_EQ(Sent(), (Commands{"cancel 1-1", "place 1-2 6"}));
  EXPECT_TRUE(Enter(request).duplicate()) << "a repeat is known by what was asked for";
  Execute(v1::EXECUTION_KIND_ACCEPTED, buy);
  const v1::Order sell =
      Enter(Order("t", v1::SIDE_SELL, "2", "100", v1::SELF_TRADE_PREVENTION_DECREMENT));
  EXPECT_EQ(sell.status(), v1::ORDER_STATUS_REJECTED) << "nothing is left of it";
  EXPECT_EQ(Sent(), Commands{"replace 1-2 4"});
}

TEST_F(EngineLinksTest, TheAccountSaysWhereTheOrderDoesNot) {
  engine_->SetSelfTrade("demo", {SelfTradePrevention::kCancelNewest, true});
  v1::SubmitOrderRequest other = Order("s", v1::SIDE_SELL, "4", "100");
  other.set_account("other");
  Working(other);
  EXPECT_EQ(Enter(Order("b", v1::SIDE_BUY, "10", "100")).status(), v1::ORDER_STATUS_REJECTED);
  EXPECT_EQ(Enter(Order("c", v1::SIDE_BUY, "10", "100", v1::SELF_TRADE_PREVENTION_NONE)).status(),
            v1::ORDER_STATUS_PENDING_NEW);
}

TEST_F(EngineLinksTest, AReplaceThatWouldTradeWithOnesOwnIsRefused) {
  Working(Order("s", v1::SIDE_SELL, "4", "105"));
  const v1::Order buy =
      Working(Order("b", v1::SIDE_BUY, "10", "100", v1::SELF_TRADE_PREVENTION_CANCEL_OLDEST));
  absl::StatusOr<v1::Order> result = absl::UnknownError("no answer yet");
  v1::ReplaceOrderRequest replace;
  replace.set_order_id(buy.order_id());
  replace.set_price("105");
  requests_->Replace(replace, [&](const auto& order) { result = order; });
  ApproveNew();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->reject_reason(), v1::REJECT_REASON_SELF_TRADE);
  EXPECT_EQ(result->price(), "100");
}

TEST_F(EngineLinksTest, APreviewSaysSoToo) {
  Working(Order("s", v1::SIDE_SELL, "4", "100"));
  absl::StatusOr<v1::PreviewOrderResponse> result = absl::UnknownError("no answer yet");
  requests_->Preview(Order("b", v1::SIDE_BUY, "10", "101", v1::SELF_TRADE_PREVENTION_CANCEL_BOTH),
                     [&](const auto& preview) { result = preview; });
  ApproveNew();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->reject_reason(), v1::REJECT_REASON_SELF_TRADE);
  EXPECT_EQ(Now("1-1").status(), v1::ORDER_STATUS_NEW) << "nothing is done to the other";
}

// --- Batches -----------------------------------------------------------------------------------

TEST_F(EngineLinksTest, ABatchIsAnsweredOrderByOrder) {
  v1::SubmitOrdersRequest request;
  *request.add_orders() = Order("a", v1::SIDE_BUY, "1", "100");
  *request.add_orders() = Order("b", v1::SIDE_BUY, "-1", "100");
  *request.add_orders() = Order("c", v1::SIDE_SELL, "2", "101");
  const size_t questions = gate_.sent.size();
  absl::StatusOr<v1::SubmitOrdersResponse> result = absl::UnknownError("no answer yet");
  requests_->SubmitBatch(request, [&](const auto& response) { result = response; });
  EXPECT_EQ(gate_.sent.size(), questions + 1) << "one question to risk";
  ApproveNew();
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->results_size(), 3);
  EXPECT_EQ(result->results(0).order().client_order_id(), "a");
  EXPECT_EQ(result->results(1).error().field(), "quantity");
  EXPECT_EQ(result->results(2).order().client_order_id(), "c");
  requests_->SubmitBatch(request, [&](const auto& response) { result = response; });
  EXPECT_TRUE(result->results(0).order().duplicate()) << "the keys are those of single orders";
}

TEST_F(EngineLinksTest, ABatchIsBounded) {
  v1::SubmitOrdersRequest request;
  absl::Status status;
  const auto ask = [&] {
    requests_->SubmitBatch(request, [&](const auto& response) { status = response.status(); });
    return status.message();
  };
  EXPECT_EQ(ask(), "orders: must be 1 to 256 orders, found 0");
  for (int i = 0; i < 257; ++i) {
    *request.add_orders() = Order("k" + std::to_string(i), v1::SIDE_BUY, "1", "100");
  }
  EXPECT_EQ(ask(), "orders: must be 1 to 256 orders, found 257");
  EXPECT_TRUE(gate_.sent.empty());
}

// --- Linked orders -----------------------------------------------------------------------------

TEST_F(EngineLinksTest, ABracketIsOneAnswerAndItsLegsWait) {
  const v1::LinkedOrders linked = Link(Bracket("p"));
  EXPECT_EQ(linked.link_id(), "1-1");
  EXPECT_EQ(linked.parent().status(), v1::ORDER_STATUS_PENDING_NEW);
  ASSERT_EQ(linked.legs_size(), 2);
  EXPECT_TRUE(linked.legs(0).dormant());
  EXPECT_EQ(linked.legs(0).quantity(), "10") << "the parent's";
  EXPECT_EQ(linked.legs(1).link_id(), "1-1");
  EXPECT_EQ(linked.legs(1).link_role(), v1::LINK_ROLE_LEG);
  EXPECT_EQ(Sent(), Commands{"place 1-1 10"});
  EXPECT_FALSE(gate_.sent.back().orders(0).dormant());
  EXPECT_TRUE(gate_.sent.back().orders(1).dormant());
  EXPECT_TRUE(gate_.sent.back().orders(2).dormant());
}

TEST_F(EngineLinksTest, TheLegsFollowTheFillsOfTheParent) {
  const v1::LinkedOrders linked = Link(Bracket("p"));
  Sent();
  Execute(v1::EXECUTION_KIND_FILLED, linked.parent(), "3");
  ApproveNew();
  EXPECT_EQ(Sent(), Commands{"place 1-2 3"});
  EXPECT_EQ(Now("1-3").quantity(), "3");
  Execute(v1::EXECUTION_KIND_ACCEPTED, linked.legs(0));
  Execute(v1::EXECUTION_KIND_FILLED, linked.parent(), "7");
  ApproveNew();
  EXPECT_EQ(Sent(), Commands{"replace 1-2 10"});
  EXPECT_EQ(Now("1-3").quantity(), "10");
}

TEST_F(EngineLinksTest, TheStopGoesOutInPlaceOfTheOtherLeg) {
  const v1::LinkedOrders linked = Link(Bracket("p"));
  Trade("100");
  Execute(v1::EXECUTION_KIND_FILLED, linked.parent(), "10");
  ApproveNew();
  Execute(v1::EXECUTION_KIND_ACCEPTED, linked.legs(0));
  Sent();
  Trade("89");
  EXPECT_EQ(Sent(), Commands{"cancel 1-2"});
  Execute(v1::EXECUTION_KIND_FILLED, linked.legs(0), "4");
  Execute(v1::EXECUTION_KIND_CANCELED, linked.legs(0));
  ApproveNew();
  EXPECT_EQ(Sent(), Commands{"place 1-3 6"});
  Execute(v1::EXECUTION_KIND_FILLED, linked.legs(1), "6");
  EXPECT_EQ(Now("1-3").status(), v1::ORDER_STATUS_FILLED);
  EXPECT_EQ(engine_->open_orders(), 0U);
}

TEST_F(EngineLinksTest, KilledWhileOneLegMakesRoomItGoesOn) {
  const v1::LinkedOrders linked = Link(Bracket("p"));
  Trade("100");
  Execute(v1::EXECUTION_KIND_FILLED, linked.parent(), "10");
  ApproveNew();
  Execute(v1::EXECUTION_KIND_ACCEPTED, linked.legs(0));
  Trade("89");
  Restart();
  EXPECT_EQ(Sent(), Commands{"cancel 1-2"});
  Execute(v1::EXECUTION_KIND_CANCELED, linked.legs(0));
  ApproveNew();
  EXPECT_EQ(Sent(), Commands{"place 1-3 10"}) << "though nobody remembers what set it off";
}

TEST_F(EngineLinksTest, KilledBeforeALegWentOutItGoesOutAfterwards) {
  const v1::LinkedOrders linked = Link(Bracket("p"));
  Execute(v1::EXECUTION_KIND_FILLED, linked.parent(), "10");  // risk is asked, and does not answer
  answered_ = gate_.sent.size();
  Restart();
  Tick();
  ApproveNew();
  EXPECT_EQ(Sent(), Commands{"place 1-2 10"});
}

TEST_F(EngineLinksTest, WhereOneIsRefusedAllAre) {
  const auto result = Ask(Bracket("p"));
  v1::GateResponse response;
  for (const v1::GateOrder& order : gate_.sent.back().orders()) {
    v1::GateDecision& decision = *response.add_decisions();
    decision.set_order_id(order.order_id());
    decision.set_request(order.request());
    decision.set_reserve_price_e8(E8("100"));
    decision.mutable_decision()->set_approved(order.order_id() != (uint64_t{1} << 32 | 3));
  }
  response.mutable_decisions(2)->mutable_decision()->set_reason(v1::REJECT_REASON_TICK_SIZE);
  response.mutable_decisions(2)->mutable_decision()->set_message("off the tick");
  ASSERT_TRUE(engine_->Post(GateAnswered{response}, Lane::kPriority));
  answered_ = gate_.sent.size();
  ASSERT_TRUE(result->ok()) << result->status();
  EXPECT_EQ((*result)->parent().reject_reason(), v1::REJECT_REASON_LINKED_ORDER);
  EXPECT_EQ((*result)->parent().reject_message(),
            "order 1-3, which it is linked to, was refused: off the tick");
  EXPECT_EQ((*result)->legs(1).reject_reason(), v1::REJECT_REASON_TICK_SIZE);
  EXPECT_EQ(Sent(), Commands{});
  EXPECT_EQ(gate_.sent.back().released_size(), 2) << "what risk holds for them is released";
}

TEST_F(EngineLinksTest, ARepeatAnswersThemAsTheyAre) {
  v1::SubmitLinkedOrdersRequest request = Bracket("p");
  const auto first = Ask(request);
  const auto second = Ask(request);  // while risk thinks
  ApproveNew();
  EXPECT_FALSE((*first)->duplicate());
  EXPECT_TRUE((*second)->duplicate());
  Execute(v1::EXECUTION_KIND_FILLED, (*first)->parent(), "3");
  const v1::LinkedOrders repeat = Link(request);
  EXPECT_TRUE(repeat.duplicate());
  EXPECT_EQ(repeat.parent().filled_quantity(), "3");
  request.mutable_legs(1)->set_stop_price("91");
  EXPECT_EQ(Ask(request)->status().code(), absl::StatusCode::kAlreadyExists);
  absl::StatusOr<v1::Order> single = absl::UnknownError("no answer yet");
  requests_->Submit(request.parent(), [&](const auto& order) { single = order; });
  EXPECT_EQ(single.status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(EngineLinksTest, RiskOutOfReachRefusesThemTogether) {
  gate_.is_down = true;
  const auto result = Ask(Bracket("p"));
  ASSERT_TRUE(result->ok()) << result->status();
  EXPECT_EQ((*result)->parent().reject_reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);
  EXPECT_EQ((*result)->legs(1).status(), v1::ORDER_STATUS_REJECTED);
}

TEST_F(EngineLinksTest, ALegsQuantityIsNotTheClientsToChange) {
  const v1::LinkedOrders linked = Link(Bracket("p"));
  absl::StatusOr<v1::Order> result = absl::UnknownError("no answer yet");
  v1::ReplaceOrderRequest replace;
  replace.set_order_id(linked.legs(1).order_id());
  replace.set_quantity("5");
  requests_->Replace(replace, [&](const auto& order) { result = order; });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(EngineLinksTest, AllOfALinkAreListedAndCanceledByIt) {
  const v1::LinkedOrders linked = Link(Bracket("p"));
  Working(Order("x", v1::SIDE_BUY, "1", "99"));
  v1::ListOrdersRequest list;
  list.set_link_id(linked.link_id());
  int found = 0;
  requests_->List(list, [&](const auto& response) { found = response->orders_size(); });
  EXPECT_EQ(found, 3);
  v1::CancelAllOrdersRequest cancel;
  cancel.set_link_id(linked.link_id());
  int canceled = 0;
  requests_->CancelAll(cancel, [&](const auto& all) { canceled = all->order_ids_size(); });
  EXPECT_EQ(canceled, 3);
  EXPECT_EQ(Now("1-4").status(), v1::ORDER_STATUS_NEW);
}

// --- Trades taken back -------------------------------------------------------------------------

TEST_F(EngineLinksTest, ABustIsBookedAndOverARestartToo) {
  const v1::Order buy = Working(Order("b", v1::SIDE_BUY, "10", "100"));
  Execute(v1::EXECUTION_KIND_FILLED, buy, "4");
  v1::RouteResponse response;
  v1::Execution& bust = *response.add_executions();
  bust.set_execution_sequence(++executions_);
  bust.set_kind(v1::EXECUTION_KIND_TRADE_BUSTED);
  bust.set_venue("PAPER");
  bust.set_venue_exec_id("b-1");
  bust.set_original_venue_exec_id(std::to_string(executions_ - 1));
  bust.set_order_id(OrderId::Parse(buy.order_id())->value());
  bust.set_quantity_e8(E8("4"));
  bust.set_price_e8(E8("100"));
  bust.set_leaves_quantity_e8(E8("6"));
  ASSERT_TRUE(engine_->Post(Executed{response}, Lane::kPriority));
  for (int start = 0; start < 2; ++start) {
    EXPECT_EQ(Get(buy).filled_quantity(), "0");
    EXPECT_EQ(Get(buy).leaves_quantity(), "6");
    EXPECT_EQ(Get(buy).canceled_quantity(), "4");
    v1::ListFillsResponse fills;
    requests_->ListFills(v1::ListFillsRequest(), [&](const auto& list) { fills = *list; });
    ASSERT_EQ(fills.fills_size(), 2);
    EXPECT_EQ(fills.fills(1).quantity(), "-4");
    EXPECT_EQ(fills.fills(1).original_fill_id(), fills.fills(0).fill_id());
    Restart();
  }
}

}  // namespace
}  // namespace tw::oms
