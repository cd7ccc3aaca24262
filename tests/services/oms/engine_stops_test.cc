// Stops, time in force, reduce-only and previews through the engine.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "libs/calendar/make_calendar.h"
#include "tests/services/oms/engine_fixture.h"

namespace tw::oms {
namespace {

using testing::E8;

// 2026-11-27, a Friday, 10:00 UTC.
constexpr Timestamp kMorning{1'795'773'600'000'000'000};

class EngineStopsTest : public testing::EngineTest {
 protected:
  EngineStopsTest() {
    clock_ = &time_;
    options_.stop_retry = Duration();
    options_.stop_move_period = Duration();
  }
  void SetUp() override { Open(); }

  void Trade(const char* price) {
    v1::FeedEvent event;
    event.set_symbol("BTCUSDT");
    event.mutable_trade()->set_price_e8(E8(price));
    watch_.OnFeedEvent(event);
  }
  void Quote(const char* bid, const char* ask) {
    v1::FeedEvent event;
    event.set_symbol("BTCUSDT");
    event.mutable_quote()->set_bid_e8(E8(bid));
    event.mutable_quote()->set_ask_e8(E8(ask));
    watch_.OnFeedEvent(event);
  }
  void Stale(bool stale) {
    v1::FeedEvent event;
    event.set_symbol("BTCUSDT");
    event.mutable_book_state()->set_stale(stale);
    watch_.OnFeedEvent(event);
  }
  void Tick() { ASSERT_TRUE(engine_->Post(TickCommand{}, Lane::kPriority)); }

