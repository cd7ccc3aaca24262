// The process environment, the one place that reads it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace tw::config {

// The variable's value; nullopt when it is unset or empty.
std::optional<std::string> Environment(const std::string& name);

// {"TRADEWIND", "hot-cache", "ADDRESS"} -> "TRADEWIND_HOT_CACHE_ADDRESS".
std::string EnvironmentName(std::initializer_list<std::string_view> parts);

}  // namespace tw::config
