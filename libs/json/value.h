// Value: JSON text as a bounded tree in which numbers are still raw text. nlohmann_json does the
// lexing; it would round long decimals and take duplicate keys silently, so its own tree is not
// used. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/json/json.h"

namespace tw::json {

struct Value {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text{};               // kString: the content; kNumber: as it stood in the JSON text
  std::vector<std::string> keys{};  // kObject: the name of each item, distinct
  std::vector<Value> items{};       // kArray, kObject
};

// InvalidArgument as FromJson has it.
absl::StatusOr<Value> ParseValue(std::string_view text, const ReadOptions& options);

bool IsUtf8(const std::string& text);

}  // namespace tw::json