  // A GTD order that the venue has and that ends a minute after kMorning.
  v1::Order EnterForAMinute() {
    v1::SubmitOrderRequest request = Limit("g");
    request.set_time_in_force(v1::TIME_IN_FORCE_GTD);
    request.mutable_expire_time()->set_seconds(kMorning.ns / 1'000'000'000 + 60);
    v1::Order order = Enter(request);
    Execute(v1::EXECUTION_KIND_ACCEPTED, order);
    return order;
  }
  v1::SubmitOrderRequest Stop(const std::string& key, v1::Side side, const std::string& stop) {
    v1::SubmitOrderRequest request = Limit(key);
    request.set_side(side);
    request.set_type(v1::ORDER_TYPE_STOP);
    request.set_time_in_force(v1::TIME_IN_FORCE_GTC);
    request.clear_price();
    request.set_stop_price(stop);
    return request;
  }
  v1::SubmitOrderRequest Trailing(const std::string& key,
                                  v1::Side side,
                                  const std::string& amount) {
    v1::SubmitOrderRequest request = Stop(key, side, "");
    request.set_type(v1::ORDER_TYPE_TRAILING_STOP);
    request.set_trailing_amount(amount);
    return request;
  }
  // What risk was asked about last.
  const v1::GateOrder& Asked() { return gate_.sent.back().orders(0); }
  size_t Questions() const { return gate_.sent.size(); }
  // Risk's answer to its last question.
  void Answer(bool approved, v1::RejectReason reason = v1::REJECT_REASON_NONE) {
    v1::GateResponse response;
    response.set_ledger_sequence(77);
    v1::GateDecision& decision = *response.add_decisions();
    decision.set_order_id(Asked().order_id());
    decision.set_request(Asked().request());
    decision.set_reserve_price_e8(E8("110"));
    decision.mutable_decision()->set_approved(approved);
    decision.mutable_decision()->set_reason(reason);
    ASSERT_TRUE(engine_->Post(GateAnswered{response}, Lane::kPriority));
  }
  v1::Order Enter(const v1::SubmitOrderRequest& request) {
    absl::StatusOr<v1::Order> result = absl::UnknownError("no answer yet");
    const size_t questions = Questions();
    requests_->Submit(request, [&](const auto& order) { result = order; });
    if (Questions() > questions) {
      Answer(true);
    }
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(v1::Order());
  }
  const v1::PlaceOrder* Placed() const {
    for (auto it = execution_.sent.rbegin(); it != execution_.sent.rend(); ++it) {
      for (const v1::RouteCommand& command : it->commands()) {
        if (command.has_place()) {
          return &command.place();
        }
      }
    }
    return nullptr;
  }
  void Reopen() {
    engine_.reset();
    execution_.sent.clear();
    Open();
  }

  ManualClock time_{kMorning};
};

TEST_F(EngineStopsTest, AStopIsHeldUntilTheMarketReachesItThenGoesToTheVenue) {
  Trade("100");
  const v1::Order order = Enter(Stop("s", v1::SIDE_BUY, "105"));
  EXPECT_EQ(order.status(), v1::ORDER_STATUS_NEW);
  EXPECT_EQ(order.trigger_price(), "105");
  EXPECT_EQ(order.stop_trigger(), v1::STOP_TRIGGER_LAST) << "unless another is asked for";
  EXPECT_EQ(Asked().stop_price_e8(), E8("105")) << "risk prices it round where it will be set off";
  EXPECT_EQ(Asked().type(), v1::ORDER_TYPE_STOP);
  EXPECT_EQ(Placed(), nullptr);
  Trade("104.99");
  EXPECT_EQ(Questions(), 1U);
  Trade("105.01");
  ASSERT_EQ(Questions(), 2U);
  EXPECT_EQ(Asked().type(), v1::ORDER_TYPE_MARKET);
  EXPECT_TRUE(Asked().replace()) << "what it reserves is not counted twice";
  EXPECT_EQ(Asked().stop_price_e8(), 0);
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_NEW) << "risk has not answered";
  Answer(true);
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_TRUE(Get(order).has_triggered_time());
  ASSERT_NE(Placed(), nullptr);
  EXPECT_EQ(Placed()->type(), v1::ORDER_TYPE_MARKET);
  EXPECT_EQ(Placed()->price_e8(), E8("110")) << "a limit at the collar";
  Execute(v1::EXECUTION_KIND_ACCEPTED, order);
  Execute(v1::EXECUTION_KIND_FILLED, order, "1");
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_FILLED);
  Trade("200");
  EXPECT_EQ(Questions(), 2U) << "once";
}

TEST_F(EngineStopsTest, AStopLimitGoesOutAtItsLimitAndCanBeReplacedThere) {
  v1::SubmitOrderRequest request = Stop("s", v1::SIDE_SELL, "95");
  request.set_type(v1::ORDER_TYPE_STOP_LIMIT);
  request.set_price("94");
  request.set_display_quantity("0.5");
  const v1::Order order = Enter(request);
  Trade("95");
  Answer(true);
  ASSERT_NE(Placed(), nullptr);
  EXPECT_EQ(Placed()->type(), v1::ORDER_TYPE_LIMIT);
  EXPECT_EQ(Placed()->price_e8(), E8("94"));
  EXPECT_EQ(Placed()->display_quantity_e8(), E8("0.5"));
  Execute(v1::EXECUTION_KIND_ACCEPTED, order);
  v1::ReplaceOrderRequest replace;
  replace.set_order_id(order.order_id());
  replace.set_price("93");
  requests_->Replace(replace, [](const auto& result) { EXPECT_TRUE(result.ok()); });
  EXPECT_EQ(Asked().type(), v1::ORDER_TYPE_LIMIT);
  Answer(true);
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_PENDING_REPLACE);
  replace.set_stop_price("90");
  Execute(v1::EXECUTION_KIND_REPLACED, order, "1");
  absl::Status status;
  requests_->Replace(replace, [&](const auto& result) { status = result.status(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << "it was set off";
}

TEST_F(EngineStopsTest, OneThatTheMarketHasPassedIsSetOffAtOnce) {
  Trade("100");
  Enter(Stop("s", v1::SIDE_BUY, "99"));
  EXPECT_EQ(Questions(), 2U);
  EXPECT_EQ(Asked().type(), v1::ORDER_TYPE_MARKET);
}

TEST_F(EngineStopsTest, WhatTheMarketDidBeforeDoesNotSetItOff) {
  Enter(Stop("other", v1::SIDE_BUY, "500"));  // the symbol is watched
  Trade("120");
  Trade("100");
  const size_t questions = Questions();
  Enter(Stop("s", v1::SIDE_BUY, "110"));
  EXPECT_EQ(Questions(), questions + 1);
}

TEST_F(EngineStopsTest, BidAskAndMarkAreLookedAtWhereTheBookIsNotStale) {
  Quote("99", "101");
  v1::SubmitOrderRequest by_bid = Stop("b", v1::SIDE_SELL, "98");
  by_bid.set_stop_trigger(v1::STOP_TRIGGER_BID_ASK);
  Enter(by_bid);
  Trade("90");
  EXPECT_EQ(Questions(), 1U) << "trades are not what it looks at";
  Stale(true);
  Quote("97", "101");
  EXPECT_EQ(Questions(), 1U);
  Stale(false);
  EXPECT_EQ(Questions(), 2U);
  EXPECT_EQ(Asked().type(), v1::ORDER_TYPE_MARKET);
}

TEST_F(EngineStopsTest, ATrailingStopFollowsAndItsStandIsWrittenDown) {
  Trade("100");
  const v1::Order order = Enter(Trailing("t", v1::SIDE_SELL, "5"));
  EXPECT_EQ(order.trigger_price(), "95");
  EXPECT_EQ(order.stop_price(), "0") << "as asked";
  Trade("120");
  EXPECT_EQ(Get(order).trigger_price(), "95") << "not yet";
  Tick();
  EXPECT_EQ(Get(order).trigger_price(), "115");
  const uint64_t sequence = Get(order).sequence();
  Tick();
  EXPECT_EQ(Get(order).sequence(), sequence) << "nothing new";
  Reopen();
  Trade("118");
  EXPECT_EQ(Get(order).trigger_price(), "115") << "over a restart";
  const size_t questions = Questions();
  Trade("115");
  EXPECT_EQ(Questions(), questions + 1);
}

TEST_F(EngineStopsTest, ATrailingStopWithoutAMarketIsRefused) {
  const v1::Order order = Enter(Trailing("t", v1::SIDE_SELL, "5"));
  EXPECT_EQ(order.status(), v1::ORDER_STATUS_REJECTED);
  EXPECT_EQ(order.reject_reason(), v1::REJECT_REASON_NO_REFERENCE_PRICE);
  EXPECT_EQ(Questions(), 0U);
  Trade("4");
  EXPECT_EQ(Enter(Trailing("u", v1::SIDE_SELL, "5")).reject_reason(), v1::REJECT_REASON_STOP_PRICE);
  v1::SubmitOrderRequest request = Trailing("v", v1::SIDE_SELL, "5");
  request.set_stop_price("3");
  EXPECT_EQ(Enter(request).trigger_price(), "3") << "the client may say where it begins";
}

TEST_F(EngineStopsTest, SetOffWhileNothingMayGoOutItWaits) {
  const v1::Order order = Enter(Stop("s", v1::SIDE_BUY, "105"));
  Trade("106");
  Answer(false, v1::REJECT_REASON_KILL_SWITCH);
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_NEW);
  Trade("100");
  EXPECT_EQ(Questions(), 2U);
  Tick();
  EXPECT_EQ(Questions(), 3U) << "set off is set off, wherever the market is now";
  gate_.is_down = true;
  Answer(false, v1::REJECT_REASON_RISK_UNAVAILABLE);
  Tick();
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_NEW);
  gate_.is_down = false;
  Tick();
  Answer(true);
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_PENDING_NEW);
}

