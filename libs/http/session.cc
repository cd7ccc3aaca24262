#include "libs/http/session.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message_generator.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "libs/base/clock.h"
#include "libs/http/guard.h"
#include "libs/http/websocket_session.h"
#include "libs/log/log.h"

namespace tw::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using beast::error_code;

constexpr size_t kFirstReadBytes = 4096;
constexpr size_t kLingerBytesMax = 1 << 20;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::chrono::nanoseconds Span(Duration d) {
  return std::chrono::nanoseconds(d.ns);
}

std::string Text(beast::string_view s) {
  return std::string(s.data(), s.size());
}

// A header value with a line break in it would start a header, or a body, of its own.
bool IsSafeHeader(const std::string& text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

template <typename Message>
void SetHeaders(const Response& response, bool keep_alive, Message& message) {
  message.result(static_cast<unsigned>(response.status));
  message.version(11);
  message.keep_alive(keep_alive);
  message.set("X-Content-Type-Options", "nosniff");
  if (!response.Header("cache-control")) {
    message.set("Cache-Control", "no-store");
  }
  if (IsSafeHeader(response.content_type) && response.status != 204 && response.status != 304) {
    message.set(bhttp::field::content_type, response.content_type);
  }
  for (const auto& [name, value] : response.headers) {
    if (IsSafeHeader(name) && IsSafeHeader(value)) {
      message.insert(name, value);
    }
  }
}

// The bytes to write. HEAD gets the length of the body that GET would get; 204 and 304 have none.
bhttp::message_generator Encode(Response response, bool is_head, bool keep_alive) {
  if (is_head || response.status == 204 || response.status == 304) {
    bhttp::response<bhttp::empty_body> message;
    SetHeaders(response, keep_alive, message);
    if (is_head) {
      message.content_length(response.body.size());
    }
    return message;
  }
  bhttp::response<bhttp::string_body> message;
  SetHeaders(response, keep_alive, message);
  message.body() = std::move(response.body);
  message.prepare_payload();
  return message;
}

Response Malformed400(std::string_view what) {
  return JsonError(400, "INVALID_ARGUMENT", what);
}

}  // namespace

Responder::Responder(std::shared_ptr<Slot> slot) : slot_(std::move(slot)) {}

bool Responder::Send(Response response) const {
  return slot_->Send(std::move(response));
}

bool Responder::Fail(const absl::Status& status) const {
  return slot_->Send(ErrorResponse(status));
}

// Out of memory here, the process ends.
Responder::Slot::~Slot() {  // NOLINT(bugprone-exception-escape)
  Send(JsonError(500, "INTERNAL", "the request was dropped without an answer"));
}

bool Responder::Slot::Send(Response response) {
  if (answered_.exchange(true)) {
    return false;
  }
  if (const auto session = session_.lock()) {
    session->Answer(std::move(response));
  }
  return true;
}

Session::Session(std::shared_ptr<ServerCore> core, AnyStream stream, bool refuse)
    : core_(std::move(core)),
      stream_(std::move(stream)),
      buffer_(core_->options.header_max + size_t{64} * 1024),
      answer_timer_(stream_.get_executor()),
      refuse_(refuse) {
  error_code error;
  const auto endpoint = stream_.socket().remote_endpoint(error);
  if (!error) {
    peer_ = endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  }
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), error);
}

Session::~Session() {
  core_->Remove(this);
}

void Session::Start() {
  core_->Add(this, weak_from_this());
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
    if (!self->stream_.is_tls()) {
      self->ReadNext();
      return;
    }
    self->stream_.expires_after(Span(self->core_->options.read_timeout));
    self->stream_.async_handshake(asio::ssl::stream_base::server, [self](error_code error) {
      if (error) {
        log::Limited(log::Level::kInfo, "tls_refused",
                     {{"peer", self->peer_}, {"reason", error.message()}});
        self->Close();
      } else {
        self->ReadNext();
      }
    });
  });
}

void Session::Drain() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->draining_ = true;
    if (self->idle_) {
      self->Close();
    }
  });
}

void Session::Cut() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->Close(); });
}

void Session::ReadNext() {
  if (draining_ || core_->stopping) {
    Close();
    return;
  }
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(core_->options.header_max));
  parser_->body_limit(boost::none);  // the route's own is set when it is known
  request_ = Request{};
  entry_ = nullptr;
  if (buffer_.size() > 0) {  // pipelined
    ReadHeader();
    return;
  }
  idle_ = true;
  stream_.expires_after(Span(core_->options.idle_timeout));
  stream_.async_read_some(buffer_.prepare(kFirstReadBytes),
                          [self = shared_from_this()](error_code error, size_t bytes) {
                            self->idle_ = false;
                            self->buffer_.commit(bytes);
                            if (error) {
                              self->Close();
                            } else {
                              self->ReadHeader();
                            }
                          });
}

