#include "services/exeq/quote_board.h"

#include "libs/stream/pace.h"

namespace tw::exeq {

QuoteBoard::QuoteBoard(TimerThread& timers,
                       std::shared_ptr<rpc::Channel> normalizer,
                       const Clock& clock,
                       Duration age_max)
    : timers_(timers), normalizer_(std::move(normalizer)), clock_(clock), age_max_(age_max) {}

QuoteBoard::~QuoteBoard() {
  Stop();
}

void QuoteBoard::Start() {
  const std::lock_guard lock(client_mutex_);
  if (stopped_ || client_ != nullptr) {
    return;
  }
  feed::MarketOptions options;
  options.peer = normalizer_;
  options.consumer = "exeq-quotes";
  options.pace = stream::kDecisionPace;
  options.on_event = [this](const v1::FeedEvent& event) { Take(event); };
  client_ = std::make_unique<feed::MarketClient>(timers_, std::move(options));
  client_->Start();
}

void QuoteBoard::Stop() {
  std::unique_ptr<feed::MarketClient> client;
  {
    const std::lock_guard lock(client_mutex_);
    stopped_ = true;
    client = std::move(client_);
  }
}

bool QuoteBoard::reading() const {
  const std::lock_guard lock(client_mutex_);
  return client_ != nullptr;
}

void QuoteBoard::Take(const v1::FeedEvent& event) {
  if (!event.has_quote() || event.recorded()) {
    return;
  }
  const v1::QuoteTick& tick = event.quote();
  Quote quote{Price::FromE8(tick.bid_e8()), Quantity::FromE8(tick.bid_size_e8()),
              Price::FromE8(tick.ask_e8()), Quantity::FromE8(tick.ask_size_e8()), clock_.Now()};
  const std::lock_guard lock(mutex_);
  const std::pair key(event.venue(), event.symbol());
  if (quotes_.size() < kQuotesMax || quotes_.contains(key)) {
    quotes_[key] = quote;
  }
}

void QuoteBoard::Fill(const std::string& symbol, VenueFacts& facts) const {
  const Timestamp now = clock_.Now();
  const std::lock_guard lock(mutex_);
  const auto it = quotes_.find(std::pair(facts.name, symbol));
  if (it == quotes_.end() || now - it->second.seen > age_max_) {
    return;
  }
  facts.bid = it->second.bid;
  facts.bid_size = it->second.bid_size;
  facts.ask = it->second.ask;
  facts.ask_size = it->second.ask_size;
}

}  // namespace tw::exeq
