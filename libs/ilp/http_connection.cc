#include "libs/ilp/http_connection.h"

#include <fmt/format.h>
#include <zlib.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "libs/base/status_macros.h"
#include "libs/ilp/internal.h"

namespace tw::ilp {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = boost::asio::ip::tcp;
using boost::system::error_code;

absl::Status ToStatus(std::string_view doing, const error_code& error) {
  const std::string message = fmt::format("{}: {}", doing, error.message());
  if (error == beast::error::timeout) {
    return absl::DeadlineExceededError(message);
  }
  return absl::UnavailableError(message);
}

// In the gzip format. The fastest level: rows compress to a fifth by it already.
absl::StatusOr<std::string> Compress(std::string_view text) {
  constexpr int kGzipWindow = 15 + 16;
  constexpr int kMemory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return absl::InternalError("zlib does not start");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) {
    return absl::InternalError("zlib did not finish");
  }
  return out;
}

}  // namespace

// The asynchronous calls are only there because Beast's time limits do not work without them; each
// is awaited at once on a private io_context.
class HttpConnection::Transport {
 public:
  absl::Status Connect(const HttpEndpoint& endpoint) {
    error_code error;
    Tcp::resolver resolver(context_);
    const auto addresses = resolver.resolve(endpoint.host, std::to_string(endpoint.port), error);
    if (error) {
      return ToStatus(fmt::format("resolving {}", endpoint.host), error);
    }
    stream_.expires_after(ToChrono(endpoint.connect_timeout));
    stream_.async_connect(addresses, [&](error_code e, const auto&) { error = e; });
    Await();
    if (error) {
      return ToStatus(fmt::format("connecting to {}:{}", endpoint.host, endpoint.port), error);
    }
    stream_.socket().set_option(Tcp::no_delay(true), error);
    return absl::OkStatus();
  }

  absl::StatusOr<HttpReply> RoundTrip(const http::request<http::span_body<const char>>& request,
                                      const HttpEndpoint& endpoint) {
    error_code error;
    stream_.expires_after(ToChrono(endpoint.request_timeout));
    http::async_write(stream_, request, [&](error_code e, size_t) { error = e; });
    Await();
    if (error && error != beast::error::timeout) {
      // A server that refuses early answers before it has read everything: that answer counts.
      write_error_ = error;
    } else if (error) {
      return ToStatus("sending", error);
    }
    http::response_parser<http::string_body> parser;
    parser.body_limit(endpoint.reply_bytes_max);
    http::async_read(stream_, buffer_, parser, [&](error_code e, size_t) { error = e; });
    Await();
    if (error) {
      return ToStatus("waiting for the answer", error);
    }
    keep_alive_ = parser.get().keep_alive() && !write_error_;
    return HttpReply{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
  }

  bool keep_alive() const { return keep_alive_; }

 private:
  void Await() {
    context_.restart();
    context_.run();
  }

  boost::asio::io_context context_{1};
  beast::tcp_stream stream_{context_};
  beast::flat_buffer buffer_;
  error_code write_error_;
  bool keep_alive_ = true;
};

HttpConnection::HttpConnection(HttpEndpoint endpoint) : endpoint_(std::move(endpoint)) {}
HttpConnection::~HttpConnection() = default;

absl::StatusOr<HttpReply> HttpConnection::Get(std::string_view target) {
  return RoundTrip(target, nullptr);
}

absl::StatusOr<HttpReply> HttpConnection::Post(std::string_view target,
                                               std::string_view body,
                                               bool gzip) {
  if (!gzip) {
    const Content content{body};
    return RoundTrip(target, &content);
  }
  TW_ASSIGN_OR_RETURN(const std::string compressed, Compress(body));
  const Content content{compressed, true};
  return RoundTrip(target, &content);
}

absl::StatusOr<HttpReply> HttpConnection::RoundTrip(std::string_view target,
                                                    const Content* content) {
  http::request<http::span_body<const char>> request(
      content != nullptr ? http::verb::post : http::verb::get, {target.data(), target.size()}, 11);
  request.set(http::field::host, fmt::format("{}:{}", endpoint_.host, endpoint_.port));
  request.set(http::field::user_agent, "tradewind");
  if (!endpoint_.user.empty()) {
    request.set(
        http::field::authorization,
        "Basic " + absl::Base64Escape(fmt::format("{}:{}", endpoint_.user, endpoint_.password)));
  }
  if (content != nullptr) {
    request.body() = beast::span<const char>(content->body.data(), content->body.size());
  }
  if (content != nullptr && content->gzip) {
    request.set(http::field::content_encoding, "gzip");
  }
  request.prepare_payload();

  for (;;) {
    const bool reused = transport_ != nullptr;
    if (!reused) {
      auto fresh = std::make_unique<Transport>();
      TW_RETURN_IF_ERROR(fresh->Connect(endpoint_));
      transport_ = std::move(fresh);
    }
    auto reply = transport_->RoundTrip(request, endpoint_);
    if (!reply.ok() || !transport_->keep_alive()) {
      transport_.reset();
    }
    if (reply.ok() || !reused || !absl::IsUnavailable(reply.status())) {
      return reply;
    }
  }
}

std::string UrlEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace tw::ilp
