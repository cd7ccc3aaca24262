// View: a key as the hash maps of Debian's Abseil look it up; theirs is a string_view of its own.
#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace tw::risk {

inline absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace tw::risk
