// The half of Exchange that turns what happened in a book into reports and market data.
#include <algorithm>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/field_error.h"
#include "services/live-gateway/exchange.h"

namespace tw::live_gateway {

Price Exchange::ToPrice(size_t instrument, int64_t ticks) const {
  return Price::FromE8(ticks * instruments_.list()[instrument].tick_size.e8());
}

Quantity Exchange::ToQuantity(size_t instrument, int64_t lots) const {
  return Quantity::FromE8(lots * instruments_.list()[instrument].lot_size.e8());
}

Report ReportOf(ReportKind kind, const OwnOrder& order) {
  Report report = ReportOf(kind, order.terms);
  report.leaves = order.leaves();
  report.cumulative = order.cumulative;
  return report;
}

Exchange::Refusal Exchange::WhyCanceled(book::Reason reason) {
  switch (reason) {
    case book::Reason::kRequested: return {};
    case book::Reason::kFokUnfillable:
      return {RejectReason::kVenueNoLiquidity, "the book does not hold the whole quantity"};
    default: return {RejectReason::kVenueNoLiquidity, "nothing more to trade with at this price"};
  }
}

void Exchange::Settle(size_t instrument, Timestamp now, Output& out) {
  Market& market = markets_[instrument];
  for (size_t i = 0; i < events_.size(); ++i) {
    const book::Event& event = events_[i];
    switch (event.type) {
      case book::EventType::kTrade: SettleTrade(instrument, event, now, out); break;
      case book::EventType::kAccepted:
      case book::EventType::kModified:
        if (market.book.Leaves(event.order)) {
          market.touched.push_back({event.side, event.price});
        }
        break;
      case book::EventType::kCanceled:
        if (event.reason == book::Reason::kRequested) {
          market.touched.push_back({event.side, event.price});
        }
        if ((event.order & kOwnBit) != 0) {
          ReportCancel(*open_.at(event.order), WhyCanceled(event.reason), now, out);
        }
        break;
      case book::EventType::kRejected:
        // Ours are checked before they get here; a participant may cancel a quote that is gone.
        TW_CHECK((event.order & kOwnBit) == 0);
        break;
      case book::EventType::kTriggered: break;  // the venue takes no stops
    }
  }
  events_.Clear();
}

void Exchange::SettleTrade(size_t instrument,
                           const book::Event& event,
                           Timestamp now,
                           Output& out) {
  Market& market = markets_[instrument];
  market.touched.push_back({Opposite(event.side), event.price});
  TradePrinted trade;
  trade.symbol = instruments_.list()[instrument].symbol;
  trade.price = ToPrice(instrument, event.price);
  trade.quantity = ToQuantity(instrument, event.quantity);
  trade.aggressor = event.side;
  trade.time = now;
  ReportFill(event.order, trade, Liquidity::kTaker, out);
  ReportFill(event.maker, trade, Liquidity::kMaker, out);
  if (!off_tape_) {
    trade.source_seq = ++market.source_seq;
    out.market.emplace_back(std::move(trade));
  }
}

Money Exchange::FeeOf(Price price, Quantity quantity, Liquidity liquidity) const {
  const std::optional<Money> notional = Notional(price, quantity);
  TW_CHECK(notional.has_value());
  const int64_t rate_e8 =
      liquidity == Liquidity::kMaker ? config_.maker_fee_e8 : config_.taker_fee_e8;
  const std::optional<int64_t> fee =
      MulDiv(notional->e8(), rate_e8, kDecimalScale, Rounding::kHalfAwayFromZero);
  TW_CHECK(fee.has_value());
  return Money::FromE8(rate_e8 < 0 ? *fee : std::max(*fee, config_.minimum_fee_e8));
}

Exchange::TradeTerms Exchange::TermsOf(const Report& fill) const {
  const auto it = adjusted_.find(ExecId(fill.number));
  if (it == adjusted_.end()) {
    return {fill.quantity, fill.price};
  }
  const bool busted = it->second.kind == ReportKind::kTradeBusted;
  return {busted ? Quantity() : it->second.quantity, it->second.price};
}

absl::Status Exchange::Adjust(const Report& fill,
                              const TradeTerms& terms,
                              const std::string& message,
                              Timestamp now,
                              Output& out) {
  const TradeTerms was = TermsOf(fill);
  if (was.quantity.IsZero()) {
    return absl::FailedPreconditionError("trade " + ExecId(fill.number) + " has been busted");
  }
  const Instrument* const instrument = instruments_.Find(fill.symbol);
  const bool busted = terms.quantity.IsZero();
  if (!busted && instrument != nullptr) {
    if (terms.quantity > was.quantity || terms.quantity < Quantity() ||
        !IsMultiple(terms.quantity.e8(), instrument->lot_size.e8())) {
      return FieldError("quantity", "must be whole lots, at most " + was.quantity.ToString());
    }
    if (terms.price <= Price() || !IsMultiple(terms.price.e8(), instrument->tick_size.e8()) ||
        !Notional(terms.price, terms.quantity)) {
      return FieldError("price", "must be a multiple of the tick size " +
                                     instrument->tick_size.ToString() + ", and in range");
    }
  }
  const auto last = adjusted_.find(ExecId(fill.number));
  const Money fee = last == adjusted_.end() ? fill.fee : last->second.fee;
  const OwnOrder* const order = Find(fill.child_id);
  Report report = fill;
  report.kind = busted ? ReportKind::kTradeBusted : ReportKind::kTradeCorrected;
  report.venue_exec_id.clear();  // one of its own, by its number
  report.original_exec_id = ExecId(fill.number);
  report.original_quantity = was.quantity;
  report.original_price = was.price;
  report.original_fee = fee;
  report.quantity = busted ? was.quantity : terms.quantity;
  report.price = busted ? was.price : terms.price;
  report.fee = busted ? fee : FeeOf(terms.price, terms.quantity, fill.liquidity);
  report.leaves = order == nullptr ? Quantity() : order->leaves();
  report.cumulative = order == nullptr ? fill.cumulative : order->cumulative;
  report.message = message;
  Emit(std::move(report), now, out);
  return absl::OkStatus();
}

void Exchange::ReportFill(uint64_t book_id,
                          const TradePrinted& trade,
                          Liquidity liquidity,
                          Output& out) {
  if ((book_id & kOwnBit) == 0) {
    return;
  }
  const OwnOrder& order = *open_.at(book_id);
  const Instrument& instrument = *instruments_.Find(trade.symbol);
  Report report = ReportOf(ReportKind::kFilled, order);
  report.price = trade.price;
  report.quantity = trade.quantity;
  report.liquidity = liquidity;
  report.fee = FeeOf(trade.price, trade.quantity, liquidity);
  report.fee_currency = instrument.quote_currency;
  report.cumulative = order.cumulative + trade.quantity;
  report.leaves = order.terms.quantity - report.cumulative;
  Emit(std::move(report), trade.time, out);
}

void Exchange::ReportCancel(const OwnOrder& order, const Refusal& why, Timestamp now, Output& out) {
  Report report = ReportOf(ReportKind::kCanceled, order);
  report.quantity = order.leaves();
  report.leaves = Quantity();
  report.reason = why.reason;
  report.message = why.message;
  Emit(std::move(report), now, out);
}

void Exchange::Emit(Report report, Timestamp now, Output& out) {
  report.number = last_number_ + 1;
  report.time = now;
  Record(report);
  out.reports.push_back(std::move(report));
}

TopOfBook Exchange::Top(size_t instrument) const {
  const book::Book& book = markets_[instrument].book;
  TopOfBook top;
  if (const auto bid = book.Best(Side::kBuy)) {
    top.bid = {ToPrice(instrument, bid->price), ToQuantity(instrument, bid->quantity)};
  }
  if (const auto ask = book.Best(Side::kSell)) {
    top.ask = {ToPrice(instrument, ask->price), ToQuantity(instrument, ask->quantity)};
  }
  return top;
}

void Exchange::PublishBook(size_t instrument, Timestamp now, Output& out) {
  Market& market = markets_[instrument];
  // Bids first, each side best first, each level once.
  const auto rank = [](const Touched& t) {
    return std::pair(t.side, book::KeyOf(t.side, -t.price));
  };
  std::sort(market.touched.begin(), market.touched.end(),
            [&](const Touched& a, const Touched& b) { return rank(a) < rank(b); });
  const auto same = [](const Touched& a, const Touched& b) {
    return a.side == b.side && a.price == b.price;
  };
  market.touched.erase(std::unique(market.touched.begin(), market.touched.end(), same),
                       market.touched.end());
  if (market.touched.empty()) {
    return;
  }
  BookChanged change;
  change.symbol = instruments_.list()[instrument].symbol;
  change.source_seq = ++market.source_seq;
  change.update = ++market.update;
  for (const Touched& t : market.touched) {
    const BookLevel level{ToPrice(instrument, t.price),
                          ToQuantity(instrument, market.book.At(t.side, t.price).quantity)};
    (t.side == Side::kBuy ? change.bids : change.asks).push_back(level);
  }
  market.touched.clear();
  change.top = Top(instrument);
  change.top_changed = change.top != market.top;
  change.time = now;
  market.top = change.top;
  out.market.emplace_back(std::move(change));
}

BookSnapshot Exchange::Snapshot(size_t instrument, size_t levels) const {
  const Market& market = markets_[instrument];
  BookSnapshot snapshot;
  snapshot.symbol = instruments_.list()[instrument].symbol;
  snapshot.source_seq = market.source_seq;
  snapshot.update = market.update;
  for (const Side side : {Side::kBuy, Side::kSell}) {
    for (const book::LevelView& level : market.book.Depth(side, levels)) {
      (side == Side::kBuy ? snapshot.bids : snapshot.asks)
          .push_back({ToPrice(instrument, level.price), ToQuantity(instrument, level.quantity)});
    }
  }
  return snapshot;
}

}  // namespace tw::live_gateway
