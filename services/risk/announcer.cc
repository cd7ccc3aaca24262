#include "services/risk/announcer.h"

#include <utility>

#include "libs/base/clock.h"
#include "libs/log/log.h"
#include "tradewind/v1/order.pb.h"

namespace tw::risk {

Announcer::Announcer(Options options) : options_(std::move(options)) {
  gates_[0].name = "oms";
  gates_[0].channel = options_.oms;
  gates_[1].name = "live-gateway";
  gates_[1].channel = options_.live_gateway;
}

std::shared_ptr<Announcer> Announcer::Create(Options options) {
  return std::shared_ptr<Announcer>(new Announcer(std::move(options)));
}

void Announcer::Start(TimerThread& timers) {
  timers.Every(options_.period, [self = shared_from_this()] { self->Nudge(); });
  Nudge();
}

void Announcer::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

void Announcer::Nudge() {
  std::unique_lock lock(mutex_);
  if (stopped_) {
    return;
  }
  const auto [state, cancel] = options_.current();
  std::array<bool, 2> due{};
  for (size_t i = 0; i < gates_.size(); ++i) {
    Gate& gate = gates_[i];
    const bool has_it = gate.answered && gate.acknowledged >= state.generation() &&
                        MonotonicNanos() - gate.last_answer_ns < kRepeat.ns;
    due[i] = !gate.calling && !has_it;
    gate.calling = gate.calling || due[i];
  }
  const bool oms_has_it = gates_[0].answered && gates_[0].acknowledged >= state.generation();
  const bool cancel_now = state.engaged() && cancel && oms_has_it && !canceling_ &&
                          canceled_generation_ != state.generation();
  canceling_ = canceling_ || cancel_now;
  lock.unlock();
  for (size_t i = 0; i < gates_.size(); ++i) {
    if (due[i]) {
      Announce(i, state);
    }
  }
  if (cancel_now) {
    CancelOpenOrders(state.generation());
  }
}

void Announcer::Announce(size_t index, const v1::KillSwitch& state) {
  gates_[index].channel->Call<v1::KillSwitch, v1::KillSwitch>(
      "tradewind.v1.KillSwitchService/ApplyKillSwitch", state, kCallTimeout,
      [self = shared_from_this(), index, state](const absl::StatusOr<v1::KillSwitch>& answer) {
        self->OnAnswer(index, state, answer);
      });
}

void Announcer::OnAnswer(size_t index,
                         const v1::KillSwitch& sent,
                         const absl::StatusOr<v1::KillSwitch>& answer) {
  bool first = false;
  bool younger = false;
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    Gate& gate = gates_[index];
    name = gate.name;
    gate.calling = false;
    if (!answer.ok()) {
      gate.answered = false;
    } else {
      first = !gate.answered || gate.acknowledged < sent.generation();
      gate.answered = true;
      gate.acknowledged = sent.generation();
      gate.last_answer_ns = MonotonicNanos();
      younger = answer->generation() > sent.generation();
    }
    if (stopped_) {
      return;
    }
  }
  if (!answer.ok()) {
    log::Limited(log::Level::kWarn, "kill_switch_not_acknowledged",
                 {{"gate", name}, {"error", std::string(answer.status().message())}},
                 Duration::Seconds(10));
    return;
  }
  if (younger) {
    options_.on_younger(*answer);
  }
  if (first) {
    log::Info("kill_switch_acknowledged",
              {{"gate", name}, {"generation", sent.generation()}, {"engaged", sent.engaged()}});
    Nudge();  // oms has it: cancels may go out
  }
}

void Announcer::CancelOpenOrders(uint64_t generation) {
  gates_[0].channel->Call<v1::CancelAllOrdersRequest, v1::CancelAllOrdersResponse>(
      "tradewind.v1.OrderService/CancelAllOrders", v1::CancelAllOrdersRequest(), kCallTimeout * 10,
      [self = shared_from_this(),
       generation](const absl::StatusOr<v1::CancelAllOrdersResponse>& answer) {
        self->OnCanceled(generation, answer.status(), answer.ok() ? answer->order_ids_size() : 0);
      });
}

void Announcer::OnCanceled(uint64_t generation, const absl::Status& status, int orders) {
  {
    const std::lock_guard lock(mutex_);
    canceling_ = false;
    if (status.ok()) {
      canceled_generation_ = generation;
    }
  }
  if (status.ok()) {
    log::Info("open_orders_canceled", {{"orders", orders}, {"generation", generation}});
  } else {
    log::Limited(log::Level::kError, "open_orders_not_canceled",
                 {{"error", std::string(status.message())}});
  }
}

std::string Announcer::Missing() const {
  const uint64_t generation = options_.current().first.generation();
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const Gate& gate : gates_) {
    if (!gate.answered || gate.acknowledged < generation) {
      out += (out.empty() ? "" : ", ") + gate.name;
    }
  }
  return out;
}

}  // namespace tw::risk
