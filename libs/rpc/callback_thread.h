// Where the one thread runs that UseOneCallbackThread (channel.h) leaves to callbacks.
#pragma once

#include "absl/status/status.h"

namespace tw::rpc {

// Keeps it to a processor for the rest of the process's life. After UseOneCallbackThread, before
// any server or stream; blocks for a moment. With an error it stays where the kernel puts it: there
// is no such processor, or this process may not run there.
absl::Status KeepCallbackThreadTo(int cpu);

}  // namespace tw::rpc
