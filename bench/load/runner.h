// Runner: sends what the planner says when the schedule says, takes the answers, keeps the tally.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "bench/load/link.h"
#include "bench/load/load.h"
#include "bench/load/order_sum.h"
#include "bench/load/planner.h"
#include "bench/load/tally.h"
#include "bench/load/waterfall.h"

namespace tw::load {

class Runner {
 public:
  // Sets `stop` to end early. All outlive the runner.
  Runner(const LoadOptions& options,
         Planner& planner,
         Link& link,
         Tally& tally,
         const std::atomic<bool>& stop)
      : options_(options), planner_(planner), link_(link), tally_(tally), stop_(stop) {}

  // Sends everything and waits for the last answers, drain_max at most. Blocks.
  void Run();

  // Called by the link, any thread.
  void Answered(const v1::TradeAnswer& answer, int64_t now_ns);

  // The measured part, from its first intended time to its last answer (or its planned end if that
  // is later).
  Duration elapsed() const;
  Duration planned() const { return {planned_ns_}; }
  size_t outstanding() const;
  uint64_t commands() const;  // sent so far, warm-up included
  // The new orders that were answered with an order, warm-up included; and how many others may
  // exist all the same, because their answer was an error or did not come.
  OrderSum answered() const;
  uint64_t unknown() const;
  // The orders that took time stamps along, all of AccountName(0), and the sequence of
  // the first one's event; 0: there is none.
  Waterfall& waterfall() { return waterfall_; }
  uint64_t traced_from() const;

 private:
  struct InFlight {
    Kind kind = Kind::kPassive;
    bool measured = false;
    int64_t intended_ns = 0;
    int64_t traced_ns = 0;  // when it was sent, by the wall clock; 0: it is not traced
    OpenOrder order;
  };

  void RunSchedule();
  void RunOneAtATime();
  void SetFollowing(bool on);
  bool TakeTurn();
  bool PlanOne();
  void SendInTurn();
  bool Collect(int64_t intended_ns, bool measured, std::vector<v1::TradeCommand>& batch);
  bool WantsTrace(const Plan& plan, bool measured);
  bool SendBatch(const std::vector<v1::TradeCommand>& batch);
  bool WaitForRoom(size_t room);
  void BeginMeasuring(int64_t now_ns);
  void Drain();

  // Commands one at a time. One thread at a time has the turn, the one that runs or one that has
  // heard an answer; what is not under the lock is its.
  struct OneAtATime {
    int64_t measured_ns = 0;
    int64_t end_ns = 0;
    int64_t count = 0;
    bool measuring = false;
    std::vector<v1::TradeCommand> batch;
    bool unsent = false;  // the batch found no room; changes under the lock
    // Under the lock:
    bool following = false;  // whoever hears an answer takes the turn
    bool taken = false;
    bool ended = false;
  };

  const LoadOptions& options_;
  Planner& planner_;
  Link& link_;
  Tally& tally_;
  const std::atomic<bool>& stop_;

  mutable std::mutex mutex_;
  std::condition_variable answered_;
  OneAtATime one_;
  absl::flat_hash_map<uint64_t, InFlight> in_flight_;
  uint64_t last_id_ = 0;
  int64_t measuring_from_ns_ = 0;
  int64_t planned_ns_ = 0;
  int64_t last_answer_ns_ = 0;
  int64_t next_trace_ns_ = 0;  // the sending thread's
  uint64_t traced_from_ = 0;
  OrderSum answered_orders_;
  uint64_t without_order_ = 0;  // new orders that were answered with an error
  Waterfall waterfall_;
};

// What an answer to a command of `kind` means.
Outcome Judge(Kind kind, const v1::TradeAnswer& answer);

}  // namespace tw::load
