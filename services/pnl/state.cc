#include "services/pnl/state.h"

#include "libs/base/field_error.h"
#include "libs/convert/opening.h"
#include "services/pnl/convert.h"

namespace tw::pnl {

namespace v1 = tradewind::v1;

namespace {

constexpr char kDefaultAccount[] = "default";

std::string OrDefault(const std::string& account) {
  return account.empty() ? kDefaultAccount : account;
}

}  // namespace

PnlState::PnlState(const Accounts& accounts, const PnlLimits& limits)
    : portfolio_(accounts),
      marks_(limits.mark_stale_after),
      history_(limits.history_account_max, limits.history_total_max) {}

Applied PnlState::OnLedgerEvent(const v1::LedgerEvent& event) {
  const std::lock_guard lock(mutex_);
  if (const std::optional<Opening> opening = DecodeOpening(event)) {
    const Applied applied = portfolio_.Open(event.sequence(), {event.time_ns()}, *opening);
    if (applied != Applied::kDuplicate) {
      history_.Add({event.time_ns()}, event.sequence(), portfolio_.ViewAccount(opening->account));
    }
    return applied;
  }
  const std::optional<Fill> fill = DecodeFill(event);
  if (!fill) {
    const bool news = event.sequence() > portfolio_.sequence();
    portfolio_.AdvanceTo(event.sequence());
    return news ? Applied::kApplied : Applied::kDuplicate;
  }
  const Applied applied = portfolio_.Apply(*fill);
  if (applied == Applied::kApplied) {
    history_.Add({event.time_ns()}, event.sequence(), portfolio_.ViewAccount(fill->account));
  }
  return applied;
}

void PnlState::OnFeedEvent(const v1::FeedEvent& event, Timestamp received) {
  if (event.recorded()) {
    return;
  }
  if (event.has_quote()) {
    const std::lock_guard lock(mutex_);
    SetMarks(marks_.OnQuote(event.symbol(), Price::FromE8(event.quote().bid_e8()),
                            Price::FromE8(event.quote().ask_e8()), received));
  } else if (event.has_book_state()) {
    const std::lock_guard lock(mutex_);
    SetMarks(marks_.OnBookState(event.symbol(), event.book_state().stale()));
  }
}

void PnlState::OnFeedLost() {
  const std::lock_guard lock(mutex_);
  SetMarks(marks_.OnFeedLost());
}

void PnlState::OnTime(Timestamp now) {
  const std::lock_guard lock(mutex_);
  SetMarks(marks_.OnTime(now));
  for (const std::string& account : portfolio_.ListAccounts()) {
    history_.Add(now, portfolio_.sequence(), portfolio_.ViewAccount(account));
  }
}

v1::ListPositionsResponse PnlState::Positions(const v1::ListPositionsRequest& request) const {
  v1::ListPositionsResponse out;
  const std::lock_guard lock(mutex_);
  for (const PositionView& view : portfolio_.Positions(request.account(), request.symbol())) {
    *out.add_positions() = EncodePosition(view);
  }
  out.set_ledger_sequence(portfolio_.sequence());
  return out;
}

v1::Pnl PnlState::Pnl(const std::string& account, Timestamp now) const {
  const std::lock_guard lock(mutex_);
  return PnlWithPositions(OrDefault(account), now);
}

std::vector<v1::Pnl> PnlState::AllPnl(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  std::vector<v1::Pnl> out;
  for (const std::string& account : portfolio_.ListAccounts()) {
    out.push_back(PnlWithPositions(account, now));
  }
  return out;
}

absl::StatusOr<v1::ListPnlHistoryResponse> PnlState::PnlHistory(
    const v1::ListPnlHistoryRequest& request) const {
  if (request.limit() < 0 || request.limit() > kHistoryLimitMax) {
    return FieldError("limit", "must be 1 to 1000");
  }
  const int limit = request.limit() == 0 ? kHistoryLimitDefault : request.limit();
  v1::ListPnlHistoryResponse out;
  const std::lock_guard lock(mutex_);
  for (const HistoryPoint& point :
       history_.List(OrDefault(request.account()), static_cast<size_t>(limit))) {
    *out.add_points() = EncodePnl(point.view, point.time, point.sequence);
  }
  return out;
}

PnlState::Counts PnlState::counts() const {
  const std::lock_guard lock(mutex_);
  return {.sequence = portfolio_.sequence(),
          .accounts = portfolio_.accounts(),
          .symbols = marks_.size(),
          .stale_marks = marks_.stale(),
          .history_points = history_.size()};
}

void PnlState::SetMarks(const MarkBoard::Changes& changes) {
  for (const auto& [symbol, mark] : changes) {
    portfolio_.SetMark(symbol, mark);
  }
}

v1::Pnl PnlState::PnlWithPositions(const std::string& account, Timestamp now) const {
  v1::Pnl out = EncodePnl(portfolio_.ViewAccount(account), now, portfolio_.sequence());
  for (const PositionView& view : portfolio_.Positions(account, "")) {
    *out.add_positions() = EncodePosition(view);
  }
  return out;
}

}  // namespace tw::pnl
