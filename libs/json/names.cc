#include "libs/json/names.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tw::json {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

constexpr std::array<std::string_view, 31> kDecimals = {"amount",
                                                        "collar_percent",
                                                        "display_quantity",
                                                        "duplicate_window_ms",
                                                        "limit_price",
                                                        "locate_quantity",
                                                        "max_concentration_percent",
                                                        "max_daily_loss",
                                                        "max_drawdown",
                                                        "max_executions",
                                                        "max_exposure",
                                                        "max_message_rate",
                                                        "max_net_exposure",
                                                        "max_open_orders",
                                                        "max_open_value",
                                                        "max_order_notional",
                                                        "max_order_quantity",
                                                        "max_position",
                                                        "max_position_loss",
                                                        "max_position_notional",
                                                        "message_burst",
                                                        "own_collar_percent",
                                                        "participation",
                                                        "participation_cap",
                                                        "price",
                                                        "quantity",
                                                        "slice_max",
                                                        "stop_price",
                                                        "trailing_amount",
                                                        "trailing_percent",
                                                        "urgency"};

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::toupper(static_cast<unsigned char>(x)) ==
           std::toupper(static_cast<unsigned char>(y));
  });
}

// OrderStatus -> the length of "ORDER_STATUS_": one underscore per capital (the first one's stands
// at the end).
size_t PrefixLength(std::string_view type_name) {
  const auto capitals = std::count_if(type_name.begin(), type_name.end(), [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
  });
  return type_name.size() + static_cast<size_t>(capitals);
}

std::string_view WithoutPrefix(const EnumValueDescriptor& value) {
  const std::string_view name = value.name();
  return name.substr(std::min(name.size(), PrefixLength(value.type()->name())));
}

}  // namespace

std::string_view ShortName(const EnumValueDescriptor& value) {
  return value.number() == 0 ? std::string_view() : WithoutPrefix(value);
}

const EnumValueDescriptor* FindValue(const EnumDescriptor& type, std::string_view name) {
  if (name.empty()) {
    return type.FindValueByNumber(0);
  }
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor* value = type.value(i);
    if (EqualsIgnoreCase(name, WithoutPrefix(*value)) || EqualsIgnoreCase(name, value->name())) {
      return value;
    }
  }
  return nullptr;
}

std::string ListNames(const EnumDescriptor& type) {
  std::string out;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) {
      out += out.empty() ? "" : ", ";
      out += WithoutPrefix(*type.value(i));
    }
  }
  return out;
}

bool IsDecimal(const FieldDescriptor& field) {
  return field.type() == FieldDescriptor::TYPE_STRING &&
         std::find(kDecimals.begin(), kDecimals.end(), field.name()) != kDecimals.end();
}

bool IsTuple(const Descriptor& type) {
  return type.full_name() == "tradewind.v1.BookLevel";
}

bool IsTimestamp(const Descriptor& type) {
  return type.full_name() == "google.protobuf.Timestamp";
}

}  // namespace tw::json
