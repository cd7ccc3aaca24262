// LiveOutlet: one channel on one WebSocket: numbers its messages and says what state it is in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libs/http/websocket.h"

namespace tw::gateway {

// On the way to one client at a time; what is past it waits where it can be merged.
inline constexpr size_t kSocketQueuedMax = 64;

// The envelope of a channel's message, up to its data.
struct Envelope {
  bool snapshot = false;
  uint64_t merged = 0;
  std::string position{};  // empty: the channel cannot be resumed
};
std::string Head(const std::string& channel, uint64_t sequence, const Envelope& envelope);

// One call at a time.
class LiveOutlet {
 public:
  LiveOutlet(std::string channel, std::weak_ptr<http::WebSocket> socket)
      : channel_(std::move(channel)), socket_(std::move(socket)) {}

  const std::string& channel() const { return channel_; }
  bool HasRoom() const;
  void Send(const Envelope& envelope, const std::string& json);
  void SendShared(const Envelope& envelope, std::shared_ptr<const std::string> json);

  // The answer to a client that said where it was: what it missed follows, or a snapshot.
  void SayResumed(const std::string& after);
  void SayRestarted(std::string_view reason);
  // The owner of what it shows is away; is back.
  void SayStale(std::string_view reason);
  void SayLive();

 private:
  void Say(const char* op, const char* what, std::string_view text);

  const std::string channel_;
  const std::weak_ptr<http::WebSocket> socket_;
  uint64_t sequence_ = 0;
};

}  // namespace tw::gateway
