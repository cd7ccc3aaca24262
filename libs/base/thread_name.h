// The calling thread's name, for top -H, gdb and perf: at most 15 characters, the rest is cut.
#pragma once

#include <pthread.h>

#include <string>

namespace tw {

inline void SetThreadName(const std::string& name) {
  constexpr size_t kLengthMax = 15;  // the kernel's
  pthread_setname_np(pthread_self(), name.substr(0, kLengthMax).c_str());
}

}  // namespace tw
