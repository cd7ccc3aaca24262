#include "services/gateway/live_feeds.h"

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "libs/feed/link.h"
#include "libs/json/json.h"

namespace tw::gateway {
namespace {

constexpr int kSnapshotOrders = 1000;
constexpr int kSnapshotFills = 100;
constexpr size_t kHeldMax = 4096;  // events that wait for the snapshot

template <typename Request, typename Response>
std::string PathOf(const Method<Request, Response>& method) {
  return Forwarder::Path(method.service, method.name);
}

// hot-cache sends the snapshot itself, at each opening.
class MarketFeed final : public Feed {
 public:
  MarketFeed(TimerThread& timers,
             Forwarder& forwarder,
             v1::StreamMarketDataRequest request,
             Emit emit)
      : emit_(std::move(emit)),
        link_(timers,
              {.channel = forwarder.shared_channel(Peer::kHotCache),
               .method = PathOf(methods::kStreamMarketData),
               .hello = [request = std::move(request)] { return request; },
               .on_message = [this](const v1::MarketDataUpdate& update) { OnUpdate(update); },
               .on_lost = {}}) {}

  void Start() override { link_.Start(); }
  void Stop() override { link_.Stop(); }

 private:
  void OnUpdate(const v1::MarketDataUpdate& update) {
    switch (update.update_case()) {
      case v1::MarketDataUpdate::kTicker: Send(update.ticker(), update); break;
      case v1::MarketDataUpdate::kBook: Send(update.book(), update); break;
      case v1::MarketDataUpdate::kTrade: Send(update.trade(), update); break;
      case v1::MarketDataUpdate::kBar:
      case v1::MarketDataUpdate::UPDATE_NOT_SET: break;  // not asked for; an announcement
    }
  }
  template <typename Message>
  void Send(const Message& message, const v1::MarketDataUpdate& update) {
    emit_(json::ToJson(message), update.snapshot());
  }

  const Emit emit_;
  feed::Link<v1::StreamMarketDataRequest, v1::MarketDataUpdate> link_;
};

// Orders or fills: once the stream of events stands, which its first message tells (oms announces
// its head each second), the snapshot is asked for. What comes meanwhile is held, and what the
// snapshot already shows is left out.
class OrderFeed final : public Feed, public std::enable_shared_from_this<OrderFeed> {
 public:
  OrderFeed(TimerThread& timers, Forwarder& forwarder, std::string account, bool fills, Emit emit)
      : forwarder_(forwarder),
        account_(std::move(account)),
        fills_(fills),
        emit_(std::move(emit)),
        link_(timers,
              {.channel = forwarder.shared_channel(Peer::kOms),
               .method = PathOf(methods::kStreamOrderEvents),
               .hello = [this] { return Hello(); },
               .on_message = [this](const v1::OrderEventBatch& batch) { OnBatch(batch); },
               .on_lost = [this](const absl::Status& status) { OnLost(status); }}) {}

  void Start() override { link_.Start(); }
  void Stop() override {
    link_.Stop();
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }

 private:
  v1::StreamOrderEventsRequest Hello() {
    v1::StreamOrderEventsRequest request;
    const std::lock_guard lock(mutex_);
    request.set_from_sequence(next_);
    request.set_account(account_);
    return request;
  }

  void AskSnapshot() {
    if (asking_) {
      return;
    }
    asking_ = true;
    const auto self = shared_from_this();
    if (fills_) {
      v1::ListFillsRequest list;
      list.set_account(account_);
      list.set_limit(kSnapshotFills);
      forwarder_.Call<v1::ListFillsRequest, v1::ListFillsResponse>(
          methods::kListFills, list, kCallMax,
          [self](const absl::StatusOr<v1::ListFillsResponse>& answer) {
            self->OnSnapshot(answer, [&] { return answer->fills(); });
          });
      return;
    }
    v1::ListOrdersRequest list;
    list.set_account(account_);
    list.set_limit(kSnapshotOrders);
    list.set_open_only(true);
    forwarder_.Call<v1::ListOrdersRequest, v1::ListOrdersResponse>(
        methods::kListOrders, list, kCallMax,
        [self](const absl::StatusOr<v1::ListOrdersResponse>& answer) {
          self->OnSnapshot(answer, [&] { return answer->orders(); });
        });
  }

