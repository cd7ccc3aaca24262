// The life of a parent order, one rule a test.
#include <gmock/gmock.h>

#include "tests/services/exeq/parents/parents_fixture.h"

namespace tw::exeq {
namespace {

using Kind = ChildRequest::Kind;

// oms's word about the parent's first child.
OrderSnapshot Word(
    uint64_t sequence, OrderStatus status, Quantity quantity, Price price, Quantity filled) {
  OrderSnapshot word;
  word.order_id = OrderId(1, 1);
  word.sequence = sequence;
  word.status = status;
  word.quantity = quantity;
  word.price = price;
  word.filled = filled;
  return word;
}

TEST_F(ParentsTest, TwapSendsSliceAfterSliceAndFills) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 40, 4));
  EXPECT_EQ(Get(id).status, ParentStatus::kScheduled);
  EXPECT_EQ(RunAndFillAt(Duration{}), Q("0.25"));
  EXPECT_EQ(Get(id).status, ParentStatus::kWorking);
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(5)), Quantity());
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(10)), Q("0.25"));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(20)), Q("0.25"));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(30)), Q("0.25"));
  EXPECT_EQ(Get(id).status, ParentStatus::kFilled);
  EXPECT_EQ(Get(id).filled_notional, *Notional(Price::FromUnits(100), Q("1")));
}

TEST_F(ParentsTest, AChildIsAnOrderUnderAKeyOfItsParent) {
  ParentTerms terms = Terms(Algo::kTwap, "1", 40, 4);
  terms.limit_price = P("99.5");
  const std::string id = Submit(terms);
  const auto requests = RunAt(Duration{});
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].kind, Kind::kSubmit);
  EXPECT_EQ(requests[0].child.type, OrderType::kLimit);
  EXPECT_EQ(requests[0].child.time_in_force, TimeInForce::kIoc);
  EXPECT_EQ(requests[0].child.price, P("99.5"));
  EXPECT_EQ(ChildKey(id, 1), id + ".1");
  EXPECT_EQ(ChildNumber(id, id + ".1"), 1U);
  for (const char* const other : {".01", ".0", ".", ".1x", ""}) {
    EXPECT_EQ(ChildNumber(id, id + other), std::nullopt) << other;
  }
}

TEST_F(ParentsTest, NothingIsSentTwiceWhileAnAnswerIsOut) {
  Submit(Terms(Algo::kTwap, "1", 40, 4));
  EXPECT_EQ(RunAt(Duration{}).size(), 1U);
  EXPECT_EQ(RunAt(Duration::Seconds(9)).size(), 0U);
}

TEST_F(ParentsTest, ALostAnswerIsAskedForUnderTheSameKey) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 40, 4));
  const auto first = RunAt(Duration{});
  EXPECT_FALSE(book_.OnAnswer(first[0], {}, now_));
  EXPECT_EQ(RunAt(Duration::Millis(100)).size(), 0U);
  const auto again = RunAt(Duration::Millis(200));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].child, first[0].child);
  EXPECT_EQ(Get(id).working, Q("0.25"));
}

TEST_F(ParentsTest, WhatAChildLeavesIsMadeUpForLater) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 40, 4));
  const auto first = RunAt(Duration{});
  Answer(first[0], OrderStatus::kCanceled, Q("0.1"));
  EXPECT_EQ(Get(id).unsent(), Q("0.9"));
  EXPECT_EQ(RunAndFillAt(Duration::Millis(2'499)), Quantity());  // a quarter of a slice's time
  EXPECT_EQ(RunAndFillAt(Duration::Millis(2'500)), Q("0.15"));
}

TEST_F(ParentsTest, LateSlicesAreCaughtUpTwoAtATime) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 100, 10));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(60)), Q("0.2"));
  EXPECT_EQ(Get(id).filled, Q("0.2"));
}

TEST_F(ParentsTest, ItsEndComesWithWhatIsLeft) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 40, 4));
  RunAndFillAt(Duration{});
  const auto working = RunAt(Duration::Seconds(10));
  Answer(working[0], OrderStatus::kNew);
  const auto at_end = RunAt(Duration::Seconds(40));
  EXPECT_EQ(Get(id).status, ParentStatus::kStopping);
  ASSERT_EQ(at_end.size(), 1U);
  EXPECT_EQ(at_end[0].kind, Kind::kCancel);
  Answer(at_end[0], OrderStatus::kCanceled, Q("0.2"));
  Run();
  EXPECT_EQ(Get(id).status, ParentStatus::kExpired);
  EXPECT_EQ(Get(id).filled, Q("0.45"));
  EXPECT_EQ(Get(id).unsent(), Q("0.55"));
}

