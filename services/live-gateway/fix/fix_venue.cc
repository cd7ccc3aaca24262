#include "services/live-gateway/fix/fix_venue.h"

#include <utility>

#include "libs/log/log.h"
#include "services/live-gateway/fix/fix_text.h"

namespace tw::live_gateway {

// --- FixInbox -----------------------------------------------------------------------------------

uint64_t FixInbox::Post(Event event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  return ++posted_;
}

void FixInbox::WaitDurable(uint64_t number) {
  std::unique_lock lock(mutex_);
  durable_changed_.wait(lock, [&] { return durable_ >= number || closed_; });
}

void FixInbox::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  durable_changed_.notify_all();
}

std::deque<FixInbox::Event> FixInbox::Take() {
  const std::lock_guard lock(mutex_);
  taken_ = posted_;
  return std::exchange(events_, {});
}

void FixInbox::SetDurable() {
  const std::lock_guard lock(mutex_);
  if (durable_ != taken_) {
    durable_ = taken_;
    durable_changed_.notify_all();
  }
}

// --- FixVenue -----------------------------------------------------------------------------------

FixVenue::FixVenue(const Instruments& instruments,
                   const FixConfig& config,
                   std::function<int(const fix::Message&)> send)
    : config_(config), send_(std::move(send)), orders_(instruments, config) {}

VenueTerms FixVenue::terms() const {
  return {config_.maker_fee_e8, config_.taker_fee_e8, 0, {}, {}};
}

void FixVenue::Advance(Timestamp now, Output& out) {
  for (FixInbox::Event& event : inbox_.Take()) {
    switch (event.kind) {
      case FixInbox::Event::Kind::kLogon:
        log::Info("fix_logon", {{"venue", config_.name}});
        orders_.OnLogon(now);
        break;
      case FixInbox::Event::Kind::kLogout:
        log::Warn("fix_logout", {{"venue", config_.name}});
        orders_.OnLogout();
        break;
      case FixInbox::Event::Kind::kMessage: orders_.OnMessage(event.message, now, out); break;
    }
  }
  orders_.Tick(now);
}

void FixVenue::Release() {
  inbox_.SetDurable();
  for (const fix::Message& message : orders_.TakeMessages()) {
    const int number = send_(message);
    if (number == 0) {
      log::Error("fix_not_stored", {{"venue", config_.name}, {"type", message.type}});
    }
    orders_.OnSent(message.Get(tag::kClOrdId), number);
  }
  TellOddities();
}

void FixVenue::TellOddities() {
  const FixOddities& now = orders_.oddities();
  const auto tell = [&](const char* what, uint64_t count, uint64_t& told) {
    if (count != told) {
      log::Error("fix_oddity", {{"venue", config_.name}, {"what", what}, {"count", count}});
      told = count;
    }
  };
  tell("a report about an order that is not ours", now.strangers, told_.strangers);
  tell("filled beyond the order, or after its end", now.overfills, told_.overfills);
  tell("a trade taken back or corrected: not booked", now.busts, told_.busts);
  tell("an order that the venue had taken and does not know any more", now.lost, told_.lost);
  tell("a fill told by a status only", now.made_up, told_.made_up);
}

}  // namespace tw::live_gateway
