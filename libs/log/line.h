// A log line whose parts are only known at run time, and which is wanted as a text as well.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/time.h"
#include "libs/log/log.h"

namespace tw::log {

struct LineHead {
  std::string_view service{};  // empty: the one named by Init
  std::string_view event{};
  Timestamp at{};  // not set: now
  Level level = Level::kInfo;
};

// Answers the line as it is (or, below the level, would be) written, without its end.
std::string WriteLine(const LineHead& head, const std::vector<Field>& fields);

}  // namespace tw::log