TEST_F(EngineStopsTest, ARefusalByALimitIsFinal) {
  const v1::Order order = Enter(Stop("s", v1::SIDE_BUY, "105"));
  Trade("106");
  Answer(false, v1::REJECT_REASON_MAX_POSITION);
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_REJECTED);
  EXPECT_EQ(Get(order).reject_reason(), v1::REJECT_REASON_MAX_POSITION);
  Tick();
  Trade("107");
  EXPECT_EQ(Questions(), 2U);
  EXPECT_EQ(Placed(), nullptr);
}

TEST_F(EngineStopsTest, ACancelOfAHeldStopIsImmediateAndBeatsRisksAnswer) {
  const v1::Order order = Enter(Stop("s", v1::SIDE_BUY, "105"));
  Trade("106");
  EXPECT_EQ(Cancel(order)->status(), v1::ORDER_STATUS_CANCELED);
  Answer(true);
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_CANCELED);
  EXPECT_EQ(Placed(), nullptr);
  ASSERT_EQ(gate_.sent.back().released_size(), 1) << "what risk reserved for it";
  EXPECT_EQ(Cancel(order)->status(), v1::ORDER_STATUS_CANCELED);
}

TEST_F(EngineStopsTest, AHeldStopIsReplacedAtOnceAndHeldAgainstTheMarketAnew) {
  Trade("100");
  const v1::Order order = Enter(Stop("s", v1::SIDE_BUY, "105"));
  v1::ReplaceOrderRequest replace;
  replace.set_order_id(order.order_id());
  replace.set_stop_price("110");
  replace.set_quantity("2");
  absl::StatusOr<v1::Order> replaced = absl::UnknownError("");
  requests_->Replace(replace, [&](const auto& result) { replaced = result; });
  EXPECT_EQ(Asked().stop_price_e8(), E8("110"));
  Answer(true);
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_EQ(replaced->status(), v1::ORDER_STATUS_NEW);
  EXPECT_EQ(replaced->stop_price(), "110");
  EXPECT_EQ(replaced->leaves_quantity(), "2");
  EXPECT_TRUE(Enter(Stop("s", v1::SIDE_BUY, "105")).duplicate()) << "as it was first asked for";
  Trade("107");
  EXPECT_EQ(Questions(), 2U);
  replace.set_stop_price("106");
  requests_->Replace(replace, [&](const auto& result) { replaced = result; });
  Answer(true);
  EXPECT_EQ(Questions(), 4U) << "the market is past the new one already";
  Reopen();
  EXPECT_EQ(Get(order).stop_price(), "106");
}

