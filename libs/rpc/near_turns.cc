#include "libs/rpc/near_turns.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "libs/base/thread_name.h"

namespace tw::rpc {
namespace {

using Turns = std::deque<std::shared_ptr<Listener>>;

// For those who ask outside of a callback. Lives as long as the process: who is asked last is not
// known to anybody.
class Helper {
 public:
  static Helper& Get() {
    static Helper* const helper = new Helper;
    return *helper;
  }

  void Add(std::shared_ptr<Listener> listener) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(listener));
    wake_.notify_one();
  }

  void Add(Turns&& turns) {
    const std::lock_guard lock(mutex_);
    for (std::shared_ptr<Listener>& listener : turns) {
      waiting_.push_back(std::move(listener));
    }
    wake_.notify_one();
  }

 private:
  Helper() {
    std::thread([this] { Run(); }).detach();
  }

  void Run() {
    SetThreadName("near");
    while (true) {
      std::shared_ptr<Listener> next;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !waiting_.empty(); });
        next = std::move(waiting_.front());
        waiting_.pop_front();
      }
      const TurnScope scope;
      next->TakeTurn();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  Turns waiting_;
};

struct OfThread {
  bool in_scope = false;
  Turns turns;
};

thread_local OfThread of_thread;

}  // namespace

TurnScope::TurnScope() : outermost_(!std::exchange(of_thread.in_scope, true)) {}

TurnScope::~TurnScope() {
  if (!outermost_) {
    return;
  }
  Turns& turns = of_thread.turns;
  for (int taken = 0; !turns.empty() && taken < kTurnsMax; ++taken) {
    const std::shared_ptr<Listener> next = std::move(turns.front());
    turns.pop_front();
    next->TakeTurn();
  }
  of_thread.in_scope = false;
  if (!turns.empty()) {
    Helper::Get().Add(std::exchange(turns, {}));
  }
}

void TakeTurnNow(const Listener* listener) {
  Turns& turns = of_thread.turns;
  const auto found =
      std::find_if(turns.begin(), turns.end(), [&](const auto& t) { return t.get() == listener; });
  if (found != turns.end()) {
    const std::shared_ptr<Listener> next = std::move(*found);
    turns.erase(found);
    next->TakeTurn();
  }
}

void AskForTurn(std::shared_ptr<Listener> listener) {
  if (of_thread.in_scope) {
    of_thread.turns.push_back(std::move(listener));
  } else {
    Helper::Get().Add(std::move(listener));
  }
}

}  // namespace tw::rpc
