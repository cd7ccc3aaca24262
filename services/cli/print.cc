#include "services/cli/print.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/json/value.h"

namespace tw::cli {
namespace {

using json::Value;

Value Parse(const google::protobuf::Message& message) {
  absl::StatusOr<Value> value = json::ParseValue(
      json::ToJson(message), {.text_max = size_t{1} << 28, .values_max = 10'000'000});
  TW_CHECK(value.ok());
  return *std::move(value);
}

bool IsPlain(const Value& value) {
  return value.kind != Value::Kind::kObject && value.kind != Value::Kind::kArray;
}

std::string Text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull: return "";
    case Value::Kind::kBool: return value.boolean ? "yes" : "no";
    case Value::Kind::kNumber:
    case Value::Kind::kString: return value.text;
    case Value::Kind::kArray:
    case Value::Kind::kObject: break;
  }
  std::string out;
  for (const Value& item : value.items) {
    out += (out.empty() ? "" : ", ") + Text(item);
  }
  return out;
}

bool IsShown(const Value& value) {
  return IsPlain(value) || (value.kind == Value::Kind::kArray && !value.items.empty() &&
                            std::all_of(value.items.begin(), value.items.end(), IsPlain));
}

}  // namespace

TableRow Cells(const google::protobuf::Message& message, const std::vector<Column>& columns) {
  const Value object = Parse(message);
  TableRow row;
  for (const Column& column : columns) {
    const auto key = std::find(object.keys.begin(), object.keys.end(), column.field);
    row.push_back(key == object.keys.end()
                      ? ""
                      : Text(object.items[static_cast<size_t>(key - object.keys.begin())]));
  }
  return row;
}

std::string FormatFields(const google::protobuf::Message& message) {
  const Value object = Parse(message);
  size_t width = 0;
  for (size_t i = 0; i < object.keys.size(); ++i) {
    width = IsShown(object.items[i]) ? std::max(width, object.keys[i].size()) : width;
  }
  std::string out;
  for (size_t i = 0; i < object.keys.size(); ++i) {
    if (!IsShown(object.items[i])) {
      continue;
    }
    const std::string value = Text(object.items[i]);
    out += object.keys[i];
    out += value.empty() ? "" : std::string(width - object.keys[i].size() + 2, ' ') + value;
    out += "\n";
  }
  return out;
}

void PrintMessage(Context& context, const google::protobuf::Message& message) {
  context.out() << (context.json ? json::ToJson(message) + "\n" : FormatFields(message));
}

}  // namespace tw::cli
