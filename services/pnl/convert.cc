#include "services/pnl/convert.h"

#include "libs/convert/orders.h"
#include "libs/convert/timestamps.h"

namespace tw::pnl {

namespace v1 = tradewind::v1;

std::optional<Fill> DecodeFill(const v1::LedgerEvent& event) {
  if (!tw::IsFill(event.kind())) {
    return std::nullopt;
  }
  const v1::Execution& execution = event.execution();
  return Fill{
      .sequence = event.sequence(),
      .fill_id = execution.fill_id(),
      .account = event.account(),
      .symbol = event.symbol(),
      .side = event.side() == v1::SIDE_SELL ? Side::kSell : Side::kBuy,
      .quantity = Quantity::FromE8(execution.quantity_e8()),
      .price = Price::FromE8(execution.price_e8()),
      .fee = Money::FromE8(execution.fee_e8()),
      .time = {execution.venue_time_ns() != 0 ? execution.venue_time_ns() : event.time_ns()}};
}

v1::Position EncodePosition(const PositionView& view) {
  v1::Position out;
  out.set_account(view.account);
  out.set_symbol(view.symbol);
  out.set_quantity(view.quantity.ToString());
  out.set_average_price(view.average_price.ToString());
  if (view.mark) {
    out.set_mark_price(view.mark->price.ToString());
    out.set_mark_stale(view.mark->stale);
  }
  out.set_realized_pnl(view.realized.ToString());
  out.set_unrealized_pnl(view.unrealized.ToString());
  out.set_realized_pnl_fifo(view.realized_fifo.ToString());
  out.set_unrealized_pnl_fifo(view.unrealized_fifo.ToString());
  out.set_fees(view.fees.ToString());
  out.set_sequence(view.sequence);
  return out;
}

v1::Pnl EncodePnl(const AccountView& view, Timestamp time, uint64_t ledger_sequence) {
  v1::Pnl out;
  out.set_account(view.account);
  out.set_currency(view.currency);
  out.set_cash(view.cash.ToString());
  out.set_realized_pnl(view.realized.ToString());
  out.set_unrealized_pnl(view.unrealized.ToString());
  out.set_fees(view.fees.ToString());
  out.set_equity(view.equity.ToString());
  ToTimestamp(time, out.mutable_timestamp());
  out.set_ledger_sequence(ledger_sequence);
  return out;
}

}  // namespace tw::pnl
