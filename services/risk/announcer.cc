#include "services/risk/announcer.h"

#include <algorithm>
#include <utility>

#include "libs/base/clock.h"
#include "libs/log/log.h"

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
  const v1::KillSwitch state = options_.current();
  const std::vector<Cancel> wanted = options_.cancels();
  std::array<bool, 2> due{};
  for (size_t i = 0; i < gates_.size(); ++i) {
    Gate& gate = gates_[i];
    const bool has_it = gate.answered && gate.acknowledged >= state.generation() &&
                        MonotonicNanos() - gate.last_answer_ns < kRepeat.ns;
    due[i] = !gate.calling && !has_it;
    gate.calling = gate.calling || due[i];
  }
  const bool oms_has_it = gates_[0].answered && gates_[0].acknowledged >= state.generation();
  // One at a time, and each once; those of switches that were released are forgotten.
  std::set<std::string> still_wanted;
  const Cancel* next = nullptr;
  for (const Cancel& cancel : wanted) {
    if (canceled_.contains(KeyOf(cancel))) {
      still_wanted.insert(KeyOf(cancel));
    } else if (next == nullptr && oms_has_it && !canceling_) {
      next = &cancel;
    }
  }
  canceled_ = std::move(still_wanted);
  canceling_ = canceling_ || next != nullptr;
  lock.unlock();
  for (size_t i = 0; i < gates_.size(); ++i) {
    if (due[i]) {
      Announce(i, state);
    }
  }
  if (next != nullptr) {
    CancelOpenOrders(*next);
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
  uint64_t newly_blocked = 0;
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
      const uint64_t by_both = std::min(gates_[0].acknowledged, gates_[1].acknowledged);
      newly_blocked = gates_[0].answered && gates_[1].answered && by_both > blocked_ ? by_both : 0;
      blocked_ = std::max(blocked_, newly_blocked);
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
  if (newly_blocked != 0 && options_.on_blocked) {
    options_.on_blocked(newly_blocked);
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

std::string Announcer::KeyOf(const Cancel& cancel) {
  return std::to_string(cancel.generation) + '\n' + cancel.orders.SerializeAsString();
}

void Announcer::CancelOpenOrders(const Cancel& cancel) {
  gates_[0].channel->Call<v1::CancelAllOrdersRequest, v1::CancelAllOrdersResponse>(
      "tradewind.v1.OrderService/CancelAllOrders", cancel.orders, kCallTimeout * 10,
      [self = shared_from_this(),
       key = KeyOf(cancel)](const absl::StatusOr<v1::CancelAllOrdersResponse>& answer) {
        self->OnCanceled(key, answer.status(), answer.ok() ? answer->order_ids_size() : 0);
      });
}

void Announcer::OnCanceled(const std::string& key, const absl::Status& status, int orders) {
  {
    const std::lock_guard lock(mutex_);
    canceling_ = false;
    if (status.ok()) {
      canceled_.insert(key);
    }
    if (stopped_) {
      return;
    }
  }
  if (status.ok()) {
    log::Info("open_orders_canceled", {{"orders", orders}});
    Nudge();  // there may be more to cancel
  } else {
    log::Limited(log::Level::kError, "open_orders_not_canceled",
                 {{"error", std::string(status.message())}});
  }
}

std::string Announcer::Missing() const {
  const uint64_t generation = options_.current().generation();
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
