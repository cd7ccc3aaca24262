// tidy: analytics file, QuestDB columns are DOUBLE; exact figures stay in the journals
#include "libs/ilp/line_buffer.h"

#include <array>
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

// Which bytes are written with a backslash before them.
using Escapes = std::array<bool, 256>;

constexpr Escapes MakeEscapes(std::string_view characters) {
  Escapes escapes{};
  for (const char c : characters) {
    escapes[static_cast<unsigned char>(c)] = true;
  }
  return escapes;
}

constexpr Escapes kInName = MakeEscapes(" ,=\n\r\\");
constexpr Escapes kInString = MakeEscapes("\"\\\n\r");

bool NeedsEscapes(std::string_view text, const Escapes& escapes) {
  bool any = false;
  for (const char c : text) {
    any |= escapes[static_cast<unsigned char>(c)];
  }
  return any;
}

void AppendEscaped(std::string& out, std::string_view text, const Escapes& escapes) {
  if (!NeedsEscapes(text, escapes)) {
    out.append(text);
    return;
  }
  for (const char c : text) {
    if (escapes[static_cast<unsigned char>(c)]) {
      out.push_back('\\');
    }
    out.push_back(c);
  }
}

// `before`, the text and `after`. Nearly always nothing is to be escaped.
void AppendBetween(
    std::string& out, char before, std::string_view text, char after, const Escapes& escapes) {
  if (!NeedsEscapes(text, escapes)) {
    const size_t size = out.size();
    out.resize(size + text.size() + 2);
    char* const at = out.data() + size;
    at[0] = before;
    text.copy(at + 1, text.size());
    at[text.size() + 1] = after;
    return;
  }
  out.push_back(before);
  AppendEscaped(out, text, escapes);
  out.push_back(after);
}

template <typename Number>
void AppendNumber(std::string& out, Number value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  out.append(text, static_cast<size_t>(end - text));
}

void AppendNumber(std::string& out, int64_t value, char unit) {
  char text[24];
  char* const end = std::to_chars(text, text + sizeof(text), value).ptr;
  *end = unit;
  out.append(text, static_cast<size_t>(end + 1 - text));
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
  AppendEscaped(bytes_, name, kInName);
  state_ = State::kTable;
  return *this;
}

LineBuffer& LineBuffer::Symbol(std::string_view name, std::string_view value) {
  TW_CHECK(state_ == State::kTable || state_ == State::kSymbols);
  if (value.empty()) {
    return *this;
  }
  AppendBetween(bytes_, ',', name, '=', kInName);
  AppendEscaped(bytes_, value, kInName);
  state_ = State::kSymbols;
  return *this;
}

void LineBuffer::StartField(std::string_view name) {
  TW_CHECK(state_ != State::kIdle);
  AppendBetween(bytes_, state_ == State::kFields ? ',' : ' ', name, '=', kInName);
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
  AppendNumber(bytes_, value, 'i');
  return *this;
}

LineBuffer& LineBuffer::Bool(std::string_view name, bool value) {
  StartField(name);
  bytes_.push_back(value ? 't' : 'f');
  return *this;
}

LineBuffer& LineBuffer::String(std::string_view name, std::string_view value) {
  StartField(name);
  AppendBetween(bytes_, '"', value, '"', kInString);
  return *this;
}

LineBuffer& LineBuffer::Time(std::string_view name, Timestamp value) {
  if (value.IsSet()) {
    StartField(name);
    AppendNumber(bytes_, value.ns, 'n');
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

LineBuffer& LineBuffer::RepeatFields(size_t from, size_t to) {
  TW_CHECK(state_ == State::kTable || state_ == State::kSymbols);
  TW_CHECK(from < to && to <= row_start() && bytes_[from] == ' ');
  bytes_.append(bytes_, from, to - from);
  state_ = State::kFields;
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
