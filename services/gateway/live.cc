#include "services/gateway/live.h"

#include <atomic>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/http/websocket.h"
#include "services/gateway/order_guard.h"

namespace tw::gateway {
namespace {

using nlohmann::json;

constexpr uint16_t kTryAgainLater = 1013;
constexpr uint16_t kNoHeartbeat = 4000;
constexpr Duration kBeat = Duration::Millis(100);
constexpr int64_t kHeartbeatMsMin = 500;
constexpr int64_t kHeartbeatMsMax = 60'000;
constexpr int64_t kSilentBeats = 3;  // a client that is silent for as many is gone

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

// Where the client says that it was in a channel; nullopt where it says nothing.
std::optional<std::string> AfterOf(const json& message, const std::string& channel) {
  const auto after = message.find("after");
  if (after == message.end() || !after->is_object()) {
    return std::nullopt;
  }
  const auto position = after->find(channel);
  if (position == after->end()) {
    return std::nullopt;
  }
  return position->is_string() ? position->get<std::string>() : std::string();
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
    heard_ns_ = MonotonicNanos();
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
    if (name == "heartbeat") {
      SetHeartbeat(message);
      return;
    }
    if (name != "subscribe" && name != "unsubscribe") {
      Send(Error(absl::InvalidArgumentError(
          "op: must be subscribe, unsubscribe, heartbeat, cancel_on_disconnect or ping")));
      return;
    }
    const auto channels = ChannelsOf(message);
    if (!channels.ok()) {
      Send(Error(channels.status()));
      return;
    }
    for (const std::string& channel : *channels) {
      name == "subscribe" ? Subscribe(channel, AfterOf(message, channel)) : Unsubscribe(channel);
    }
  }

  // A heartbeat where one is due; closes the connection of a client that has been silent too long.
  void Beat(Timestamp time) {
    const int64_t every_ms = heartbeat_ms_;
    if (every_ms == 0) {
      return;
    }
    const int64_t now = MonotonicNanos();
    if (now - heard_ns_ > every_ms * kSilentBeats * 1'000'000) {
      if (const auto socket = socket_.lock()) {
        socket->Close(kNoHeartbeat, "nothing was heard for three heartbeats");
      }
      return;
    }
    if (now - beaten_ns_ >= every_ms * 1'000'000) {
      beaten_ns_ = now;
      Send(Dump({{"op", "heartbeat"}, {"every_ms", every_ms}, {"time", FormatRfc3339(time)}}));
    }
  }

  void SayClosing() { Send(Dump({{"op", "closing"}, {"reason", "the server is stopping"}})); }

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

  void SetHeartbeat(const json& message) {
    const auto named = message.find("every_ms");
    const bool is_number = named != message.end() && named->is_number_integer();
    const int64_t every_ms = is_number ? named->get<int64_t>() : -1;
    if (every_ms != 0 && (every_ms < kHeartbeatMsMin || every_ms > kHeartbeatMsMax)) {
      Send(Error(absl::InvalidArgumentError("every_ms: must be 500 to 60000, or 0 for none")));
      return;
    }
    beaten_ns_ = 0;  // one at once: it is the answer
    heartbeat_ms_ = every_ms;
    if (every_ms == 0) {
      Send(Dump({{"op", "heartbeat"}, {"every_ms", 0}}));
    }
  }

  void Subscribe(const std::string& channel, std::optional<std::string> after) {
    const auto feed = MakeFeed({channel, caller_, socket_, std::move(after)}, sources_);
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
        Send(Error(absl::ResourceExhaustedError("32 channels a connection at most")));
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
  std::atomic<int64_t> heartbeat_ms_{0};  // 0: none is wanted
  std::atomic<int64_t> heard_ns_{MonotonicNanos()};
  std::atomic<int64_t> beaten_ns_{0};
};

LiveHub::LiveHub(const FeedSources& sources, const Clock& clock, size_t connections_max)
    : sources_(sources), clock_(clock), connections_max_(connections_max) {
  beat_ = sources_.timers.Every(kBeat, [this] {
    for (const auto& session : Sessions()) {
      session->Beat(clock_.Now());
    }
  });
}

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

std::vector<std::shared_ptr<LiveSession>> LiveHub::Sessions() const {
  const std::lock_guard lock(mutex_);
  return {sessions_.begin(), sessions_.end()};
}

size_t LiveHub::SayClosing() {
  const auto sessions = Sessions();
  for (const auto& session : sessions) {
    session->SayClosing();
  }
  return sessions.size();
}

void LiveHub::Stop() {
  sources_.timers.Cancel(std::exchange(beat_, 0));
  for (const auto& session : Sessions()) {
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
