#include "services/gateway/market_hub.h"

#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/market.h"

namespace tw::gateway {
namespace {

// How long hot-cache's stream outlives the last client.
constexpr Duration kUnusedPeriod = Duration::Seconds(5);

// Everything there is; each client gets what of it it wants.
v1::StreamMarketDataRequest Everything() {
  v1::StreamMarketDataRequest request;
  request.set_tickers(true);
  request.set_books(true);
  request.set_trades(true);
  request.set_bars(true);
  request.set_depth(kBookDepthMax);
  return request;
}

// Of what there is a newest one, and under which name. "": of trades there is none.
std::string NameOf(const v1::MarketDataUpdate& update) {
  switch (update.update_case()) {
    case v1::MarketDataUpdate::kTicker: return "1/" + update.symbol();
    case v1::MarketDataUpdate::kBook: return "2/" + update.symbol();
    case v1::MarketDataUpdate::kBar: return "3/" + update.symbol() + "/" + update.bar().timeframe();
    case v1::MarketDataUpdate::kTrade:
    case v1::MarketDataUpdate::UPDATE_NOT_SET: break;
  }
  return "";
}

// The ticker or book of `update`, flagged; false: it has been, or has no such flag.
bool MarkStale(v1::MarketDataUpdate& update) {
  if (update.has_ticker() && !update.ticker().stale()) {
    update.mutable_ticker()->set_stale(true);
    return true;
  }
  if (update.has_book() && !update.book().stale()) {
    update.mutable_book()->set_stale(true);
    return true;
  }
  return false;
}

}  // namespace

MarketHub::MarketHub(TimerThread& timers,
                     Forwarder& forwarder,
                     const Instruments& instruments,
                     uint64_t epoch,
                     const fanout::FanoutOptions& options)
    : timers_(timers),
      forwarder_(forwarder),
      instruments_(instruments),
      epoch_(epoch),
      fanout_(options) {
  sweep_ = timers_.Every(kUnusedPeriod, [this, unused = false]() mutable {
    const bool now = fanout_.subscribers() == 0;
    if (std::exchange(unused, now) && now) {
      CloseIfUnused();
    }
  });
}

MarketHub::~MarketHub() {
  Stop();
}

void MarketHub::Stop() {
  timers_.Cancel(sweep_);
  {
    const std::lock_guard lock(upstream_mutex_);
    stopped_ = true;
    if (upstream_ != nullptr) {
      upstream_->Stop();
    }
  }
  fanout_.Stop();
}

void MarketHub::Serve(const v1::StreamMarketDataRequest& request,
                      const fanout::RpcOutlet::Stream& stream) {
  auto outlet = std::make_unique<fanout::RpcOutlet>(stream, epoch_);
  const auto subscriber = Subscribe(request, std::move(outlet));
  if (!subscriber.ok()) {
    stream.Finish(subscriber.status());
    return;
  }
  stream.OnClosed([this, s = *subscriber](const absl::Status&) { Unsubscribe(s); });
}

absl::StatusOr<fanout::SubscriberPtr> MarketHub::Subscribe(
    const v1::StreamMarketDataRequest& request, std::unique_ptr<fanout::Outlet> outlet) {
  TW_ASSIGN_OR_RETURN(fanout::Interest interest, fanout::ReadInterest(request));
  for (const std::string& symbol : interest.symbols) {
    if (instruments_.Find(symbol) == nullptr) {
      return absl::NotFoundError("no symbol '" + symbol.substr(0, 64) + "'");
    }
  }
  TW_ASSIGN_OR_RETURN(fanout::SubscriberPtr subscriber,
                      fanout_.Make(std::move(interest), std::move(outlet)));
  Join(subscriber);
  OpenUpstream();
  return subscriber;
}

void MarketHub::Join(const fanout::SubscriberPtr& subscriber) {
  const std::lock_guard lock(mutex_);
  if (known_ && !reading_) {
    fanout_.Join(subscriber, Snapshot());
  } else {
    fanout_.JoinLater(subscriber);
  }
}

void MarketHub::OpenUpstream() {
  const std::lock_guard lock(upstream_mutex_);
  if (stopped_ || upstream_ != nullptr) {
    return;
  }
  Upstream::Options options;
  options.channel = forwarder_.shared_channel(Peer::kHotCache);
  options.method =
      Forwarder::Path(methods::kStreamMarketData.service, methods::kStreamMarketData.name);
  options.request = Everything;
  options.on_batch = [this](const v1::MarketDataUpdate& update) {
    OnUpdate(update);
    return true;
  };
  options.on_lost = [this](const absl::Status& status) { OnLost(status); };
  upstream_ = std::make_unique<Upstream>(timers_, std::move(options));
  upstream_->Start();
}

void MarketHub::CloseIfUnused() {
  // Whoever subscribes meanwhile opens the next one after this one is over.
  const std::lock_guard opening(upstream_mutex_);
  if (upstream_ == nullptr || fanout_.subscribers() > 0) {
    return;
  }
  upstream_->Stop();
  upstream_.reset();
  const std::lock_guard lock(mutex_);
  known_ = false;
  reading_ = false;
  begun_ = false;
  newest_.clear();
}

// The stream begins with a snapshot; the first message that is no part of it, news or an
// announcement, ends it.
void MarketHub::OnUpdate(const v1::MarketDataUpdate& update) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(begun_, true)) {
    reading_ = true;
    newest_.clear();
  }
  if (reading_ && update.snapshot()) {
    Keep(update);
    return;
  }
  if (std::exchange(reading_, false)) {
    known_ = true;
    fanout_.Restate(Snapshot());
  }
  if (update.update_case() == v1::MarketDataUpdate::UPDATE_NOT_SET) {
    return;
  }
  fanout_.OnChange(Keep(update));
  fanout_.Wake();
}

void MarketHub::OnLost(const absl::Status& status) {
  fanout_.FailWaiting(Forwarder::Explain(Peer::kHotCache, status));
  const std::lock_guard lock(mutex_);
  begun_ = false;
  reading_ = false;
  for (auto& [name, newest] : newest_) {
    v1::MarketDataUpdate update = newest->message();
    if (MarkStale(update)) {
      newest = std::make_shared<const fanout::Update>(std::move(update));
      fanout_.OnChange(newest);
    }
  }
  fanout_.Wake();
}

// With mutex_ held. Numbers are each client's own.
fanout::UpdatePtr MarketHub::Keep(v1::MarketDataUpdate update) {
  update.clear_epoch();
  update.clear_sequence();
  update.clear_previous_sequence();
  update.clear_snapshot();
  const uint64_t merged = update.merged();  // what hot-cache merged on the way to here counts, too
  update.clear_merged();
  const std::string name = NameOf(update);
  auto shared = std::make_shared<const fanout::Update>(std::move(update), merged);
  if (!name.empty()) {
    newest_[name] = shared;
  }
  return shared;
}

std::vector<fanout::UpdatePtr> MarketHub::Snapshot() const {
  std::vector<fanout::UpdatePtr> all;
  all.reserve(newest_.size());
  for (const auto& [name, update] : newest_) {
    all.push_back(update);
  }
  return all;
}

}  // namespace tw::gateway
