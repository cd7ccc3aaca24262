// NormalizerState at depth: single orders, derived quotes, halts, sessions, the best of all venues,
// and recordings of books and bars.
#include <gtest/gtest.h>

#include "services/normalizer/state.h"
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
using Event = tradewind::v1::FeedEvent;
namespace v1 = tradewind::v1;

class DepthTest : public ::testing::Test {
 protected:
  Events Feed(const Event& event) {
    Events out;
    state_.OnEvent(event, {event.venue_time_ns()}, out);
    return out;
  }
  Events Tick(Timestamp now) {
    Events out;
    state_.OnTime(now, out);
    return out;
  }
  static Events Only(const Events& events, Event::BodyCase body) {
    Events out;
    for (const auto& event : events) {
      if (event.body_case() == body) {
        out.push_back(event);
      }
    }
    return out;
  }
  static std::string States(const Events& events) {
    std::string out;
    for (const auto& event : Only(events, Event::kBookState)) {
      out += (event.book_state().stale() ? event.book_state().reason() : "sound") + " ";
    }
    return out;
  }

  NormalizerState state_{NormalizerOptions{}};
};

Event Status(uint64_t seq, Timestamp time, v1::TradingPhase phase, const char* reason = "") {
  Event event = Head(seq, time);
  event.mutable_status()->set_phase(phase);
  event.mutable_status()->set_reason(reason);
  return event;
}

Event Orders(uint64_t seq, Timestamp time, uint64_t update) {
  Event event = Head(seq, time);
  event.mutable_orders()->set_first_update(update);
  event.mutable_orders()->set_last_update(update);
  event.mutable_orders()->set_previous_update(update - 1);
  return event;
}

void Add(Event& event, v1::OrderAction action, const char* id, int64_t price, int64_t size) {
  v1::OrderChange& change = *event.mutable_orders()->add_changes();
  change.set_action(action);
  change.set_order_id(id);
  change.set_side(action == v1::ORDER_ACTION_ADD ? v1::SIDE_BUY : v1::SIDE_UNSPECIFIED);
  change.set_price_e8(price * kE8);
  change.set_size_e8(size * kE8);
}

Event OrderSnapshot(uint64_t seq, Timestamp time, uint64_t update) {
  Event event = Head(seq, time);
  event.mutable_order_book()->set_last_update(update);
  v1::RestingOrder& bid = *event.mutable_order_book()->add_bids();
  bid.set_order_id("a");
  bid.set_price_e8(100 * kE8);
  bid.set_size_e8(3 * kE8);
  v1::RestingOrder& ask = *event.mutable_order_book()->add_asks();
  ask.set_order_id("x");
  ask.set_price_e8(101 * kE8);
  ask.set_size_e8(3 * kE8);
  return event;
}

