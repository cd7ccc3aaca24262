// Session: one HTTP/1.1 connection of a server. Internal to libs/http: it shows Boost.
//
// All state belongs to the stream's strand. The cycle is ReadNext, OnHeader, OnRequest, (handler),
// Answer, OnWritten, ReadNext; a request is read only after the answer before it is written.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>

#include "libs/http/any_stream.h"
#include "libs/http/server_core.h"

namespace tw::http {

class Session : public Connection, public std::enable_shared_from_this<Session> {
 public:
  // `refuse`: answer 503 whatever is asked, then close.
  Session(std::shared_ptr<ServerCore> core, AnyStream stream, bool refuse);
  ~Session() override;

  void Start();
  void Drain() override;
  void Cut() override;

  // Writes the answer to the request in hand. Any thread; Responder::Slot sees to it that it comes
  // once a request.
  void Answer(Response response);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void ReadNext();
  void ReadHeader();
  void OnHeader(boost::beast::error_code error);
  void ReadBody();
  size_t BodyMax() const;
  void OnBody(boost::beast::error_code error);
  void OnReadError(boost::beast::error_code error);
  std::optional<Response> Malformed() const;
  std::optional<Response> FillRequest();
  void Dispatch();
  void RunHandler(const Router::Entry& entry);
  void Upgrade(const Router::Entry& entry);
  void Write(Response response);
  void OnWritten(boost::beast::error_code error);
  void Linger();
  void Close();
  Duration Took() const;

  const std::shared_ptr<ServerCore> core_;
  AnyStream stream_;
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer answer_timer_;
  const bool refuse_;
  std::string peer_;

  std::optional<Parser> parser_;
  Request request_;
  const Router::Entry* entry_ = nullptr;  // of the request in hand
  int64_t request_ns_ = 0;                // monotonic, when it was complete
  bool keep_alive_ = false;
  bool idle_ = false;  // waiting for the first byte of a request
  bool draining_ = false;
  size_t lingered_bytes_ = 0;
};

// The shared state behind the copies of one Responder.
class Responder::Slot {
 public:
  explicit Slot(std::weak_ptr<Session> session) : session_(std::move(session)) {}
  ~Slot();  // NOLINT(bugprone-exception-escape)
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  bool Send(Response response);

 private:
  const std::weak_ptr<Session> session_;
  std::atomic<bool> answered_{false};
};

}  // namespace tw::http
