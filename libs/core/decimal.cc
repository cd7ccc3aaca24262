#include "libs/core/decimal.h"

#include <array>

#include "absl/status/status.h"

namespace tw {
namespace {

using Int128 = __int128;

constexpr size_t kTextMax = 64;
constexpr int kExponentMax = 40;

absl::Status Bad(const char* why) {
  return absl::InvalidArgumentError(why);
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
  const bool negative = e8 < 0;
  uint64_t rest = negative ? 0 - static_cast<uint64_t>(e8) : static_cast<uint64_t>(e8);
  std::array<char, 32> buffer{};
  char* const end = buffer.data() + buffer.size();
  char* out = end;
  bool significant = false;
  for (int i = 0; i < kDecimalPlaces; ++i) {
    const auto digit = static_cast<char>('0' + rest % 10);
    rest /= 10;
    significant = significant || digit != '0';
    if (significant) {
      *--out = digit;
    }
  }
  if (significant) {
    *--out = '.';
  }
  do {
    *--out = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (negative) {
    *--out = '-';
  }
  return std::string(out, static_cast<size_t>(end - out));
}

std::optional<int64_t> MulDiv(int64_t a, int64_t b, int64_t c, Rounding rounding) {
  TW_CHECK(c > 0);
  const Int128 product = Int128{a} * b;
  Int128 quotient = product / c;
  const Int128 remainder = product - quotient * c;  // one division, not two
  const Int128 magnitude = remainder < 0 ? -remainder : remainder;
  const bool away = (rounding == Rounding::kUp && magnitude != 0) ||
                    (rounding == Rounding::kHalfAwayFromZero && magnitude * 2 >= c);
  if (away && magnitude != 0) {
    quotient += product < 0 ? -1 : 1;
  }
  if (quotient > std::numeric_limits<int64_t>::max() ||
      quotient < -Int128{std::numeric_limits<int64_t>::max()}) {
    return std::nullopt;
  }
  return static_cast<int64_t>(quotient);
}

}  // namespace tw
