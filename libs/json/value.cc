#include "libs/json/value.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "libs/base/field_error.h"

namespace tw::json {
namespace {

using Plain = nlohmann::json;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(std::string(what));
}

// Builds the tree from nlohmann's events. Each function answers whether to go on; `status()` says
// why not.
class Builder {
 public:
  explicit Builder(const ReadOptions& options) : options_(options) {}

  const absl::Status& status() const { return status_; }
  Value Take() { return std::move(root_); }

  bool null() { return Add({}) != nullptr; }
  bool boolean(bool v) { return Add({.kind = Value::Kind::kBool, .boolean = v}) != nullptr; }
  bool number_integer(Plain::number_integer_t v) { return AddNumber(std::to_string(v)); }
  bool number_unsigned(Plain::number_unsigned_t v) { return AddNumber(std::to_string(v)); }
  bool number_float(Plain::number_float_t, const std::string& raw) { return AddNumber(raw); }
  bool string(std::string& v) {
    return Add({.kind = Value::Kind::kString, .text = std::move(v)}) != nullptr;
  }
  bool binary(Plain::binary_t&) { return Fail(Malformed("binary is not JSON")); }
  bool start_object(size_t) { return Open(Value::Kind::kObject); }
  bool start_array(size_t) { return Open(Value::Kind::kArray); }

  bool key(std::string& v) {
    open_.back()->keys.push_back(std::move(v));
    return true;
  }

  bool end_object() {
    std::vector<std::string_view> keys(open_.back()->keys.begin(), open_.back()->keys.end());
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end()) {
      return Fail(FieldError(Inside(std::string(*twice)), "given twice"));
    }
    open_.pop_back();
    return true;
  }

  bool end_array() {
    open_.pop_back();
    return true;
  }

  bool parse_error(size_t position, const std::string&, const Plain::exception& e) {
    constexpr int kNumberOverflow = 406;
    const std::string what = e.id == kNumberOverflow
                                 ? "number out of range"
                                 : "not valid JSON near byte " + std::to_string(position);
    const bool value_missing = !open_.empty() && open_.back()->kind == Value::Kind::kObject &&
                               open_.back()->keys.size() > open_.back()->items.size();
    return Fail(value_missing ? FieldError(Inside(""), what) : Malformed(what));
  }

 private:
  bool AddNumber(std::string raw) {
    return Add({.kind = Value::Kind::kNumber, .text = std::move(raw)}) != nullptr;
  }

  // Where `value` now stands; null when there are too many. The items of an open array or object
  // grow only while it is the innermost, so the pointers in `open_` stay good.
  Value* Add(Value value) {
    if (++count_ > options_.values_max) {
      Fail(Malformed("more than " + std::to_string(options_.values_max) + " values"));
      return nullptr;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    open_.back()->items.push_back(std::move(value));
    return &open_.back()->items.back();
  }

  bool Open(Value::Kind kind) {
    if (open_.size() >= static_cast<size_t>(options_.depth_max)) {
      return Fail(Malformed("nested deeper than " + std::to_string(options_.depth_max)));
    }
    Value* added = Add({.kind = kind});
    if (added == nullptr) {
      return false;
    }
    open_.push_back(added);
    return true;
  }

  // The path of `name` in the innermost open object; of its last key when `name` is empty.
  // REQUIRES: the innermost is an object, so every open array holds the item that leads to it.
  std::string Inside(const std::string& name) const {
    std::string path;
    for (const Value* value : open_) {
      if (value->kind == Value::Kind::kArray) {
        path += '[' + std::to_string(value->items.size() - 1) + ']';
      } else if (value != open_.back() || name.empty()) {
        path += (path.empty() ? "" : ".") + value->keys.back();
      }
    }
    if (!name.empty()) {
      path += (path.empty() ? "" : ".") + name;
    }
    return path;
  }

  bool Fail(absl::Status status) {
    status_ = std::move(status);
    return false;
  }

  const ReadOptions& options_;
  Value root_;
  std::vector<Value*> open_;  // from the root inwards
  size_t count_ = 0;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<Value> ParseValue(std::string_view text, const ReadOptions& options) {
  if (text.size() > options.text_max) {
    return Malformed("longer than " + std::to_string(options.text_max) + " bytes");
  }
  Builder builder(options);
  if (!Plain::sax_parse(text.begin(), text.end(), &builder)) {
    return builder.status();
  }
  return builder.Take();
}

bool IsUtf8(const std::string& text) {
  try {
    static_cast<void>(Plain(text).dump());  // strict: throws where the text is not UTF-8
    return true;
  } catch (const Plain::exception&) {
    return false;
  }
}

}  // namespace tw::json