  template <typename Response, typename List>
  void OnSnapshot(const absl::StatusOr<Response>& answer, List list) {
    bool again = false;
    {
      const std::lock_guard lock(mutex_);
      asking_ = false;
      again = !answer.ok() && !stopped_;
      if (answer.ok() && !stopped_) {
        const auto items = list();
        uint64_t shown = 0;
        for (const auto& item : items) {
          shown = std::max(shown, item.sequence());
        }
        snapshot_sequence_ = shown;
        emit_(json::ToJsonArray(items), true);
        for (const v1::OrderEvent& event : std::exchange(held_, {})) {
          Show(event);
        }
      }
    }
    if (again) {
      link_.Restart();  // the next opening asks again
    }
  }

  void OnBatch(const v1::OrderEventBatch& batch) {
    bool too_many = false;
    {
      const std::lock_guard lock(mutex_);
      if (!snapshot_sequence_) {
        AskSnapshot();  // oms has begun to send: nothing can fall between stream and snapshot
      }
      for (const v1::OrderEvent& event : batch.events()) {
        if (snapshot_sequence_) {
          Show(event);
        } else {
          held_.push_back(event);
        }
      }
      next_ = batch.events().empty() ? next_ : batch.events().rbegin()->sequence() + 1;
      too_many = held_.size() > kHeldMax;
      if (too_many) {
        StartOver();
      }
    }
    if (too_many) {
      link_.Restart();
    }
  }

  void OnLost(const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    // With nothing to go on from, events may pass unseen until the next stream stands.
    if (absl::IsOutOfRange(status) || next_ == 0) {
      StartOver();
    }
  }

  void StartOver() {
    next_ = 0;
    held_.clear();
    snapshot_sequence_.reset();
  }

  void Show(const v1::OrderEvent& event) {
    if (event.sequence() <= *snapshot_sequence_ || (fills_ && !event.has_fill())) {
      return;
    }
    emit_(fills_ ? json::ToJson(event.fill()) : json::ToJson(event.order()), false);
  }

  Forwarder& forwarder_;
  const std::string account_;
  const bool fills_;
  const Emit emit_;
  std::mutex mutex_;
  std::optional<uint64_t> snapshot_sequence_;  // of the newest item it shows; none: not there yet
  std::vector<v1::OrderEvent> held_;
  uint64_t next_ = 0;  // event to go on from; 0: none was seen
  bool asking_ = false;
  bool stopped_ = false;
  feed::Link<v1::StreamOrderEventsRequest, v1::OrderEventBatch> link_;  // last: it uses the rest
};

}  // namespace

absl::StatusOr<std::shared_ptr<Feed>> MakeFeed(std::string_view channel,
                                               TimerThread& timers,
                                               Forwarder& forwarder,
                                               const Instruments& instruments,
                                               Emit emit) {
  const size_t colon = channel.find(':');
  const std::string_view kind = channel.substr(0, colon);
  const std::string subject(colon == std::string_view::npos ? "" : channel.substr(colon + 1));
  if (kind == "orders" || kind == "fills") {
    return std::make_shared<OrderFeed>(timers, forwarder, subject, kind == "fills",
                                       std::move(emit));
  }
  v1::StreamMarketDataRequest request;
  request.set_tickers(kind == "tickers" || kind == "ticker");
  request.set_books(kind == "book");
  request.set_trades(kind == "trades");
  const bool known = request.tickers() || request.books() || request.trades();
  if (!known || (kind == "tickers") != subject.empty()) {
    return absl::InvalidArgumentError("no channel '" + std::string(channel.substr(0, 64)) +
                                      "'; there are tickers, ticker:S, book:S, trades:S, orders, "
                                      "orders:ACCOUNT, fills and fills:ACCOUNT");
  }
  if (!subject.empty()) {
    if (instruments.Find(subject) == nullptr) {
      return absl::NotFoundError("no symbol '" + subject.substr(0, 64) + "'");
    }
    request.add_symbols(subject);
  }
  return std::make_shared<MarketFeed>(timers, forwarder, std::move(request), std::move(emit));
}

}  // namespace tw::gateway
