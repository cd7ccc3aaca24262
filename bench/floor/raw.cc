// Sockets and files without gRPC.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "bench/floor/clients.h"

namespace tw::floor {
namespace {

using Buffer = std::array<char, kMessageBytes>;

bool IsUnix(const std::string& address) {
  return address.starts_with("unix:");
}

// The socket address behind "unix:PATH" or a port of loopback.
struct Endpoint {
  explicit Endpoint(const std::string& address) {
    if (IsUnix(address)) {
      auto& at = reinterpret_cast<sockaddr_un&>(storage);
      at.sun_family = AF_UNIX;
      const std::string path = address.substr(5);
      std::strncpy(at.sun_path, path.c_str(), sizeof(at.sun_path) - 1);
      length = sizeof(sockaddr_un);
    } else {
      auto& at = reinterpret_cast<sockaddr_in&>(storage);
      at.sin_family = AF_INET;
      at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      const size_t colon = address.find(':');
      at.sin_port = htons(static_cast<uint16_t>(
          colon == std::string::npos ? 0 : std::atoi(address.c_str() + colon + 1)));
      length = sizeof(sockaddr_in);
    }
  }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }

  sockaddr_storage storage{};
  socklen_t length = 0;
};

void SetNoDelay(int fd) {
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));  // a Unix socket has no such thing
}

bool ReadAll(int fd, Buffer& buffer) {
  size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t n = read(fd, buffer.data() + done, buffer.size() - done);
    if (n <= 0) {
      return false;
    }
    done += static_cast<size_t>(n);
  }
  return true;
}

bool WriteAll(int fd, const Buffer& buffer) {
  return write(fd, buffer.data(), buffer.size()) == static_cast<ssize_t>(buffer.size());
}

void EchoAll(int fd) {
  Buffer buffer{};
  while (ReadAll(fd, buffer) && WriteAll(fd, buffer)) {
  }
  close(fd);
}

class RawClient final : public Exchanger {
 public:
  explicit RawClient(int fd) : fd_(fd) {}
  ~RawClient() override { close(fd_); }
  bool Exchange() override { return WriteAll(fd_, buffer_) && ReadAll(fd_, buffer_); }

 private:
  const int fd_;
  Buffer buffer_{};
};

class Disk final : public Exchanger {
 public:
  static constexpr off_t kPreallocated = 64 << 20;

  Disk(int fd, std::string path, bool preallocated)
      : fd_(fd), path_(std::move(path)), wraps_(preallocated) {}
  ~Disk() override {
    close(fd_);
    unlink(path_.c_str());
  }
  bool Exchange() override {
    const auto wrote = pwrite(fd_, record_.data(), record_.size(), at_);
    at_ += static_cast<off_t>(record_.size());
    if (wraps_ && at_ >= kPreallocated) {
      at_ = 0;
    }
    return wrote == static_cast<ssize_t>(record_.size()) && fdatasync(fd_) == 0;
  }

 private:
  const int fd_;
  const std::string path_;
  const bool wraps_;
  const std::array<char, 256> record_{};
  off_t at_ = 0;
};

}  // namespace

std::string ServeRaw(const std::string& listen) {
  Endpoint endpoint(listen);
  const int fd = socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, endpoint.get(), endpoint.length) != 0 || ::listen(fd, 8) != 0) {
    return "";
  }
  std::thread([fd] {
    for (int client = accept(fd, nullptr, nullptr); client >= 0;
         client = accept(fd, nullptr, nullptr)) {
      SetNoDelay(client);
      std::thread(EchoAll, client).detach();
    }
  }).detach();
  if (IsUnix(listen)) {
    return listen;
  }
  getsockname(fd, endpoint.get(), &endpoint.length);
  return "127.0.0.1:" +
         std::to_string(ntohs(reinterpret_cast<const sockaddr_in&>(endpoint.storage).sin_port));
}

std::unique_ptr<Exchanger> MakeRawClient(const std::string& address) {
  Endpoint endpoint(address);
  const int fd = socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return nullptr;
  }
  if (connect(fd, endpoint.get(), endpoint.length) != 0) {
    close(fd);
    return nullptr;
  }
  SetNoDelay(fd);
  return std::make_unique<RawClient>(fd);
}

std::unique_ptr<Exchanger> MakeDisk(const std::string& folder, bool preallocated) {
  const std::string path =
      folder + "/floor-" + std::to_string(getpid()) + (preallocated ? ".preallocated" : ".growing");
  const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
  if (fd < 0) {
    return nullptr;
  }
  if (preallocated && (posix_fallocate(fd, 0, Disk::kPreallocated) != 0 || fsync(fd) != 0)) {
    close(fd);
    unlink(path.c_str());
    return nullptr;
  }
  return std::make_unique<Disk>(fd, path, preallocated);
}

}  // namespace tw::floor
