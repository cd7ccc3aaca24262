#include "libs/core/ids.h"

#include <charconv>

namespace tw {

std::optional<OrderId> OrderId::Parse(std::string_view text) {
  const char* const end = text.data() + text.size();
  uint32_t epoch = 0;
  uint32_t number = 0;
  const auto first = std::from_chars(text.data(), end, epoch);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') {
    return std::nullopt;
  }
  const auto second = std::from_chars(first.ptr + 1, end, number);
  if (second.ec != std::errc() || second.ptr != end) {
    return std::nullopt;
  }
  const OrderId id(epoch, number);
  if (!id.IsSet() || id.ToString() != text) {  // "03-1" is not an id
    return std::nullopt;
  }
  return id;
}

std::string OrderId::ToString() const {
  return std::to_string(epoch()) + "-" + std::to_string(number());
}

}  // namespace tw
