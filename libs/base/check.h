// TW_CHECK, TW_UNREACHABLE: a broken invariant is a bug of this program, so it stops, in every
// build type. The supervisor restarts the process and the journal brings its state back.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace tw::internal {

[[noreturn]] inline void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, condition);
  std::abort();
}

}  // namespace tw::internal

#define TW_CHECK(condition)                                        \
  do {                                                             \
    if (!(condition)) [[unlikely]] {                               \
      ::tw::internal::CheckFailed(__FILE__, __LINE__, #condition); \
    }                                                              \
  } while (false)

// Where no case leads to, such as behind a switch over every value of an enum.
#define TW_UNREACHABLE() ::tw::internal::CheckFailed(__FILE__, __LINE__, "unreachable")
