#include "bench/fanout/clients.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>

#include "libs/base/clock.h"

namespace tw::fanout_bench {
namespace {

constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr int kEventsMax = 128;
constexpr int kWaitMs = 20;
constexpr size_t kReadBytes = 256 << 10;

// A text frame of a client, with the all-zero mask, which leaves the payload as it is.
std::string ClientFrame(const std::string& text) {
  constexpr size_t kShort = 126;  // a shorter text must say its length in one byte
  std::string frame = "\x81";
  if (text.size() < kShort) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0x80 | kShort);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 0xff);
  }
  return frame + std::string(4, '\0') + text;
}

// The length of the frame's header and of its payload; false: not all of the header is there.
bool FrameSizes(const std::string& buffer, size_t at, size_t& header, size_t& payload) {
  const size_t left = buffer.size() - at;
  if (left < 2) {
    return false;
  }
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(buffer[at + i]); };
  const uint8_t size = byte(1) & 0x7f;
  header = size < 126 ? 2 : size == 126 ? 4 : 10;
  if (left < header) {
    return false;
  }
  payload = size;
  if (size >= 126) {
    payload = 0;
    for (size_t i = 2; i < header; ++i) {
      payload = payload << 8 | byte(i);
    }
  }
  return true;
}

int Open(const std::string& address) {
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1)));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) {
    close(fd);
    return -1;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// Reads the answer to the upgrade, and not a byte more.
bool ReadHandshake(int fd) {
  std::string answer;
  char byte = 0;
  while (!answer.ends_with("\r\n\r\n")) {
    if (recv(fd, &byte, 1, 0) != 1) {
      return false;
    }
    answer += byte;
  }
  return answer.starts_with("HTTP/1.1 101");
}

int64_t Digits(std::string_view text) {
  int64_t value = 0;
  for (const char c : text) {
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

int64_t TimeOfDay(int64_t unix_ns) {
  return unix_ns % kDayNs;
}

// "timestamp":"2026-11-26T21:33:15.123456789Z"
int64_t TimeOfDay(std::string_view json) {
  constexpr std::string_view kName = "\"timestamp\":\"";
  constexpr size_t kLength = 30;
  const size_t at = json.rfind(kName);
  if (at == std::string_view::npos || json.size() < at + kName.size() + kLength) {
    return -1;
  }
  const std::string_view t = json.substr(at + kName.size(), kLength);
  constexpr int64_t kSecondNs = 1'000'000'000;
  return (Digits(t.substr(11, 2)) * 3'600 + Digits(t.substr(14, 2)) * 60 +
          Digits(t.substr(17, 2))) *
             kSecondNs +
         Digits(t.substr(20, 9));
}

Clients::~Clients() {
  Stop();
  for (const auto& client : clients_) {
    close(client->fd);
  }
}

void Clients::Add(int fd, bool read) {
  clients_.push_back(std::make_unique<Client>());
  clients_.back()->fd = fd;
  clients_.back()->read = read;
}

absl::Status Clients::Connect(const std::string& address,
                              const std::string& channel,
                              int count,
                              bool read) {
  for (int i = 0; i < count; ++i) {
    const int fd = Open(address);
    if (fd < 0) {
      return absl::UnavailableError(address + ": " + std::strerror(errno));
    }
    Add(fd, read);
    if (!SendAll(
            fd,
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n") ||
        !ReadHandshake(fd) ||
        !SendAll(fd, ClientFrame("{\"op\":\"subscribe\",\"channels\":[\"" + channel + "\"]}"))) {
      return absl::UnavailableError(address + ": no WebSocket");
    }
  }
  return absl::OkStatus();
}

void Clients::Start() {
  thread_ = std::thread([this] { Run(); });
}

Counts Clients::Stop() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
  return counts_;
}

uint64_t Clients::slowest() const {
  uint64_t least = std::numeric_limits<uint64_t>::max();
  for (const auto& client : clients_) {
    if (client->read) {
      least = std::min(least, client->messages.load());
    }
  }
  return least;
}

void Clients::Run() {
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  for (const auto& client : clients_) {
    if (client->read) {
      epoll_event event{.events = EPOLLIN, .data = {.ptr = client.get()}};
      epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &event);
    }
  }
  epoll_event events[kEventsMax];
  while (!stopping_) {
    const int n = epoll_wait(epoll_fd, events, kEventsMax, kWaitMs);
    for (int i = 0; i < n; ++i) {
      Read(*static_cast<Client*>(events[i].data.ptr));
    }
  }
  close(epoll_fd);
}

void Clients::Read(Client& client) {
  const size_t kept = client.buffer.size();
  client.buffer.resize(kept + kReadBytes);
  const ssize_t n = recv(client.fd, client.buffer.data() + kept, kReadBytes, MSG_DONTWAIT);
  client.buffer.resize(kept + static_cast<size_t>(std::max<ssize_t>(n, 0)));
  const int64_t now_ns = SystemClock().Now().ns;
  size_t at = 0;
  size_t header = 0;
  size_t payload = 0;
  while (FrameSizes(client.buffer, at, header, payload) &&
         client.buffer.size() - at >= header + payload) {
    OnMessage(std::string_view(client.buffer).substr(at + header, payload), now_ns);
    ++client.messages;
    at += header + payload;
  }
  client.buffer.erase(0, at);
}

void Clients::OnMessage(std::string_view text, int64_t now_ns) {
  const int64_t meant = TimeOfDay(text);
  if (!measuring_ || meant < 0) {
    return;
  }
  ++counts_.messages;
  counts_.bytes += text.size();
  int64_t delay = TimeOfDay(now_ns) - meant;
  delay += delay < -kDayNs / 2 ? kDayNs : 0;  // past midnight
  counts_.delay.Record(delay);
  constexpr std::string_view kMerged = "\"merged\":";
  if (const size_t at = text.substr(0, 128).find(kMerged); at != std::string_view::npos) {
    counts_.merged += static_cast<uint64_t>(std::atoll(text.data() + at + kMerged.size()));
  }
}

}  // namespace tw::fanout_bench