TEST_F(EngineStopsTest, AHeldStopSurvivesARestartWithoutGoingToTheVenue) {
  const v1::Order order = Enter(Stop("s", v1::SIDE_SELL, "95"));
  Reopen();
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_NEW);
  EXPECT_EQ(Placed(), nullptr) << "the resend is about what the venue owes";
  const size_t questions = Questions();
  Trade("94");
  EXPECT_EQ(Questions(), questions + 1);
  Answer(true);
  EXPECT_NE(Placed(), nullptr);
}

// --- Time in force -----------------------------------------------------------------------------

TEST_F(EngineStopsTest, GtdEndsAtItsTimeByACancelAtTheVenue) {
  const v1::Order order = EnterForAMinute();
  time_.Advance(Duration::Seconds(59));
  Tick();
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_NEW);
  time_.Advance(Duration::Seconds(1));
  Tick();
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_PENDING_CANCEL);
  Execute(v1::EXECUTION_KIND_FILLED, order, "0.25");
  Execute(v1::EXECUTION_KIND_CANCELED, order);
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_EXPIRED);
  EXPECT_EQ(Get(order).filled_quantity(), "0.25");
  EXPECT_EQ(Get(order).canceled_quantity(), "0.75");
}

TEST_F(EngineStopsTest, AVenueThatRefusesTheCancelIsNotAskedAtEveryTick) {
  const v1::Order order = EnterForAMinute();
  time_.Advance(Duration::Seconds(61));
  Tick();
  Execute(v1::EXECUTION_KIND_CANCEL_REJECTED, order);
  Tick();
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_NEW);
  time_.Advance(options_.uncertain_after);
  Tick();
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_PENDING_CANCEL);
  EXPECT_EQ(Cancel(order)->status(), v1::ORDER_STATUS_PENDING_CANCEL);
}

