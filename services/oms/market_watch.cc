#include "services/oms/market_watch.h"

namespace tw::oms {
namespace {

// A stop that compares with a bid must not be set off by one that is not there.
MarketMove Visible(const MarketMove& move, bool stale) {
  MarketMove out = move;
  if (stale) {
    out.bid = out.ask = out.mark = PriceRange();
  }
  return out;
}

}  // namespace

void MarketWatch::Quote(Market& market, Price bid, Price ask) {
  MarketMove& move = market.move;
  if (bid <= Price() || ask <= Price() || bid > ask) {
    move.bid = move.ask = move.mark = PriceRange();  // no market: from the next quote on again
    return;
  }
  move.bid.Add(bid);
  move.ask.Add(ask);
  move.mark.Add(Price::FromE8(bid.e8() + (ask.e8() - bid.e8()) / 2));
}

void MarketWatch::OnFeedEvent(const v1::FeedEvent& event) {
  if (event.recorded()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    Market& market = markets_[event.symbol()];
    if (event.has_quote()) {
      Quote(market, Price::FromE8(event.quote().bid_e8()), Price::FromE8(event.quote().ask_e8()));
    } else if (event.has_trade() && event.trade().price_e8() > 0) {
      market.move.last.Add(Price::FromE8(event.trade().price_e8()));
    } else if (event.has_book_state()) {
      market.stale = event.book_state().stale();
    } else {
      return;
    }
    market.fresh = true;
    if (!market.watched || told_) {
      return;
    }
  }
  Tell();
}

void MarketWatch::OnFeedRestart() {
  const std::lock_guard lock(mutex_);
  for (auto& [unused, market] : markets_) {
    market.stale = false;
  }
}

std::optional<MarketMove> MarketWatch::Now(const std::string& symbol) const {
  const std::lock_guard lock(mutex_);
  const auto it = markets_.find(symbol);
  if (it == markets_.end()) {
    return std::nullopt;
  }
  MarketMove now = Visible(it->second.move, it->second.stale);
  for (PriceRange* range : {&now.last, &now.bid, &now.ask, &now.mark}) {
    range->Restart();
  }
  return now;
}

void MarketWatch::Watch(const std::string& symbol, bool watched) {
  const std::lock_guard lock(mutex_);
  Market& market = markets_[symbol];
  if (watched && !market.watched) {
    // What was before does not set off a stop that came after.
    for (PriceRange* range :
         {&market.move.last, &market.move.bid, &market.move.ask, &market.move.mark}) {
      range->Restart();
    }
  }
  market.watched = watched;
}

void MarketWatch::Touch(const std::string& symbol) {
  {
    const std::lock_guard lock(mutex_);
    markets_[symbol].fresh = true;
    if (told_) {
      return;
    }
  }
  Tell();
}

void MarketWatch::Tell() {
  {
    const std::lock_guard lock(mutex_);
    if (told_) {
      return;
    }
    told_ = true;
  }
  if (on_news_ && on_news_()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  told_ = false;
}

std::vector<std::pair<std::string, MarketMove>> MarketWatch::Take() {
  std::vector<std::pair<std::string, MarketMove>> moves;
  const std::lock_guard lock(mutex_);
  told_ = false;
  for (auto& [symbol, market] : markets_) {
    if (!market.watched || !market.fresh) {
      continue;
    }
    market.fresh = false;
    moves.emplace_back(symbol, Visible(market.move, market.stale));
    for (PriceRange* range :
         {&market.move.last, &market.move.bid, &market.move.ask, &market.move.mark}) {
      range->Restart();
    }
  }
  return moves;
}

}  // namespace tw::oms
