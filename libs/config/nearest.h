// The nearest known name to a mistyped one, for error messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tw::config {

// Edits (insert, delete, substitute) from one text to the other.
size_t EditDistance(std::string_view a, std::string_view b);

// " (did you mean \"queue-max\"?)" when something known is near enough, else "".
std::string DidYouMean(std::string_view name, const std::vector<std::string>& known);

}  // namespace tw::config
