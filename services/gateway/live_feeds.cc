#include "services/gateway/live_feeds.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "libs/auth/rights.h"
#include "libs/base/status_macros.h"
#include "libs/convert/market.h"
#include "services/gateway/order_feed.h"

namespace tw::gateway {
namespace {

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
           socket->SendShared(
               Head(channel_, ++sequence_,
                    {.snapshot = delivery.snapshot, .merged = delivery.merged, .position = {}}),
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
  MarketFeed(MarketHub& hub, v1::StreamMarketDataRequest request, const ChannelWish& wish)
      : hub_(hub),
        request_(std::move(request)),
        channel_(wish.channel),
        resumes_(wish.after.has_value()),
        socket_(wish.socket) {}
  ~MarketFeed() override { Stop(); }

  absl::Status Start() override {
    if (resumes_) {
      LiveOutlet(channel_, socket_).SayRestarted("market data begins with what is newest");
    }
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
  const bool resumes_;
  const std::weak_ptr<http::WebSocket> socket_;
  std::mutex mutex_;
  fanout::SubscriberPtr subscriber_;
  bool stopped_ = false;
};

// A state of LiveTopics.
class TopicFeed final : public Feed {
 public:
  TopicFeed(LiveTopics& topics, const LiveTopics::Kind& kind, Topic::Wish wish, LiveOutlet outlet)
      : topics_(topics), kind_(kind), wish_(std::move(wish)), outlet_(std::move(outlet)) {}

  absl::Status Start() override {
    auto reading = topics_.Join(kind_, wish_, outlet_);
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      reading_ = std::move(reading);
    }
    return absl::OkStatus();
  }
  void Stop() override {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    reading_.reset();
  }

 private:
  LiveTopics& topics_;
  const LiveTopics::Kind& kind_;
  const Topic::Wish wish_;
  const LiveOutlet outlet_;
  std::mutex mutex_;
  std::unique_ptr<LiveTopics::Reading> reading_;
  bool stopped_ = false;
};

absl::Status NoChannel(std::string_view channel) {
  std::string known =
      "tickers, ticker:S, book:S, book:S:LEVELS, trades:S, bars:S:TIMEFRAME, orders, "
      "orders:ACCOUNT, fills, fills:ACCOUNT";
  for (const LiveTopics::Kind& kind : LiveTopics::Kinds()) {
    known += ", " + std::string(kind.name);
    known += kind.by_account ? ", " + std::string(kind.name) + ":ACCOUNT" : "";
  }
  return absl::InvalidArgumentError("no channel '" + std::string(channel.substr(0, 64)) +
                                    "'; there are " + known);
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

// A channel is repeated in every message as it is.
bool IsChannelText(std::string_view channel) {
  return std::all_of(channel.begin(), channel.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

// Whether the caller may have a channel of this account, or of all its accounts where it is empty.
absl::Status HoldChannel(const ChannelWish& wish,
                         std::string_view right_name,
                         const std::string& account) {
  if (wish.caller == nullptr) {
    return absl::OkStatus();
  }
  const auth::Right* const right = auth::FindRight(right_name);
  if (right == nullptr || !wish.caller->May(right->scope)) {
    return absl::PermissionDeniedError("this channel needs another scope");
  }
  return account.empty() || wish.caller->Covers(account) ? absl::OkStatus() : NotEntitled(account);
}

absl::StatusOr<std::shared_ptr<Feed>> MakeMarketFeed(const ChannelWish& wish,
                                                     const FeedSources& sources) {
  TW_ASSIGN_OR_RETURN(v1::StreamMarketDataRequest request, ReadChannel(wish.channel));
  for (const std::string& symbol : request.symbols()) {
    if (sources.instruments.Find(symbol) == nullptr) {
      return absl::NotFoundError("no symbol '" + symbol.substr(0, 64) + "'");
    }
  }
  return std::make_shared<MarketFeed>(sources.market, std::move(request), wish);
}

}  // namespace

absl::StatusOr<std::shared_ptr<Feed>> MakeFeed(const ChannelWish& wish,
                                               const FeedSources& sources) {
  if (!IsChannelText(wish.channel)) {
    return NoChannel("");
  }
  const size_t colon = wish.channel.find(':');
  const std::string kind = wish.channel.substr(0, colon);
  const std::string account = colon == std::string::npos ? "" : wish.channel.substr(colon + 1);
  const LiveTopics::Kind* const topic = LiveTopics::Find(kind);
  const bool is_orders = kind == "orders" || kind == "fills";
  if (topic == nullptr && !is_orders) {
    return MakeMarketFeed(wish, sources);
  }
  if (colon != std::string::npos && (account.empty() || (topic != nullptr && !topic->by_account))) {
    return NoChannel(wish.channel);
  }
  TW_RETURN_IF_ERROR(
      HoldChannel(wish, is_orders ? "OrderService/StreamOrderEvents" : topic->right, account));
  LiveOutlet outlet(wish.channel, wish.socket);
  const auto after = wish.after ? StreamPosition::Parse(*wish.after) : std::nullopt;
  if (is_orders) {
    return std::make_shared<OrderFeed>(
        sources.timers, sources.forwarder,
        OrderFeed::What{account, kind == "fills", wish.caller, after, wish.after.has_value()},
        std::move(outlet));
  }
  return std::make_shared<TopicFeed>(
      sources.topics, *topic, Topic::Wish{account, wish.caller, after, wish.after.has_value()},
      std::move(outlet));
}

}  // namespace tw::gateway
