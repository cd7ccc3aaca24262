#include "services/ptrc/convert.h"

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/orders.h"
#include "libs/convert/timestamps.h"

namespace tw::ptrc {

namespace v1 = tradewind::v1;

namespace {

Trade FromExecution(const v1::Execution& e) {
  Trade out;
  out.venue = e.venue();
  out.venue_exec_id = e.venue_exec_id();
  out.quantity = Quantity::FromE8(e.quantity_e8());
  out.price = Price::FromE8(e.price_e8());
  out.liquidity = e.liquidity() == v1::LIQUIDITY_MAKER   ? Liquidity::kMaker
                  : e.liquidity() == v1::LIQUIDITY_TAKER ? Liquidity::kTaker
                                                         : Liquidity::kUnspecified;
  out.fee = Money::FromE8(e.fee_e8());
  out.fee_currency = e.fee_currency();
  out.time = {e.venue_time_ns()};
  return out;
}

Side ToSide(v1::Side side) {
  return side == v1::SIDE_SELL ? Side::kSell : Side::kBuy;
}

v1::BreakKind ToProto(BreakKind kind) {
  switch (kind) {
    case BreakKind::kMissingInOms: return v1::BREAK_KIND_MISSING_IN_OMS;
    case BreakKind::kMissingAtVenue: return v1::BREAK_KIND_MISSING_AT_VENUE;
    case BreakKind::kQuantity: return v1::BREAK_KIND_QUANTITY;
    case BreakKind::kPrice: return v1::BREAK_KIND_PRICE;
    case BreakKind::kTerms: return v1::BREAK_KIND_TERMS;
    case BreakKind::kDuplicateAtVenue: return v1::BREAK_KIND_DUPLICATE_AT_VENUE;
    case BreakKind::kDuplicateInOms: return v1::BREAK_KIND_DUPLICATE_IN_OMS;
    case BreakKind::kPosition: return v1::BREAK_KIND_POSITION;
  }
  return v1::BREAK_KIND_UNSPECIFIED;
}

}  // namespace

std::vector<Trade> DecodeVenueTrades(const v1::Execution& execution) {
  const bool busted = execution.kind() == v1::EXECUTION_KIND_TRADE_BUSTED;
  const bool corrected = execution.kind() == v1::EXECUTION_KIND_TRADE_CORRECTED;
  if (execution.kind() != v1::EXECUTION_KIND_FILLED && !busted && !corrected) {
    return {};
  }
  Trade out = FromExecution(execution);
  out.sequence = execution.execution_sequence();
  out.order_id = OrderId::FromValue(execution.order_id());
  out.account = execution.account();
  out.symbol = execution.symbol();
  out.side = ToSide(execution.side());
  if (busted) {
    out.quantity = -out.quantity;
    out.fee = -out.fee;
    return {out};
  }
  if (!corrected) {
    return {out};
  }
  Trade before = out;
  before.venue_exec_id += ".0";  // as oms calls what is taken back
  before.quantity = -Quantity::FromE8(execution.original_quantity_e8());
  before.price = Price::FromE8(execution.original_price_e8());
  before.fee = -Money::FromE8(execution.original_fee_e8());
  return {before, out};
}

std::optional<Trade> DecodeOmsFill(const v1::LedgerEvent& event) {
  if (!tw::IsFill(event.kind())) {
    return std::nullopt;
  }
  Trade out = FromExecution(event.execution());
  out.sequence = event.sequence();
  out.order_id = OrderId::FromValue(event.order_id());
  out.account = event.account();
  out.symbol = event.symbol();
  out.side = ToSide(event.side());
  return out;
}

absl::StatusOr<PositionMap> DecodePositions(const v1::ListPositionsResponse& response) {
  PositionMap out;
  for (const v1::Position& p : response.positions()) {
    TW_ASSIGN_OR_RETURN(out[PositionKey(p.account(), p.symbol())], Quantity::Parse(p.quantity()));
  }
  return out;
}

v1::Trade EncodeTrade(const Trade& trade, bool matched) {
  v1::Trade out;
  out.set_venue(trade.venue);
  out.set_venue_exec_id(trade.venue_exec_id);
  out.set_order_id(trade.order_id.ToString());
  out.set_account(trade.account);
  out.set_symbol(trade.symbol);
  out.set_side(trade.side == Side::kBuy ? v1::SIDE_BUY : v1::SIDE_SELL);
  out.set_quantity(trade.quantity.ToString());
  out.set_price(trade.price.ToString());
  out.set_liquidity(static_cast<v1::Liquidity>(trade.liquidity));
  out.set_fee(trade.fee.ToString());
  out.set_fee_currency(trade.fee_currency);
  if (trade.time.IsSet()) {
    ToTimestamp(trade.time, out.mutable_time());
  }
  out.set_matched(matched);
  return out;
}

v1::Lot EncodeLot(const std::string& account, const std::string& symbol, const pnl::Lot& lot) {
  v1::Lot out;
  out.set_account(account);
  out.set_symbol(symbol);
  out.set_open_fill_id(lot.open_fill_id);
  out.set_quantity(lot.quantity.ToString());
  out.set_price(lot.price.ToString());
  if (lot.opened.IsSet()) {
    ToTimestamp(lot.opened, out.mutable_opened());
  }
  return out;
}

v1::Break EncodeBreak(const Break& b) {
  v1::Break out;
  out.set_break_id(b.id);
  out.set_kind(ToProto(b.kind));
  out.set_status(b.closed.IsSet() ? v1::BREAK_STATUS_CLOSED : v1::BREAK_STATUS_OPEN);
  out.set_key(b.key);
  out.set_account(b.account);
  out.set_symbol(b.symbol);
  out.set_ours(b.ours);
  out.set_theirs(b.theirs);
  ToTimestamp(b.since, out.mutable_since());
  if (b.closed.IsSet()) {
    ToTimestamp(b.closed, out.mutable_closed());
  }
  return out;
}

v1::SurveillanceAlert EncodeAlert(const Alert& alert) {
  v1::SurveillanceAlert out;
  out.set_alert_id(alert.id);
  out.set_kind(alert.kind == AlertKind::kSelfTrade ? v1::SURVEILLANCE_KIND_SELF_TRADE
                                                   : v1::SURVEILLANCE_KIND_ORDER_TO_TRADE);
  out.set_account(alert.account);
  out.set_symbol(alert.symbol);
  out.set_message(alert.message);
  ToTimestamp(alert.time, out.mutable_time());
  return out;
}

}  // namespace tw::ptrc
