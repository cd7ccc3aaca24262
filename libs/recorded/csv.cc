#include "libs/recorded/csv.h"

#include <algorithm>
#include <limits>

#include "libs/base/status_macros.h"
#include "libs/recorded/row.h"

namespace tw::recorded {
namespace {

constexpr size_t kDigitsMax = 40;  // of a number
constexpr int kPlaces = 8;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// The digits of a decimal, and how many of them stand before its point.
struct Digits {
  std::string text;
  int whole = 0;
};

absl::StatusOr<Digits> ReadDigits(std::string_view text) {
  Digits digits;
  bool point = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (IsDigit(c) && digits.text.size() < kDigitsMax) {
      digits.text += c;
      digits.whole += point ? 0 : 1;
    } else {
      return absl::InvalidArgumentError("a decimal");
    }
  }
  if (digits.text.empty()) {
    return absl::InvalidArgumentError("a decimal");
  }
  return digits;
}

}  // namespace

absl::Status ColumnFault(std::string_view column, std::string_view wanted, std::string_view found) {
  std::string text(column);
  text += ": expected ";
  text += wanted;
  text += ", found \"";
  text += found.substr(0, kShownMax);
  return absl::InvalidArgumentError(text + "\"");
}

absl::Status SplitCsv(std::string_view line,
                      char delimiter,
                      std::string& scratch,
                      std::vector<std::string_view>& fields) {
  fields.clear();
  scratch.clear();
  scratch.reserve(line.size());  // what is taken out of quotation marks is never longer
  size_t at = 0;
  while (true) {
    if (at < line.size() && line[at] == '"') {
      const size_t begin = scratch.size();
      size_t from = at + 1;
      while (true) {
        const size_t quote = line.find('"', from);
        if (quote == std::string_view::npos) {
          return absl::InvalidArgumentError("a quotation mark is not closed");
        }
        scratch += line.substr(from, quote - from);
        from = quote + 1;
        if (from >= line.size() || line[from] != '"') {
          break;
        }
        scratch += '"';
        ++from;
      }
      if (from < line.size() && line[from] != delimiter) {
        return absl::InvalidArgumentError("something follows a closing quotation mark");
      }
      fields.push_back(std::string_view(scratch).substr(begin));
      at = from;
    } else {
      const size_t end = std::min(line.find(delimiter, at), line.size());
      fields.push_back(line.substr(at, end - at));
      at = end;
    }
    if (at >= line.size()) {
      return absl::OkStatus();
    }
    ++at;
  }
}

absl::StatusOr<int64_t> ScaledE8(std::string_view text, int shift, Excess excess) {
  const bool negative = !text.empty() && text[0] == '-';
  TW_ASSIGN_OR_RETURN(const Digits digits, ReadDigits(text.substr(negative ? 1 : 0)));
  const int count = static_cast<int>(digits.text.size());
  const int whole = digits.whole + shift + kPlaces;
  __int128 value = 0;
  bool rounds_up = false;
  for (int i = 0; i < std::max(whole, count); ++i) {
    const int digit = i < count ? digits.text[static_cast<size_t>(i)] - '0' : 0;
    if (i < whole) {
      value = value * 10 + digit;
      if (value > std::numeric_limits<int64_t>::max()) {
        return absl::InvalidArgumentError("a decimal in range");
      }
    } else if (excess == Excess::kRefuse && digit != 0) {
      return absl::InvalidArgumentError("a decimal of at most eight places");
    } else if (i == whole) {
      rounds_up = digit >= 5;
    }
  }
  value += rounds_up ? 1 : 0;
  if (value > std::numeric_limits<int64_t>::max()) {
    return absl::InvalidArgumentError("a decimal in range");
  }
  return static_cast<int64_t>(negative ? -value : value);
}

}  // namespace tw::recorded
