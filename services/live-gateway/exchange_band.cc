// The price band of a book, and what others did by a recording.
#include <algorithm>
#include <utility>

#include "libs/base/check.h"
#include "services/live-gateway/exchange.h"

namespace tw::live_gateway {

void Exchange::SetBand(size_t instrument, bool banded) {
  Market& market = markets_[instrument];
  market.low = 1;
  market.high = book::kPriceMax;
  if (!banded || config_.price_band_bps <= 0) {
    return;
  }
  const int64_t start = instruments_.list()[instrument].start_price.e8();
  const int64_t tick = instruments_.list()[instrument].tick_size.e8();
  const auto width = MulDiv(start, config_.price_band_bps, 10'000, Rounding::kDown);
  TW_CHECK(width.has_value());
  market.low = std::max<int64_t>(1, (start - *width + tick - 1) / tick);
  market.high = std::clamp<int64_t>((start + *width) / tick, market.low, book::kPriceMax);
}

void Exchange::SetBanded(size_t instrument, bool banded, Timestamp now, Output& out) {
  SetBand(instrument, banded);
  book::Book& book = markets_[instrument].book;
  std::vector<uint64_t> ids;
  for (const auto& [book_id, order] : open_) {
    if (IndexOf(order->terms.symbol) == instrument) {
      ids.push_back(book_id);
    }
  }
  for (const uint64_t book_id : ids) {
    const auto open = open_.find(book_id);
    if (open == open_.end()) {
      continue;  // filled by one that moved before it
    }
    const OwnOrder& order = *open->second;
    if (const Refusal refusal = CheckResume(order);
        refusal.reason == RejectReason::kPostOnlyWouldTrade) {
      const book::OrderView resting = *book.Find(book_id);
      markets_[instrument].touched.push_back({resting.side, resting.price});
      book.Cancel({book_id}, events_);
      events_.Clear();
      ReportCancel(order, refusal, now, out);
      continue;
    }
    const book::NewOrder wanted = ForBook(order.terms, order.leaves(), book_id);
    const std::optional<book::OrderView> resting = book.Find(book_id);
    TW_CHECK(resting.has_value());
    if (resting->price != wanted.price) {
      markets_[instrument].touched.push_back({resting->side, resting->price});
      book.Modify({wanted.id, wanted.price, wanted.quantity}, events_);
      Settle(instrument, now, out);
    }
  }
  PublishBook(instrument, now, out);
}

void Exchange::Reach(size_t instrument, const book::NewOrder& order, Timestamp now, Output& out) {
  off_tape_ = true;
  Participate(instrument, {order}, now, out);
  off_tape_ = false;
}

void Exchange::Print(
    size_t instrument, Price price, Quantity quantity, Timestamp now, Output& out) {
  TradePrinted trade;
  trade.symbol = instruments_.list()[instrument].symbol;
  trade.source_seq = ++markets_[instrument].source_seq;
  trade.price = price;
  trade.quantity = quantity;
  trade.time = now;
  out.market.emplace_back(std::move(trade));
}

}  // namespace tw::live_gateway
