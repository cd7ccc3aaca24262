// CacheState: the newest of everything, spoken to in messages. Feed events and P&L in, public
// messages out; what a feed event changed is answered, for those who watch. Any thread: one lock,
// held for microseconds.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "libs/core/instrument.h"
#include "libs/fanout/update.h"
#include "services/hot-cache/bar_series.h"
#include "services/hot-cache/expiring_map.h"
#include "services/normalizer/interval.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/portfolio.pb.h"

namespace tw::hot_cache {

namespace v1 = ::tradewind::v1;

struct CacheOptions {
  std::string live_venue = "PAPER";
  Lifetime tickers{Duration::Seconds(10), Duration::Seconds(300)};
  Lifetime books{Duration::Seconds(10), Duration::Seconds(300)};
  Lifetime trades{Duration::Seconds(60), Duration::Seconds(86'400)};
  Lifetime bars{Duration::Seconds(60), Duration::Seconds(int64_t{7} * 86'400)};
  Lifetime positions{Duration::Seconds(5), Duration::Seconds(300)};
  normalizer::Intervals intervals{};  // that there are bars of
  size_t trades_max = 1'000;          // per symbol
  size_t bars_max = 1'000;            // per series
  size_t series_max = 1'500;          // venue, symbol and interval
  size_t accounts_max = 10'000;       // with positions
  size_t bytes_max = 512u << 20;      // of all of it
};

// An update of `symbol` with nothing in it yet.
inline v1::MarketDataUpdate NewUpdate(const std::string& symbol) {
  v1::MarketDataUpdate update;
  update.set_symbol(symbol);
  return update;
}

// Who is told of changes, under the cache's lock: be quick.
class Watchers {
 public:
  virtual ~Watchers() = default;
  virtual bool any() const = 0;  // false: changes need not be made up
  virtual void OnChange(const fanout::UpdatePtr& update) = 0;
};

class CacheState {
 public:
  CacheState(const tw::Instruments& instruments, const CacheOptions& options);

  // Live data changes everything, recorded data only bars of its venue.
  void OnFeedEvent(const v1::FeedEvent& event, Timestamp now, Watchers& watchers);
  // While the feed is lost everything of the market is stale.
  void SetFeedLost(bool lost);
  // All that is known of one account.
  void OnPnl(const v1::Pnl& pnl, Timestamp now);
  void Sweep(Timestamp now);

  // All that a subscriber may begin with; `join` gets it under the lock, so that it misses no
  // change and sees none twice.
  void Begin(Timestamp now,
             const std::function<void(const std::vector<fanout::UpdatePtr>&)>& join) const;

  v1::ListInstrumentsResponse Instruments(const v1::ListInstrumentsRequest& request) const;
  v1::ListTickersResponse Tickers(Timestamp now) const;
  // NotFound for an unknown symbol, Unavailable for one without live data; InvalidArgument for a
  // limit or an interval out of range. Here and below.
  absl::StatusOr<v1::Ticker> Ticker(const std::string& symbol, Timestamp now) const;
  absl::StatusOr<v1::OrderBook> Book(const v1::GetOrderBookRequest& request, Timestamp now) const;
  absl::StatusOr<v1::ListMarketTradesResponse> Trades(const v1::ListMarketTradesRequest& request,
                                                      Timestamp now) const;
  absl::StatusOr<v1::ListBarsResponse> Bars(const v1::ListBarsRequest& request,
                                            Timestamp now) const;
  v1::ListPositionsResponse Positions(const v1::ListPositionsRequest& request, Timestamp now) const;

  absl::Status CheckSymbol(const std::string& symbol) const;
  // InvalidArgument, naming `field`: there are no such bars.
  absl::Status CheckInterval(const char* field, const std::string& interval) const;

  struct Counts {
    ReadCounts tickers;
    ReadCounts books;
    ReadCounts trades;
    ReadCounts bars;
    ReadCounts positions;
    size_t entries = 0;
    size_t bytes = 0;
    size_t stale_tickers = 0;
    size_t live_tickers = 0;
    uint64_t refused = 0;  // events of symbols that are no instruments
  };
  Counts counts(Timestamp now) const;

 private:
  struct TickerEntry {
    v1::DayStatistics day;
    v1::QuoteTick quote;
    Timestamp time;  // venue's, of the newest event
  };
  struct BookEntry {
    v1::BookSnapshot book;
    Timestamp time;
  };
  using SeriesKey = std::pair<std::string, std::pair<std::string, std::string>>;

  bool IsShownVenue(const v1::FeedEvent& event);
  void OnTicker(const v1::FeedEvent& event, Timestamp now, Watchers& watchers);
  void OnBook(const v1::FeedEvent& event, Timestamp now, Watchers& watchers);
  void OnBookState(const v1::FeedEvent& event, Timestamp now, Watchers& watchers);
  void OnTrade(const v1::FeedEvent& event, Timestamp now, Watchers& watchers);
  void OnBar(const v1::FeedEvent& event, Timestamp now, Watchers& watchers);
  // When the market was last heard of: for news now, for state when live-gateway got it.
  static Timestamp SeenAt(const v1::FeedEvent& event, Timestamp now);
  bool StaleSymbol(const std::string& symbol) const;
  v1::Ticker Public(const std::string& symbol, const TickerEntry& entry, bool stale) const;
  v1::OrderBook Public(const std::string& symbol,
                       const BookEntry& entry,
                       int depth,
                       bool stale) const;

  const tw::Instruments& instruments_;
  const CacheOptions options_;
  mutable std::mutex mutex_;
  MemoryBudget budget_;
  ExpiringMap<std::string, TickerEntry> tickers_;
  ExpiringMap<std::string, BookEntry> books_;
  ExpiringMap<std::string, std::deque<v1::MarketTrade>> trades_;
  ExpiringMap<SeriesKey, BarSeries> bars_;
  ExpiringMap<std::string, v1::Pnl> positions_;
  absl::btree_map<std::string, bool> stale_books_;          // by the normalizer's word
  absl::btree_map<std::string, std::string> shown_venues_;  // by symbol
  bool feed_lost_ = true;
  uint64_t refused_ = 0;
};

}  // namespace tw::hot_cache
