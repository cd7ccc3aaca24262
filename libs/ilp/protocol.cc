// tidy: analytics file, QuestDB columns are DOUBLE; exact figures stay in the journals
#include "libs/ilp/protocol.h"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

namespace tw::ilp {
namespace {

// The offset of the first of `stops` at or after `at` that no backslash stands before.
std::optional<size_t> FindPlain(std::string_view text, size_t at, std::string_view stops) {
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (stops.find(text[at]) != std::string_view::npos) {
      return at;
    }
  }
  return std::nullopt;
}

template <typename T>
T Get(std::string_view in, size_t offset) {
  T value;
  std::memcpy(&value, in.data() + offset, sizeof(value));
  return value;
}

// One row after another; a row is written only once it has been read whole.
class Rewriter {
 public:
  explicit Rewriter(std::string_view rows) : rows_(rows) { out_.reserve(rows.size()); }

  std::string Run() {
    while (at_ < rows_.size()) {
      const size_t start = at_;
      row_.clear();
      if (!Row()) {
        out_.append(rows_.substr(start));
        break;
      }
      out_.append(row_);
    }
    return std::move(out_);
  }

 private:
  bool Row() {
    const auto head = FindPlain(rows_, at_, " \n");
    if (!head || rows_[*head] != ' ') {
      return false;
    }
    const std::string_view names = rows_.substr(at_, *head - at_);
    row_.append(names);
    bool any = FindPlain(names, 0, ",").has_value();
    at_ = *head + 1;
    for (char before = ' ';;) {
      const auto equals = FindPlain(rows_, at_, "=\n");
      if (!equals) {
        return false;
      }
      if (rows_[*equals] == '\n') {  // not a field but the time
        row_.append(" ").append(rows_.substr(at_, *equals + 1 - at_));
        at_ = *equals + 1;
        if (!any) {
          row_.clear();
        }
        return true;
      }
      const std::string_view name = rows_.substr(at_, *equals - at_);
      at_ = *equals + 1;
      const std::optional<std::string> value = Value();
      if (!value || at_ >= rows_.size() || (rows_[at_] != ',' && rows_[at_] != ' ')) {
        return false;
      }
      if (!value->empty()) {
        row_.append(1, before).append(name).append("=").append(*value);
        any = true;
        before = ',';
      }
      ++at_;  // ',' or ' '
    }
  }

  // As text; "" for what v1 cannot say. nullopt: not a value.
  std::optional<std::string> Value() {
    const size_t start = at_;
    if (start < rows_.size() && rows_[start] == '=') {
      return Binary();
    }
    std::optional<size_t> end;
    if (start < rows_.size() && rows_[start] == '"') {
      end = FindPlain(rows_, start + 1, "\"");
      if (end) {
        ++*end;
      }
    } else {
      end = FindPlain(rows_, start, ", \n");
    }
    if (!end) {
      return std::nullopt;
    }
    at_ = *end;
    return std::string(rows_.substr(start, *end - start));
  }

  std::optional<std::string> Binary() {
    constexpr size_t kDouble = sizeof(double);
    const std::string_view field = rows_.substr(at_);
    if (field.size() >= 2 + kDouble && field[1] == kEntityDouble) {
      at_ += 2 + kDouble;
      char text[32];
      const char* const end = std::to_chars(text, text + sizeof(text), Get<double>(field, 2)).ptr;
      return std::string(text, static_cast<size_t>(end - text));
    }
    if (field.size() < 4 || field[1] != kEntityArray || field[2] != kElementDouble) {
      return std::nullopt;
    }
    const auto dimensions = static_cast<size_t>(static_cast<unsigned char>(field[3]));
    size_t size = 4 + dimensions * sizeof(uint32_t);
    size_t values = 1;
    for (size_t i = 0; i < dimensions && size <= field.size(); ++i) {
      values *= Get<uint32_t>(field, 4 + i * sizeof(uint32_t));
      if (values > field.size()) {
        return std::nullopt;
      }
    }
    size += values * kDouble;
    if (size > field.size()) {
      return std::nullopt;
    }
    at_ += size;
    return std::string();
  }

  std::string_view rows_;
  size_t at_ = 0;
  std::string row_;
  std::string out_;
};

}  // namespace

std::string ToProtocolV1(std::string_view rows) {
  return Rewriter(rows).Run();
}

}  // namespace tw::ilp
