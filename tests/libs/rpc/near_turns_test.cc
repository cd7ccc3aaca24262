#include "libs/rpc/near_turns.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

namespace tw::rpc {
namespace {

class Hears final : public Listener {
 public:
  explicit Hears(std::function<void()> f) : f_(std::move(f)) {}
  void TakeTurn() override { f_(); }

 private:
  const std::function<void()> f_;
};

std::shared_ptr<Listener> Hear(std::function<void()> f) {
  return std::make_shared<Hears>(std::move(f));
}

TEST(NearTurnsTest, ACallbacksThreadHearsWhenTheCallbackIsOverAndInOrder) {
  std::string heard;
  {
    const TurnScope callback;
    AskForTurn(Hear([&] { heard += "a"; }));
    {
      const TurnScope within;
      AskForTurn(Hear([&] { heard += "b"; }));
    }
    EXPECT_EQ(heard, "");
  }
  EXPECT_EQ(heard, "ab");
}

TEST(NearTurnsTest, WhatComesOfATurnIsHeardToo) {
  std::string heard;
  {
    const TurnScope callback;
    AskForTurn(Hear([&] {
      heard += "question ";
      AskForTurn(Hear([&] { heard += "answer"; }));
    }));
  }
  EXPECT_EQ(heard, "question answer");
}

TEST(NearTurnsTest, OutsideOfACallbackAnotherThreadHears) {
  std::promise<std::thread::id> heard;
  AskForTurn(Hear([&] { heard.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(heard.get_future().get(), std::this_thread::get_id());
}

// Who never ends hearing and telling would keep the one thread that reads all sockets.
TEST(NearTurnsTest, ACallbacksThreadIsLetGoAfterSoManyTurns) {
  std::atomic<int> here{0};
  std::promise<void> last;
  const std::thread::id mine = std::this_thread::get_id();
  std::function<void(int)> ask = [&](int left) {
    AskForTurn(Hear([&, left] {
      here += std::this_thread::get_id() == mine ? 1 : 0;
      if (left == 1) {
        last.set_value();
      } else {
        ask(left - 1);
      }
    }));
  };
  {
    const TurnScope callback;
    ask(3 * TurnScope::kTurnsMax);
  }
  last.get_future().get();
  EXPECT_EQ(here.load(), TurnScope::kTurnsMax);
}

TEST(NearTurnsTest, OneThatIsAwaitedIsTakenAtOnceAndOnce) {
  std::string heard;
  const auto routine = Hear([&] { heard += "routine "; });
  const auto awaited = Hear([&] { heard += "awaited "; });
  {
    const TurnScope callback;
    AskForTurn(routine);
    AskForTurn(awaited);
    TakeTurnNow(awaited.get());
    EXPECT_EQ(heard, "awaited ");
    TakeTurnNow(awaited.get());
  }
  EXPECT_EQ(heard, "awaited routine ");
}

}  // namespace
}  // namespace tw::rpc
