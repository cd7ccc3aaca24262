#include "libs/http/client.h"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <optional>

#include "libs/base/status_macros.h"
#include "libs/http/tls_context.h"

namespace tw::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr uint32_t kHeaderMax = 64 << 10;

SteadyTime After(Duration d) {
  return std::chrono::steady_clock::now() + std::chrono::nanoseconds(d.ns);
}

absl::Status ToStatus(const error_code& error, const std::string& what) {
  const std::string text = what + ": " + error.message();
  if (error == beast::error::timeout) {
    return absl::DeadlineExceededError(text);
  }
  if (error == bhttp::error::body_limit) {
    return absl::ResourceExhaustedError(text);
  }
  return absl::UnavailableError(text);
}

// Kept connections: an end, or bytes nobody asked for, means it is of no use any more.
bool IsQuiet(tcp::socket& socket) {
  char byte = 0;
  return recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

// The io_context runs only inside Fetch, on the caller's thread.
struct Client::State {
  State(std::string a, ClientOptions o)
      : address(std::move(a)), options(std::move(o)), stream(io, nullptr) {}

  absl::Status Connect(SteadyTime deadline);
  absl::StatusOr<tcp::resolver::results_type> Resolve(SteadyTime deadline);
  absl::StatusOr<Response> Exchange(bhttp::request<bhttp::string_body>& request,
                                    SteadyTime deadline);
  // Runs one asynchronous operation to its end.
  template <typename Start>
  error_code Await(Start start) {
    error_code result;
    start([&result](const error_code& error, auto&&...) { result = error; });
    io.restart();
    io.run();
    return result;
  }

  const std::string address;
  const ClientOptions options;
  asio::io_context io;
  AnyStream stream;
  std::optional<TlsContext> tls;
  beast::flat_buffer buffer;
  bool open = false;
};

absl::StatusOr<tcp::resolver::results_type> Client::State::Resolve(SteadyTime deadline) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
    return absl::InvalidArgumentError("address \"" + address + "\" is not host:port");
  }
  std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  tcp::resolver resolver(io);
  tcp::resolver::results_type results;
  error_code error = asio::error::timed_out;
  resolver.async_resolve(host, port, [&](const error_code& e, tcp::resolver::results_type found) {
    error = e;
    results = std::move(found);
  });
  io.restart();
  io.run_until(deadline);
  if (error == asio::error::timed_out) {
    resolver.cancel();
    io.restart();
    io.run();
    return absl::DeadlineExceededError(address + ": no answer to the name look-up");
  }
  if (error) {
    return ToStatus(error, address);
  }
  return results;
}

absl::Status Client::State::Connect(SteadyTime deadline) {
  TW_ASSIGN_OR_RETURN(const tcp::resolver::results_type endpoints, Resolve(deadline));
  if (tls) {
    TW_ASSIGN_OR_RETURN(AnyStream::Context context, tls->Current());
    stream = AnyStream(io, std::move(context));
    stream.ExpectHost(address.substr(0, address.rfind(':')));
  }
  stream.expires_at(std::min(deadline, After(options.connect_timeout)));
  const error_code error =
      Await([&](auto done) { stream.next_layer().async_connect(endpoints, std::move(done)); });
  if (error) {
    return ToStatus(error, address);
  }
  if (tls) {
    const error_code shaken = Await([&](auto done) {
      stream.async_handshake(asio::ssl::stream_base::client, std::move(done));
    });
    if (shaken) {
      return ToStatus(shaken, address);
    }
  }
  error_code ignored;
  stream.socket().set_option(tcp::no_delay(true), ignored);
  buffer.clear();
  open = true;
  return absl::OkStatus();
}

absl::StatusOr<Response> Client::State::Exchange(bhttp::request<bhttp::string_body>& request,
                                                 SteadyTime deadline) {
  stream.expires_at(deadline);
  // A server may refuse and answer before it has read everything: a failed write is no reason not
  // to look for the answer.
  const error_code write_error =
      Await([&](auto done) { bhttp::async_write(stream, request, std::move(done)); });
  if (write_error == beast::error::timeout) {
    return ToStatus(write_error, address);
  }
  bhttp::response_parser<bhttp::string_body> parser;
  parser.header_limit(kHeaderMax);
  parser.body_limit(options.body_max);
  parser.skip(request.method() == bhttp::verb::head);
  const error_code error =
      Await([&](auto done) { bhttp::async_read(stream, buffer, parser, std::move(done)); });
  if (error) {
    return ToStatus(write_error ? write_error : error, address);
  }
  auto message = parser.release();
  open = message.keep_alive() && !write_error && buffer.size() == 0;
  Response response;
  response.status = static_cast<int>(message.result_int());
  response.content_type.clear();
  for (const auto& field : message) {
    const std::string name(field.name_string().data(), field.name_string().size());
    const std::string value(field.value().data(), field.value().size());
    if (field.name() == bhttp::field::content_type) {
      response.content_type = value;
    } else {
      response.headers.emplace_back(name, value);
    }
  }
  response.body = std::move(message.body());
  return response;
}

Client::Client(std::string address, ClientOptions options)
    : state_(std::make_unique<State>(std::move(address), std::move(options))) {
  if (!state_->options.tls.empty()) {
    state_->tls.emplace(state_->options.tls, TlsSide::kClient);
  }
}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

absl::StatusOr<Response> Client::Fetch(std::string_view method,
                                       std::string_view target,
                                       std::string body,
                                       Duration timeout,
                                       const NameValues& headers) {
  const SteadyTime deadline = After(timeout);
  bhttp::request<bhttp::string_body> request;
  request.method_string({method.data(), method.size()});
  request.target({target.data(), target.size()});
  request.version(11);
  request.set(bhttp::field::host, state_->address);
  request.set(bhttp::field::user_agent, "tradewind");
  request.set(bhttp::field::content_type, "application/json");
  for (const auto& [name, value] : headers) {
    request.set(name, value);
  }
  request.body() = std::move(body);
  request.prepare_payload();

  if (state_->open && !IsQuiet(state_->stream.socket())) {
    state_->open = false;
  }
  if (!state_->open) {
    state_->stream.close();
    TW_RETURN_IF_ERROR(state_->Connect(deadline));
  }
  state_->open = false;  // until an answer says that it may be kept
  return state_->Exchange(request, deadline);
}

absl::StatusOr<Response> Fetch(std::string_view method,
                               std::string_view address,
                               std::string_view target,
                               std::string body,
                               Duration timeout,
                               const NameValues& headers) {
  return Client(std::string(address)).Fetch(method, target, std::move(body), timeout, headers);
}

}  // namespace tw::http
