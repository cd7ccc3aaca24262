#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>

#include "absl/status/statusor.h"
#include "libs/base/check.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/timestamps.h"
#include "libs/core/decimal.h"
#include "libs/json/json.h"
#include "libs/json/names.h"
#include "libs/json/value.h"

namespace tw::json {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Kind = Value::Kind;

absl::Status ReadMessage(const Value& value, const std::string& path, Message* out);

bool IsNumeric(const Value& value) {
  return value.kind == Kind::kNumber || value.kind == Kind::kString;
}

template <typename T>
absl::StatusOr<T> ReadInteger(const Value& value, const std::string& path) {
  const char* const end = value.text.data() + value.text.size();
  T out{};
  const auto [stop, error] = std::from_chars(value.text.data(), end, out);
  if (!IsNumeric(value) || error != std::errc() || stop != end) {
    return FieldError(path, "expected a whole number from " +
                                std::to_string(std::numeric_limits<T>::min()) + " to " +
                                std::to_string(std::numeric_limits<T>::max()));
  }
  return out;
}

template <typename T>
absl::StatusOr<T> ReadFloating(const Value& value, const std::string& path) {
  const char* const end = value.text.data() + value.text.size();
  T out{};
  const auto [stop, error] = std::from_chars(value.text.data(), end, out);
  if (!IsNumeric(value) || error != std::errc() || stop != end || !std::isfinite(out)) {
    return FieldError(path, "expected a number");
  }
  return out;
}

absl::StatusOr<bool> ReadBool(const Value& value, const std::string& path) {
  if (value.kind == Kind::kBool) {
    return value.boolean;
  }
  if (value.kind == Kind::kString && (value.text == "true" || value.text == "false")) {
    return value.text == "true";
  }
  return FieldError(path, "expected true or false");
}

absl::StatusOr<std::string> ReadString(const Value& value,
                                       const std::string& path,
                                       const FieldDescriptor& field) {
  if (!IsDecimal(field)) {
    return value.kind == Kind::kString
               ? absl::StatusOr<std::string>(value.text)
               : absl::StatusOr<std::string>(FieldError(path, "expected a string"));
  }
  if (!IsNumeric(value)) {
    return FieldError(path, "expected a decimal, as a string or a number");
  }
  if (value.text.empty()) {
    return std::string();
  }
  const absl::StatusOr<int64_t> e8 = ParseE8(value.text);
  if (!e8.ok()) {
    return FieldError(path, std::string(e8.status().message()));
  }
  return FormatE8(*e8);
}

absl::StatusOr<const EnumValueDescriptor*> ReadEnum(const Value& value,
                                                    const std::string& path,
                                                    const FieldDescriptor& field) {
  const EnumValueDescriptor* found =
      value.kind == Kind::kString ? FindValue(*field.enum_type(), value.text) : nullptr;
  if (found == nullptr) {
    return FieldError(path, "expected one of " + ListNames(*field.enum_type()));
  }
  return found;
}

// Sets `field` of `out`, or adds to it when it is repeated.
absl::Status ReadSingle(const Value& value,
                        const std::string& path,
                        const FieldDescriptor* field,
                        Message* out) {
  const Reflection& r = *out->GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL: {
      TW_ASSIGN_OR_RETURN(const bool v, ReadBool(value, path));
      many ? r.AddBool(out, field, v) : r.SetBool(out, field, v);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      TW_ASSIGN_OR_RETURN(const int32_t v, ReadInteger<int32_t>(value, path));
      many ? r.AddInt32(out, field, v) : r.SetInt32(out, field, v);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      TW_ASSIGN_OR_RETURN(const int64_t v, ReadInteger<int64_t>(value, path));
      many ? r.AddInt64(out, field, v) : r.SetInt64(out, field, v);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      TW_ASSIGN_OR_RETURN(const uint32_t v, ReadInteger<uint32_t>(value, path));
      many ? r.AddUInt32(out, field, v) : r.SetUInt32(out, field, v);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      TW_ASSIGN_OR_RETURN(const uint64_t v, ReadInteger<uint64_t>(value, path));
      many ? r.AddUInt64(out, field, v) : r.SetUInt64(out, field, v);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      TW_ASSIGN_OR_RETURN(const float v, ReadFloating<float>(value, path));
      many ? r.AddFloat(out, field, v) : r.SetFloat(out, field, v);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      TW_ASSIGN_OR_RETURN(const double v, ReadFloating<double>(value, path));
      many ? r.AddDouble(out, field, v) : r.SetDouble(out, field, v);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      TW_ASSIGN_OR_RETURN(std::string v, ReadString(value, path, *field));
      many ? r.AddString(out, field, std::move(v)) : r.SetString(out, field, std::move(v));
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      TW_ASSIGN_OR_RETURN(const EnumValueDescriptor* v, ReadEnum(value, path, *field));
      many ? r.AddEnum(out, field, v) : r.SetEnum(out, field, v);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ReadMessage(value, path,
                         many ? r.AddMessage(out, field) : r.MutableMessage(out, field));
  }
  TW_UNREACHABLE();
}

absl::Status ReadField(const Value& value,
                       const std::string& path,
                       const FieldDescriptor* field,
                       Message* out) {
  if (value.kind == Kind::kNull) {
    return absl::OkStatus();
  }
  if (field->is_repeated()) {
    if (value.kind != Kind::kArray) {
      return FieldError(path, "expected an array");
    }
    for (size_t i = 0; i < value.items.size(); ++i) {
      TW_RETURN_IF_ERROR(
          ReadSingle(value.items[i], path + '[' + std::to_string(i) + ']', field, out));
    }
    return absl::OkStatus();
  }
  const auto* oneof = field->real_containing_oneof();
  if (oneof != nullptr && out->GetReflection()->HasOneof(*out, oneof)) {
    return FieldError(path, "only one of the kinds of " + oneof->name() + " can be given");
  }
  return ReadSingle(value, path, field, out);
}

absl::Status ReadTimestamp(const Value& value, const std::string& path, Message* out) {
  const absl::StatusOr<Timestamp> time =
      value.kind == Kind::kString
          ? ParseRfc3339(value.text)
          : absl::InvalidArgumentError("expected an RFC 3339 time such as 2026-01-31T09:30:00Z");
  if (!time.ok()) {
    return FieldError(path, std::string(time.status().message()));
  }
  auto* generated = google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(out);
  TW_CHECK(generated != nullptr);
  ToTimestamp(*time, generated);
  return absl::OkStatus();
}

absl::Status ReadTuple(const Value& value, const std::string& path, Message* out) {
  const Descriptor& type = *out->GetDescriptor();
  if (value.kind != Kind::kArray || value.items.size() != static_cast<size_t>(type.field_count())) {
    return FieldError(path, "expected an array of " + std::to_string(type.field_count()));
  }
  for (int i = 0; i < type.field_count(); ++i) {
    TW_RETURN_IF_ERROR(ReadField(value.items[static_cast<size_t>(i)],
                                 path + '[' + std::to_string(i) + ']', type.field(i), out));
  }
  return absl::OkStatus();
}

absl::Status ReadMessage(const Value& value, const std::string& path, Message* out) {
  const Descriptor& type = *out->GetDescriptor();
  if (IsTimestamp(type)) {
    return ReadTimestamp(value, path, out);
  }
  if (IsTuple(type)) {
    return ReadTuple(value, path, out);
  }
  if (value.kind != Kind::kObject) {
    return path.empty() ? absl::InvalidArgumentError("expected a JSON object")
                        : FieldError(path, "expected an object");
  }
  for (size_t i = 0; i < value.items.size(); ++i) {
    const FieldDescriptor* field = type.FindFieldByName(value.keys[i]);
    if (field != nullptr) {
      TW_RETURN_IF_ERROR(ReadField(
          value.items[i], path.empty() ? field->name() : path + '.' + field->name(), field, out));
    }
  }
  return absl::OkStatus();
}

// The member `name` of an object, added as null when it is not there.
Value& Member(const std::string& name, Value* object) {
  const auto at = std::find(object->keys.begin(), object->keys.end(), name);
  if (at != object->keys.end()) {
    return object->items[static_cast<size_t>(at - object->keys.begin())];
  }
  object->keys.push_back(name);
  return object->items.emplace_back();
}

// Gives top-level members that go by an alias their own name, once it is known that the two do not
// contradict each other.
absl::Status ResolveAliases(const ReadOptions& options, const Message& prototype, Value* root) {
  for (const auto& [alias, name] : options.aliases) {
    const FieldDescriptor* field = prototype.GetDescriptor()->FindFieldByName(name);
    TW_CHECK(field != nullptr);
    const auto at = std::find(root->keys.begin(), root->keys.end(), alias);
    if (at == root->keys.end()) {
      continue;
    }
    const auto alias_index = static_cast<size_t>(at - root->keys.begin());
    const Value under_alias = std::move(root->items[alias_index]);
    root->keys.erase(at);
    root->items.erase(root->items.begin() + static_cast<std::ptrdiff_t>(alias_index));
    if (under_alias.kind == Kind::kNull) {
      continue;
    }
    const std::unique_ptr<Message> by_alias(prototype.New());
    TW_RETURN_IF_ERROR(ReadField(under_alias, alias, field, by_alias.get()));
    Value& under_name = Member(name, root);
    if (under_name.kind == Kind::kNull) {
      under_name = under_alias;
      continue;
    }
    const std::unique_ptr<Message> by_name(prototype.New());
    TW_RETURN_IF_ERROR(ReadField(under_name, name, field, by_name.get()));
    if (by_alias->SerializeAsString() != by_name->SerializeAsString()) {
      return FieldError(alias, "disagrees with " + name);
    }
  }
  return absl::OkStatus();
}

absl::Status ReadRoot(Value root, const ReadOptions& options, Message* out) {
  TW_RETURN_IF_ERROR(ResolveAliases(options, *out, &root));
  const std::unique_ptr<Message> fresh(out->New());
  TW_RETURN_IF_ERROR(ReadMessage(root, "", fresh.get()));
  out->GetReflection()->Swap(out, fresh.get());
  return absl::OkStatus();
}

std::vector<Value> SplitList(std::string_view text) {
  std::vector<Value> out;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) {
      Value& item = out.emplace_back();
      item.kind = Kind::kString;
      item.text = text.substr(0, comma);
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

}  // namespace

absl::Status FromJson(std::string_view text, Message* out, const ReadOptions& options) {
  TW_ASSIGN_OR_RETURN(Value root, ParseValue(text, options));
  return ReadRoot(std::move(root), options, out);
}

absl::Status FromParams(const std::vector<std::pair<std::string, std::string>>& params,
                        Message* out,
                        const ReadOptions& options) {
  Value root;
  root.kind = Kind::kObject;
  for (const auto& [name, text] : params) {
    const auto alias = std::find_if(options.aliases.begin(), options.aliases.end(),
                                    [&n = name](const auto& a) { return a.first == n; });
    const FieldDescriptor* field = out->GetDescriptor()->FindFieldByName(
        alias == options.aliases.end() ? name : alias->second);
    if (field == nullptr || text.empty()) {
      continue;
    }
    if (!IsUtf8(text)) {
      return FieldError(name, "not valid UTF-8");
    }
    Value& value = Member(name, &root);
    if (!field->is_repeated()) {
      if (value.kind != Kind::kNull) {
        return FieldError(name, "given twice");
      }
      value.kind = Kind::kString;
      value.text = text;
      continue;
    }
    value.kind = Kind::kArray;
    std::vector<Value> items = SplitList(text);
    std::move(items.begin(), items.end(), std::back_inserter(value.items));
  }
  return ReadRoot(std::move(root), options, out);
}

}  // namespace tw::json
