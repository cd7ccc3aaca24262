// AnyStream: a TCP connection, in plain text or with TLS over it. Internal to libs/http: it shows
// Boost.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tw::http {

class AnyStream {
 public:
  using Tcp = boost::beast::tcp_stream;
  using next_layer_type = Tcp;
  using executor_type = Tcp::executor_type;
  using Context = std::shared_ptr<boost::asio::ssl::context>;

  // Plain text where `context` is null.
  AnyStream(boost::asio::ip::tcp::socket socket, Context context)
      : layers_(std::make_unique<Layers>(Tcp(std::move(socket)), std::move(context))) {}
  AnyStream(boost::asio::io_context& io, Context context)
      : layers_(std::make_unique<Layers>(Tcp(io), std::move(context))) {}

  executor_type get_executor() noexcept { return layers_->tcp.get_executor(); }
  Tcp& next_layer() noexcept { return layers_->tcp; }
  const Tcp& next_layer() const noexcept { return layers_->tcp; }
  boost::asio::ip::tcp::socket& socket() { return layers_->tcp.socket(); }
  bool is_tls() const { return layers_->tls.has_value(); }

  template <typename Time>
  void expires_after(Time span) {
    layers_->tcp.expires_after(span);
  }
  template <typename Time>
  void expires_at(Time time) {
    layers_->tcp.expires_at(time);
  }
  void expires_never() { layers_->tcp.expires_never(); }
  void close() { layers_->tcp.close(); }

  // REQUIRES: is_tls().
  template <typename Handler>
  void async_handshake(boost::asio::ssl::stream_base::handshake_type type, Handler&& handler) {
    layers_->tls->async_handshake(type, std::forward<Handler>(handler));
  }
  // Client: whose certificate the other side has to show. REQUIRES: is_tls().
  void ExpectHost(const std::string& name) {
    layers_->tls->set_verify_callback(boost::asio::ssl::host_name_verification(name));
  }

  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return layers_->tls ? layers_->tls->async_read_some(buffers, std::forward<Handler>(handler))
                        : layers_->tcp.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return layers_->tls ? layers_->tls->async_write_some(buffers, std::forward<Handler>(handler))
                        : layers_->tcp.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  // Where they stay when the stream moves: the TLS layer refers to the other.
  struct Layers {
    Layers(Tcp t, Context c) : tcp(std::move(t)), context(std::move(c)) {
      if (context != nullptr) {
        tls.emplace(tcp, *context);
      }
    }

    Tcp tcp;
    const Context context;
    std::optional<boost::asio::ssl::stream<Tcp&>> tls;
  };

  std::unique_ptr<Layers> layers_;
};

// WebSocket's own end of a connection; found by Beast.
template <typename Handler>
void async_teardown(boost::beast::role_type role, AnyStream& stream, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}
inline void teardown(boost::beast::role_type role,
                     AnyStream& stream,
                     boost::beast::error_code& error) {
  using boost::beast::websocket::teardown;
  teardown(role, stream.next_layer(), error);
}

}  // namespace tw::http