TEST_F(EngineStopsTest, AHeldStopEndsWithTheDayAtOnce) {
  v1::SubmitOrderRequest request = Stop("s", v1::SIDE_BUY, "105");
  request.set_time_in_force(v1::TIME_IN_FORCE_DAY);
  const v1::Order order = Enter(request);
  EXPECT_EQ(order.expire_time().seconds(), 1'795'824'000) << "midnight, UTC";
  time_.Advance(Duration::Seconds(14 * 3600));
  Tick();
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_EXPIRED);
  Trade("106");
  EXPECT_EQ(Questions(), 1U);
}

TEST_F(EngineStopsTest, ATimeThatIsOverIsRefused) {
  v1::SubmitOrderRequest request = Limit("g");
  request.set_time_in_force(v1::TIME_IN_FORCE_GTD);
  request.mutable_expire_time()->set_seconds(kMorning.ns / 1'000'000'000);
  const v1::Order order = Enter(request);
  EXPECT_EQ(order.status(), v1::ORDER_STATUS_REJECTED);
  EXPECT_EQ(order.reject_reason(), v1::REJECT_REASON_EXPIRE_TIME);
  EXPECT_NE(order.reject_message().find("2026-11-27T10:00:00"), std::string::npos)
      << order.reject_message();
}

// --- Reduce-only -------------------------------------------------------------------------------

TEST_F(EngineStopsTest, ReduceOnlyOrdersThatWouldDoMoreThanCloseArePulledBack) {
  const v1::Order buy = Enter(Limit("b"));
  Execute(v1::EXECUTION_KIND_FILLED, buy, "1");
  const auto sell = [&](const char* key, const char* quantity, bool reduce_only) {
    v1::SubmitOrderRequest request = Limit(key);
    request.set_side(v1::SIDE_SELL);
    request.set_quantity(quantity);
    request.set_reduce_only(reduce_only);
    const v1::Order order = Enter(request);
    EXPECT_EQ(Asked().reduce_only(), reduce_only);
    Execute(v1::EXECUTION_KIND_ACCEPTED, order);
    return order;
  };
  const v1::Order older = sell("r1", "0.5", true);
  const v1::Order newer = sell("r2", "0.5", true);
  const v1::Order plain = sell("p", "0.25", false);
  Execute(v1::EXECUTION_KIND_FILLED, older, "0.1");
  EXPECT_EQ(Get(newer).status(), v1::ORDER_STATUS_NEW) << "0.9 are left for 0.4 and 0.5";
  Execute(v1::EXECUTION_KIND_FILLED, plain, "0.25");
  EXPECT_EQ(Get(older).status(), v1::ORDER_STATUS_PARTIALLY_FILLED) << "the oldest keeps its part";
  EXPECT_EQ(Get(newer).status(), v1::ORDER_STATUS_PENDING_CANCEL) << "0.65 for 0.4 and 0.5";
}

// --- Previews ----------------------------------------------------------------------------------

TEST_F(EngineStopsTest, APreviewAsksTheSameQuestionAndLeavesNothing) {
  const uint64_t head = engine_->store().head();
  absl::StatusOr<v1::PreviewOrderResponse> preview = absl::UnknownError("no answer yet");
  v1::SubmitOrderRequest request = Limit("p");
  request.set_reduce_only(true);
  requests_->Preview(request, [&](const auto& result) { preview = result; });
  v1::GateOrder previewed = Asked();
  EXPECT_TRUE(previewed.preview());
  Answer(false, v1::REJECT_REASON_REDUCE_ONLY);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_FALSE(preview->approved());
  EXPECT_EQ(preview->reject_reason(), v1::REJECT_REASON_REDUCE_ONLY);
  EXPECT_EQ(preview->ledger_sequence(), 77U);
  EXPECT_EQ(engine_->store().head(), head);
  EXPECT_EQ(engine_->in_flight(), 0U);

  requests_->Submit(request, [](const auto&) {});
  v1::GateOrder live = Asked();
  for (v1::GateOrder* question : {&previewed, &live}) {
    question->clear_preview();
    question->clear_order_id();
    question->clear_request();
  }
  EXPECT_EQ(previewed.SerializeAsString(), live.SerializeAsString());
}

TEST_F(EngineStopsTest, APreviewSaysWhatOmsItselfWouldRefuse) {
  absl::StatusOr<v1::PreviewOrderResponse> preview = absl::UnknownError("no answer yet");
  requests_->Preview(Trailing("t", v1::SIDE_SELL, "5"),
                     [&](const auto& result) { preview = result; });
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->reject_reason(), v1::REJECT_REASON_NO_REFERENCE_PRICE);
  EXPECT_EQ(Questions(), 0U);
}

