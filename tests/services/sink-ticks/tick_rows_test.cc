#include "services/sink-ticks/tick_rows.h"

#include <gtest/gtest.h>

#include <cstring>

#include "services/sink-ticks/feed_writer.h"
#include "tests/services/sink-ticks/fake_normalizer.h"

namespace tw::sink_ticks {
namespace {

namespace v1 = tradewind::v1;

std::string RowOf(const v1::FeedEvent& event) {
  TickRows rows;
  const absl::Status made = rows.Add(event);
  EXPECT_TRUE(made.ok()) << made;
  return std::string(rows.rows().bytes());
}

TEST(TickRowsTest, Trades) {
  EXPECT_EQ(RowOf(Trade(7)),
            "trades,venue=PAPER,symbol=BTCUSDT,side=SELL source_seq=7i,price=45000,quantity=0.1,"
            "receive_time=1800000000000000507n 1800000000000000007\n");
  v1::FeedEvent silent = Trade(7);
  silent.mutable_trade()->clear_aggressor();
  EXPECT_EQ(RowOf(silent).find("side="), std::string::npos);
}

TEST(TickRowsTest, QuotesLeaveOutASideThatIsNotThere) {
  EXPECT_EQ(RowOf(Quote(8)),
            "quotes,venue=PAPER,symbol=BTCUSDT source_seq=8i,bid=44999,bid_size=2,ask=45001,"
            "ask_size=3,receive_time=1800000000000000508n 1800000000000000008\n");
  v1::FeedEvent one = Quote(8);
  one.mutable_quote()->set_bid_e8(0);
  one.mutable_quote()->set_bid_size_e8(0);
  EXPECT_EQ(RowOf(one),
            "quotes,venue=PAPER,symbol=BTCUSDT source_seq=8i,ask=45001,ask_size=3,"
            "receive_time=1800000000000000508n 1800000000000000008\n");
}

TEST(TickRowsTest, BooksArePricesThenSizes) {
  v1::FeedEvent event = Tick(9);
  for (int i = 0; i < 3; ++i) {
    v1::Level& bid = *event.mutable_book()->add_bids();
    bid.set_price_e8((100 - i) * kUnit);
    bid.set_size_e8((1 + i) * kUnit);
  }
  const std::string row = RowOf(event);
  EXPECT_EQ(row.find("book_snapshots,venue=PAPER,symbol=BTCUSDT source_seq=9i,best_bid=100,bids=="),
            0u);
  EXPECT_EQ(row.find("asks"), std::string::npos);
  const double levels[] = {100, 99, 98, 1, 2, 3};
  const std::string binary(reinterpret_cast<const char*>(levels), sizeof(levels));
  EXPECT_NE(row.find(binary), std::string::npos);
}

TEST(TickRowsTest, BarsStandAtTheirStartAndOnlyWhenClosed) {
  v1::FeedEvent event = Tick(9);
  v1::BarTick& bar = *event.mutable_bar();
  bar.set_interval("1m");
  bar.set_start_ns(kStartNs - 60);
  bar.set_open_e8(kUnit);
  bar.set_high_e8(4 * kUnit);
  bar.set_low_e8(kUnit / 2);
  bar.set_close_e8(2 * kUnit);
  bar.set_volume_e8(9 * kUnit);
  bar.set_trades(5);
  EXPECT_EQ(RowOf(event), "");
  bar.set_closed(true);
  EXPECT_EQ(RowOf(event),
            "bars,venue=PAPER,symbol=BTCUSDT,interval=1m open=1,high=4,low=0.5,close=2,volume=9,"
            "trades=5i 1799999999999999940\n");
}

TEST(TickRowsTest, Gaps) {
  v1::FeedEvent event = Tick(9);
  event.mutable_gap()->set_from_seq(3);
  event.mutable_gap()->set_to_seq(8);
  event.mutable_gap()->set_reason("sequence");
  EXPECT_EQ(RowOf(event),
            "gaps,venue=PAPER,symbol=BTCUSDT,reason=sequence from_seq=3i,to_seq=8i "
            "1800000000000000009\n");
  event.mutable_gap()->set_to_seq(0);  // not known how many: null, not a number below from_seq
  EXPECT_EQ(RowOf(event),
            "gaps,venue=PAPER,symbol=BTCUSDT,reason=sequence from_seq=3i 1800000000000000009\n");
  TickRows rows;
  ASSERT_TRUE(rows.Add({.from = 5, .to = 0, .since = {77}, .reason = "feed_lost"}).ok());
  EXPECT_EQ(rows.rows().bytes(), "gaps,venue=*,symbol=*,reason=feed_lost from_seq=5i 77\n");
}

TEST(TickRowsTest, StatesAreNoHistory) {
  v1::FeedEvent statistics = Tick(1);
  statistics.mutable_statistics()->set_last_price_e8(kUnit);
  v1::FeedEvent state = Tick(1);
  state.mutable_book_state()->set_stale(true);
  v1::FeedEvent end = Tick(1);
  end.mutable_replay_end()->set_trades(3);
  for (const v1::FeedEvent& event : {statistics, state, end}) {
    EXPECT_EQ(RowOf(event), "");
  }
}

TEST(TickRowsTest, WithoutAVenueTimeItIsTheTimeWeGotIt) {
  v1::FeedEvent event = Trade(7);
  event.set_venue_time_ns(0);
  EXPECT_NE(RowOf(event).find(" 1800000000000000507\n"), std::string::npos);
  event.set_receive_time_ns(0);
  TickRows rows;
  EXPECT_TRUE(absl::IsInvalidArgument(rows.Add(event)));
  EXPECT_TRUE(rows.rows().empty());
}

TEST(FeedPositionTest, ReadsWhatItWrites) {
  const FeedPosition position{.epoch = ~uint64_t{0}, .sequence = 42, .time = {kStartNs}};
  EXPECT_EQ(*FeedPosition::Parse(position.ToString()), position);
  EXPECT_EQ(*FeedPosition::Parse(""), FeedPosition());
  for (const char* bad : {"1", "1:2", "1:2:", "1:2:3:4", "x:2:3", "1:2:3 ", "1::3"}) {
    EXPECT_TRUE(absl::IsDataLoss(FeedPosition::Parse(bad).status())) << bad;
  }
}

}  // namespace
}  // namespace tw::sink_ticks