TEST_F(ParentsTest, PovFollowsTheMarket) {
  ParentTerms terms = Terms(Algo::kPov, "1");
  terms.participation_e8 = kDecimalScale / 10;
  const std::string id = Submit(terms);
  EXPECT_EQ(RunAndFillAt(Duration{}), Quantity());
  EXPECT_TRUE(book_.NeedsMarket());
  book_.OnMarketTrade("COIN", Q("2"));
  book_.OnMarketTrade("SHARE", Q("100"));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(1)), Q("0.2"));
  book_.OnMarketTrade("COIN", Q("1"));
  EXPECT_EQ(RunAndFillAt(Duration::Millis(1'500)), Quantity());  // its interval is a second
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(2)), Q("0.1"));
  book_.OnMarketTrade("COIN", Q("100"));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(3)), Q("0.7"));
  EXPECT_EQ(Get(id).status, ParentStatus::kFilled);
}

TEST_F(ParentsTest, ACapHoldsAnyAlgorithmBack) {
  ParentTerms terms = Terms(Algo::kTwap, "1", 40, 4);
  terms.participation_cap_e8 = kDecimalScale / 10;
  const std::string id = Submit(terms);
  EXPECT_EQ(RunAndFillAt(Duration{}), Quantity());
  book_.OnMarketTrade("COIN", Q("1"));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(1)), Q("0.1"));
  EXPECT_EQ(Get(id).filled, Q("0.1"));
}

ParentTerms Iceberg() {
  ParentTerms terms = Terms(Algo::kIceberg, "1");
  terms.limit_price = P("99");
  terms.display = Q("0.4");
  return terms;
}

TEST_F(ParentsTest, AnIcebergShowsOnePartAfterTheOther) {
  const std::string id = Submit(Iceberg());
  auto shown = RunAt(Duration{});
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].child.time_in_force, TimeInForce::kGtc);
  EXPECT_EQ(shown[0].child.quantity, Q("0.4"));
  Answer(shown[0], OrderStatus::kNew);
  EXPECT_EQ(RunAt(Duration::Seconds(1)).size(), 0U);
  OrderSnapshot filled = Word(99, OrderStatus::kFilled, Q("0.4"), P("99"), Q("0.4"));
  Keep(book_.OnOrder(id, id + ".1", filled, now_));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(2)), Q("0.4"));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(3)), Q("0.2"));
  EXPECT_EQ(Get(id).status, ParentStatus::kFilled);
}

TEST_F(ParentsTest, ANewLimitTakesAnIcebergBackAndShowsItThere) {
  const std::string id = Submit(Iceberg());
  Answer(RunAt(Duration{})[0], OrderStatus::kNew);
  ParentChange change;
  change.limit_price = P("98");
  Keep(*book_.DecideReplace(id, change, now_));
  const auto cancel = RunAt(Duration::Seconds(1));
  ASSERT_EQ(cancel.size(), 1U);
  EXPECT_EQ(cancel[0].kind, Kind::kCancel);
  Answer(cancel[0], OrderStatus::kCanceled, Q("0.1"));
  const auto shown = Run();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].child.price, P("98"));
  EXPECT_EQ(shown[0].child.quantity, Q("0.4"));
  EXPECT_EQ(Get(id).faults, 0);
}

TEST_F(ParentsTest, PauseTakesBackAndResumeSpreadsTheRest) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 100, 10));
  RunAndFillAt(Duration{});
  Keep(*book_.DecidePause(id, now_));
  EXPECT_FALSE(book_.DecidePause(id, now_)->has_value());
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(50)), Quantity());
  Keep(*book_.DecideResume(id, now_));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(50)), Quantity());
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(60)), Q("0.225"));  // 0.9 over the four that are left
  for (const int seconds : {70, 80, 90}) {
    RunAndFillAt(Duration::Seconds(seconds));
  }
  EXPECT_EQ(Get(id).status, ParentStatus::kFilled);
}

