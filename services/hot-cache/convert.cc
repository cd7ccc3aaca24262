#include "services/hot-cache/convert.h"

#include "libs/convert/timestamps.h"

namespace tw::hot_cache {

namespace v1 = tradewind::v1;

Bar Decode(const v1::BarTick& tick) {
  return {.start = {tick.start_ns()},
          .open = Price::FromE8(tick.open_e8()),
          .high = Price::FromE8(tick.high_e8()),
          .low = Price::FromE8(tick.low_e8()),
          .close = Price::FromE8(tick.close_e8()),
          .volume = Quantity::FromE8(tick.volume_e8()),
          .trades = tick.trades(),
          .closed = tick.closed()};
}

v1::Bar Encode(const Bar& bar) {
  v1::Bar out;
  ToTimestamp(bar.start, out.mutable_timestamp());
  out.set_open(bar.open.ToString());
  out.set_high(bar.high.ToString());
  out.set_low(bar.low.ToString());
  out.set_close(bar.close.ToString());
  out.set_volume(bar.volume.ToString());
  out.set_trades(bar.trades);
  return out;
}

v1::InstrumentInfo Encode(const Instrument& instrument) {
  v1::InstrumentInfo out;
  out.set_symbol(instrument.symbol);
  out.set_description(instrument.description);
  out.set_base_currency(instrument.base_currency);
  out.set_quote_currency(instrument.quote_currency);
  out.set_tick_size(instrument.tick_size.ToString());
  out.set_lot_size(instrument.lot_size.ToString());
  out.set_min_quantity(instrument.min_quantity.ToString());
  out.set_max_quantity(instrument.max_quantity.ToString());
  return out;
}

}  // namespace tw::hot_cache
