// What the kernel knows of the calling thread: its name and how far it gives way.
#pragma once

#include <pthread.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>

namespace tw {

// For top -H, gdb and perf: at most 15 characters, the rest is cut.
inline void SetThreadName(const std::string& name) {
  constexpr size_t kLengthMax = 15;  // the kernel's
  pthread_setname_np(pthread_self(), name.substr(0, kLengthMax).c_str());
}

// The calling thread gives way to others by so much more than it did (0 to 19, as by nice): for
// work behind the scenes. So do threads that it starts later. An error of the kernel is no matter.
inline void GiveWay(int by) {
  errno = 0;
  if (const int now = getpriority(PRIO_PROCESS, 0); errno == 0) {
    setpriority(PRIO_PROCESS, 0, now + by);
  }
}

}  // namespace tw
