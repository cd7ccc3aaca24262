// MarketWatch: what the market feed says, gathered between two looks of the engine. A symbol's
// move since the last look is kept as ranges, so that no price is missed however seldom the engine
// looks, and a fast market costs the engine one command at a time.
//
// A book that is marked stale sets off nothing by its bid, ask or mark. Any thread.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/oms/stop_book.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::oms {

namespace v1 = ::tradewind::v1;

class MarketWatch {
 public:
  // `on_news`: there is something to Take. False: it was not heard; it is said again with the next
  // event. Not called again before the news were taken. Set before the first event.
  void OnNews(std::function<bool()> on_news) { on_news_ = std::move(on_news); }

  void OnFeedEvent(const v1::FeedEvent& event);
  // Another feed: what the last one called stale is void.
  void OnFeedRestart();

  // The prices as they are; empty before the first one.
  std::optional<MarketMove> Now(const std::string& symbol) const;
  // Whether stops of the symbol are waiting; only then its moves are news.
  void Watch(const std::string& symbol, bool watched);
  // The prices of a watched symbol are news as they are: a stop has come.
  void Touch(const std::string& symbol);
  // The moves of the watched symbols since they were last taken.
  std::vector<std::pair<std::string, MarketMove>> Take();

 private:
  struct Market {
    MarketMove move;
    bool stale = false;
    bool watched = false;
    bool fresh = false;  // something to take
  };

  static void Quote(Market& market, Price bid, Price ask);
  void Tell();

  std::function<bool()> on_news_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<std::string, Market> markets_;
  bool told_ = false;
};

}  // namespace tw::oms
