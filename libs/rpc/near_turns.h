// Inside libs/rpc only: when one service of a process hears what another one has told it.
//
// Never inside the call that tells it: whoever tells may hold a lock that the answer needs. A
// thread that is in one of our callbacks does it when that callback is over, so that an order goes
// through all services of the process without waking anybody; any other thread leaves it to a
// thread of this file.
#pragma once

#include <memory>

namespace tw::rpc {

// Somebody with something to hear.
class Listener {
 public:
  virtual ~Listener() = default;
  // Hears one thing, holding no lock of others. Asks for another turn where there is more.
  virtual void TakeTurn() = 0;
};

// Lies around each callback. Where the outermost one of a thread ends, the turns that were asked
// for meanwhile are taken, and those that come of them; after kTurnsMax the rest is left to the
// thread of this file, since this one has other callbacks to run.
class TurnScope {
 public:
  static constexpr int kTurnsMax = 64;

  TurnScope();
  ~TurnScope();
  TurnScope(const TurnScope&) = delete;
  TurnScope& operator=(const TurnScope&) = delete;

 private:
  const bool outermost_;
};

// Takes the listener's turn now, where this thread was asked for it and has not come to it yet.
void TakeTurnNow(const Listener* listener);

// Any thread, with or without locks. How many wait is bounded by who asks: each once at a time.
void AskForTurn(std::shared_ptr<Listener> listener);

}  // namespace tw::rpc
