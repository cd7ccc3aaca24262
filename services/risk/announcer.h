// Announcer: hands the kill switch to the gates behind risk, oms and live-gateway, until each has
// acknowledged it, and again now and then for one that was restarted. What a switch wants canceled
// is canceled through oms, once oms has the switch.
//
// Any thread. A gate that knows a younger switch than risk (thrown there while risk was down) is
// believed: `on_younger` is told of it.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "libs/base/time.h"
#include "libs/rpc/channel.h"
#include "libs/timer/timer.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::risk {

class Announcer : public std::enable_shared_from_this<Announcer> {
 public:
  // Open orders to be canceled, for the switch of that generation.
  struct Cancel {
    uint64_t generation = 0;
    v1::CancelAllOrdersRequest orders;
  };

  struct Options {
    std::shared_ptr<rpc::Channel> oms;
    std::shared_ptr<rpc::Channel> live_gateway;
    Duration period;
    // The firm's switch as it is on disk, under the generation of the last change of any.
    std::function<v1::KillSwitch()> current;
    // What the engaged switches want canceled.
    std::function<std::vector<Cancel>()> cancels;
    // Both gates refuse what was approved before this generation. May be empty.
    std::function<void(uint64_t)> on_blocked = {};
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
  void CancelOpenOrders(const Cancel& cancel);
  void OnCanceled(const std::string& key, const absl::Status& status, int orders);
  static std::string KeyOf(const Cancel& cancel);

  const Options options_;
  mutable std::mutex mutex_;
  std::array<Gate, 2> gates_;  // oms first
  bool canceling_ = false;
  std::set<std::string> canceled_;  // by KeyOf; those still wanted
  uint64_t blocked_ = 0;            // generation that on_blocked was told
  bool stopped_ = false;
};

}  // namespace tw::risk
