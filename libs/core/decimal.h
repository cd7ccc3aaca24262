// Price, Quantity and Money: exact decimals, held as 64-bit integers of 1e-8. There are no doubles
// on the money path.
//
// The three are different types: a Price times a Quantity is Money, and nothing else compiles.
// Range of each:
// +-92,233,720,368.54775807. Arithmetic that could leave the range says so (CheckedAdd, Notional
// return optional) or stops the program (operator+ and operator- TW_CHECK).
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/check.h"

namespace tw {

inline constexpr int64_t kDecimalScale = 100'000'000;  // 1e8
inline constexpr int kDecimalPlaces = 8;

// How a result that needs more than eight decimals is brought back to eight.
enum class Rounding {
  kDown,              // toward zero
  kHalfAwayFromZero,  // 0.5 of a unit goes away from zero; the rule for notional, fees and averages
  kUp,                // away from zero; the rule for what a limit is measured against
};

// Reads "45000.10", "-0.5", "1e-3", "7". Refuses an empty text, more than eight significant
// decimals, a value out of range, NaN, infinities and anything after the number. InvalidArgument
// says which.
absl::StatusOr<int64_t> ParseE8(std::string_view text);

// The shortest exact text: "45000.1", "0.00000001", "-3".
std::string FormatE8(int64_t e8);

// a * b / c without overflow in between; nullopt when the result leaves 64 bits. REQUIRES: c > 0.
std::optional<int64_t> MulDiv(int64_t a, int64_t b, int64_t c, Rounding rounding);

template <typename Tag>
class Decimal {
 public:
  constexpr Decimal() = default;

  static constexpr Decimal FromE8(int64_t e8) { return Decimal(e8); }
  // REQUIRES: |units| <= 92,233,720,368.
  static constexpr Decimal FromUnits(int64_t units) { return Decimal(units * kDecimalScale); }
  static constexpr Decimal Max() { return Decimal(std::numeric_limits<int64_t>::max()); }

  static absl::StatusOr<Decimal> Parse(std::string_view text) {
    absl::StatusOr<int64_t> e8 = ParseE8(text);
    if (!e8.ok()) {
      return e8.status();
    }
    return Decimal(*e8);
  }

  constexpr int64_t e8() const { return e8_; }
  std::string ToString() const { return FormatE8(e8_); }
  constexpr bool IsZero() const { return e8_ == 0; }
  constexpr Decimal Abs() const { return Decimal(e8_ < 0 ? -e8_ : e8_); }

  friend constexpr auto operator<=>(Decimal, Decimal) = default;

  static constexpr std::optional<Decimal> CheckedAdd(Decimal a, Decimal b) {
    int64_t out = 0;
    if (__builtin_add_overflow(a.e8_, b.e8_, &out)) {
      return std::nullopt;
    }
    return Decimal(out);
  }
  // Sticks at the end of the range instead of leaving it: for sums that are only compared with a
  // limit.
  static constexpr Decimal SaturatingAdd(Decimal a, Decimal b) {
    int64_t out = 0;
    if (__builtin_add_overflow(a.e8_, b.e8_, &out)) {
      return Decimal(a.e8_ > 0 ? std::numeric_limits<int64_t>::max()
                               : std::numeric_limits<int64_t>::min() + 1);
    }
    return Decimal(out);
  }

  friend constexpr Decimal operator+(Decimal a, Decimal b) {
    int64_t out = 0;
    TW_CHECK(!__builtin_add_overflow(a.e8_, b.e8_, &out));
    return Decimal(out);
  }
  friend constexpr Decimal operator-(Decimal a, Decimal b) {
    int64_t out = 0;
    TW_CHECK(!__builtin_sub_overflow(a.e8_, b.e8_, &out));
    return Decimal(out);
  }
  friend constexpr Decimal operator-(Decimal a) { return Decimal(-a.e8_); }
  constexpr Decimal& operator+=(Decimal b) { return *this = *this + b; }
  constexpr Decimal& operator-=(Decimal b) { return *this = *this - b; }

  template <typename H>
  friend H AbslHashValue(H h, Decimal d) {
    return H::combine(std::move(h), d.e8_);
  }

 private:
  constexpr explicit Decimal(int64_t e8) : e8_(e8) {}

  int64_t e8_ = 0;
};

using Price = Decimal<struct PriceTag>;  // quote currency per unit
using Quantity =
    Decimal<struct QuantityTag>;         // units of the instrument; signed where it is a position
using Money = Decimal<struct MoneyTag>;  // quote currency

// price * quantity, rounded to 1e-8; nullopt when it leaves the range.
inline std::optional<Money> Notional(Price price,
                                     Quantity quantity,
                                     Rounding rounding = Rounding::kHalfAwayFromZero) {
  const std::optional<int64_t> e8 = MulDiv(price.e8(), quantity.e8(), kDecimalScale, rounding);
  return e8 ? std::optional<Money>(Money::FromE8(*e8)) : std::nullopt;
}

// notional / quantity, rounded half away from zero: the average price of fills. REQUIRES: quantity
// > 0. nullopt when it leaves the range.
inline std::optional<Price> AveragePrice(Money notional, Quantity quantity) {
  const std::optional<int64_t> e8 =
      MulDiv(notional.e8(), kDecimalScale, quantity.e8(), Rounding::kHalfAwayFromZero);
  return e8 ? std::optional<Price>(Price::FromE8(*e8)) : std::nullopt;
}

// The nearest double, for analytics and QuestDB columns only.
// tidy: analytics, the way out of fixed point
inline double ToDouble(int64_t e8) {
  return static_cast<double>(e8) / 1e8;  // tidy: analytics, as above
}

}  // namespace tw
