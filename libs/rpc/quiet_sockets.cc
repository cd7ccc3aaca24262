#include "libs/rpc/quiet_sockets.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace tw::rpc {
namespace {

constexpr int kDescriptorsMax =
    65'536;  // as many as deploy/up allows a service; others stay as they are

// A Unix socket that gRPC watches. One thread writes to it at a time.
struct Watched {
  std::atomic<int> epoll_after;  // the epoll descriptor and 1; 0: not such a socket
  bool wants_room;
  epoll_data_t data;
};

std::atomic<bool> in_use{false};
Watched all_watched[kDescriptorsMax];  // by descriptor

Watched* PlaceOf(int fd) {
  return fd >= 0 && fd < kDescriptorsMax ? &all_watched[fd] : nullptr;
}

bool IsUnix(int fd) {
  int domain = 0;
  socklen_t size = sizeof(domain);
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

int Control(int epoll, int operation, int fd, epoll_event* event) {
  return static_cast<int>(syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

int Watch(int epoll, int fd, const epoll_event& event, Watched& place) {
  epoll_event quiet = event;
  quiet.events &= ~static_cast<uint32_t>(EPOLLOUT);
  place.wants_room = false;
  place.data = event.data;
  const int result = Control(epoll, EPOLL_CTL_ADD, fd, &quiet);
  if (result == 0) {
    place.epoll_after.store(epoll + 1, std::memory_order_release);
  }
  return result;
}

// A change is told even where the room has come meanwhile: the kernel looks when it is asked.
void WatchForRoom(int epoll, int fd, bool wanted, Watched& place) {
  const int before = errno;
  place.wants_room = wanted;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET | (wanted ? static_cast<uint32_t>(EPOLLOUT) : 0U);
  event.data = place.data;
  Control(epoll, EPOLL_CTL_MOD, fd, &event);
  errno = before;
}

}  // namespace

void UseQuietSockets() {
  in_use.store(true, std::memory_order_relaxed);
}

}  // namespace tw::rpc

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)

extern "C" {

__attribute__((visibility("default"))) int epoll_ctl(int epoll,
                                                     int operation,
                                                     int fd,
                                                     epoll_event* event) noexcept {
  tw::rpc::Watched* const place = tw::rpc::PlaceOf(fd);
  constexpr uint32_t kBoth = EPOLLIN | EPOLLOUT | EPOLLET;
  if (place != nullptr && operation != EPOLL_CTL_MOD) {
    place->epoll_after.store(0, std::memory_order_relaxed);  // the descriptor may be another's now
    if (operation == EPOLL_CTL_ADD && tw::rpc::in_use.load(std::memory_order_relaxed) &&
        event != nullptr && (event->events & kBoth) == kBoth && tw::rpc::IsUnix(fd)) {
      return tw::rpc::Watch(epoll, fd, *event, *place);
    }
  }
  return tw::rpc::Control(epoll, operation, fd, event);
}

__attribute__((visibility("default"))) ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  const ssize_t sent = syscall(SYS_sendmsg, fd, message, flags);
  tw::rpc::Watched* const place = tw::rpc::PlaceOf(fd);
  const int epoll = place == nullptr ? -1 : place->epoll_after.load(std::memory_order_acquire) - 1;
  if (epoll >= 0) {
    const bool full = sent < 0 && errno == EAGAIN;
    if (full != place->wants_room) {
      tw::rpc::WatchForRoom(epoll, fd, full, *place);
    }
  }
  return sent;
}

}  // extern "C"

#endif
