#include "services/execution-quality/convert.h"

#include "libs/convert/orders.h"
#include "libs/convert/timestamps.h"

namespace tw::eq {

namespace v1 = tradewind::v1;

namespace {

double Millis(std::optional<Duration> d) {
  return d ? static_cast<double>(d->ns) / 1e6 : 0;
}

bool IsFinished(v1::OrderStatus status) {
  return status == v1::ORDER_STATUS_FILLED || status == v1::ORDER_STATUS_CANCELED ||
         status == v1::ORDER_STATUS_REJECTED || status == v1::ORDER_STATUS_EXPIRED;
}

std::string TextOf(const std::optional<Price>& price) {
  return price ? price->ToString() : std::string();
}

// Nothing while no fill has one.
template <typename Message>
void AddMarkOut(Message& out, size_t horizon, const MarkOut& sum) {
  const std::optional<int64_t> bps = sum.bps_e8();
  if (!bps) {
    return;
  }
  v1::MarkOut& mark_out = *out.add_mark_outs();
  mark_out.set_horizon_ms(kHorizons.at(horizon).millis());
  mark_out.set_bps(ToDouble(*bps));
  mark_out.set_fills(sum.fills);
}

v1::FillQuality EncodeFill(const OrderRecord& order, const FillRecord& fill) {
  v1::FillQuality out;
  out.set_fill_id(fill.fill_id);
  out.set_quantity(fill.quantity.ToString());
  out.set_price(fill.price.ToString());
  if (order.arrival_mid) {
    const Slippage slippage =
        FillSlippage(order.side, *order.arrival_mid, fill.quantity, fill.price);
    out.set_slippage(slippage.per_unit.ToString());
    out.set_slippage_bps(ToDouble(slippage.bps_e8));
  }
  for (size_t i = 0; i < kHorizons.size(); ++i) {
    if (fill.mids.at(i)) {
      MarkOut one;
      one.Add(order.side, *fill.mids[i], fill.quantity, fill.price);
      AddMarkOut(out, i, one);
      out.mutable_mark_outs()->rbegin()->set_mid(fill.mids[i]->ToString());
    }
  }
  return out;
}

// Risk has let it go to the venue: a stop once it is set off, a leg when its turn has come, any
// other at once.
bool GoesOut(const v1::LedgerEvent& event) {
  const bool stop = event.type() == v1::ORDER_TYPE_STOP ||
                    event.type() == v1::ORDER_TYPE_STOP_LIMIT ||
                    event.type() == v1::ORDER_TYPE_TRAILING_STOP;
  return event.kind() == v1::ORDER_EVENT_KIND_TRIGGERED ||
         (event.kind() == v1::ORDER_EVENT_KIND_APPROVED && !stop && !event.dormant());
}

}  // namespace

OrderChange DecodeChange(const v1::LedgerEvent& event) {
  OrderChange out;
  out.sequence = event.sequence();
  out.time = {event.time_ns()};
  out.order_id = OrderId::FromValue(event.order_id());
  out.account = event.account();
  out.symbol = event.symbol();
  out.side = event.side() == v1::SIDE_SELL ? Side::kSell : Side::kBuy;
  out.quantity = Quantity::FromE8(event.quantity_e8());
  out.created = {event.created_ns()};
  out.venue = event.venue();
  out.finished = IsFinished(event.status());
  if (GoesOut(event)) {
    out.approved = true;
    out.reference_bid = Price::FromE8(event.risk().reference_bid_e8());
    out.reference_ask = Price::FromE8(event.risk().reference_ask_e8());
  }
  if (tw::IsFill(event.kind())) {
    const v1::Execution& execution = event.execution();
    out.fill = FillRecord{.fill_id = execution.fill_id(),
                          .quantity = Quantity::FromE8(execution.quantity_e8()),
                          .price = Price::FromE8(execution.price_e8()),
                          .fee = Money::FromE8(execution.fee_e8()),
                          .time = {event.time_ns()}};
    if (!execution.original_venue_exec_id().empty()) {
      out.fill->original_id = execution.venue() + "-" + execution.original_venue_exec_id();
    }
  }
  return out;
}

v1::OrderQuality EncodeOrder(const OrderRecord& order) {
  v1::OrderQuality out;
  out.set_order_id(order.order_id.ToString());
  out.set_account(order.account);
  out.set_symbol(order.symbol);
  out.set_side(order.side == Side::kBuy ? v1::SIDE_BUY : v1::SIDE_SELL);
  out.set_arrival_mid(TextOf(order.arrival_mid));
  out.set_quantity(order.quantity.ToString());
  out.set_filled_quantity(order.filled.ToString());
  if (!order.filled.IsZero()) {
    out.set_average_fill_price(TextOf(AveragePrice(order.filled_notional, order.filled)));
  }
  out.set_fill_rate(ToDouble(FillRateE8(order)));
  if (const auto slippage = OrderSlippage(order)) {
    out.set_slippage(slippage->per_unit.ToString());
    out.set_slippage_bps(ToDouble(slippage->bps_e8));
    out.set_slippage_cost(slippage->cost.ToString());
  }
  out.set_fees(order.fees.ToString());
  out.set_time_to_first_fill_ms(Millis(TimeToFirstFill(order)));
  out.set_time_to_last_fill_ms(Millis(TimeToLastFill(order)));
  for (const FillRecord& fill : order.fills) {
    *out.add_fills() = EncodeFill(order, fill);
  }
  out.set_venue(order.venue);
  for (size_t i = 0; i < kHorizons.size(); ++i) {
    AddMarkOut(out, i, OrderMarkOut(order, i));
  }
  out.set_end_mid(TextOf(order.end_mid));
  if (const auto shortfall = OrderShortfall(order)) {
    out.set_opportunity_cost(shortfall->opportunity.ToString());
    out.set_shortfall(shortfall->total.ToString());
    out.set_shortfall_bps(ToDouble(shortfall->bps_e8));
  }
  return out;
}

v1::VenueQuality EncodeVenue(const VenueView& venue) {
  v1::VenueQuality out;
  out.set_venue(venue.venue);
  out.set_orders(venue.orders);
  out.set_fills(venue.fills);
  out.set_fill_rate(ToDouble(venue.fill_rate_e8.value_or(0)));
  out.set_slippage_bps(ToDouble(venue.slippage_bps_e8.value_or(0)));
  out.set_time_to_first_fill_ms_p50(Millis(venue.time_to_first_fill_p50));
  out.set_rank(venue.rank);
  for (size_t i = 0; i < kHorizons.size(); ++i) {
    AddMarkOut(out, i, venue.mark_outs.at(i));
  }
  return out;
}

v1::Benchmarks EncodeBenchmarks(const std::string& symbol, const BenchmarkView& view) {
  v1::Benchmarks out;
  out.set_symbol(symbol);
  out.set_mid(TextOf(view.mid));
  out.set_vwap_1m(TextOf(view.vwap_1m));
  out.set_vwap_5m(TextOf(view.vwap_5m));
  out.set_twap_1m(TextOf(view.twap_1m));
  if (view.updated.IsSet()) {
    ToTimestamp(view.updated, out.mutable_timestamp());
  }
  return out;
}

}  // namespace tw::eq
