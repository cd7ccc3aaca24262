#include "services/ptrc/state.h"

#include <algorithm>
#include <limits>

#include "libs/base/field_error.h"
#include "libs/convert/opening.h"
#include "services/pnl/convert.h"
#include "services/ptrc/convert.h"
#include "services/ptrc/csv.h"

namespace tw::ptrc {

namespace v1 = tradewind::v1;

namespace {

pnl::Fill ToFill(const Trade& trade, uint64_t number) {
  return {.sequence = number,
          .fill_id = TradeKey(trade),
          .account = trade.account,
          .symbol = trade.symbol,
          .side = trade.side,
          .quantity = trade.quantity,
          .price = trade.price,
          .fee = trade.fee,
          .time = trade.time};
}

}  // namespace

PtrcState::PtrcState(const Accounts& accounts, const PtrcLimits& limits)
    : accounts_(accounts),
      book_(accounts),
      reconciler_(limits.reconciler),
      surveillance_(limits.surveillance),
      trades_(limits.trades_max) {
  for (const Account& account : accounts.listed()) {
    for (const OpeningPosition& p : account.opening_positions) {
      reconciler_.OpenPosition({account.name, p.symbol}, p.quantity);
    }
  }
}

void PtrcState::OnExecution(const v1::Execution& execution, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (execution.execution_sequence() <= execution_sequence_) {
    return;  // sent again
  }
  execution_sequence_ = execution.execution_sequence();
  for (const Trade& trade : DecodeVenueTrades(execution)) {
    // One that was busted or corrected has been looked at.
    if (Book(trade, now) && execution.kind() == v1::EXECUTION_KIND_FILLED) {
      surveillance_.OnTrade(trade);
    }
  }
}

bool PtrcState::Book(const Trade& trade, Timestamp now) {
  if (!reconciler_.OnVenueTrade(trade, now)) {
    return false;
  }
  BookOpenings(trade.time);
  if (book_.Apply(ToFill(trade, ++booked_)) == pnl::Applied::kOutOfRange) {
    ++out_of_range_;
  }
  trades_.Add(trade);
  return true;
}

void PtrcState::OnOpening(const v1::LedgerEvent& event, const Opening& opening) {
  const auto bring_in = [&](const std::string& symbol, Quantity quantity) {
    reconciler_.BringIn({opening.account, symbol}, quantity, event.sequence());
  };
  const std::optional<Account> account = accounts_.Find(opening.account);
  if (!opening.adds && account) {
    for (const OpeningPosition& p : account->opening_positions) {
      bring_in(p.symbol, -p.quantity);  // it stands in place of that
    }
  }
  for (const OpeningLot& lot : opening.lots) {
    bring_in(lot.symbol, lot.quantity);
  }
  reconciler_.AdvanceLedger(event.sequence());
  brought_in_.push_back({{event.time_ns()}, opening});
}

void PtrcState::BookOpenings(std::optional<Timestamp> until) {
  while (!brought_in_.empty() && (!until || brought_in_.front().time <= *until)) {
    const auto& [time, opening] = brought_in_.front();
    if (book_.Open(++booked_, time, opening) == pnl::Applied::kOutOfRange) {
      ++out_of_range_;
    }
    brought_in_.pop_front();
  }
}

void PtrcState::OnLedgerEvent(const v1::LedgerEvent& event, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (const std::optional<Opening> opening = DecodeOpening(event)) {
    OnOpening(event, *opening);
    return;
  }
  if (event.kind() == v1::ORDER_EVENT_KIND_SUBMITTED) {
    surveillance_.OnOrder(event.account(), {event.time_ns()});
  }
  if (const std::optional<Trade> fill = DecodeOmsFill(event)) {
    if (fill->venue == kOperatorVenue) {
      Book(*fill, now);  // there is no venue to hear it from: the ledger is its source
    }
    reconciler_.OnOmsFill(*fill, now);
  } else {
    reconciler_.AdvanceLedger(event.sequence());
  }
}

void PtrcState::OnPnlPositions(PositionMap positions, uint64_t ledger_sequence) {
  const std::lock_guard lock(mutex_);
  reconciler_.OnPnlPositions(std::move(positions), ledger_sequence);
}

void PtrcState::OnTime(Timestamp now, std::optional<Timestamp> current_since) {
  const std::lock_guard lock(mutex_);
  if (current_since) {
    BookOpenings(std::nullopt);  // what the venue traded before is here
  }
  reconciler_.OnTime(now, current_since);
}

v1::ListPositionsResponse PtrcState::Positions(const v1::ListPositionsRequest& request) const {
  v1::ListPositionsResponse out;
  const std::lock_guard lock(mutex_);
  for (const pnl::PositionView& view : book_.Positions(request.account(), request.symbol())) {
    *out.add_positions() = pnl::EncodePosition(view);
  }
  return out;
}

v1::ListLotsResponse PtrcState::Lots(const v1::ListLotsRequest& request) const {
  v1::ListLotsResponse out;
  const std::lock_guard lock(mutex_);
  for (const pnl::PositionView& p : book_.Positions(request.account(), request.symbol())) {
    for (const pnl::Lot& lot : book_.Lots(p.account, p.symbol)->lots()) {
      *out.add_lots() = EncodeLot(p.account, p.symbol, lot);
    }
  }
  std::stable_sort(out.mutable_lots()->pointer_begin(), out.mutable_lots()->pointer_end(),
                   [](const v1::Lot* a, const v1::Lot* b) {
                     return std::make_pair(a->opened().seconds(), a->opened().nanos()) <
                            std::make_pair(b->opened().seconds(), b->opened().nanos());
                   });
  return out;
}

absl::StatusOr<v1::ListTradesResponse> PtrcState::Trades(
    const v1::ListTradesRequest& request) const {
  if (request.limit() < 0 || request.limit() > kTradesLimitMax) {
    return FieldError("limit", "must be 1 to 1000");
  }
  const int limit = request.limit() == 0 ? kTradesLimitDefault : request.limit();
  v1::ListTradesResponse out;
  const std::lock_guard lock(mutex_);
  for (const Trade& trade :
       trades_.List(request.account(), request.symbol(), static_cast<size_t>(limit))) {
    *out.add_trades() = EncodeTrade(trade, reconciler_.IsMatched(TradeKey(trade)));
  }
  return out;
}

std::vector<Break> PtrcState::BreaksOf(const std::string& account) const {
  std::vector<Break> out = reconciler_.breaks().List();
  std::erase_if(out, [&](const Break& b) { return !account.empty() && b.account != account; });
  return out;
}

v1::ListBreaksResponse PtrcState::Breaks(const v1::ListBreaksRequest& request) const {
  v1::ListBreaksResponse out;
  const std::lock_guard lock(mutex_);
  for (const Break& b : BreaksOf(request.account())) {
    const v1::Break encoded = EncodeBreak(b);
    if (request.status() == v1::BREAK_STATUS_UNSPECIFIED || request.status() == encoded.status()) {
      *out.add_breaks() = encoded;
    }
  }
  return out;
}

v1::ListSurveillanceAlertsResponse PtrcState::Alerts(
    const v1::ListSurveillanceAlertsRequest& request) const {
  v1::ListSurveillanceAlertsResponse out;
  const std::lock_guard lock(mutex_);
  for (const Alert& alert : surveillance_.alerts()) {
    if (request.account().empty() || request.account() == alert.account) {
      *out.add_alerts() = EncodeAlert(alert);
    }
  }
  return out;
}

absl::StatusOr<v1::Report> PtrcState::Report(const v1::CreateReportRequest& request) const {
  v1::Report report;
  const std::lock_guard lock(mutex_);
  switch (request.kind()) {
    case v1::REPORT_KIND_TRADES:
      report.set_content(
          TradesCsv(trades_.List(request.account(), "", std::numeric_limits<size_t>::max())));
      report.set_older(trades_.forgotten());
      break;
    case v1::REPORT_KIND_POSITIONS:
      report.set_content(PositionsCsv(book_.Positions(request.account(), "")));
      break;
    case v1::REPORT_KIND_BREAKS: report.set_content(BreaksCsv(BreaksOf(request.account()))); break;
    default: return FieldError("kind", "must be trades, positions or breaks");
  }
  return report;
}

PtrcState::Counts PtrcState::counts() const {
  const std::lock_guard lock(mutex_);
  return {.execution_sequence = execution_sequence_,
          .trades = trades_.size(),
          .matched = reconciler_.matched(),
          .unmatched = reconciler_.unmatched(),
          .overflowed = reconciler_.overflowed() + reconciler_.breaks().not_kept(),
          .open_breaks = reconciler_.breaks().open(),
          .alerts = surveillance_.raised(),
          .positions_compared = reconciler_.positions_compared(),
          .out_of_range = out_of_range_};
}

}  // namespace tw::ptrc