TEST_F(ParentsTest, CancelWaitsForItsChildren) {
  const std::string id = Submit(Iceberg());
  const auto shown = RunAt(Duration{});
  Answer(shown[0], OrderStatus::kNew);
  Keep(*book_.DecideCancel(id, now_));
  const auto cancel = Run();
  ASSERT_EQ(cancel.size(), 1U);
  EXPECT_EQ(cancel[0].kind, Kind::kCancel);
  EXPECT_EQ(Get(id).status, ParentStatus::kStopping);
  Answer(cancel[0], OrderStatus::kPendingCancel);
  Run();
  EXPECT_EQ(Get(id).status, ParentStatus::kStopping);
  OrderSnapshot filled = Word(99, OrderStatus::kFilled, Q("0.4"), P("99"), Q("0.4"));
  Keep(book_.OnOrder(id, id + ".1", filled, now_));  // the fill was faster
  Run();
  EXPECT_EQ(Get(id).status, ParentStatus::kCanceled);
  EXPECT_EQ(Get(id).filled, Q("0.4"));
  EXPECT_FALSE(book_.DecideCancel(id, now_)->has_value());
  EXPECT_TRUE(absl::IsFailedPrecondition(book_.DecidePause(id, now_).status()));
}

TEST_F(ParentsTest, AStoppedParentAsksAfterAChildThatNobodyAnswered) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 40, 4));
  const auto sent = RunAt(Duration{});
  EXPECT_FALSE(book_.OnAnswer(sent[0], {}, now_));
  Keep(*book_.DecideCancel(id, now_));
  const auto ask = RunAt(Duration::Seconds(1));
  ASSERT_EQ(ask.size(), 1U);
  EXPECT_EQ(ask[0].kind, Kind::kAsk);
  ChildAnswer none;
  none.kind = ChildAnswer::Kind::kNotFound;
  Keep(book_.OnAnswer(ask[0], none, now_));
  Run();
  EXPECT_EQ(Get(id).status, ParentStatus::kCanceled);
}

TEST_F(ParentsTest, ReplaceKeepsWhatIsDone) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 100, 10));
  RunAndFillAt(Duration{});
  ParentChange more;
  more.quantity = Q("1.9");
  Keep(*book_.DecideReplace(id, more, now_));
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(10)), Q("0.2"));  // 1.8 over nine
  ParentChange less;
  less.quantity = Q("0.2");
  EXPECT_TRUE(absl::IsInvalidArgument(book_.DecideReplace(id, less, now_).status()));
  less.quantity = Q("0.3");
  Keep(*book_.DecideReplace(id, less, now_));
  Run();
  EXPECT_EQ(Get(id).status, ParentStatus::kFilled);
}

TEST_F(ParentsTest, RefusalsBackOffAndThenPause) {
  const std::string id = Submit(Iceberg());
  Duration at;
  for (int i = 1; i <= 5; ++i) {
    std::vector<ChildRequest> sent;
    for (; sent.empty() && at < Duration::Seconds(100); at = at + Duration::Millis(100)) {
      sent = RunAt(at);
    }
    ASSERT_EQ(sent.size(), 1U) << i;
    Answer(sent[0], OrderStatus::kRejected, Quantity(), RejectReason::kMaxPosition);
    EXPECT_EQ(Get(id).faults, i);
    EXPECT_EQ(Get(id).not_before - now_, Duration::Millis(200) * (int64_t{1} << (i - 1)));
  }
  EXPECT_EQ(Get(id).status, ParentStatus::kPaused);
  EXPECT_THAT(Get(id).reason, ::testing::HasSubstr("MAX_POSITION"));
  Keep(*book_.DecideResume(id, now_));
  EXPECT_EQ(Get(id).status, ParentStatus::kWorking);
}

TEST_F(ParentsTest, TheKillSwitchPausesAtOnce) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 100, 10));
  Answer(RunAt(Duration{})[0], OrderStatus::kRejected, Quantity(), RejectReason::kKillSwitch);
  EXPECT_EQ(Get(id).status, ParentStatus::kPaused);
  EXPECT_EQ(RunAt(Duration::Seconds(50)).size(), 0U);
}

TEST_F(ParentsTest, ARefusalOfTheRequestIsNoOrder) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 100, 10));
  ChildAnswer refused;
  refused.kind = ChildAnswer::Kind::kRefused;
  refused.message = "its key is another's";
  Keep(book_.OnAnswer(RunAt(Duration{})[0], refused, now_));
  EXPECT_EQ(Get(id).working, Quantity());
  EXPECT_EQ(Get(id).faults, 1);
}

