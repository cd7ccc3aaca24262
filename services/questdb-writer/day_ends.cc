#include "services/questdb-writer/day_ends.h"

namespace tw::questdb_writer {

void DayEnds::Follow(const std::string& symbol, Timestamp since) {
  if (!next_close_ || !followed_.insert(symbol).second) {
    return;
  }
  if (const Timestamp close = next_close_(symbol, since); close.IsSet()) {
    closes_.emplace(close, symbol);
  }
}

absl::Status DayEnds::RollTo(Timestamp now,
                             const pnl::Portfolio& portfolio,
                             ilp::LineBuffer* rows) {
  absl::Status status;
  while (!closes_.empty() && closes_.begin()->first <= now) {
    const auto [at, symbol] = *closes_.begin();
    closes_.erase(closes_.begin());
    if (const Timestamp next = next_close_(symbol, at); next > at) {
      closes_.emplace(next, symbol);
    }
    status.Update(Close(at, symbol, portfolio, rows));
  }
  return status;
}

absl::Status DayEnds::Close(Timestamp at,
                            const std::string& symbol,
                            const pnl::Portfolio& portfolio,
                            ilp::LineBuffer* rows) {
  absl::Status status;
  for (const pnl::PositionView& position : portfolio.Positions("", symbol)) {
    Last& last = last_[{position.account, symbol}];
    const bool moved = position.sequence != last.sequence;
    if (rows != nullptr && (moved || !position.quantity.IsZero())) {
      rows->Table("day_ends")
          .Symbol("account", position.account)
          .Symbol("symbol", symbol)
          .Decimal("quantity", position.quantity)
          .Decimal("average_price", position.average_price)
          .Decimal("realized_pnl", position.realized - last.realized)
          .Decimal("realized_total", position.realized)
          .Decimal("unrealized_pnl", position.unrealized)
          .Decimal("fees", position.fees - last.fees)
          .Decimal("fees_total", position.fees)
          .Decimal("cash", portfolio.ViewAccount(position.account).cash);
      if (position.mark) {
        rows->Decimal("mark_price", position.mark->price);
      }
      status.Update(rows->At(at));
    }
    last = {position.sequence, position.realized, position.fees};
  }
  return status;
}

}  // namespace tw::questdb_writer
