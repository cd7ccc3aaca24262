// StreamPosition: where in a WebSocket channel a client is. Each message of a channel that can be
// resumed carries one as text, "7-4711"; a client that was cut off says the last one it saw.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::gateway {

struct StreamPosition {
  uint64_t epoch = 0;     // within which numbers mean something
  uint64_t sequence = 0;  // of the last message

  std::string ToText() const { return std::to_string(epoch) + "-" + std::to_string(sequence); }

  // Nullopt for anything but two numbers.
  static std::optional<StreamPosition> Parse(std::string_view text) {
    const size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
      return std::nullopt;
    }
    const auto number = [](std::string_view digits) -> std::optional<uint64_t> {
      uint64_t value = 0;
      const char* const end = digits.data() + digits.size();
      const auto [at, error] = std::from_chars(digits.data(), end, value);
      return error == std::errc() && at == end && !digits.empty() ? std::optional(value)
                                                                  : std::nullopt;
    };
    const auto epoch = number(text.substr(0, dash));
    const auto sequence = number(text.substr(dash + 1));
    return epoch && sequence ? std::optional(StreamPosition{*epoch, *sequence}) : std::nullopt;
  }
};

}  // namespace tw::gateway
