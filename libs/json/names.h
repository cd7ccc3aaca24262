// What the JSON mapping derives from descriptors: short enum names and which text is a decimal.
// Any thread.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>

namespace tw::json {

// "BUY" for SIDE_BUY of enum Side; "" for the value zero, whatever its name.
std::string_view ShortName(const google::protobuf::EnumValueDescriptor& value);

// By short or full name, any case; "" is the value zero. Null when there is none.
const google::protobuf::EnumValueDescriptor* FindValue(const google::protobuf::EnumDescriptor& type,
                                                       std::string_view name);

// "BUY, SELL": what a request may say.
std::string ListNames(const google::protobuf::EnumDescriptor& type);

// True for a string field that carries a decimal in a request. Told by name: in this package a
// string `price` is always a decimal (tests/libs/json holds every request field to this).
bool IsDecimal(const google::protobuf::FieldDescriptor& field);

// True for a message that is written as an array of its fields' values.
bool IsTuple(const google::protobuf::Descriptor& type);

bool IsTimestamp(const google::protobuf::Descriptor& type);

}  // namespace tw::json
