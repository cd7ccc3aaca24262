// FixVenue: a FIX session as a venue of live-gateway. What the session hears waits in an inbox for
// the venues' owner, and counts as received only once what came of it is on disk; what is to be
// said leaves after the sync, like everything else.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "services/live-gateway/fix/fix_orders.h"
#include "services/live-gateway/order_venue.h"

namespace tw::live_gateway {

// From the session's thread to the owner.
class FixInbox {
 public:
  struct Event {
    enum class Kind : uint8_t { kLogon, kLogout, kMessage };
    Kind kind = Kind::kMessage;
    fix::Message message;
  };

  // The session's thread. Post's number is for WaitDurable, which returns when what came of the
  // event is on disk, or after Close.
  uint64_t Post(Event event);
  void WaitDurable(uint64_t number);
  void Close();

  // The owner.
  std::deque<Event> Take();
  void SetDurable();  // all that was taken

 private:
  std::mutex mutex_;
  std::condition_variable durable_changed_;
  std::deque<Event> events_;
  uint64_t posted_ = 0;
  uint64_t taken_ = 0;
  uint64_t durable_ = 0;
  bool closed_ = false;
};

class FixVenue final : public OrderVenue {
 public:
  // `send` stores a message and sends it when it can; the number it has, 0: not even stored.
  FixVenue(const Instruments& instruments,
           const FixConfig& config,
           std::function<int(const fix::Message&)> send);

  FixInbox& inbox() { return inbox_; }

  const std::string& name() const override { return config_.name; }
  const char* mode() const override { return "live"; }
  std::vector<std::string> symbols() const override { return config_.symbols; }
  VenueTerms terms() const override;
  bool Trades(std::string_view symbol) const override { return orders_.Trades(symbol); }
  bool connected() const override { return orders_.logged_on(); }

  void Apply(const Report& report) override { orders_.Apply(report); }
  void ApplySent(const PlaceOrder& order) override { orders_.ApplySent(order); }
  void Resume(Timestamp, Output&) override {}
  bool Knows(const std::string& child_id) const override {
    return orders_.Find(child_id) != nullptr;
  }
  void Process(const Command& command, Timestamp now, Output& out) override {
    orders_.Process(command, now, out);
  }
  void Refuse(const Command& command,
              RejectReason reason,
              const std::string& message,
              Timestamp now,
              Output& out) override {
    orders_.Refuse(command, reason, message, now, out);
  }
  size_t CancelAll(const std::string&, Timestamp now, Output&) override {
    return orders_.CancelAll(now);
  }
  void Advance(Timestamp now, Output& out) override;
  std::optional<Timestamp> NextDue() const override { return std::nullopt; }
  void Release() override;
  std::vector<const OwnOrder*> OpenOrders() const override { return orders_.OpenOrders(); }
  size_t open_order_count() const override { return orders_.open_order_count(); }

 private:
  void TellOddities();

  const FixConfig config_;
  const std::function<int(const fix::Message&)> send_;
  FixOrders orders_;
  FixInbox inbox_;
  FixOddities told_;
};

}  // namespace tw::live_gateway
