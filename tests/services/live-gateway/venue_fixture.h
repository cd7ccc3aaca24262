// The four instruments and short ways to place orders, for the tests of the venue's core.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/live-gateway/exchange.h"

namespace tw::live_gateway {

inline Price PriceOf(const std::string& text) {
  return *Price::Parse(text);
}
inline Quantity QuantityOf(const std::string& text) {
  return *Quantity::Parse(text);
}

inline Instrument MakeInstrument(const std::string& symbol,
                                 const std::string& tick,
                                 const std::string& lot,
                                 const std::string& start,
                                 const std::string& depth) {
  Instrument instrument;
  instrument.symbol = symbol;
  instrument.base_currency = symbol.substr(0, 3);
  instrument.quote_currency = symbol == "IBM" ? "USD" : "USDT";
  instrument.tick_size = PriceOf(tick);
  instrument.lot_size = QuantityOf(lot);
  instrument.min_quantity = QuantityOf(lot);
  instrument.max_quantity = QuantityOf("1000000");
  instrument.start_price = PriceOf(start);
  instrument.min_depth = QuantityOf(depth);
  return instrument;
}

inline Instruments FourInstruments() {
  return Instruments({MakeInstrument("BTCUSDT", "0.01", "0.00001", "45000", "20"),
                      MakeInstrument("ETHUSDT", "0.01", "0.0001", "2500", "200"),
                      MakeInstrument("SOLUSDT", "0.01", "0.01", "100", "2000"),
                      MakeInstrument("IBM", "0.01", "1", "180", "2000")},
                     "test");
}

inline PlaceOrder Order(const std::string& child_id,
                        Side side,
                        const std::string& quantity,
                        const std::string& price,
                        TimeInForce time_in_force = TimeInForce::kGtc,
                        const std::string& symbol = "BTCUSDT") {
  PlaceOrder order;
  order.child_id = child_id;
  order.order_id = OrderId(1, 7);
  order.account = "demo";
  order.symbol = symbol;
  order.side = side;
  order.type = price == "0" ? OrderType::kMarket : OrderType::kLimit;
  order.time_in_force = time_in_force;
  order.price = PriceOf(price);
  order.quantity = QuantityOf(quantity);
  return order;
}

inline PlaceOrder PostOnly(PlaceOrder order) {
  order.post_only = true;
  return order;
}

inline PlaceOrder Iceberg(PlaceOrder order, const std::string& display) {
  order.display = QuantityOf(display);
  return order;
}

inline CancelOrder CancelOf(const std::string& child_id) {
  return {child_id, OrderId(1, 7), "demo", "BTCUSDT"};
}

inline ReplaceOrder ReplaceOf(const std::string& child_id,
                              const std::string& quantity,
                              const std::string& price) {
  return {child_id, OrderId(1, 7), "demo", "BTCUSDT", PriceOf(price), QuantityOf(quantity)};
}

inline constexpr Timestamp kStart{1'800'000'000'000'000'000};

}  // namespace tw::live_gateway
