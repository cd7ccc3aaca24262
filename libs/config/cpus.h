// Lists of processors, as taskset writes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tw::config {

// "0,2-3" -> 0, 2, 3; nothing for "". nullopt for anything else.
std::optional<std::vector<int>> ParseCpus(const std::string& text);

}  // namespace tw::config
