// Identifiers. An OrderId is (epoch, number): oms starts a new epoch at each start, so an id never
// recurs, not even one that was given to a request whose record never reached the disk.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tw {

class OrderId {
 public:
  constexpr OrderId() = default;
  constexpr OrderId(uint32_t epoch, uint32_t number)
      : value_((static_cast<uint64_t>(epoch) << 32) | number) {}

  static constexpr OrderId FromValue(uint64_t value) {
    OrderId id;
    id.value_ = value;
    return id;
  }
  // Reads what ToString writes; nullopt for anything else.
  static std::optional<OrderId> Parse(std::string_view text);

  constexpr uint64_t value() const { return value_; }
  constexpr uint32_t epoch() const { return static_cast<uint32_t>(value_ >> 32); }
  constexpr uint32_t number() const { return static_cast<uint32_t>(value_); }
  constexpr bool IsSet() const { return value_ != 0; }
  std::string ToString() const;  // "3-1042"

  friend constexpr auto operator<=>(OrderId, OrderId) = default;

  template <typename H>
  friend H AbslHashValue(H h, OrderId id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  uint64_t value_ = 0;
};

}  // namespace tw
