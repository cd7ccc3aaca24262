// JSON for every REST route, by protobuf reflection: one mapping, so that all doors speak alike.
//
//   names     snake_case, as in the .proto files, in the order of declaration
//   decimals  strings out; strings or numbers in, read from their raw text, never through a double
//   enums     short ("BUY", "FILLED") and "" for the zero value out; short or full name, any case
//   in times     RFC 3339, UTC, nine decimals; left out when not set integers  numbers out; numbers
//   or strings in levels    a BookLevel is a pair: ["45000.1", "0.5"] unset     scalars are written
//   with their zero value (stable shapes); messages and members of a
//             oneof that are not set are left out
//
// Pure functions, any thread. REQUIRES: messages without map and bytes fields.
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace tw::json {

// Compact, valid UTF-8 (broken text is replaced by U+FFFD). A double that is not finite is null.
std::string ToJson(const google::protobuf::Message& message);

// A bare array, as lists are answered: ToJsonArray(response.orders()). Any range of messages.
template <typename Messages>
std::string ToJsonArray(const Messages& messages) {
  std::string out = "[";
  for (const google::protobuf::Message& message : messages) {
    if (out.size() > 1) {
      out += ',';
    }
    out += ToJson(message);
  }
  out += ']';
  return out;
}

struct ReadOptions {
  // Other names of top-level fields: {"order_type", "type"}. Both may be given if they agree.
  std::vector<std::pair<std::string, std::string>> aliases{};
  size_t text_max = size_t{1} << 20;  // bytes
  size_t values_max = 100'000;        // scalars, arrays and objects together
  int depth_max = 16;                 // of arrays and objects in each other
};

// Reads one JSON object into `out`, replacing what it held; on an error `out` is untouched.
//
// Unknown fields are ignored, null and "" for an enum or a decimal are as good as absent, decimals
// are stored in their shortest form ("0.10" -> "0.1").
//
// Errors are InvalidArgument "<field>: <what is wrong>", with the field for FieldOf
// (libs/base/field_error.h): "price", "records[3].time". Refused: text that is not JSON, duplicate
// keys, wrong types, unknown enum names, integers and decimals that do not fit (more than eight
// decimals, an exponent out of range, NaN), malformed times, two members of a oneof, and aliases
// that disagree. The bounds of the options are refused without a field.
absl::Status FromJson(std::string_view text,
                      google::protobuf::Message* out,
                      const ReadOptions& options = {});

// The same reading for query parameters (already percent-decoded): unknown names are ignored, an
// empty value is as good as absent, a repeated field takes "a,b" and "x=a&x=b"; any other name
// given twice is an error. Text must be valid UTF-8.
absl::Status FromParams(const std::vector<std::pair<std::string, std::string>>& params,
                        google::protobuf::Message* out,
                        const ReadOptions& options = {});

}  // namespace tw::json
