// Events as live-gateway sends them.
#pragma once

#include <string>

#include "libs/base/time.h"
#include "libs/testing/e8.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::normalizer::testing {

namespace v1 = ::tradewind::v1;

using tw::testing::kE8;

inline constexpr Timestamp kNow = {1'800'000'000LL * 1'000'000'000};

inline Timestamp After(int64_t ms) {
  return kNow + Duration::Millis(ms);
}

inline v1::FeedEvent Head(uint64_t seq, Timestamp time, const std::string& symbol = "BTCUSDT") {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol(symbol);
  event.set_source_seq(seq);
  event.set_venue_time_ns(time.ns);
  event.set_receive_time_ns(time.ns);
  return event;
}
inline v1::FeedEvent TradeEvent(uint64_t seq, Timestamp time, int64_t price, int64_t quantity) {
  v1::FeedEvent event = Head(seq, time);
  event.mutable_trade()->set_price_e8(price * kE8);
  event.mutable_trade()->set_quantity_e8(quantity * kE8);
  return event;
}
inline v1::FeedEvent QuoteEvent(uint64_t seq, Timestamp time, int64_t bid, int64_t ask) {
  v1::FeedEvent event = Head(seq, time);
  event.mutable_quote()->set_bid_e8(bid * kE8);
  event.mutable_quote()->set_ask_e8(ask * kE8);
  event.mutable_quote()->set_bid_size_e8(kE8);
  event.mutable_quote()->set_ask_size_e8(kE8);
  return event;
}
inline void AddLevel(google::protobuf::RepeatedPtrField<v1::Level>& side,
                     int64_t price,
                     int64_t size) {
  v1::Level& level = *side.Add();
  level.set_price_e8(price * kE8);
  level.set_size_e8(size * kE8);
}
// Bids 100 and 99, asks 101 and 102.
inline v1::FeedEvent BookEvent(uint64_t seq, Timestamp time, uint64_t last_update) {
  v1::FeedEvent event = Head(seq, time);
  event.set_snapshot(true);
  v1::BookSnapshot& book = *event.mutable_book();
  book.set_last_update(last_update);
  AddLevel(*book.mutable_bids(), 100, 1);
  AddLevel(*book.mutable_bids(), 99, 1);
  AddLevel(*book.mutable_asks(), 101, 1);
  AddLevel(*book.mutable_asks(), 102, 1);
  return event;
}
// The bid at `price` becomes `size`.
inline v1::FeedEvent DeltaEvent(
    uint64_t seq, Timestamp time, uint64_t update, int64_t price, int64_t size) {
  v1::FeedEvent event = Head(seq, time);
  v1::BookDelta& delta = *event.mutable_book_delta();
  delta.set_first_update(update);
  delta.set_last_update(update);
  delta.set_previous_update(update - 1);
  AddLevel(*delta.mutable_bids(), price, size);
  return event;
}
inline v1::FeedEvent Recorded(v1::FeedEvent event) {
  event.set_venue("REPLAY:ibm.zip");
  event.set_symbol("IBM");
  event.set_recorded(true);
  return event;
}
inline v1::FeedEvent ReplayEndEvent(uint64_t trades) {
  v1::FeedEvent event = Recorded(Head(0, {1}));
  event.mutable_replay_end()->set_trades(trades);
  return event;
}

}  // namespace tw::normalizer::testing
