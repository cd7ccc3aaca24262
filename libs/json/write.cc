#include <cmath>
#include <nlohmann/json.hpp>

#include "libs/base/check.h"
#include "libs/convert/timestamps.h"
#include "libs/json/json.h"
#include "libs/json/names.h"

namespace tw::json {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Json = nlohmann::ordered_json;

Json Write(const Message& message);

Json WriteDouble(double v) {
  return std::isfinite(v) ? Json(v) : Json(nullptr);
}

// An enum may carry a number that this program does not know; readers get the number as text.
Json WriteEnum(const FieldDescriptor& field, int number) {
  const EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
  return value == nullptr ? Json(std::to_string(number)) : Json(std::string(ShortName(*value)));
}

Json WriteSingle(const Message& message, const FieldDescriptor* field) {
  const Reflection& r = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL: return r.GetBool(message, field);
    case FieldDescriptor::CPPTYPE_INT32: return r.GetInt32(message, field);
    case FieldDescriptor::CPPTYPE_INT64: return r.GetInt64(message, field);
    case FieldDescriptor::CPPTYPE_UINT32: return r.GetUInt32(message, field);
    case FieldDescriptor::CPPTYPE_UINT64: return r.GetUInt64(message, field);
    case FieldDescriptor::CPPTYPE_FLOAT: return WriteDouble(r.GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_DOUBLE: return WriteDouble(r.GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_STRING: return r.GetString(message, field);
    case FieldDescriptor::CPPTYPE_ENUM: return WriteEnum(*field, r.GetEnumValue(message, field));
    case FieldDescriptor::CPPTYPE_MESSAGE: return Write(r.GetMessage(message, field));
  }
  TW_UNREACHABLE();
}

Json WriteItem(const Message& message, const FieldDescriptor* field, int i) {
  const Reflection& r = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL: return r.GetRepeatedBool(message, field, i);
    case FieldDescriptor::CPPTYPE_INT32: return r.GetRepeatedInt32(message, field, i);
    case FieldDescriptor::CPPTYPE_INT64: return r.GetRepeatedInt64(message, field, i);
    case FieldDescriptor::CPPTYPE_UINT32: return r.GetRepeatedUInt32(message, field, i);
    case FieldDescriptor::CPPTYPE_UINT64: return r.GetRepeatedUInt64(message, field, i);
    case FieldDescriptor::CPPTYPE_FLOAT: return WriteDouble(r.GetRepeatedFloat(message, field, i));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return WriteDouble(r.GetRepeatedDouble(message, field, i));
    case FieldDescriptor::CPPTYPE_STRING: return r.GetRepeatedString(message, field, i);
    case FieldDescriptor::CPPTYPE_ENUM:
      return WriteEnum(*field, r.GetRepeatedEnumValue(message, field, i));
    case FieldDescriptor::CPPTYPE_MESSAGE: return Write(r.GetRepeatedMessage(message, field, i));
  }
  TW_UNREACHABLE();
}

Json WriteField(const Message& message, const FieldDescriptor* field) {
  if (!field->is_repeated()) {
    return WriteSingle(message, field);
  }
  Json items = Json::array();
  const int count = message.GetReflection()->FieldSize(message, field);
  for (int i = 0; i < count; ++i) {
    items.push_back(WriteItem(message, field, i));
  }
  return items;
}

Json Write(const Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  if (IsTimestamp(type)) {
    const auto* time =
        google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(&message);
    TW_CHECK(time != nullptr);
    return FormatRfc3339(FromTimestamp(*time));
  }
  const bool tuple = IsTuple(type);
  Json out = tuple ? Json::array() : Json::object();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (tuple) {
      out.push_back(WriteField(message, field));
    } else if (!field->has_presence() || message.GetReflection()->HasField(message, field)) {
      out.emplace(field->name(), WriteField(message, field));
    }
  }
  return out;
}

}  // namespace

std::string ToJson(const Message& message) {
  return Write(message).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tw::json
