#include "libs/http/server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <thread>

#include "libs/base/check.h"
#include "libs/http/session.h"
#include "libs/log/log.h"
#include "libs/log/scope.h"

namespace tw::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Over connections_max a connection is told 503; over this many more it is just closed.
constexpr int kRefusalsMax = 64;
constexpr auto kAcceptRetry = std::chrono::milliseconds(50);

absl::Status CannotListen(const Options& options, const error_code& error) {
  return absl::UnavailableError("cannot listen on " + options.host + ":" +
                                std::to_string(options.port) + ": " + error.message());
}

}  // namespace

// The accept loop; on_socket runs on its strand.
struct Server::State : std::enable_shared_from_this<Server::State> {
  explicit State(Options options)
      : core(std::make_shared<ServerCore>(std::move(options))),
        strand(asio::make_strand(core->io)),
        acceptor(strand),
        retry(strand),
        work(asio::make_work_guard(core->io)) {}

  void Accept();
  void OnSocket(tcp::socket socket);
  void JoinThreads();

  const std::shared_ptr<ServerCore> core;
  asio::strand<asio::io_context::executor_type> strand;
  tcp::acceptor acceptor;
  asio::steady_timer retry;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::thread> threads;
  uint16_t port = 0;
};

void Server::State::Accept() {
  acceptor.async_accept(
      asio::make_strand(core->io),
      [self = shared_from_this()](const error_code& error, tcp::socket socket) {
        if (self->core->stopping || error == asio::error::operation_aborted) {
          return;
        }
        if (!error) {
          self->OnSocket(std::move(socket));
          self->Accept();
          return;
        }
        // Out of file descriptors or memory: what was accepted lives on, new ones wait.
        log::Limited(log::Level::kError, "http_accept_failed", {{"reason", error.message()}});
        self->retry.expires_after(kAcceptRetry);
        self->retry.async_wait([self](const error_code& cancelled) {
          if (!cancelled) {
            self->Accept();
          }
        });
      });
}

void Server::State::OnSocket(tcp::socket socket) {
  const int open = core->connections();
  if (open >= core->options.connections_max + kRefusalsMax) {
    return;  // closes it
  }
  const bool refuse = open >= core->options.connections_max;
  if (refuse) {
    log::Limited(log::Level::kWarn, "http_connections_full", {{"open", open}});
  }
  AnyStream::Context context;
  if (core->tls) {
    auto current = core->tls->Current();
    if (!current.ok()) {
      return;  // closes it; the log says why
    }
    context = *std::move(current);
  }
  std::make_shared<Session>(core, AnyStream(std::move(socket), std::move(context)), refuse)
      ->Start();
}

void Server::State::JoinThreads() {
  for (std::thread& thread : threads) {
    thread.join();
  }
  threads.clear();
}

Server::Server(Options options) : state_(std::make_shared<State>(std::move(options))) {}

// Should asio throw here, it ends the process.
Server::~Server() {  // NOLINT(bugprone-exception-escape)
  Stop();
}

void Server::Route(std::string_view method,
                   std::string_view pattern,
                   Handler handler,
                   size_t body_max) {
  TW_CHECK(state_->threads.empty());
  state_->core->router.Add(
      {std::string(method), {}, std::move(handler), nullptr, std::string(pattern), body_max});
}

void Server::RouteSync(std::string_view method, std::string_view pattern, SyncHandler handler) {
  Route(method, pattern,
        [handler = std::move(handler)](const Request& request, const Responder& responder) {
          responder.Send(handler(request));
        });
}

void Server::Get(std::string_view pattern, SyncHandler handler) {
  RouteSync("GET", pattern, std::move(handler));
}

void Server::WebSocketRoute(std::string_view pattern, OpenHandler on_open) {
  TW_CHECK(state_->threads.empty());
  state_->core->router.Add({"GET", {}, nullptr, std::move(on_open), std::string(pattern), 0});
}

void Server::SetGate(Gate gate) {
  TW_CHECK(state_->threads.empty());
  state_->core->gate = std::move(gate);
}

std::vector<RouteName> Server::Routes() const {
  std::vector<RouteName> routes;
  for (const Router::Entry& entry : state_->core->router.entries()) {
    routes.push_back({entry.method, entry.pattern});
  }
  return routes;
}

absl::Status Server::Start() {
  TW_CHECK(state_->threads.empty() && !state_->core->stopping);
  const Options& options = state_->core->options;
  if (state_->core->tls) {
    if (const auto tls = state_->core->tls->Current(); !tls.ok()) {
      return tls.status();
    }
  }
  error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  if (error) {
    return absl::InvalidArgumentError("listen address \"" + options.host +
                                      "\" is not a numeric address");
  }
  const tcp::endpoint endpoint(address, options.port);
  tcp::acceptor& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  if (!error) {
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    error_code ignored;
    acceptor.close(ignored);
    return CannotListen(options, error);
  }
  state_->port = acceptor.local_endpoint().port();
  state_->core->StartMetrics();
  asio::post(state_->strand, [state = state_] { state->Accept(); });
  for (int i = 0; i < options.threads; ++i) {
    state_->threads.emplace_back(log::ForThisService([core = state_->core] { core->io.run(); }));
  }
  return absl::OkStatus();
}

void Server::Stop() {
  if (state_->threads.empty()) {
    return;
  }
  ServerCore& core = *state_->core;
  core.stopping = true;
  asio::post(state_->strand, [state = state_] {
    error_code ignored;
    state->acceptor.close(ignored);
    state->retry.cancel();
  });
  for (const auto& connection : core.Connections()) {
    connection->Drain();
  }
  if (!core.WaitUntilNone(core.options.drain_timeout)) {
    log::Warn("http_connections_cut", {{"open", core.connections()}});
    for (const auto& connection : core.Connections()) {
      connection->Cut();
    }
  }
  // With the guard gone, run() returns once the last operation has ended.
  state_->work.reset();
  state_->JoinThreads();
}

uint16_t Server::port() const {
  return state_->port;
}

int Server::connections() const {
  return state_->core->connections();
}

}  // namespace tw::http
