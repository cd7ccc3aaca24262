// Strong<Tag, T>: a T that cannot be mistaken for another T. `using OrderId = Strong<struct
// OrderIdTag, uint64_t>;`
#pragma once

#include <compare>
#include <utility>

namespace tw {

template <typename Tag, typename T>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(T value) : value_(std::move(value)) {}

  constexpr const T& value() const { return value_; }

  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Strong& s) {
    return H::combine(std::move(h), s.value_);
  }

 private:
  T value_{};
};

}  // namespace tw
