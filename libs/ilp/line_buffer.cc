// tidy: analytics file, QuestDB columns are DOUBLE; exact figures stay in the journals
#include "libs/ilp/line_buffer.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "libs/base/check.h"
#include "libs/ilp/protocol.h"

namespace tw::ilp {
namespace {

constexpr char kArrayDimensions = 2;
// Decimals up to here, in 1e-8, are exact as a double before they are divided: the quotient is then
// the double nearest to the decimal, as the server would have read it from text.
constexpr int64_t kExactE8Max = int64_t{1} << 53;

static_assert(std::endian::native == std::endian::little, "v2 fields are little-endian");

constexpr bool EscapedInName(char c) {
  return c == ' ' || c == ',' || c == '=' || c == '\n' || c == '\r' || c == '\\';
}

constexpr bool EscapedInString(char c) {
  return c == '"' || c == '\\' || c == '\n' || c == '\r';
}

template <typename Predicate>
void AppendEscaped(std::string& out, std::string_view text, Predicate escaped) {
  size_t clean_from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (escaped(text[i])) {
      out.append(text, clean_from, i - clean_from);
      out.push_back('\\');
      clean_from = i;
    }
  }
  out.append(text, clean_from);
}

template <typename Number>
void AppendNumber(std::string& out, Number value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  out.append(text, static_cast<size_t>(end - text));
}

// The exact decimal: "45000.1", "-0.00000001", "3".
void AppendE8(std::string& out, int64_t e8) {
  constexpr uint64_t kScale = kDecimalScale;
  uint64_t magnitude = static_cast<uint64_t>(e8);
  if (e8 < 0) {
    out.push_back('-');
    magnitude = ~magnitude + 1;
  }
  AppendNumber(out, magnitude / kScale);
  uint64_t fraction = magnitude % kScale;
  if (fraction == 0) {
    return;
  }
  char digits[kDecimalPlaces];
  for (int i = kDecimalPlaces - 1; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  size_t length = kDecimalPlaces;
  while (digits[length - 1] == '0') {
    --length;
  }
  out.push_back('.');
  out.append(digits, length);
}

void AppendRaw(std::string& out, const void* from, size_t size) {
  out.append(static_cast<const char*>(from), size);
}

}  // namespace

LineBuffer& LineBuffer::Table(std::string_view name) {
  TW_CHECK(state_ == State::kIdle);
  AppendEscaped(bytes_, name, EscapedInName);
  state_ = State::kTable;
  return *this;
}

LineBuffer& LineBuffer::Symbol(std::string_view name, std::string_view value) {
  TW_CHECK(state_ == State::kTable || state_ == State::kSymbols);
  if (value.empty()) {
    return *this;
  }
  bytes_.push_back(',');
  AppendEscaped(bytes_, name, EscapedInName);
  bytes_.push_back('=');
  AppendEscaped(bytes_, value, EscapedInName);
  state_ = State::kSymbols;
  return *this;
}

void LineBuffer::StartField(std::string_view name) {
  TW_CHECK(state_ != State::kIdle);
  bytes_.push_back(state_ == State::kFields ? ',' : ' ');
  AppendEscaped(bytes_, name, EscapedInName);
  bytes_.push_back('=');
  state_ = State::kFields;
}

LineBuffer& LineBuffer::Double(std::string_view name, double value) {
  if (std::isfinite(value)) {
    StartField(name);
    if (doubles_ == Doubles::kBinary) {
      AppendBinary(value);
    } else {
      AppendNumber(bytes_, value);
    }
  }
  return *this;
}

LineBuffer& LineBuffer::DecimalE8(std::string_view name, int64_t e8) {
  StartField(name);
  if (doubles_ == Doubles::kBinary && e8 >= -kExactE8Max && e8 <= kExactE8Max) {
    AppendBinary(static_cast<double>(e8) / static_cast<double>(kDecimalScale));
  } else {
    AppendE8(bytes_, e8);
  }
  return *this;
}

void LineBuffer::AppendBinary(double value) {
  char field[2 + sizeof(value)] = {'=', kEntityDouble};
  std::memcpy(field + 2, &value, sizeof(value));
  AppendRaw(bytes_, field, sizeof(field));
}

LineBuffer& LineBuffer::Int(std::string_view name, int64_t value) {
  StartField(name);
  AppendNumber(bytes_, value);
  bytes_.push_back('i');
  return *this;
}

LineBuffer& LineBuffer::Bool(std::string_view name, bool value) {
  StartField(name);
  bytes_.push_back(value ? 't' : 'f');
  return *this;
}

LineBuffer& LineBuffer::String(std::string_view name, std::string_view value) {
  StartField(name);
  bytes_.push_back('"');
  AppendEscaped(bytes_, value, EscapedInString);
  bytes_.push_back('"');
  return *this;
}

LineBuffer& LineBuffer::Time(std::string_view name, Timestamp value) {
  if (value.IsSet()) {
    StartField(name);
    AppendNumber(bytes_, value.ns);
    bytes_.push_back('n');
  }
  return *this;
}

LineBuffer& LineBuffer::Array2d(std::string_view name,
                                std::span<const double> values,
                                uint32_t rows,
                                uint32_t columns) {
  TW_CHECK(values.size() == size_t{rows} * columns);
  if (values.empty()) {
    return *this;
  }
  StartField(name);
  const char header[] = {'=', kEntityArray, kElementDouble, kArrayDimensions};
  AppendRaw(bytes_, header, sizeof(header));
  AppendRaw(bytes_, &rows, sizeof(rows));
  AppendRaw(bytes_, &columns, sizeof(columns));
  AppendRaw(bytes_, values.data(), values.size_bytes());
  return *this;
}

absl::Status LineBuffer::At(Timestamp designated) {
  TW_CHECK(state_ != State::kIdle);
  if (state_ == State::kTable) {
    return Refuse(absl::InvalidArgumentError("a row needs at least one column that is not null"));
  }
  if (designated.ns <= 0) {
    return Refuse(absl::InvalidArgumentError("a row's timestamp must be after 1970-01-01"));
  }
  bytes_.push_back(' ');
  AppendNumber(bytes_, designated.ns);
  bytes_.push_back('\n');
  if (bytes_.size() - row_start() > limits_.row_bytes_max) {
    return Refuse(absl::ResourceExhaustedError("the row is longer than row_bytes_max"));
  }
  if (rows() >= limits_.rows_max || bytes_.size() > limits_.bytes_max) {
    return Refuse(absl::ResourceExhaustedError("the line buffer is full"));
  }
  row_ends_.push_back(static_cast<uint32_t>(bytes_.size()));
  state_ = State::kIdle;
  return absl::OkStatus();
}

absl::Status LineBuffer::Refuse(absl::Status why) {
  bytes_.resize(row_start());
  state_ = State::kIdle;
  return why;
}

absl::Status LineBuffer::Append(const LineBuffer& other) {
  TW_CHECK(state_ == State::kIdle && other.state_ == State::kIdle);
  if (rows() + other.rows() > limits_.rows_max ||
      bytes_.size() + other.bytes_.size() > limits_.bytes_max) {
    return absl::ResourceExhaustedError("the line buffer is full");
  }
  const auto shift = static_cast<uint32_t>(bytes_.size());
  bytes_.append(other.bytes_);
  row_ends_.reserve(row_ends_.size() + other.row_ends_.size());
  for (const uint32_t end : other.row_ends_) {
    row_ends_.push_back(shift + end);
  }
  return absl::OkStatus();
}

void LineBuffer::Clear() {
  bytes_.clear();
  row_ends_.clear();
  state_ = State::kIdle;
}

}  // namespace tw::ilp
