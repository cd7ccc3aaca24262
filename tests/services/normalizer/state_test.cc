#include "services/normalizer/state.h"

#include <gtest/gtest.h>

#include "tests/services/normalizer/feed_events.h"

namespace tw::normalizer {
namespace {

using testing::After;
using testing::BookEvent;
using testing::DeltaEvent;
using testing::Head;
using testing::kE8;
using testing::kNow;
using testing::QuoteEvent;
using testing::Recorded;
using testing::ReplayEndEvent;
using testing::TradeEvent;
using Body = tradewind::v1::FeedEvent;

class StateTest : public ::testing::Test {
 protected:
  Events Feed(const tradewind::v1::FeedEvent& event, Timestamp now = {}) {
    Events out;
    state_.OnEvent(event, now.IsSet() ? now : Timestamp{event.venue_time_ns()}, out);
    return out;
  }
  Events Tick(Timestamp now) {
    Events out;
    state_.OnTime(now, out);
    return out;
  }
  static std::vector<tradewind::v1::FeedEvent> Only(const Events& events, Body::BodyCase body) {
    Events out;
    for (const auto& event : events) {
      if (event.body_case() == body) {
        out.push_back(event);
      }
    }
    return out;
  }
  static Events Closed(const Events& events) {
    Events out;
    for (const auto& event : Only(events, Body::kBar)) {
      if (event.bar().closed()) {
        out.push_back(event);
      }
    }
    return out;
  }

