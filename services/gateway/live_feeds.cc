#include "services/gateway/live_feeds.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/convert/market.h"
#include "libs/feed/link.h"
#include "libs/json/json.h"

namespace tw::gateway {
namespace {

constexpr int kSnapshotOrders = 1000;
constexpr int kSnapshotFills = 100;
constexpr size_t kHeldMax = 4096;  // events that wait for the snapshot
// On the way to one client at a time; market data past it waits where it can be merged.
constexpr size_t kSocketQueuedMax = 64;

template <typename Request, typename Response>
std::string PathOf(const Method<Request, Response>& method) {
  return Forwarder::Path(method.service, method.name);
}

// The envelope of a channel's messages, up to its data.
std::string Head(const std::string& channel, uint64_t sequence, bool snapshot, uint64_t merged) {
  std::string head = "{\"channel\":\"" + channel + "\",\"sequence\":" + std::to_string(sequence) +
                     ",\"snapshot\":" + (snapshot ? "true" : "false");
  if (merged > 0) {
    head += ",\"merged\":" + std::to_string(merged);
  }
  return head + ",\"data\":";
}

// A channel of market data on one socket. Its messages are the ones that all connections share.
class SocketOutlet final : public fanout::Outlet {
 public:
  SocketOutlet(std::string channel, std::weak_ptr<http::WebSocket> socket)
      : channel_(std::move(channel)), socket_(std::move(socket)) {}

  bool HasRoom() const override {
    const auto socket = socket_.lock();
    return socket == nullptr || socket->queued() < kSocketQueuedMax;
  }
  bool Send(const fanout::Delivery& delivery) override {
    const auto socket = socket_.lock();
    return socket != nullptr &&
           socket->SendShared(Head(channel_, ++sequence_, delivery.snapshot, delivery.merged),
                              delivery.update.Json(delivery.depth), "}");
  }
  void Announce(uint64_t) override {}         // the connection's own pings tell whether it lives
  void Fail(const absl::Status&) override {}  // it begins when hot-cache is back

 private:
  const std::string channel_;
  const std::weak_ptr<http::WebSocket> socket_;
  uint64_t sequence_ = 0;
};

class MarketFeed final : public Feed {
 public:
  MarketFeed(MarketHub& hub,
             v1::StreamMarketDataRequest request,
             std::string channel,
             std::weak_ptr<http::WebSocket> socket)
      : hub_(hub),
        request_(std::move(request)),
        channel_(std::move(channel)),
        socket_(std::move(socket)) {}
  ~MarketFeed() override { Stop(); }

  absl::Status Start() override {
    auto subscriber = hub_.Subscribe(request_, std::make_unique<SocketOutlet>(channel_, socket_));
    if (!subscriber.ok()) {
      return subscriber.status();
    }
    const std::lock_guard lock(mutex_);
    subscriber_ = *std::move(subscriber);
    if (stopped_) {
      hub_.Unsubscribe(subscriber_);
    }
    return absl::OkStatus();
  }
  void Stop() override {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (subscriber_ != nullptr) {
      hub_.Unsubscribe(subscriber_);
    }
  }

 private:
  MarketHub& hub_;
  const v1::StreamMarketDataRequest request_;
  const std::string channel_;
  const std::weak_ptr<http::WebSocket> socket_;
  std::mutex mutex_;
  fanout::SubscriberPtr subscriber_;
  bool stopped_ = false;
};

// Takes one message of a channel: a piece of JSON and whether it is a state rather than news. One
// call at a time.
using Emit = std::function<void(const std::string& json, bool snapshot)>;

// Orders or fills: once the stream of events stands, which its first message tells (oms announces
// its head each second), the snapshot is asked for. What comes meanwhile is held, and what the
// snapshot already shows is left out.
class OrderFeed final : public Feed, public std::enable_shared_from_this<OrderFeed> {
 public:
  struct What {
    std::string account;  // empty: all that the caller may see
    bool fills = false;
    auth::CallerPtr caller;
  };

  OrderFeed(const FeedSources& sources, What what, Emit emit)
      : forwarder_(sources.forwarder),
        account_(std::move(what.account)),
        fills_(what.fills),
        caller_(std::move(what.caller)),
        emit_(std::move(emit)),
        link_(sources.timers,
              {.channel = forwarder_.shared_channel(Peer::kOms),
               .method = PathOf(methods::kStreamOrderEvents),
               .hello = [this] { return Hello(); },
               .on_message = [this](const v1::OrderEventBatch& batch) { OnBatch(batch); },
               .on_lost = [this](const absl::Status& status) { OnLost(status); }}) {}

