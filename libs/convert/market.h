// The public messages of market data from the feed's bodies (1e-8 integers, nanoseconds).
//
// A price that is not there (an empty side, no trade yet) is zero in the feed and the empty string
// in public: a reader must not take it for a price. Total functions, any thread.
#pragma once

#include <string_view>

#include "libs/base/time.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw {

inline constexpr int kBookDepthDefault = 20;
inline constexpr int kBookDepthMax = 100;

// 0 or less is the default, more than the maximum is the maximum.
int BookDepth(int asked);

tradewind::v1::Ticker PublicTicker(std::string_view symbol,
                                   const tradewind::v1::DayStatistics& day,
                                   const tradewind::v1::QuoteTick& quote,
                                   Timestamp time,
                                   bool stale);

// The best `depth` levels of each side. `stale` is left to the caller.
tradewind::v1::OrderBook PublicBook(std::string_view symbol,
                                    const tradewind::v1::BookSnapshot& book,
                                    int depth,
                                    Timestamp time);

// REQUIRES: event.has_trade().
tradewind::v1::MarketTrade PublicTrade(const tradewind::v1::FeedEvent& event);

tradewind::v1::Bar PublicBar(const tradewind::v1::BarTick& bar);

}  // namespace tw
