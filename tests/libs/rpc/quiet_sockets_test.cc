// Who wrote to a Unix socket is told of room only where there was none.
#include "libs/rpc/quiet_sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace tw::rpc {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool kTakenOver = false;
#else
constexpr bool kTakenOver = true;
#endif

// Two ends, neither of which waits; the first is watched as gRPC watches.
class QuietSocketsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kTakenOver) {
      GTEST_SKIP() << "not in builds with sanitizers";
    }
    UseQuietSockets();
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    Watch(ends_[0], EPOLLIN | EPOLLOUT | EPOLLET);
    (void)Events();
  }
  void TearDown() override {
    for (const int fd : ends_) {
      if (fd >= 0) {
        close(fd);
      }
    }
    close(epoll_);
  }

  void Watch(int fd, uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    ASSERT_EQ(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), 0);
  }
  // What has come since it was asked last; 0: nothing. That it is about the first end is checked.
  uint32_t Events() const {
    epoll_event event{};
    const int count = epoll_wait(epoll_, &event, 1, 0);
    EXPECT_TRUE(count == 0 || event.data.fd == ends_[0]);
    return count == 1 ? event.events : 0;
  }
  static ssize_t Send(int fd, size_t bytes) {
    std::string text(bytes, 'x');
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    return sendmsg(fd, &message, MSG_NOSIGNAL);
  }
  static void ReadAll(int fd) {
    char bytes[65'536];
    while (read(fd, bytes, sizeof(bytes)) > 0) {
    }
  }
  void Fill() const {
    while (Send(ends_[0], 4096) > 0) {
    }
    ASSERT_EQ(errno, EAGAIN);
  }

  int ends_[2] = {-1, -1};
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
};

TEST_F(QuietSocketsTest, AReaderDoesNotWakeAWriterWhoHadRoom) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(Send(ends_[0], 100), 100);
    ReadAll(ends_[1]);
    EXPECT_EQ(Events(), 0U);
  }
}

TEST_F(QuietSocketsTest, WhatCanBeReadIsTold) {
  ASSERT_EQ(Send(ends_[1], 100), 100);
  EXPECT_EQ(Events(), static_cast<uint32_t>(EPOLLIN));
}

TEST_F(QuietSocketsTest, AWriterWhoFoundItFullIsToldOfRoomEachTime) {
  for (int i = 0; i < 3; ++i) {
    Fill();
    EXPECT_EQ(Events(), 0U) << "there is none yet";
    ReadAll(ends_[1]);
    EXPECT_EQ(Events(), static_cast<uint32_t>(EPOLLOUT));
    ASSERT_EQ(Send(ends_[0], 100), 100);
    (void)Events();  // of the change itself
    ReadAll(ends_[1]);
    EXPECT_EQ(Events(), 0U) << "it had room again";
  }
}

TEST_F(QuietSocketsTest, RoomThatCameBeforeItWasAskedForIsTold) {
  std::string text(4096, 'x');
  while (write(ends_[0], text.data(), text.size()) > 0) {
  }
  ASSERT_EQ(Send(ends_[0], 4096), -1);
  ReadAll(ends_[1]);
  EXPECT_NE(Events() & EPOLLOUT, 0U);
}

TEST_F(QuietSocketsTest, TheErrorOfAWriteIsKept) {
  close(ends_[1]);
  ends_[1] = -1;
  EXPECT_EQ(Send(ends_[0], 100), -1);
  EXPECT_EQ(errno, EPIPE);
  EXPECT_NE(Events() & EPOLLHUP, 0U);
}

TEST_F(QuietSocketsTest, OtherSocketsAreWatchedAsTheyAskFor) {
  int levels[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, levels), 0);
  std::swap(levels[0], ends_[0]);
  Watch(ends_[0], EPOLLOUT);  // not by edges
  EXPECT_EQ(Events(), static_cast<uint32_t>(EPOLLOUT));
  EXPECT_EQ(Events(), static_cast<uint32_t>(EPOLLOUT));
  close(levels[0]);
  close(levels[1]);
}

TEST_F(QuietSocketsTest, ATcpSocketIsToldOfRoomAtOnce) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(listener, any, size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, any, &size), 0);
  close(ends_[0]);
  ends_[0] = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(connect(ends_[0], any, size), 0);
  Watch(ends_[0], EPOLLIN | EPOLLOUT | EPOLLET);
  EXPECT_EQ(Events(), static_cast<uint32_t>(EPOLLOUT));
  close(listener);
}

}  // namespace
}  // namespace tw::rpc
