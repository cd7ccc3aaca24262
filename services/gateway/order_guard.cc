#include "services/gateway/order_guard.h"

#include <utility>

namespace tw::gateway {

OrderGuard::OrderGuard(TimerThread& timers, std::shared_ptr<rpc::Channel> oms)
    : link_(timers,
            {.channel = std::move(oms),
             .method = "tradewind.v1.OrderService/TradeSession",
             .hello = [this] { return Say(); },
             .on_message =
                 [this](const v1::TradeSessionResponse&) {
                   std::vector<std::function<void()>> told;
                   {
                     const std::lock_guard lock(mutex_);
                     told.swap(untold_);
                   }
                   for (const auto& tell : told) {
                     tell();
                   }
                 },
             .on_lost = nullptr}) {}

// The command that carries nothing is answered: so oms has heard the rest.
v1::TradeSessionRequest OrderGuard::Say() {
  v1::TradeSessionRequest message;
  message.add_commands()->set_request_id(0);
  const std::lock_guard lock(mutex_);
  message.set_cancel_on_disconnect(account_);
  return message;
}

void OrderGuard::Set(const std::string& account, std::function<void()> told) {
  bool start = false;
  {
    const std::lock_guard lock(mutex_);
    account_ = account;
    untold_.push_back(std::move(told));
    start = !std::exchange(started_, true);
  }
  if (start) {
    link_.Start();
  } else {
    link_.Send(Say());  // not sent: it is said when the next stream opens
  }
}

void OrderGuard::Stop() {
  link_.Stop();
}

}  // namespace tw::gateway
