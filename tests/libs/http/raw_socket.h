// A bare TCP client: sends any bytes, well-formed or not, and shows the bytes that come back.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace tw::http {

class RawSocket {
 public:
  explicit RawSocket(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawSocket() { Disconnect(); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  bool connected() const { return connected_; }

  void Disconnect() {
    if (fd_ >= 0) {
      close(std::exchange(fd_, -1));
    }
  }

  // False when the peer has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  // One answer: headers and the body that Content-Length tells. What there is when the connection
  // ends or `timeout_ms` pass.
  std::string ReadAnswer(int timeout_ms = 5000) {
    size_t header_end = std::string::npos;
    while ((header_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill(timeout_ms)) {
        return std::exchange(buffer_, "");
      }
    }
    size_t length = 0;
    const size_t at = buffer_.find("Content-Length: ");
    if (at < header_end) {
      length = std::stoul(buffer_.substr(at + 16));
    }
    const size_t total = header_end + 4 + length;
    while (buffer_.size() < total && Fill(timeout_ms)) {
    }
    const std::string answer = buffer_.substr(0, total);
    buffer_.erase(0, total);
    return answer;
  }

  // Whether the peer closes within `timeout_ms`.
  bool IsClosed(int timeout_ms = 5000) {
    while (Fill(timeout_ms)) {
    }
    return ended_;
  }

 private:
  bool Fill(int timeout_ms) {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, timeout_ms) <= 0) {
      return false;
    }
    char bytes[65536];
    const ssize_t n = recv(fd_, bytes, sizeof(bytes), 0);
    if (n <= 0) {
      ended_ = true;
      return false;
    }
    buffer_.append(bytes, static_cast<size_t>(n));
    return true;
  }

  int fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string buffer_;
};

// The number in "HTTP/1.1 404 Not Found"; 0 when there is none.
inline int StatusOf(const std::string& answer) {
  return answer.size() > 12 && answer.rfind("HTTP/1.1 ", 0) == 0 ? std::stoi(answer.substr(9, 3))
                                                                 : 0;
}

}  // namespace tw::http