void Session::ReadHeader() {
  stream_.expires_after(Span(core_->options.read_timeout));
  bhttp::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, size_t) { self->OnHeader(error); });
}

void Session::OnHeader(error_code error) {
  if (error) {
    OnReadError(error);
    return;
  }
  const size_t body_max = BodyMax();
  if (const auto length = parser_->content_length(); length && *length > body_max) {
    OnReadError(bhttp::error::body_limit);
    return;
  }
  parser_->body_limit(body_max);
  if (!beast::iequals(parser_->get()[bhttp::field::expect], "100-continue")) {
    ReadBody();
    return;
  }
  asio::async_write(stream_, asio::buffer(kContinue),
                    [self = shared_from_this()](error_code write_error, size_t) {
                      if (write_error) {
                        self->Close();
                      } else {
                        self->ReadBody();
                      }
                    });
}

// Of the request whose header has been read.
size_t Session::BodyMax() const {
  const std::string method = Text(parser_->get().method_string());
  const std::string target = Text(parser_->get().target());
  const auto match = core_->router.Find(method, target.substr(0, target.find_first_of("?#")));
  const bool own = match.ok() && match->entry != nullptr && match->entry->body_max > 0;
  return own ? match->entry->body_max : core_->options.body_max;
}

void Session::ReadBody() {
  bhttp::async_read(stream_, buffer_, *parser_,
                    [self = shared_from_this()](error_code error, size_t) { self->OnBody(error); });
}

void Session::OnBody(error_code error) {
  if (error) {
    OnReadError(error);
    return;
  }
  request_ns_ = MonotonicNanos();
  keep_alive_ = parser_->get().keep_alive() && !refuse_;
  if (refuse_) {
    Write(ErrorResponse(absl::UnavailableError("too many connections")));
  } else if (auto refusal = FillRequest()) {
    Write(*std::move(refusal));
  } else {
    Dispatch();
  }
}

// Where in the request reading stopped cannot be trusted, so these answers end the connection.
void Session::OnReadError(error_code error) {
  request_ns_ = MonotonicNanos();
  keep_alive_ = false;
  if (error == bhttp::error::body_limit) {
    Write(JsonError(413, "INVALID_ARGUMENT",
                    "the body is longer than " + std::to_string(BodyMax()) + " bytes"));
  } else if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow) {
    const bool in_target = parser_->get().target().empty();
    Write(JsonError(in_target ? 414 : 431, "INVALID_ARGUMENT",
                    in_target ? "the request target is too long" : "the headers are too long"));
  } else if (error == bhttp::error::bad_version) {
    Write(JsonError(505, "INVALID_ARGUMENT", "this server speaks HTTP/1.1"));
  } else if (error == bhttp::error::end_of_stream || error == bhttp::error::partial_message ||
             error.category() != make_error_code(bhttp::error::bad_method).category()) {
    Close();  // the client went away, or was too slow
  } else {
    Write(Malformed400("malformed request: " + error.message()));
  }
}

std::optional<Response> Session::Malformed() const {
  const auto& message = parser_->get();
  const beast::string_view target = message.target();
  if (message.version() != 10 && message.version() != 11) {
    return JsonError(505, "INVALID_ARGUMENT", "this server speaks HTTP/1.1");
  }
  if (target.size() > core_->options.target_max) {
    return JsonError(414, "INVALID_ARGUMENT", "the request target is too long");
  }
  if (message.count(bhttp::field::transfer_encoding) > 0 &&
      !beast::iequals(message[bhttp::field::transfer_encoding], "chunked")) {
    return JsonError(501, "UNIMPLEMENTED", "the only transfer coding here is chunked");
  }
  const bool asks_server = target == "*" && message.method() == bhttp::verb::options;
  if (!asks_server && (target.empty() || target.front() != '/')) {
    return Malformed400("the request target must begin with '/'");
  }
  return std::nullopt;
}

// Moves the parsed message into request_; the refusal when it must not go further.
std::optional<Response> Session::FillRequest() {
  if (auto refusal = Malformed()) {
    keep_alive_ = false;
    return refusal;
  }
  auto& message = parser_->get();
  request_.method = Text(message.method_string());
  request_.target = Text(message.target());
  request_.peer = peer_;
  for (const auto& field : message) {
    request_.headers.emplace_back(Text(field.name_string()), Text(field.value()));
  }
  request_.body = std::move(message.body());

  const std::string_view target = request_.target;
  const std::string_view raw_path = target.substr(0, target.find_first_of("?#"));
  const auto path = PercentDecode(raw_path, false);
  std::string_view raw_query = target.substr(raw_path.size());
  raw_query = raw_query.substr(0, raw_query.find('#'));
  auto query = ParseQuery(raw_query.substr(raw_query.empty() ? 0 : 1));
  if (!path.ok() || !query.ok()) {
    return ErrorResponse(path.ok() ? query.status() : path.status());
  }
  request_.path = *path;
  request_.query = *std::move(query);
  return Guard(core_->options, request_);
}