  absl::Status Start() override {
    link_.Start();
    return absl::OkStatus();
  }
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
      forwarder_.CallFor<v1::ListFillsRequest, v1::ListFillsResponse>(
          caller_, methods::kListFills, list, kCallMax,
          [self](const absl::StatusOr<v1::ListFillsResponse>& answer) {
            self->OnSnapshot(answer, [&] { return answer->fills(); });
          });
      return;
    }
    v1::ListOrdersRequest list;
    list.set_account(account_);
    list.set_limit(kSnapshotOrders);
    list.set_open_only(true);
    forwarder_.CallFor<v1::ListOrdersRequest, v1::ListOrdersResponse>(
        caller_, methods::kListOrders, list, kCallMax,
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
    const bool is_for = caller_ == nullptr || caller_->Covers(event.order().account());
    if (event.sequence() <= *snapshot_sequence_ || (fills_ && !event.has_fill()) || !is_for) {
      return;
    }
    emit_(fills_ ? json::ToJson(event.fill()) : json::ToJson(event.order()), false);
  }

  Forwarder& forwarder_;
  const std::string account_;
  const bool fills_;
  const auth::CallerPtr caller_;
  const Emit emit_;
  std::mutex mutex_;
  std::optional<uint64_t> snapshot_sequence_;  // of the newest item it shows; none: not there yet
  std::vector<v1::OrderEvent> held_;
  uint64_t next_ = 0;  // event to go on from; 0: none was seen
  bool asking_ = false;
  bool stopped_ = false;
  feed::Link<v1::StreamOrderEventsRequest, v1::OrderEventBatch> link_;  // last: it uses the rest
};

absl::Status NoChannel(std::string_view channel) {
  return absl::InvalidArgumentError(
      "no channel '" + std::string(channel.substr(0, 64)) +
      "'; there are tickers, ticker:S, book:S, book:S:LEVELS, trades:S, bars:S:TIMEFRAME, orders, "
      "orders:ACCOUNT, fills and fills:ACCOUNT");
}

// The request that a channel of market data stands for.
absl::StatusOr<v1::StreamMarketDataRequest> ReadChannel(const std::string& channel) {
  const std::vector<std::string> parts = absl::StrSplit(channel, ':');
  const std::string& kind = parts[0];
  v1::StreamMarketDataRequest request;
  request.set_tickers(kind == "tickers" || kind == "ticker");
  request.set_books(kind == "book");
  request.set_trades(kind == "trades");
  request.set_bars(kind == "bars");
  const size_t least = kind == "tickers" ? 1 : kind == "bars" ? 3 : 2;
  const size_t most = kind == "book" ? 3 : least;
  const bool known = request.tickers() || request.books() || request.trades() || request.bars();
  if (!known || parts.size() < least || parts.size() > most) {
    return NoChannel(channel);
  }
  if (parts.size() > 1) {
    request.add_symbols(parts[1]);
  }
  int32_t depth = 0;
  if (kind == "bars") {
    request.add_timeframes(parts[2]);
  } else if (parts.size() == 3) {
    if (!absl::SimpleAtoi(parts[2], &depth) || depth < 1 || depth > kBookDepthMax) {
      return absl::InvalidArgumentError("channel '" + channel.substr(0, 64) +
                                        "': levels must be 1 to 100");
    }
    request.set_depth(depth);
  }
  return request;
}

// Numbers the messages of a feed that is its connection's own.
Emit EmitTo(std::string channel, std::weak_ptr<http::WebSocket> socket) {
  return [channel = std::move(channel), socket = std::move(socket),
          sequence = std::make_shared<uint64_t>(0)](const std::string& json, bool snapshot) {
    if (const auto open = socket.lock()) {
      open->Send(Head(channel, ++*sequence, snapshot, 0) + json + "}");
    }
  };
}

// A channel is repeated in every message as it is.
bool IsChannelText(std::string_view channel) {
  return std::all_of(channel.begin(), channel.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

}  // namespace

absl::StatusOr<std::shared_ptr<Feed>> MakeFeed(const std::string& channel,
                                               const FeedSources& sources,
                                               const auth::CallerPtr& caller,
                                               std::weak_ptr<http::WebSocket> socket) {
  if (!IsChannelText(channel)) {
    return NoChannel("");
  }
  const size_t colon = channel.find(':');
  const std::string kind = channel.substr(0, colon);
  if (kind == "orders" || kind == "fills") {
    const std::string account = colon == std::string::npos ? "" : channel.substr(colon + 1);
    if (caller != nullptr && !account.empty() && !caller->Covers(account)) {
      return NotEntitled(account);
    }
    return std::make_shared<OrderFeed>(sources, OrderFeed::What{account, kind == "fills", caller},
                                       EmitTo(channel, std::move(socket)));
  }
  TW_ASSIGN_OR_RETURN(v1::StreamMarketDataRequest request, ReadChannel(channel));
  for (const std::string& symbol : request.symbols()) {
    if (sources.instruments.Find(symbol) == nullptr) {
      return absl::NotFoundError("no symbol '" + symbol.substr(0, 64) + "'");
    }
  }
  return std::make_shared<MarketFeed>(sources.market, std::move(request), channel,
                                      std::move(socket));
}

}  // namespace tw::gateway
