// Announcer: hands the kill switch to the gates behind risk, oms and live-gateway, until each has
// acknowledged it, and again now and then for one that was restarted. When the switch asks for it,
// and oms has it, open orders are canceled through oms.
//
// Any thread. A gate that knows a younger switch than risk (thrown there while risk was down) is
// believed: `on_younger` is told of it.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "libs/base/time.h"
#include "libs/rpc/channel.h"
#include "libs/timer/timer.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::risk {

class Announcer : public std::enable_shared_from_this<Announcer> {
 public:
  struct Options {
    std::shared_ptr<rpc::Channel> oms;
    std::shared_ptr<rpc::Channel> live_gateway;
    Duration period;
    // The switch as it is on disk, and whether it wants open orders canceled.
    std::function<std::pair<v1::KillSwitch, bool>()> current;
    std::function<void(const v1::KillSwitch&)> on_younger;
  };

  static std::shared_ptr<Announcer> Create(Options options);

  // `timers` is stopped, or Stop called, before what Options points to goes.
  void Start(TimerThread& timers);
  void Stop();
  // Looks for something to send now; after a change of the switch.
  void Nudge();

  // Who has not acknowledged the switch as it is: "oms, live-gateway"; "" when nobody is missing.
  std::string Missing() const;

 private:
  static constexpr Duration kCallTimeout = Duration::Seconds(1);
  static constexpr Duration kRepeat = Duration::Seconds(10);

  struct Gate {
    std::string name;
    std::shared_ptr<rpc::Channel> channel;
    bool calling = false;
    bool answered = false;
    uint64_t acknowledged = 0;   // generation
    int64_t last_answer_ns = 0;  // monotonic
  };

  explicit Announcer(Options options);
  void Announce(size_t index, const v1::KillSwitch& state);
  void OnAnswer(size_t index,
                const v1::KillSwitch& sent,
                const absl::StatusOr<v1::KillSwitch>& answer);
  void CancelOpenOrders(uint64_t generation);
  void OnCanceled(uint64_t generation, const absl::Status& status, int orders);

  const Options options_;
  mutable std::mutex mutex_;
  std::array<Gate, 2> gates_;  // oms first
  bool canceling_ = false;
  uint64_t canceled_generation_ = 0;
  bool stopped_ = false;
};

}  // namespace tw::risk