// --- Sessions ----------------------------------------------------------------------------------

TEST(SessionsTest, DayAndGtdEndBySession) {
  calendar::CalendarSpec spec;
  spec.name = "XNYS";
  spec.time_zone = "America/New_York";
  spec.open_minute = 9 * 60 + 30;
  spec.close_minute = 16 * 60;
  spec.early_closes = {{{2026, 11, 27}, 13 * 60}};
  spec.holidays = {{2026, 11, 26}};
  const auto calendar = calendar::MakeCalendar(spec);
  ASSERT_TRUE(calendar.ok()) << calendar.status();
  const Sessions sessions({{"IBM", *calendar}});
  const auto end = [&](const char* symbol, TimeInForce tif, const char* now, const char* expire) {
    NewOrder order;
    order.symbol = symbol;
    order.time_in_force = tif;
    if (*expire != '\0') {
      order.asked.expire = *ParseRfc3339(expire);
    }
    const Timestamp at = sessions.End(order, *ParseRfc3339(now));
    return at.IsSet() ? FormatRfc3339(at).substr(0, 16) : "";
  };
  const auto day = TimeInForce::kDay;
  const auto gtd = TimeInForce::kGtd;
  EXPECT_EQ(end("IBM", day, "2026-11-25T15:00:00Z", ""), "2026-11-25T21:00") << "in the session";
  EXPECT_EQ(end("IBM", day, "2026-11-25T10:00:00Z", ""), "2026-11-25T21:00") << "before it";
  EXPECT_EQ(end("IBM", day, "2026-11-25T22:00:00Z", ""), "2026-11-27T18:00") << "over a holiday";
  EXPECT_EQ(end("IBM", day, "2026-11-27T18:00:00Z", ""), "2026-11-30T21:00") << "over a weekend";
  EXPECT_EQ(end("BTCUSDT", day, "2026-11-27T18:00:00Z", ""), "2026-11-28T00:00");
  EXPECT_EQ(end("IBM", gtd, "2026-11-25T10:00:00Z", "2026-11-25T16:00:00Z"), "2026-11-25T16:00");
  EXPECT_EQ(end("IBM", gtd, "2026-11-25T10:00:00Z", "2026-11-29T00:00:00Z"), "2026-11-27T18:00");
  EXPECT_EQ(end("BTCUSDT", gtd, "2026-11-25T10:00:00Z", "2026-11-29T00:00:00Z"),
            "2026-11-29T00:00");
  EXPECT_EQ(end("IBM", TimeInForce::kGtc, "2026-11-25T10:00:00Z", ""), "");
  EXPECT_EQ(end("IBM", TimeInForce::kIoc, "2026-11-25T10:00:00Z", ""), "");
}

}  // namespace
}  // namespace tw::oms
