#include "tests/libs/ilp/fake_questdb.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>

namespace tw::ilp {
namespace {

struct Request {
  std::string head;
  std::string target;
  std::string body;
};

// Reads one request with a Content-Length; nullopt when the peer is gone or `stopping` is set.
std::optional<Request> ReadRequest(int fd, const std::atomic<bool>& stopping) {
  std::string text;
  for (;;) {
    const size_t head = text.find("\r\n\r\n");
    if (head != std::string::npos) {
      const size_t at = text.find("Content-Length: ");
      const size_t length =
          at < head ? std::strtoul(text.c_str() + at + 16, nullptr, 10) : size_t{0};
      if (text.size() >= head + 4 + length) {
        const size_t space = text.find(' ');
        return Request{text.substr(0, head),
                       text.substr(space + 1, text.find(' ', space + 1) - space - 1),
                       text.substr(head + 4, length)};
      }
    }
    pollfd ready{fd, POLLIN, 0};
    while (::poll(&ready, 1, 20) == 0) {
      if (stopping) {
        return std::nullopt;
      }
    }
    char chunk[65536];
    const ssize_t n = ::recv(fd, chunk, sizeof(chunk), 0);
    if (n <= 0) {
      return std::nullopt;
    }
    text.append(chunk, static_cast<size_t>(n));
  }
}

}  // namespace

FakeQuestDb::FakeQuestDb(Answer answer, uint16_t port, std::string settings)
    : answer_(std::move(answer)), settings_(std::move(settings)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::listen(listener_, 8), 0);
  socklen_t size = sizeof(address);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

FakeQuestDb::~FakeQuestDb() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

std::vector<std::string> FakeQuestDb::bodies() const {
  const std::lock_guard lock(mutex_);
  return bodies_;
}

std::vector<std::string> FakeQuestDb::heads() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}

void FakeQuestDb::Serve() {
  while (!stopping_) {
    pollfd ready{listener_, POLLIN, 0};
    if (::poll(&ready, 1, 20) <= 0) {
      continue;
    }
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) {
      ++connections_;
      ServeConnection(fd);
      ::close(fd);
    }
  }
}

void FakeQuestDb::ServeConnection(int fd) {
  while (const auto request = ReadRequest(fd, stopping_)) {
    const bool settings = request->target == "/settings" && !settings_.empty();
    if (!settings) {
      const std::lock_guard lock(mutex_);
      bodies_.push_back(request->body);
      heads_.push_back(request->head);
    }
    const FakeReply reply = settings ? FakeReply{.status = 200, .body = settings_}
                                     : answer_(request->target, request->body);
    std::this_thread::sleep_for(std::chrono::milliseconds(reply.delay_ms));
    if (reply.drop) {
      return;
    }
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " x\r\n";
    if (reply.status != 204) {
      text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    }
    text += "\r\n" + reply.body;
    ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (reply.close_after) {
      return;
    }
  }
}

}  // namespace tw::ilp
