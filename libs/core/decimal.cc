#include "libs/core/decimal.h"

#include <array>
#include <charconv>

#include "absl/status/status.h"

namespace tw {
namespace {

using Int128 = __int128;
using UInt128 = unsigned __int128;

constexpr size_t kTextMax = 64;
constexpr int kExponentMax = 40;

absl::Status Bad(const char* why) {
  return absl::InvalidArgumentError(why);
}

struct Division {
  uint64_t quotient = 0;
  uint64_t remainder = 0;
};

// REQUIRES: the quotient fits, that is, the dividend's high half is below `divisor`. One
// instruction where there is one: the compiler would call a function that divides 128 by 128 bits.
Division Divide(UInt128 dividend, uint64_t divisor) {
  Division out;
#if defined(__x86_64__)
  __asm__("divq %4"
          : "=a"(out.quotient), "=d"(out.remainder)
          : "a"(static_cast<uint64_t>(dividend)), "d"(static_cast<uint64_t>(dividend >> 64)),
            "r"(divisor)
          : "cc");
#else
  out.quotient = static_cast<uint64_t>(dividend / divisor);
  out.remainder = static_cast<uint64_t>(dividend % divisor);
#endif
  return out;
}

// The digits of a decimal text without its point, and how many stood behind it.
struct Digits {
  Int128 value = 0;
  int decimals = 0;
};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes "123.4500" off the front. Trailing zeros behind the point do not count as decimals.
absl::StatusOr<Digits> TakeDigits(std::string_view& text) {
  Digits out;
  bool any = false;
  bool point = false;
  int zeros = 0;  // pending zeros behind the point
  constexpr Int128 kMost = Int128{std::numeric_limits<int64_t>::max()} * kDecimalScale;
  while (!text.empty() && (IsDigit(text.front()) || (text.front() == '.' && !point))) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '.') {
      point = true;
      continue;
    }
    any = true;
    if (point && c == '0') {
      ++zeros;
      continue;
    }
    for (; zeros > 0; --zeros) {
      if (out.value > kMost) {
        return Bad("number out of range");
      }
      out.value *= 10;
      ++out.decimals;
    }
    out.value = out.value * 10 + (c - '0');
    out.decimals += point ? 1 : 0;
    if (out.value > kMost) {
      return Bad("number out of range");
    }
  }
  if (!any) {
    return Bad("not a number");
  }
  return out;
}

absl::StatusOr<int> TakeExponent(std::string_view& text) {
  if (text.empty() || (text.front() != 'e' && text.front() != 'E')) {
    return 0;
  }
  text.remove_prefix(1);
  int sign = 1;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  if (text.empty() || !IsDigit(text.front())) {
    return Bad("not a number");
  }
  int exponent = 0;
  while (!text.empty() && IsDigit(text.front())) {
    exponent = exponent * 10 + (text.front() - '0');
    text.remove_prefix(1);
    if (exponent > kExponentMax) {
      return Bad("exponent out of range");
    }
  }
  return sign * exponent;
}

}  // namespace

absl::StatusOr<int64_t> ParseE8(std::string_view text) {
  if (text.empty()) {
    return Bad("empty number");
  }
  if (text.size() > kTextMax) {
    return Bad("number too long");
  }
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') {
    text.remove_prefix(1);
  }
  absl::StatusOr<Digits> digits = TakeDigits(text);
  if (!digits.ok()) {
    return digits.status();
  }
  absl::StatusOr<int> exponent = TakeExponent(text);
  if (!exponent.ok()) {
    return exponent.status();
  }
  if (!text.empty()) {
    return Bad("not a number");
  }
  Int128 value = digits->value;
  int shift = kDecimalPlaces - digits->decimals + *exponent;
  for (; shift < 0 && value % 10 == 0 && value != 0; ++shift) {
    value /= 10;
  }
  if (value != 0 && shift < 0) {
    return Bad("more than eight decimals");
  }
  for (; shift > 0 && value != 0; --shift) {
    value *= 10;
    if (value > std::numeric_limits<int64_t>::max()) {
      return Bad("number out of range");
    }
  }
  if (value > std::numeric_limits<int64_t>::max()) {
    return Bad("number out of range");
  }
  const auto e8 = static_cast<int64_t>(value);
  return negative ? -e8 : e8;
}

std::string FormatE8(int64_t e8) {
  constexpr uint64_t kUnit = 100'000'000;
  const uint64_t magnitude = e8 < 0 ? 0 - static_cast<uint64_t>(e8) : static_cast<uint64_t>(e8);
  std::array<char, 32> buffer;
  char* out = buffer.data();
  if (e8 < 0) {
    *out++ = '-';
  }
  out = std::to_chars(out, buffer.data() + buffer.size(), magnitude / kUnit).ptr;
  if (uint64_t fraction = magnitude % kUnit; fraction != 0) {
    int places = kDecimalPlaces;
    for (; fraction % 10 == 0; --places) {
      fraction /= 10;
    }
    *out = '.';
    for (int i = places; i > 0; --i) {
      out[i] = static_cast<char>('0' + fraction % 10);
      fraction /= 10;
    }
    out += 1 + places;
  }
  return std::string(buffer.data(), static_cast<size_t>(out - buffer.data()));
}

std::optional<int64_t> MulDiv(int64_t a, int64_t b, int64_t c, Rounding rounding) {
  TW_CHECK(c > 0);
  const Int128 product = Int128{a} * b;
  const bool negative = product < 0;
  const auto magnitude = static_cast<UInt128>(negative ? -product : product);
  const auto divisor = static_cast<uint64_t>(c);
  if (static_cast<uint64_t>(magnitude >> 64) >= divisor) {
    return std::nullopt;
  }
  Division division = Divide(magnitude, divisor);
  const uint64_t rest = division.remainder;
  const bool away = (rounding == Rounding::kUp && rest != 0) ||
                    (rounding == Rounding::kHalfAwayFromZero && rest >= divisor - rest);
  if (away && division.quotient != UINT64_MAX) {  // past the range either way
    ++division.quotient;
  }
  if (division.quotient > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return std::nullopt;
  }
  const auto out = static_cast<int64_t>(division.quotient);
  return negative ? -out : out;
}

}  // namespace tw