TEST_F(DepthTest, SingleOrdersMakeABookAndItsQuotes) {
  Events events = Feed(OrderSnapshot(1, kNow, 10));
  ASSERT_EQ(Only(events, Event::kBook).size(), 1U);
  EXPECT_TRUE(Only(events, Event::kQuote).empty());  // a quote of the venue's own may follow
  Event change = Orders(2, After(1), 11);
  Add(change, v1::ORDER_ACTION_EXECUTE, "a", 0, 1);
  Add(change, v1::ORDER_ACTION_ADD, "b", 100, 5);
  events = Feed(change);
  ASSERT_EQ(events.size(), 1U);  // the book is held back
  EXPECT_EQ(events[0].quote().bid_size_e8(), 7 * kE8);
  EXPECT_EQ(events[0].source_seq(), 2U);
  EXPECT_FALSE(events[0].snapshot());
  Event deeper = Orders(3, After(2), 12);
  Add(deeper, v1::ORDER_ACTION_ADD, "c", 90, 5);
  EXPECT_TRUE(Feed(deeper).empty());  // the best is as it was
  Event wrong = Orders(4, After(3), 13);
  Add(wrong, v1::ORDER_ACTION_REMOVE, "nobody", 0, 0);
  EXPECT_EQ(States(Feed(wrong)), "unknown_order ");
  EXPECT_TRUE(state_.NeedsSnapshot(After(2'000)));
  events = Feed(OrderSnapshot(5, After(4), 13));
  EXPECT_EQ(States(events), "sound ");
}

TEST_F(DepthTest, ASourceOfQuotesGetsNoneFromItsBook) {
  Feed(BookEvent(7, kNow, 1));
  Feed(QuoteEvent(8, kNow, 100, 101));
  Feed(DeltaEvent(9, After(1), 2, 100, 5));
  EXPECT_TRUE(Only(Feed(DeltaEvent(10, After(2), 3, 100, 6)), Event::kQuote).empty());
}

TEST_F(DepthTest, AHaltedMarketFeedsNoPrices) {
  Feed(BookEvent(7, kNow, 1));
  Feed(QuoteEvent(8, kNow, 100, 101));
  Events events = Feed(Status(9, After(10), v1::TRADING_PHASE_HALTED, "news pending"));
  ASSERT_EQ(Only(events, Event::kStatus).size(), 1U);
  EXPECT_EQ(Only(events, Event::kStatus)[0].status().reason(), "news pending");
  EXPECT_EQ(States(events), "halted ");
  EXPECT_EQ(state_.counts().halted, 1U);
  // Kept meanwhile: crossed in the auction, and silent for longer than a book may be.
  EXPECT_EQ(States(Feed(DeltaEvent(10, After(20), 2, 105, 5))), "");
  EXPECT_EQ(States(Tick(After(60'000))), "");
  EXPECT_EQ(States(Feed(DeltaEvent(11, After(60'001), 3, 105, 0))), "");
  events = Feed(Status(12, After(60'002), v1::TRADING_PHASE_OPEN));
  EXPECT_EQ(States(events), "sound ");
  ASSERT_EQ(Only(events, Event::kQuote).size(), 1U);  // for those who left the prices aside
  EXPECT_TRUE(Only(events, Event::kQuote)[0].snapshot());
  EXPECT_EQ(state_.counts().halted, 0U);
  EXPECT_EQ(state_.counts().halts, 1U);
}

TEST_F(DepthTest, AMarketStillCrossedAfterItsHaltIsStale) {
  Feed(BookEvent(7, kNow, 1));
  Feed(Status(8, After(10), v1::TRADING_PHASE_AUCTION));
  Feed(DeltaEvent(9, After(20), 2, 105, 5));
  EXPECT_EQ(States(Feed(Status(10, After(30), v1::TRADING_PHASE_OPEN))), "crossed ");
}

TEST_F(DepthTest, AMarketOfQuotesAloneGoesStaleToo) {
  EXPECT_EQ(States(Feed(QuoteEvent(1, kNow, 100, 101))), "");
  EXPECT_EQ(States(Feed(QuoteEvent(2, After(1), 102, 101))), "crossed ");
  EXPECT_EQ(States(Feed(QuoteEvent(3, After(2), 100, 101))), "sound ");
  EXPECT_EQ(States(Tick(After(5'003))), "timeout ");
  EXPECT_EQ(state_.counts().stale_symbols, "BTCUSDT timeout");
}

TEST_F(DepthTest, TheBestOfAllVenuesLeavesStaleOnesOut) {
  const auto of = [](Event event, const char* venue) {
    event.set_venue(venue);
    return event;
  };
  Feed(of(QuoteEvent(1, kNow, 100, 103), "ONE"));
  EXPECT_TRUE(Only(Tick(After(200)), Event::kConsolidated).empty());  // one venue: its own quote
  Feed(of(QuoteEvent(1, After(201), 99, 102), "TWO"));
  Events events = Only(Tick(After(300)), Event::kConsolidated);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].venue(), "CONSOLIDATED");
  EXPECT_EQ(events[0].consolidated().bid_e8(), 100 * kE8);
  EXPECT_EQ(events[0].consolidated().bid_venue(), "ONE");
  EXPECT_EQ(events[0].consolidated().ask_e8(), 102 * kE8);
  EXPECT_EQ(events[0].consolidated().ask_venue(), "TWO");
  EXPECT_EQ(events[0].consolidated().venues(), 2U);
  Feed(of(Status(2, After(310), v1::TRADING_PHASE_HALTED), "TWO"));
  events = Only(Tick(After(400)), Event::kConsolidated);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].consolidated().ask_venue(), "ONE");
  const auto best = state_.Best("BTCUSDT");
  ASSERT_TRUE(best.ok()) << best.status();
  EXPECT_EQ(best->best.venues, 1U);
  ASSERT_EQ(best->venues.size(), 2U);
  EXPECT_EQ(best->venues[1].stale, "halted");
  EXPECT_EQ(state_.Best("NONE").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DepthTest, ARecordedGapIsTellingAndALaterSnapshotHealsIt) {
  const auto at = [](Event event, uint64_t seq) {
    event = Recorded(std::move(event));
    event.set_source_seq(seq);
    event.set_snapshot(false);
    return event;
  };
  Events events = Feed(at(BookEvent(0, kNow, 10), 1));
  EXPECT_EQ(States(events), "sound ");
  ASSERT_EQ(Only(events, Event::kQuote).size(), 1U);
  EXPECT_EQ(Only(events, Event::kQuote)[0].quote().bid_e8(), 100 * kE8);
  events = Feed(at(DeltaEvent(0, After(1'000), 15, 98, 5), 2));
  EXPECT_EQ(States(events), "gap ");
  ASSERT_EQ(Only(events, Event::kGap).size(), 1U);
  EXPECT_EQ(Only(events, Event::kGap)[0].gap().from_seq(), 11U);
  EXPECT_EQ(Only(events, Event::kGap)[0].gap().to_seq(), 14U);
  EXPECT_FALSE(state_.NeedsSnapshot(After(9'000)));  // nobody can be asked for one
  events = Feed(at(BookEvent(0, After(2'000), 15), 3));
  EXPECT_EQ(States(events), "sound ");
  EXPECT_EQ(Only(events, Event::kBook).size(), 1U);
  // Played again it is the same again, though the book was further on.
  EXPECT_EQ(Only(Feed(at(BookEvent(0, kNow, 10), 1)), Event::kBook).size(), 1U);
}

TEST_F(DepthTest, RecordedBarsPassAndMakeLongerOnes) {
  const auto bar = [](uint64_t seq, int64_t minute, int64_t open, int64_t close) {
    Event event = Recorded(Head(seq, kNow + Duration::Seconds(60 * minute)));
    v1::BarTick& tick = *event.mutable_bar();
    tick.set_interval("1m");
    tick.set_start_ns(event.venue_time_ns());
    tick.set_open_e8(open * kE8);
    tick.set_close_e8(close * kE8);
    tick.set_high_e8(std::max(open, close) * kE8);
    tick.set_low_e8(std::min(open, close) * kE8);
    tick.set_volume_e8(2 * kE8);
    return event;
  };
  for (int64_t i = 0; i < 5; ++i) {
    const Events events = Feed(bar(static_cast<uint64_t>(i + 1), i, 100 + i, 101 + i));
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events[0].bar().interval(), "1m");
    EXPECT_TRUE(events[0].bar().closed());
  }
  std::string longer;
  for (const auto& event : Only(Feed(ReplayEndEvent(0)), Event::kBar)) {
    longer += event.bar().interval() + " ";
    EXPECT_EQ(event.bar().open_e8(), 100 * kE8);
    EXPECT_EQ(event.bar().close_e8(), 105 * kE8);
    EXPECT_EQ(event.bar().high_e8(), 105 * kE8);
    EXPECT_EQ(event.bar().volume_e8(), 10 * kE8);
  }
  EXPECT_EQ(longer, "5m 15m 1h 1d ");
  const auto joined = state_.Bars("REPLAY:ibm.zip", "IBM", "2m", 10, false);
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->size(), 3U);
}

TEST_F(DepthTest, RefusesWhatNoVenueMaySend) {
  Event no_id = Orders(1, kNow, 5);
  Add(no_id, v1::ORDER_ACTION_REMOVE, "", 0, 0);
  Event no_size = Orders(1, kNow, 5);
  Add(no_size, v1::ORDER_ACTION_ADD, "a", 5, 0);
  Event no_action = Orders(1, kNow, 5);
  Add(no_action, v1::ORDER_ACTION_UNSPECIFIED, "a", 5, 1);
  Event low = Head(1, kNow);
  low.mutable_bar()->set_open_e8(1);
  Event ours = Head(1, kNow);
  ours.mutable_consolidated();
  for (const Event& event :
       {no_id, no_size, no_action, low, ours, Status(1, kNow, v1::TRADING_PHASE_UNSPECIFIED)}) {
    EXPECT_TRUE(Feed(event).empty()) << event.ShortDebugString();
  }
  EXPECT_EQ(state_.counts().malformed, 6U);
}

// 9:30 to 16:00 New York time on one day.
TEST(SessionTest, AMarketFollowsItsCalendar) {
  const auto at = [](const char* text) { return *ParseRfc3339(text); };
  NormalizerOptions options;
  options.calendars["BTCUSDT"] = std::make_shared<const calendar::Calendar>(
      "XNYS",
      std::vector<calendar::Calendar::Day>{
          {at("2026-11-25T05:00:00Z"), at("2026-11-25T14:30:00Z"), at("2026-11-25T21:00:00Z")},
          {at("2026-11-26T05:00:00Z"), at("2026-11-26T05:00:00Z"), at("2026-11-26T05:00:00Z")}},
      at("2026-11-27T05:00:00Z"));
  NormalizerState state(options);
  std::string phases;
  const auto note = [&](const Events& events) {
    for (const auto& event : events) {
      if (event.has_status()) {
        phases += v1::TradingPhase_Name(event.status().phase()).substr(14) + " ";
      }
      if (event.has_book_state()) {
        phases += event.book_state().stale() ? event.book_state().reason() + " " : "sound ";
      }
    }
  };
  const auto quote = [&](uint64_t seq, const char* time, const char* venue) {
    Event event = QuoteEvent(seq, at(time), 100, 101);
    event.set_venue(venue);
    Events out;
    state.OnEvent(event, at(time), out);
    note(out);
  };
  const auto tick = [&](const char* time) {
    Events out;
    state.OnTime(at(time), out);
    note(out);
  };
  quote(1, "2026-11-25T14:29:59Z", "XNYS");
  tick("2026-11-25T14:30:00Z");
  quote(2, "2026-11-25T14:29:59.9Z", "XNYS");  // late: the market is open all the same
  quote(3, "2026-11-25T20:59:59Z", "XNYS");
  quote(4, "2026-11-25T21:00:00Z", "XNYS");
  quote(5, "2026-11-26T04:59:59Z", "XNYS");
  tick("2026-11-26T05:00:00Z");  // a holiday
  EXPECT_EQ(phases, "PRE_OPEN OPEN POST_CLOSE CLOSED closed ");
  phases.clear();
  quote(1, "2026-11-26T06:00:00Z", "PAPER");  // never closes
  EXPECT_EQ(phases, "");
  EXPECT_EQ(state.counts().stale_books, 0U);  // closed is nothing to worry about
}

}  // namespace
}  // namespace tw::normalizer
