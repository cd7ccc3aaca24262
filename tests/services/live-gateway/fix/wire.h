// Wire: a TCP way between a FIX session's ends that can be cut, swallow what is on it, and garble a
// message. On loopback.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tw::live_gateway {

inline int OpenSocket(uint16_t port, bool listens) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* const plain = reinterpret_cast<const sockaddr*>(&address);
  const int failed = listens ? ::bind(fd, plain, sizeof address) || ::listen(fd, 8)
                             : ::connect(fd, plain, sizeof address);
  if (failed != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

inline uint16_t PortOf(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// One that is free now.
inline uint16_t FreePort() {
  const int fd = OpenSocket(0, true);
  const uint16_t port = PortOf(fd);
  ::close(fd);
  return port;
}

class Wire {
 public:
  explicit Wire(uint16_t to) : to_(to), listener_(OpenSocket(0, true)), port_(PortOf(listener_)) {
    accepting_ = std::thread([this] { Accept(); });
  }
  ~Wire() {
    stopped_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    Cut();
    for (std::thread& pump : pumps_) {
      pump.join();
    }
    ::close(listener_);
  }

  uint16_t port() const { return port_; }
  void Cut() {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) {
      ::shutdown(fd, SHUT_RDWR);
    }
  }
  // Connections are refused while it is down.
  void SetDown(bool down) {
    down_ = down;
    if (down) {
      Cut();
    }
  }
  // What goes out (to the acceptor) or comes in is read and thrown away.
  void SwallowOut(bool on) { swallow_out_ = on; }
  void SwallowIn(bool on) { swallow_in_ = on; }
  // The next execution report that comes in arrives damaged.
  void GarbleIn() { garble_ = true; }
  bool garbled() const { return !garble_; }

 private:
  void Accept() {
    while (!stopped_) {
      const int near = ::accept(listener_, nullptr, nullptr);
      if (near < 0) {
        return;
      }
      const int far = down_ ? -1 : OpenSocket(to_, false);
      if (far < 0) {
        ::close(near);
        continue;
      }
      const std::lock_guard lock(mutex_);
      open_.insert({near, far});
      pumps_.emplace_back([this, near, far] { Pump(near, far, /*in=*/false); });
      pumps_.emplace_back([this, near, far] { Pump(far, near, /*in=*/true); });
    }
  }
  void Pump(int from, int to, bool in) {
    char bytes[16'384];
    ssize_t size = 0;
    while ((size = ::read(from, bytes, sizeof bytes)) > 0) {
      std::string text(bytes, static_cast<size_t>(size));
      if (in ? swallow_in_ : swallow_out_) {
        continue;
      }
      const size_t report = text.find(
          "\x01"
          "35=8\x01");
      const size_t status = report == std::string::npos ? report
                                                        : text.find(
                                                              "\x01"
                                                              "55=",
                                                              report);
      if (in && garble_ && status != std::string::npos) {
        text[status + 4] = '~';
        garble_ = false;
      }
      if (::send(to, text.data(), text.size(), MSG_NOSIGNAL) < 0) {
        break;
      }
    }
    // The other direction ends too; the descriptors go with the second of the two.
    ::shutdown(from, SHUT_RDWR);
    ::shutdown(to, SHUT_RDWR);
    const std::lock_guard lock(mutex_);
    if (!half_closed_.insert(std::min(from, to)).second) {
      half_closed_.erase(std::min(from, to));
      open_.erase(from);
      open_.erase(to);
      ::close(from);
      ::close(to);
    }
  }

  const uint16_t to_;
  const int listener_;
  const uint16_t port_;
  std::atomic<bool> stopped_{false};
  std::atomic<bool> down_{false};
  std::atomic<bool> swallow_out_{false};
  std::atomic<bool> swallow_in_{false};
  std::atomic<bool> garble_{false};
  std::mutex mutex_;
  std::set<int> open_;
  std::set<int> half_closed_;
  std::vector<std::thread> pumps_;
  std::thread accepting_;
};

}  // namespace tw::live_gateway
