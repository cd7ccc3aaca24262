// WebSocket: one upgraded connection, as its user sees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tw::http {

// What may wait in one direction; past it the peer is too slow and is disconnected (code 1013).
inline constexpr size_t kWebSocketQueueMessagesMax = 4096;
inline constexpr size_t kWebSocketQueueBytesMax = 8 << 20;
inline constexpr size_t kWebSocketMessageMax = 64 << 10;  // received; longer closes with 1009

class WebSocket {
 public:
  virtual ~WebSocket() = default;

  // Queues a text message. False when the connection is closing or the queue is full, which closes
  // it. Any thread.
  virtual bool Send(std::string text) = 0;
  // The same for a message of three parts, of which `body` is shared with other connections and not
  // copied.
  virtual bool SendShared(std::string head,
                          std::shared_ptr<const std::string> body,
                          std::string tail) = 0;
  // Messages waiting to go out, the one on its way among them. Any thread.
  virtual size_t queued() const = 0;
  // Starts the closing handshake after what is queued. Any thread.
  virtual void Close(uint16_t code, std::string_view reason) = 0;

  // Set both within the open handler. Messages arrive one at a time on the connection's thread;
  // on_close comes once, last, however the connection ended. Do not capture the WebSocket's own
  // shared_ptr in them, capture a weak one. Ping and pong are the server's own business.
  virtual void OnMessage(std::function<void(std::string_view text)> on_message) = 0;
  virtual void OnClose(std::function<void()> on_close) = 0;
};

}  // namespace tw::http
