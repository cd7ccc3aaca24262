#include "services/gateway/live.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "libs/http/websocket.h"
#include "services/gateway/order_guard.h"

namespace tw::gateway {
namespace {

using nlohmann::json;

constexpr uint16_t kTryAgainLater = 1013;

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string Error(const absl::Status& status) {
  return Dump({{"op", "error"},
               {"code", absl::StatusCodeToString(status.code())},
               {"message", std::string(status.message())}});
}

// The channels a message names; InvalidArgument when it names none.
absl::StatusOr<std::vector<std::string>> ChannelsOf(const json& message) {
  const auto found = message.find("channels");
  std::vector<std::string> channels;
  if (found != message.end() && found->is_array()) {
    for (const json& channel : *found) {
      if (!channel.is_string()) {
        return absl::InvalidArgumentError("channels: must be texts");
      }
      channels.push_back(channel.get<std::string>());
    }
  }
  if (channels.empty()) {
    return absl::InvalidArgumentError("channels: must be an array such as [\"tickers\"]");
  }
  return channels;
}

}  // namespace

// One connection and its feeds. Messages come on the connection's thread, one at a time.
class LiveSession : public std::enable_shared_from_this<LiveSession> {
 public:
  LiveSession(const FeedSources& sources,
              auth::CallerPtr caller,
              std::weak_ptr<http::WebSocket> socket)
      : sources_(sources), caller_(std::move(caller)), socket_(std::move(socket)) {}

  void OnMessage(std::string_view text) {
    const json message = json::parse(text, nullptr, /*allow_exceptions=*/false);
    const auto op = message.is_object() ? message.find("op") : message.end();
    const std::string name =
        op != message.end() && op->is_string() ? op->get<std::string>() : std::string();
    if (name == "ping") {
      Send(Dump({{"op", "pong"}}));
      return;
    }
    if (name == "cancel_on_disconnect") {
      CancelOnDisconnect(message);
      return;
    }
    if (name != "subscribe" && name != "unsubscribe") {
      Send(Error(absl::InvalidArgumentError(
          "op: must be subscribe, unsubscribe, cancel_on_disconnect or ping")));
      return;
    }
    const auto channels = ChannelsOf(message);
    if (!channels.ok()) {
      Send(Error(channels.status()));
      return;
    }
    for (const std::string& channel : *channels) {
      name == "subscribe" ? Subscribe(channel) : Unsubscribe(channel);
    }
  }

  // Ends every feed; waits for them. Not on the connection's or gRPC's threads.
  void StopFeeds() {
    std::map<std::string, std::shared_ptr<Feed>> feeds;
    std::shared_ptr<OrderGuard> guard;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      feeds.swap(feeds_);
      guard.swap(guard_);
    }
    if (guard != nullptr) {
      guard->Stop();  // its stream ends, and oms cancels
    }
    for (const auto& [channel, feed] : feeds) {
      feed->Stop();
    }
  }

 private:
  void CancelOnDisconnect(const json& message) {
    const auto named = message.find("account");
    const std::string account =
        named != message.end() && named->is_string() ? named->get<std::string>() : "";
    const auth::Caller& who = sources_.forwarder.door().Of(caller_);
    if (account.empty()) {
      Send(Error(absl::InvalidArgumentError("account: is required, or - to take it back")));
      return;
    }
    if (account != "-" && (!who.Covers(account) || !who.May(auth::Scope::kCancel))) {
      Send(Error(who.Covers(account) ? absl::PermissionDeniedError("this needs the scope cancel")
                                     : NotEntitled(account)));
      return;
    }
    std::shared_ptr<OrderGuard> guard;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) {
        return;
      }
      if (guard_ == nullptr) {
        guard_ = std::make_shared<OrderGuard>(sources_.timers,
                                              sources_.forwarder.shared_channel(Peer::kOms));
      }
      guard = guard_;
    }
    guard->Set(account, [weak = weak_from_this(), account] {
      if (const auto self = weak.lock()) {
        self->Send(Dump({{"op", "cancel_on_disconnect"}, {"account", account}}));
      }
    });
  }

  void Subscribe(const std::string& channel) {
    const auto feed = MakeFeed(channel, sources_, caller_, socket_);
    if (!feed.ok()) {
      Send(Error(feed.status()));
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || feeds_.contains(channel)) {
        return;
      }
      if (feeds_.size() >= LiveHub::kChannelsMax) {
        Send(Error(absl::ResourceExhaustedError("16 channels a connection at most")));
        return;
      }
      feeds_[channel] = *feed;
    }
    Send(Dump({{"op", "subscribed"}, {"channels", json::array({channel})}}));
    if (const absl::Status started = (*feed)->Start(); !started.ok()) {
      const std::lock_guard lock(mutex_);
      feeds_.erase(channel);
      Send(Error(started));
    }
  }

  void Unsubscribe(const std::string& channel) {
    std::shared_ptr<Feed> feed;
    {
      const std::lock_guard lock(mutex_);
      const auto found = feeds_.find(channel);
      if (found == feeds_.end()) {
        return;
      }
      feed = std::move(found->second);
      feeds_.erase(found);
    }
    // Stop waits for the peer's stream to end, which this thread must not.
    sources_.timers.After(Duration{}, [self = shared_from_this(), feed, channel] {
      feed->Stop();
      self->Send(Dump({{"op", "unsubscribed"}, {"channels", json::array({channel})}}));
    });
  }

  void Send(std::string text) const {
    if (const auto socket = socket_.lock()) {
      socket->Send(std::move(text));
    }
  }

  const FeedSources sources_;
  const auth::CallerPtr caller_;
  const std::weak_ptr<http::WebSocket> socket_;
  std::mutex mutex_;
  std::shared_ptr<OrderGuard> guard_;  // where orders are canceled on disconnect
  std::map<std::string, std::shared_ptr<Feed>> feeds_;
  bool closed_ = false;
};

LiveHub::LiveHub(const FeedSources& sources, size_t connections_max)
    : sources_(sources), connections_max_(connections_max) {}

LiveHub::~LiveHub() {
  Stop();
}

void LiveHub::Register(http::Server& server) {
  server.WebSocketRoute(
      "/ws", [this](const http::Request& request, const std::shared_ptr<http::WebSocket>& socket) {
        Open(request, socket);
      });
}

void LiveHub::Open(const http::Request& request, const std::shared_ptr<http::WebSocket>& socket) {
  const auto session = std::make_shared<LiveSession>(sources_, request.caller, socket);
  {
    const std::lock_guard lock(mutex_);
    if (sessions_.size() >= connections_max_) {
      socket->Close(kTryAgainLater, "too many connections");
      return;
    }
    sessions_.insert(session);
  }
  socket->OnMessage([session](std::string_view text) { session->OnMessage(text); });
  socket->OnClose([this, session] { Close(session); });
  sources_.forwarder.door().Watch(request.caller, socket);
}

void LiveHub::Close(const std::shared_ptr<LiveSession>& session) {
  // Stopping the feeds waits, which the connection's thread must not.
  sources_.timers.After(Duration{}, [this, session] {
    session->StopFeeds();
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
  });
}

void LiveHub::Stop() {
  std::set<std::shared_ptr<LiveSession>> sessions;
  {
    const std::lock_guard lock(mutex_);
    sessions = sessions_;
  }
  for (const auto& session : sessions) {
    session->StopFeeds();
  }
  const std::lock_guard lock(mutex_);
  sessions_.clear();
}

size_t LiveHub::connections() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace tw::gateway
