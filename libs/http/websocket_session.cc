#include "libs/http/websocket_session.h"

#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <mutex>

#include "libs/http/websocket.h"
#include "libs/log/log.h"

namespace tw::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using beast::error_code;

using Handshake = beast::http::request<beast::http::string_body>;

constexpr auto kHandshakeTimeout = std::chrono::seconds(10);
constexpr auto kIdleTimeout = std::chrono::seconds(60);  // a ping goes out at half of it

// A message on its way: head, body, tail.
struct Parts {
  std::string head;
  std::shared_ptr<const std::string> body;  // may be null
  std::string tail;

  size_t size() const { return head.size() + (body == nullptr ? 0 : body->size()) + tail.size(); }
  std::array<asio::const_buffer, 3> buffers() const {
    return {asio::buffer(head), body == nullptr ? asio::const_buffer() : asio::buffer(*body),
            asio::buffer(tail)};
  }
};

// State belongs to the strand, but for the queue, which Send fills from any thread.
class WebSocketSession : public WebSocket,
                         public Connection,
                         public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(std::shared_ptr<ServerCore> core,
                   AnyStream stream,
                   Handshake handshake,
                   Request request)
      : core_(std::move(core)),
        stream_(std::move(stream)),
        handshake_(std::move(handshake)),
        request_(std::move(request)) {}
  ~WebSocketSession() override { core_->Remove(this); }

  void Start(OpenHandler on_open);

  bool Send(std::string text) override { return Queue({std::move(text), nullptr, {}}); }
  bool SendShared(std::string head,
                  std::shared_ptr<const std::string> body,
                  std::string tail) override {
    return Queue({std::move(head), std::move(body), std::move(tail)});
  }
  size_t queued() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return queue_.size();
  }
  void Close(uint16_t code, std::string_view reason) override;
  void OnMessage(std::function<void(std::string_view)> on_message) override {
    on_message_ = std::move(on_message);
  }
  void OnClose(std::function<void()> on_close) override { on_close_ = std::move(on_close); }

  void Drain() override { Close(ws::close_code::going_away, "the server is stopping"); }
  void Cut() override;

 private:
  bool Queue(Parts message);
  void Open(const OpenHandler& on_open);
  void Read();
  void Deliver();
  void WriteNext();
  void Finish();

  const std::shared_ptr<ServerCore> core_;
  ws::stream<AnyStream> stream_;
  Handshake handshake_;
  Request request_;
  beast::flat_buffer buffer_;
  std::function<void(std::string_view)> on_message_;
  std::function<void()> on_close_;
  bool finished_ = false;
  bool writing_ = false;

  mutable std::mutex mutex_;  // guards what follows
  std::deque<Parts> queue_;   // the front stays until it is written
  size_t queue_bytes_ = 0;
  bool closing_ = false;
  ws::close_reason close_reason_;
};

void WebSocketSession::Start(OpenHandler on_open) {
  core_->Add(this, weak_from_this());
  ws::stream_base::timeout timeout{};
  timeout.handshake_timeout = kHandshakeTimeout;
  timeout.idle_timeout = kIdleTimeout;
  timeout.keep_alive_pings = true;
  stream_.set_option(timeout);
  stream_.read_message_max(kWebSocketMessageMax);
  stream_.text(true);
  stream_.auto_fragment(false);  // a message is one frame and one write
  stream_.async_accept(handshake_,
                       [self = shared_from_this(), open = std::move(on_open)](error_code error) {
                         self->core_->Count(nullptr, error ? 400 : 101, Duration{});
                         if (!error) {
                           self->Open(open);
                         }
                       });
}

void WebSocketSession::Open(const OpenHandler& on_open) {
  try {
    on_open(request_, shared_from_this());
  } catch (const std::exception& error) {
    log::Limited(log::Level::kError, "websocket_open_threw", {{"what", error.what()}});
    Close(ws::close_code::internal_error, "");
  }
  if (core_->stopping) {
    Drain();
  }
  Read();
}

void WebSocketSession::Read() {
  stream_.async_read(buffer_, [self = shared_from_this()](error_code error, size_t) {
    if (error) {
      self->Finish();
      return;
    }
    self->Deliver();
    self->buffer_.clear();
    self->Read();
  });
}

void WebSocketSession::Deliver() {
  if (!on_message_) {
    return;
  }
  const auto bytes = buffer_.cdata();
  try {
    on_message_(std::string_view(static_cast<const char*>(bytes.data()), bytes.size()));
  } catch (const std::exception& error) {
    log::Limited(log::Level::kError, "websocket_message_threw", {{"what", error.what()}});
    Close(ws::close_code::internal_error, "");
  }
}

bool WebSocketSession::Queue(Parts message) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_) {
      return false;
    }
    if (queue_.size() >= kWebSocketQueueMessagesMax ||
        queue_bytes_ + message.size() > kWebSocketQueueBytesMax) {
      closing_ = true;
    } else {
      queue_bytes_ += message.size();
      queue_.push_back(std::move(message));
    }
    if (closing_) {
      // A closing handshake would wait behind the very bytes that do not move.
      asio::post(stream_.get_executor(), [self = shared_from_this()] { self->Cut(); });
      return false;
    }
  }
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->WriteNext(); });
  return true;
}

void WebSocketSession::Close(uint16_t code, std::string_view reason) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_) {
      return;
    }
    closing_ = true;
    // A control frame has 125 bytes, two of them the code.
    close_reason_ =
        ws::close_reason(static_cast<ws::close_code>(code), std::string(reason.substr(0, 123)));
  }
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->WriteNext(); });
}

void WebSocketSession::Cut() {
  asio::dispatch(stream_.get_executor(),
                 [self = shared_from_this()] { beast::get_lowest_layer(self->stream_).close(); });
}

// One write at a time; after the last message, the closing handshake if one is wanted.
void WebSocketSession::WriteNext() {
  if (writing_ || finished_) {
    return;
  }
  const Parts* next = nullptr;
  ws::close_reason reason;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!queue_.empty()) {
      next = &queue_.front();
    } else if (!closing_) {
      return;
    }
    reason = close_reason_;
  }
  writing_ = true;
  if (next == nullptr) {
    stream_.async_close(reason, [self = shared_from_this()](error_code) {});
    return;
  }
  stream_.async_write(next->buffers(), [self = shared_from_this()](error_code error, size_t) {
    self->writing_ = false;
    if (error) {
      self->Cut();  // the pending read ends with it, and Finish follows
      return;
    }
    {
      const std::lock_guard<std::mutex> lock(self->mutex_);
      self->queue_bytes_ -= self->queue_.front().size();
      self->queue_.pop_front();
    }
    self->WriteNext();
  });
}

void WebSocketSession::Finish() {
  if (finished_) {
    return;
  }
  finished_ = true;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  // The user may keep this object for longer, but the server must not wait for it: its timer and
  // socket end here.
  stream_.set_option(
      ws::stream_base::timeout{ws::stream_base::none(), ws::stream_base::none(), false});
  beast::get_lowest_layer(stream_).close();
  core_->Remove(this);
  // Not kept any longer: they may hold what holds this session.
  const auto on_close = std::exchange(on_close_, nullptr);
  on_message_ = nullptr;
  if (on_close) {
    on_close();
  }
}

}  // namespace

void StartWebSocket(std::shared_ptr<ServerCore> core,
                    AnyStream stream,
                    Handshake handshake,
                    Request request,
                    const OpenHandler& on_open) {
  std::make_shared<WebSocketSession>(std::move(core), std::move(stream), std::move(handshake),
                                     std::move(request))
      ->Start(on_open);
}

}  // namespace tw::http