void Session::Dispatch() {
  if (request_.target == "*") {
    Response response;
    response.status = 204;
    response.headers = {{"Allow", "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"}};
    Write(std::move(response));
    return;
  }
  const std::string_view target = request_.target;
  auto match = core_->router.Find(request_.method, target.substr(0, target.find_first_of("?#")));
  if (!match.ok()) {
    Write(ErrorResponse(match.status()));
    return;
  }
  if (match->entry != nullptr) {
    entry_ = match->entry;
    request_.params = std::move(match->params);
    if (core_->gate) {
      if (auto refusal = core_->gate({entry_->method, entry_->pattern}, request_)) {
        Write(*std::move(refusal));
        return;
      }
    }
    if (entry_->on_open) {
      Upgrade(*entry_);
    } else {
      RunHandler(*entry_);
    }
    return;
  }
  if (match->allow.empty()) {
    Write(JsonError(404, "NOT_FOUND", "no such path: " + request_.path));
    return;
  }
  Response response;
  if (request_.method == "OPTIONS") {
    response.status = 204;
  } else {
    response = JsonError(405, "UNIMPLEMENTED",
                         request_.method + " is not served here, only " + match->allow);
  }
  response.headers.emplace_back("Allow", match->allow);
  Write(std::move(response));
}

void Session::RunHandler(const Router::Entry& entry) {
  stream_.expires_never();
  const auto slot = std::make_shared<Responder::Slot>(weak_from_this());
  answer_timer_.expires_after(Span(core_->options.answer_timeout));
  // The timer keeps the session alive while the answer is on its way.
  answer_timer_.async_wait(
      [self = shared_from_this(), weak = std::weak_ptr<Responder::Slot>(slot)](error_code error) {
        if (const auto late = error ? nullptr : weak.lock()) {
          late->Send(ErrorResponse(absl::DeadlineExceededError("no answer in time")));
        }
      });
  try {
    entry.handler(request_, Responder(slot));
  } catch (const std::exception& error) {
    log::Limited(log::Level::kError, "http_handler_threw",
                 {{"route", entry.pattern}, {"what", error.what()}});
    slot->Send(ErrorResponse(absl::InternalError("the request could not be carried out")));
  }
}

void Session::Upgrade(const Router::Entry& entry) {
  if (!beast::websocket::is_upgrade(parser_->get())) {
    Response response = JsonError(426, "FAILED_PRECONDITION", "this path is a WebSocket");
    response.headers = {{"Upgrade", "websocket"}};
    Write(std::move(response));
    return;
  }
  stream_.expires_never();
  StartWebSocket(core_, std::move(stream_), parser_->release(), std::move(request_), entry.on_open);
}

void Session::Answer(Response response) {
  asio::dispatch(stream_.get_executor(),
                 [self = shared_from_this(), answer = std::move(response)]() mutable {
                   self->answer_timer_.cancel();
                   self->Write(std::move(answer));
                 });
}

Duration Session::Took() const {
  return Duration::Nanos(MonotonicNanos() - request_ns_);
}

void Session::Write(Response response) {
  core_->Count(entry_, response.status, Took());
  keep_alive_ = keep_alive_ && !draining_ && !core_->stopping;
  const bool is_head = parser_->get().method() == bhttp::verb::head;
  stream_.expires_after(Span(core_->options.write_timeout));
  beast::async_write(
      stream_, Encode(std::move(response), is_head, keep_alive_),
      [self = shared_from_this()](error_code error, size_t) { self->OnWritten(error); });
}

void Session::OnWritten(error_code error) {
  if (error) {
    Close();
  } else if (keep_alive_) {
    ReadNext();
  } else {
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    stream_.expires_after(std::chrono::seconds(1));
    Linger();
  }
}

// Closing a socket with unread bytes resets it, and a reset can overtake the answer: read on for a
// moment, until the client has seen the end.
void Session::Linger() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kFirstReadBytes),
                          [self = shared_from_this()](error_code error, size_t bytes) {
                            self->lingered_bytes_ += bytes;
                            if (error || self->lingered_bytes_ > kLingerBytesMax) {
                              self->Close();
                            } else {
                              self->Linger();
                            }
                          });
}

void Session::Close() {
  answer_timer_.cancel();
  stream_.close();
}

}  // namespace tw::http
