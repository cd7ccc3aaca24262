// Which service a thread works for, where one process holds several: the name on the lines it logs.
//
//   const log::ServiceScope scope("oms");  // this thread, until the end of the block
//
//   // and what it starts:
//   thread_ = std::thread(log::ForThisService([this] { Run(); }));
//
// Whoever starts a thread or leaves a callback with somebody else's threads passes the name on. In
// a process with one service there is none, and all of this costs a few instructions.
#pragma once

#include <utility>

namespace tw::log {

namespace internal {
inline thread_local const char* current_service = nullptr;
}

// nullptr: the process's own name. Otherwise valid for as long as the process.
inline const char* CurrentService() {
  return internal::current_service;
}

class ServiceScope {
 public:
  // REQUIRES: `service` is null or lives as long as the process.
  explicit ServiceScope(const char* service)
      : before_(std::exchange(internal::current_service, service)) {}
  ~ServiceScope() { internal::current_service = before_; }
  ServiceScope(const ServiceScope&) = delete;
  ServiceScope& operator=(const ServiceScope&) = delete;

 private:
  const char* const before_;
};

// `work` for the service that this thread works for now, wherever it will run.
template <typename Work>
auto ForThisService(Work work) {
  return [service = CurrentService(), work = std::move(work)](auto&&... arguments) mutable {
    const ServiceScope scope(service);
    return work(std::forward<decltype(arguments)>(arguments)...);
  };
}

}  // namespace tw::log