TEST_F(ParentsTest, OldDoubledAndForeignWordsAreNoNews) {
  const std::string id = Submit(Iceberg());
  Answer(RunAt(Duration{})[0], OrderStatus::kNew);
  const uint64_t seen = sequence_;
  OrderSnapshot word = Word(seen + 5, OrderStatus::kPartiallyFilled, Q("0.4"), P("99"), Q("0.2"));
  Keep(book_.OnOrder(id, id + ".1", word, now_));
  EXPECT_EQ(Get(id).filled, Q("0.2"));
  EXPECT_FALSE(book_.OnOrder(id, id + ".1", word, now_));  // doubled
  word.sequence = seen + 4;
  word.filled = Q("0.1");
  EXPECT_FALSE(book_.OnOrder(id, id + ".1", word, now_));  // late
  word.sequence = seen + 9;
  word.order_id = OrderId(1, 77);
  EXPECT_FALSE(book_.OnOrder(id, id + ".1", word, now_));  // another order under our name
  EXPECT_FALSE(book_.OnOrder(id, id + ".2", word, now_));
  EXPECT_FALSE(book_.OnOrder("P-none-1", "P-none-1.1", word, now_));
}

TEST_F(ParentsTest, AWordThatOvertakesTheAnswerCounts) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 40, 4));
  const auto sent = RunAt(Duration{});
  OrderSnapshot filled = Word(99, OrderStatus::kFilled, Q("0.25"), {}, Q("0.25"));
  EXPECT_FALSE(book_.OnOrder(id, id + ".1", filled, now_));
  Answer(sent[0], OrderStatus::kPendingNew);
  EXPECT_EQ(Get(id).filled, Q("0.25"));
  EXPECT_EQ(Get(id).working, Quantity());
}

// Asked for before it arrived, answered after: the answer is older than the events.
TEST_F(ParentsTest, AWordThatOvertakesAnAnswerOfNotFoundCounts) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 40, 4));
  const auto sent = RunAt(Duration{});
  EXPECT_FALSE(book_.OnAnswer(sent[0], {}, now_));
  Keep(*book_.DecideCancel(id, now_));
  const auto ask = RunAt(Duration::Seconds(1));
  ASSERT_EQ(ask.size(), 1U);
  EXPECT_FALSE(
      book_.OnOrder(id, id + ".1", Word(99, OrderStatus::kFilled, Q("0.25"), {}, Q("0.25")), now_));
  ChildAnswer none;
  none.kind = ChildAnswer::Kind::kNotFound;
  Keep(book_.OnAnswer(ask[0], none, now_));
  Run();
  EXPECT_EQ(Get(id).filled, Q("0.25"));
  EXPECT_EQ(Get(id).status, ParentStatus::kCanceled);
}

TEST_F(ParentsTest, ARepeatIsTheSameParent) {
  ParentTerms terms = Terms(Algo::kTwap, "1", 40, 4);
  terms.client_parent_id = "mine";
  const std::string id = Submit(terms);
  EXPECT_EQ((*book_.FindRepeat(terms))->id, id);
  terms.quantity = Q("2");
  EXPECT_TRUE(absl::IsAlreadyExists(book_.FindRepeat(terms).status()));
  terms.account = "other";
  EXPECT_EQ(*book_.FindRepeat(terms), nullptr);
}

TEST_F(ParentsTest, SmallestOrdersAreRespected) {
  ParentTerms terms = Terms(Algo::kTwap, "25", 40, 4);  // 6.25 a slice, the smallest order is 10
  terms.symbol = "SHARE";
  const std::string id = Submit(terms);
  EXPECT_EQ(RunAndFillAt(Duration{}), Quantity());
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(10)), Q("12"));
  // 18 by now; but a rest of 7 could not be sent any more.
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(20)), Quantity());
  EXPECT_EQ(RunAndFillAt(Duration::Seconds(30)), Q("13"));
  EXPECT_EQ(Get(id).status, ParentStatus::kFilled);
}

TEST_F(ParentsTest, AFailedPieceOfWorkIsTakenUpAgainFromTheJournal) {
  const std::string id = Submit(Terms(Algo::kTwap, "1", 40, 4));
  const auto sent = RunAt(Duration{});
  ParentBook other(instruments_, {});
  for (const ParentEvent& event : journal_) {
    other.Apply(event);
  }
  const auto again = other.TakeRequests(now_);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].kind, Kind::kSubmit);
  EXPECT_EQ(again[0].child, sent[0].child);
  EXPECT_EQ(other.Find(id)->working, Q("0.25"));
  EXPECT_EQ(other.StreamFrom(), std::nullopt);
}

}  // namespace
}  // namespace tw::exeq
