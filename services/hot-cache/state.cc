// CacheState, its incoming side. What is asked for is in read.cc.
#include "services/hot-cache/state.h"

#include <algorithm>
#include <utility>

#include "libs/convert/market.h"
#include "services/hot-cache/convert.h"

namespace tw::hot_cache {
namespace {

// Beside a value: its key, its place in the map and in the order of age.
constexpr size_t kEntryBytes = 256;

fanout::UpdatePtr Share(v1::MarketDataUpdate update) {
  return std::make_shared<const fanout::Update>(std::move(update));
}

template <typename Message>
size_t BytesOf(const Message& message) {
  return kEntryBytes + message.SpaceUsedLong();
}

}  // namespace

CacheState::CacheState(const tw::Instruments& instruments, const CacheOptions& options)
    : instruments_(instruments),
      options_(options),
      budget_{.bytes_max = options.bytes_max},
      tickers_(options.tickers, std::max<size_t>(instruments.list().size(), 1), budget_),
      books_(options.books, std::max<size_t>(instruments.list().size(), 1), budget_),
      trades_(options.trades, std::max<size_t>(instruments.list().size(), 1), budget_),
      bars_(options.bars, options.series_max, budget_),
      positions_(options.positions, options.accounts_max, budget_) {}

void CacheState::OnFeedEvent(const v1::FeedEvent& event, Timestamp now, Watchers& watchers) {
  const std::lock_guard lock(mutex_);
  if (event.has_bar()) {
    OnBar(event, now, watchers);
    return;
  }
  if (event.recorded()) {
    return;
  }
  if (instruments_.Find(event.symbol()) == nullptr) {
    ++refused_;
    return;
  }
  if (event.has_consolidated() || !IsShownVenue(event)) {
    return;
  }
  switch (event.body_case()) {
    case v1::FeedEvent::kTrade:
      OnTrade(event, now, watchers);
      OnTicker(event, now, watchers);
      break;
    case v1::FeedEvent::kQuote:
    case v1::FeedEvent::kStatistics: OnTicker(event, now, watchers); break;
    case v1::FeedEvent::kBook: OnBook(event, now, watchers); break;
    case v1::FeedEvent::kBookState: OnBookState(event, now, watchers); break;
    default: break;
  }
}

// A symbol's ticker, book and trades are those of one venue: the live one, and until that is heard
// of the first. Two of them mixed would be the market of none.
bool CacheState::IsShownVenue(const v1::FeedEvent& event) {
  std::string& shown = shown_venues_.try_emplace(event.symbol(), event.venue()).first->second;
  if (event.venue() == options_.live_venue) {
    shown = event.venue();
  }
  return event.venue() == shown;
}

void CacheState::OnTicker(const v1::FeedEvent& event, Timestamp now, Watchers& watchers) {
  TickerEntry& entry = tickers_.Touch(event.symbol(), now, SeenAt(event, now));
  if (event.has_trade()) {
    entry.day.set_last_price_e8(event.trade().price_e8());
  } else if (event.has_quote()) {
    entry.quote = event.quote();
  } else {
    entry.day = event.statistics();
  }
  entry.time = std::max(entry.time, Timestamp{event.venue_time_ns()});
  tickers_.Charge(event.symbol(), kEntryBytes + sizeof(TickerEntry));
  if (watchers.any()) {
    v1::MarketDataUpdate update = NewUpdate(event.symbol());
    *update.mutable_ticker() = Public(event.symbol(), entry, StaleSymbol(event.symbol()));
    watchers.OnChange(Share(std::move(update)));
  }
}

void CacheState::OnBook(const v1::FeedEvent& event, Timestamp now, Watchers& watchers) {
  BookEntry& entry = books_.Touch(event.symbol(), now, SeenAt(event, now));
  entry.book = event.book();
  entry.time = Timestamp{event.venue_time_ns()};
  books_.Charge(event.symbol(), BytesOf(entry.book));
  if (watchers.any()) {
    v1::MarketDataUpdate update = NewUpdate(event.symbol());
    *update.mutable_book() =
        Public(event.symbol(), entry, kBookDepthMax, StaleSymbol(event.symbol()));
    watchers.OnChange(Share(std::move(update)));
  }
}

// The flag goes out with the ticker and the book as they stand.
void CacheState::OnBookState(const v1::FeedEvent& event, Timestamp now, Watchers& watchers) {
  const std::string& symbol = event.symbol();
  const bool stale = event.book_state().stale();
  if (std::exchange(stale_books_[symbol], stale) == stale || !watchers.any()) {
    return;
  }
  bool aged = false;
  if (const TickerEntry* const entry = tickers_.Peek(symbol, now, aged)) {
    v1::MarketDataUpdate update = NewUpdate(symbol);
    *update.mutable_ticker() = Public(symbol, *entry, aged || StaleSymbol(symbol));
    watchers.OnChange(Share(std::move(update)));
  }
  if (const BookEntry* const entry = books_.Peek(symbol, now, aged)) {
    v1::MarketDataUpdate update = NewUpdate(symbol);
    *update.mutable_book() = Public(symbol, *entry, kBookDepthMax, aged || StaleSymbol(symbol));
    watchers.OnChange(Share(std::move(update)));
  }
}

void CacheState::OnTrade(const v1::FeedEvent& event, Timestamp now, Watchers& watchers) {
  std::deque<v1::MarketTrade>& trades = trades_.Touch(event.symbol(), now, now);
  trades.push_back(PublicTrade(event));
  if (trades.size() > options_.trades_max) {
    trades.pop_front();
  }
  trades_.Charge(event.symbol(), kEntryBytes + trades.size() * trades.back().SpaceUsedLong());
  if (watchers.any()) {
    v1::MarketDataUpdate update = NewUpdate(event.symbol());
    *update.mutable_trade() = trades.back();
    watchers.OnChange(Share(std::move(update)));
  }
}

void CacheState::OnBar(const v1::FeedEvent& event, Timestamp now, Watchers& watchers) {
  const v1::BarTick& tick = event.bar();
  if (!options_.intervals.Find(tick.interval())) {
    ++refused_;
    return;
  }
  const SeriesKey key = {event.venue(), {event.symbol(), tick.interval()}};
  BarSeries& series = bars_.Touch(key, now, now);
  const bool changed = series.Put(Decode(tick), options_.bars_max);
  bars_.Charge(key, kEntryBytes + series.size() * sizeof(Bar));
  if (!changed || event.venue() != options_.live_venue || !watchers.any()) {
    return;
  }
  v1::MarketDataUpdate update = NewUpdate(event.symbol());
  update.mutable_bar()->set_timeframe(tick.interval());
  *update.mutable_bar()->mutable_bar() = PublicBar(tick);
  watchers.OnChange(Share(std::move(update)));
}

Timestamp CacheState::SeenAt(const v1::FeedEvent& event, Timestamp now) {
  const bool state = event.snapshot() || event.has_statistics();
  return state && event.receive_time_ns() != 0 ? std::min(now, Timestamp{event.receive_time_ns()})
                                               : now;
}

void CacheState::SetFeedLost(bool lost) {
  const std::lock_guard lock(mutex_);
  feed_lost_ = lost;
}

void CacheState::OnPnl(const v1::Pnl& pnl, Timestamp now) {
  const std::lock_guard lock(mutex_);
  positions_.Touch(pnl.account(), now, now) = pnl;
  positions_.Charge(pnl.account(), BytesOf(pnl));
}

void CacheState::Sweep(Timestamp now) {
  const std::lock_guard lock(mutex_);
  tickers_.Sweep(now);
  books_.Sweep(now);
  trades_.Sweep(now);
  bars_.Sweep(now);
  positions_.Sweep(now);
}

bool CacheState::StaleSymbol(const std::string& symbol) const {
  const auto it = stale_books_.find(symbol);
  return feed_lost_ || (it != stale_books_.end() && it->second);
}

v1::Ticker CacheState::Public(const std::string& symbol,
                              const TickerEntry& entry,
                              bool stale) const {
  return PublicTicker(symbol, entry.day, entry.quote, entry.time, stale);
}

v1::OrderBook CacheState::Public(const std::string& symbol,
                                 const BookEntry& entry,
                                 int depth,
                                 bool stale) const {
  v1::OrderBook book = PublicBook(symbol, entry.book, depth, entry.time);
  book.set_stale(stale);
  return book;
}

}  // namespace tw::hot_cache
