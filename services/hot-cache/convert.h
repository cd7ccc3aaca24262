// Between the feed's messages and the cache's values. Any thread.
#pragma once

#include <string>

#include "libs/core/instrument.h"
#include "services/hot-cache/bar_series.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::hot_cache {

Bar Decode(const tradewind::v1::BarTick& tick);
tradewind::v1::Bar Encode(const Bar& bar);
tradewind::v1::InstrumentInfo Encode(const Instrument& instrument);

}  // namespace tw::hot_cache