  NormalizerState state_{NormalizerOptions{}};
};

TEST_F(StateTest, PassesTradesAndQuotesOnAsTheyAre) {
  const auto trade = TradeEvent(1, kNow, 100, 2);
  const auto quote = QuoteEvent(2, kNow, 99, 101);
  EXPECT_EQ(Feed(trade).front().SerializeAsString(), trade.SerializeAsString());
  EXPECT_EQ(Feed(quote).front().SerializeAsString(), quote.SerializeAsString());
}

TEST_F(StateTest, ADuplicateIsLeftOutAndAGapIsTold) {
  Feed(TradeEvent(1, kNow, 100, 2));
  EXPECT_TRUE(Feed(TradeEvent(1, kNow, 100, 2)).empty());
  const Events events = Feed(TradeEvent(5, After(10), 100, 2));
  ASSERT_GE(events.size(), 2U);
  ASSERT_TRUE(events[0].has_gap());
  EXPECT_EQ(events[0].gap().from_seq(), 2U);
  EXPECT_EQ(events[0].gap().to_seq(), 4U);
  EXPECT_EQ(events[0].gap().reason(), "sequence");
  EXPECT_TRUE(events[1].has_trade());
  EXPECT_TRUE(Only(Feed(TradeEvent(3, After(11), 100, 2)), Body::kTrade).size() == 1);
  const NormalizerState::Counts counts = state_.counts();
  EXPECT_EQ(counts.duplicates, 1U);
  EXPECT_EQ(counts.gaps, 1U);
  EXPECT_EQ(counts.out_of_order, 1U);
}

TEST_F(StateTest, RefusesWhatNoVenueMaySend) {
  std::vector<tradewind::v1::FeedEvent> bad = {TradeEvent(1, kNow, 0, 1),
                                               TradeEvent(1, kNow, -5, 1),
                                               TradeEvent(1, kNow, 5, 0),
                                               QuoteEvent(1, kNow, -1, 5),
                                               TradeEvent(1, After(61'000), 5, 1),
                                               Head(1, kNow),
                                               Head(1, kNow, ""),
                                               DeltaEvent(1, kNow, 1, 0, 1),
                                               DeltaEvent(1, kNow, 1, 5, -1)};
  bad.push_back(TradeEvent(1, kNow, 5, 1));
  bad.back().set_symbol(std::string(65, 'A'));
  for (const auto& event : bad) {
    EXPECT_TRUE(Feed(event, kNow).empty()) << event.ShortDebugString();
  }
  EXPECT_EQ(state_.counts().malformed, bad.size());
  auto control = TradeEvent(1, kNow, 5, 1);
  control.set_symbol("A\tB");
  EXPECT_TRUE(Feed(control).empty());
  EXPECT_EQ(state_.counts().refused, 1U);
  EXPECT_EQ(state_.counts().live_markets, 0U);
}

TEST_F(StateTest, PublishesBooksAtTheirPeriod) {
  Events events = Feed(BookEvent(7, kNow, 1));
  ASSERT_EQ(Only(events, Body::kBookState).size(), 1U);
  EXPECT_FALSE(Only(events, Body::kBookState)[0].book_state().stale());
  ASSERT_EQ(Only(events, Body::kBook).size(), 1U);
  EXPECT_EQ(Only(events, Body::kBook)[0].book().bids(0).price_e8(), 100 * kE8);
  EXPECT_FALSE(Only(events, Body::kBook)[0].snapshot());
  Feed(QuoteEvent(8, After(1), 100, 101));
  EXPECT_TRUE(Feed(DeltaEvent(9, After(50), 2, 98, 5)).empty());
  EXPECT_TRUE(Feed(DeltaEvent(10, After(100), 3, 97, 5)).empty());
  EXPECT_TRUE(Tick(After(199)).empty());
  events = Tick(After(200));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].book().bids_size(), 4);
  EXPECT_EQ(events[0].source_seq(), 10U);
  EXPECT_TRUE(Tick(After(1'000)).empty());
}

TEST_F(StateTest, AGapInTheBookMakesItStaleAndASnapshotHealsIt) {
  Feed(BookEvent(7, kNow, 1));
  Events events = Feed(DeltaEvent(9, After(300), 3, 98, 5));
  ASSERT_EQ(events.size(), 2U);
  ASSERT_TRUE(events[0].has_gap());  // of the venue's updates
  EXPECT_EQ(events[0].gap().from_seq(), 2U);
  EXPECT_EQ(events[0].gap().to_seq(), 2U);
  EXPECT_EQ(events[0].gap().reason(), "book");
  EXPECT_TRUE(events[1].book_state().stale());
  EXPECT_EQ(events[1].book_state().reason(), "gap");
  EXPECT_EQ(state_.counts().stale_books, 1U);
  EXPECT_EQ(state_.counts().stale_symbols, "BTCUSDT gap");
  EXPECT_FALSE(state_.NeedsSnapshot(After(1'200)));
  EXPECT_TRUE(state_.NeedsSnapshot(After(1'300)));

  events.clear();
  state_.OnHealingSnapshot(BookEvent(9, After(1'300), 2), After(1'300), events);
  const Events states = Only(events, Body::kBookState);
  ASSERT_EQ(states.size(), 1U);
  EXPECT_FALSE(states[0].book_state().stale());
  const Events quotes = Only(events, Body::kQuote);
  ASSERT_EQ(quotes.size(), 1U);
  EXPECT_TRUE(quotes[0].snapshot());  // state, not a tick of the venue
  EXPECT_EQ(quotes[0].quote().bid_e8(), 100 * kE8);
  ASSERT_EQ(Only(events, Body::kBook).size(), 1U);
  EXPECT_EQ(Only(events, Body::kBook)[0].book().last_update(), 3U);  // with the delta held back
  EXPECT_FALSE(state_.NeedsSnapshot(After(9'000)));
}

TEST_F(StateTest, ABookThatNeverHadASnapshotNeedsOneAtOnce) {
  EXPECT_FALSE(state_.NeedsSnapshot(kNow));
  const Events events = Feed(DeltaEvent(9, kNow, 3, 98, 5));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].book_state().reason(), "no_snapshot");
  EXPECT_TRUE(state_.NeedsSnapshot(kNow));
}

TEST_F(StateTest, ASilentBookGoesStaleAndComesBackByItself) {
  Feed(BookEvent(7, kNow, 1));
  Tick(After(5'000));
  Events events = Tick(After(5'001));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].book_state().reason(), "timeout");
  EXPECT_FALSE(state_.NeedsSnapshot(After(60'000)));
  events = Feed(DeltaEvent(8, After(6'000), 2, 98, 5));
  EXPECT_FALSE(Only(events, Body::kBookState)[0].book_state().stale());
}

TEST_F(StateTest, PublishesBarsWhenTheyCloseAndOpenOnesNowAndThen) {
  Feed(BookEvent(7, After(-60'000), 1));
  Events events = Feed(TradeEvent(8, kNow, 100, 1));
  EXPECT_EQ(Only(events, Body::kBar).size(), Intervals().size());
  EXPECT_TRUE(Closed(events).empty());
  EXPECT_TRUE(Only(Feed(TradeEvent(9, After(100), 105, 1)), Body::kBar).empty());
  EXPECT_EQ(Only(Tick(After(500)), Body::kBar).size(), Intervals().size());
  EXPECT_TRUE(Only(Tick(After(1'000)), Body::kBar).empty());  // nothing new
  events = Closed(Feed(QuoteEvent(10, After(3'000), 99, 101)));
  ASSERT_EQ(events.size(), 1U);
  const tradewind::v1::BarTick& bar = events[0].bar();
  EXPECT_EQ(bar.interval(), "1s");
  EXPECT_EQ(bar.start_ns(), kNow.ns);
  EXPECT_EQ(bar.open_e8(), 100 * kE8);
  EXPECT_EQ(bar.close_e8(), 105 * kE8);
  EXPECT_EQ(bar.volume_e8(), 2 * kE8);
  EXPECT_EQ(bar.trades(), 2);
  EXPECT_TRUE(Closed(Feed(QuoteEvent(11, After(3'100), 99, 101))).empty());  // once
  EXPECT_EQ(state_.Bars("PAPER", "BTCUSDT", "1s", 10, false)->size(), 1U);
  EXPECT_EQ(state_.Bars("PAPER", "BTCUSDT", "1m", 10, false)->size(), 0U);
  EXPECT_EQ(state_.Bars("PAPER", "BTCUSDT", "1m", 10, true)->size(), 1U);
}

TEST_F(StateTest, BarsThatBeganBeforeTheStartAreNotPublishedAsClosed) {
  Feed(TradeEvent(1, After(500), 100, 1));
  EXPECT_TRUE(Closed(Feed(TradeEvent(2, After(4'000), 100, 1))).empty());
  EXPECT_EQ(state_.counts().partial_bars, 1U);
  EXPECT_EQ(Closed(Feed(TradeEvent(3, After(8'000), 100, 1))).size(), 1U);
}

TEST_F(StateTest, ALostTradeMakesItsBarsPartial) {
  Feed(TradeEvent(1, After(-1'000), 100, 1));
  Feed(TradeEvent(2, kNow, 100, 1));
  Feed(TradeEvent(4, After(400), 100, 1));
  EXPECT_TRUE(Closed(Feed(TradeEvent(5, After(4'000), 100, 1))).empty());
  // The start of the market cuts five intervals that end with kNow, the lost trade a second.
  EXPECT_EQ(state_.counts().partial_bars, 6U);
}

TEST_F(StateTest, BarsMadeUpOfShorterOnesAreWhole) {
  // Seconds 5 to 40 of the minute, one trade each; that of second 20 is lost.
  for (uint64_t i = 5; i <= 40; ++i) {
    if (i != 20) {
      Feed(TradeEvent(i, After(static_cast<int64_t>(i) * 1'000), 100, 1));
    }
  }
  const auto bars = state_.Bars("PAPER", "BTCUSDT", "4s", 100, false);
  ASSERT_TRUE(bars.ok());
  std::vector<int64_t> starts;
  for (const Bar& bar : *bars) {
    starts.push_back((bar.start - kNow).millis() / 1'000);
    EXPECT_EQ(bar.trades, 4);
  }
  EXPECT_EQ(starts, (std::vector<int64_t>{8, 12, 24, 28, 32}));
}

TEST_F(StateTest, DayStatisticsFollowTheTrades) {
  Events events = Feed(TradeEvent(1, kNow, 100, 3));
  ASSERT_EQ(Only(events, Body::kStatistics).size(), 1U);
  EXPECT_TRUE(Only(Feed(TradeEvent(2, After(100), 90, 2)), Body::kStatistics).empty());
  events = Only(Tick(After(600)), Body::kStatistics);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].statistics().last_price_e8(), 90 * kE8);
  EXPECT_EQ(events[0].statistics().volume_24h_e8(), 5 * kE8);
  EXPECT_EQ(events[0].statistics().change_24h_e8(), -10 * kE8);
  events = Only(Tick(After(86'400'000)), Body::kStatistics);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].statistics().volume_24h_e8(), 0);
}

TEST_F(StateTest, ARestartOfLiveGatewayIsTold) {
  Feed(BookEvent(5, kNow, 9));
  Feed(TradeEvent(6, kNow, 100, 1));
  Events events;
  state_.OnFeedGap(true, After(1'000), events);
  events = Feed(BookEvent(100, After(1'000), 2));  // numbers of books may begin anew
  EXPECT_EQ(Only(events, Body::kBook).size(), 1U);
  events = Feed(TradeEvent(101, After(1'100), 100, 1));
  ASSERT_TRUE(events[0].has_gap());
  EXPECT_EQ(events[0].gap().from_seq(), 7U);
  EXPECT_EQ(events[0].gap().to_seq(), 0U);  // its numbers go on anywhere
  EXPECT_EQ(events[0].gap().reason(), "restart");
}

TEST_F(StateTest, NumbersOfAnEarlierProcessShowWhatWasMissed) {
  state_.Restore({{{"PAPER", "BTCUSDT"}, 10}}, false);
  EXPECT_TRUE(Feed(TradeEvent(10, kNow, 100, 1)).empty());
  const Events events = Feed(TradeEvent(14, kNow, 100, 1));
  ASSERT_TRUE(events[0].has_gap());
  EXPECT_EQ(events[0].gap().from_seq(), 11U);
  EXPECT_EQ(events[0].gap().to_seq(), 13U);
  EXPECT_EQ(state_.numbers().at({"PAPER", "BTCUSDT"}), 14U);
}

TEST_F(StateTest, NumbersOfAnEarlierProcessMeanNothingAfterARestartOfTheSource) {
  state_.Restore({{{"PAPER", "BTCUSDT"}, 10}}, false);
  Events events;
  state_.OnFeedGap(true, kNow, events);
  events = Feed(TradeEvent(1'000'000, kNow, 100, 1));
  ASSERT_TRUE(events[0].has_gap());
  EXPECT_EQ(events[0].gap().from_seq(), 11U);
  EXPECT_EQ(events[0].gap().to_seq(), 0U);
  EXPECT_EQ(events[0].gap().reason(), "restart");
}

TEST_F(StateTest, RecordedDataPassesOneForOneAndGetsBarsButNoTickers) {
  Events all;
  for (uint64_t i = 1; i <= 100; ++i) {
    for (const auto& event : Feed(Recorded(TradeEvent(i, After(static_cast<int64_t>(i) * 100),
                                                      100 + static_cast<int64_t>(i % 7), 1)),
                                  kNow)) {
      all.push_back(event);
    }
    auto quote = Recorded(QuoteEvent(i, After(static_cast<int64_t>(i) * 100), 0, 101));
    for (const auto& event : Feed(quote, kNow)) {
      EXPECT_EQ(event.SerializeAsString(), quote.SerializeAsString());
      all.push_back(event);
    }
  }
  EXPECT_EQ(Only(all, Body::kTrade).size(), 100U);
  EXPECT_EQ(Only(all, Body::kQuote).size(), 100U);
  EXPECT_EQ(all.size(), 200U);  // within the lateness nothing closes
  const Events end = Feed(ReplayEndEvent(100), kNow);
  EXPECT_TRUE(end.back().has_replay_end());
  int64_t trades = 0;
  for (const auto& event : Closed(end)) {
    EXPECT_TRUE(event.recorded());
    trades += event.bar().interval() == "1s" ? event.bar().trades() : 0;
  }
  EXPECT_EQ(trades, 100);
  EXPECT_EQ(Closed(end).size(), 11U + 1 + 1 + 1 + 1 + 1);
  EXPECT_TRUE(state_.Snapshot().empty());
  EXPECT_EQ(state_.counts().recorded_markets, 0U);
  EXPECT_EQ(state_.Bars("REPLAY:ibm.zip", "IBM", "1s", 100, false)->size(), 11U);
}

TEST_F(StateTest, ARecordingPlayedAgainGivesTheSameBars) {
  Events first;
  Events second;
  for (Events* run : {&first, &second}) {
    Feed(Recorded(TradeEvent(1, kNow, 100, 1)), kNow);
    Feed(Recorded(TradeEvent(2, After(100), 101, 1)), kNow);
    *run = Closed(Feed(ReplayEndEvent(2), kNow));
  }
  // A run that was broken off leaves nothing behind.
  Feed(Recorded(TradeEvent(1, kNow, 100, 1)), kNow);
  Feed(Recorded(TradeEvent(1, kNow, 100, 1)), kNow);
  Feed(Recorded(TradeEvent(2, After(100), 101, 1)), kNow);
  Events third = Closed(Feed(ReplayEndEvent(2), kNow));
  ASSERT_EQ(first.size(), Intervals().size());
  for (const Events* run : {&second, &third}) {
    ASSERT_EQ(run->size(), first.size());
    for (size_t i = 0; i < first.size(); ++i) {
      EXPECT_EQ((*run)[i].bar().SerializeAsString(), first[i].bar().SerializeAsString());
    }
  }
}

TEST_F(StateTest, ABrokenReplayIsToldAndItsBarsAreNot) {
  Feed(Recorded(TradeEvent(1, kNow, 100, 1)), kNow);
  Events events;
  state_.OnFeedGap(false, kNow, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].venue(), "REPLAY:ibm.zip");
  EXPECT_EQ(events[0].gap().from_seq(), 2U);
  EXPECT_EQ(events[0].gap().reason(), "replay_broken_off");
  EXPECT_TRUE(Closed(Feed(ReplayEndEvent(1), kNow)).empty());
}

TEST_F(StateTest, AReplayThatLiveGatewayGaveUpIsToldAndItsBarsAreNot) {
  auto given_up = Recorded(Head(2, kNow));
  given_up.mutable_gap()->set_from_seq(2);
  given_up.mutable_gap()->set_reason("replay_broken_off");
  Feed(Recorded(TradeEvent(1, kNow, 100, 1)), kNow);
  for (int i = 0; i < 2; ++i) {  // also of a market that is not known here
    const Events events = Feed(given_up, kNow);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].gap().from_seq(), 2U);
    EXPECT_EQ(events[0].gap().to_seq(), 0U);
    EXPECT_EQ(state_.counts().recorded_markets, 0U);
  }
  EXPECT_EQ(state_.counts().gaps, 2U);
  EXPECT_FALSE(state_.replaying());
}

// What kill -9 leaves of the bars of a replay: those that had begun are missing, none is wrong.
TEST_F(StateTest, TheMiddleOfAReplayMakesNoBarsThatLackTrades) {
  const auto trade = [](uint64_t seq) {
    return Recorded(TradeEvent(seq, After(static_cast<int64_t>(seq) * 20'000), 100, 1));
  };
  for (uint64_t seq = 1; seq <= 4; ++seq) {
    Feed(trade(seq), kNow);
  }
  EXPECT_TRUE(state_.replaying());
  NormalizerState next{NormalizerOptions{}};
  next.Restore({}, state_.replaying());
  EXPECT_TRUE(next.replaying());
  Events all;
  for (uint64_t seq = 5; seq <= 10; ++seq) {
    next.OnEvent(trade(seq), kNow, all);
  }
  next.OnEvent(ReplayEndEvent(10), kNow, all);
  EXPECT_EQ(Only(all, Body::kTrade).size(), 6U);
  const Events gaps = Only(all, Body::kGap);
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].gap().reason(), "bars_incomplete");
  EXPECT_EQ(gaps[0].gap().from_seq(), 5U);
  // Of the minutes 1 (trades 3 to 5), 2 (6 to 8) and 3 (9, 10) the first had begun; nothing longer
  // is whole. A second holds one trade: that of trade 5 may have had others before it.
  for (const auto& event : Closed(all)) {
    const bool minute = event.bar().interval() == "1m";
    ASSERT_TRUE(minute || event.bar().interval() == "1s") << event.bar().interval();
    EXPECT_GT(event.bar().start_ns(), trade(5).venue_time_ns());
  }
  EXPECT_EQ(Closed(all).size(), 2U + 5U);
  // The same recording from its beginning makes them all.
  all.clear();
  for (uint64_t seq = 1; seq <= 10; ++seq) {
    next.OnEvent(trade(seq), kNow, all);
  }
  next.OnEvent(ReplayEndEvent(10), kNow, all);
  EXPECT_TRUE(Only(all, Body::kGap).empty());
  EXPECT_EQ(Closed(all).size(), 10U + 4 + 1 + 1 + 1 + 1);
}

TEST_F(StateTest, OnlySoManyReplaysAtATime) {
  Events events;
  const size_t most = NormalizerOptions().recorded_markets_max;
  for (size_t i = 0; i <= most; ++i) {
    auto trade = Recorded(TradeEvent(1, kNow, 100, 1));
    trade.set_venue("REPLAY:" + std::to_string(i));
    events = Feed(trade, kNow);
  }
  EXPECT_EQ(state_.counts().recorded_markets, most);
  ASSERT_TRUE(events[0].has_gap());
  EXPECT_EQ(events[0].venue(), "REPLAY:0");
}

TEST_F(StateTest, TheSnapshotHoldsWhatANewReaderNeeds) {
  Feed(BookEvent(7, After(-60'000), 1));
  Feed(QuoteEvent(8, kNow, 99, 101));
  Feed(TradeEvent(9, kNow, 100, 1));
  Feed(TradeEvent(10, After(3'500), 100, 1));
  const Events events = state_.Snapshot();
  EXPECT_EQ(Only(events, Body::kBook).size(), 1U);
  EXPECT_EQ(Only(events, Body::kBookState).size(), 1U);
  EXPECT_EQ(Only(events, Body::kQuote).size(), 1U);
  EXPECT_EQ(Only(events, Body::kStatistics).size(), 1U);
  EXPECT_EQ(Closed(events).size(), 1U);
  EXPECT_EQ(Only(events, Body::kBar).size(), 1 + Intervals().size());
}

TEST_F(StateTest, BarsAreAskedForByKnownNames) {
  EXPECT_EQ(state_.Bars("PAPER", "BTCUSDT", "2d", 1, false).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(state_.Bars("PAPER", "BTCUSDT", "1m", 1, false).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tw::normalizer
