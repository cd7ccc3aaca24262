// RawWebSocket: a client of /ws for tests, byte by byte: it reads only when it is told to.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/libs/http/raw_socket.h"

namespace tw::gateway {

class RawWebSocket {
 public:
  // `address` "127.0.0.1:8080"; `token` empty: nobody signs in.
  explicit RawWebSocket(const std::string& address, const std::string& token = "")
      : socket_(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)))) {
    const std::string bearer = token.empty() ? "" : "Authorization: Bearer " + token + "\r\n";
    socket_.Send(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        bearer +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_THAT(socket_.ReadAnswer(5000), ::testing::HasSubstr("101"));
  }

  // A text frame of a client, with the all-zero mask, which leaves the payload as it is.
  static std::string Frame(const std::string& text) {
    std::string frame = "\x81";
    if (text.size() < 126) {
      frame += static_cast<char>(0x80 | text.size());
    } else {
      frame += static_cast<char>(0x80 | 126);
      frame += static_cast<char>(text.size() >> 8);
      frame += static_cast<char>(text.size() & 0xff);
    }
    return frame + std::string(4, '\0') + text;
  }
  void Send(const std::string& text) { socket_.Send(Frame(text)); }
  void Disconnect() { socket_.Disconnect(); }

  // Everything that has come until `wanted` is among it, or twenty seconds have passed.
  const std::string& Until(const std::string& wanted) {
    for (int i = 0; i < 400 && seen.find(wanted) == std::string::npos; ++i) {
      seen += socket_.ReadAnswer(50);
    }
    return seen;
  }

  std::string seen;

 private:
  http::RawSocket socket_;
};

}  // namespace tw::gateway
