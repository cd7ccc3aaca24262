// FixOrders: our orders at a venue that is reached by FIX 4.4. Commands and messages in, reports
// and messages out, on a passed clock.
//
// What was filled is the venue's CumQty, not the sum of what it said one by one: a report that
// comes twice, late or not at all changes nothing, or is made up for by the next. What became of an
// order without an answer is asked for (OrderStatusRequest), never guessed, never sent again: after
// a logon, and when an answer is late. Only the venue's word that it does not know an order ends
// one that was sent.
//
// The order's first ClOrdID is its child_id, so that a venue takes a second one for a repeat; those
// of its changes are "<child_id>/<time>". State is Apply over the reports, with the orders that
// were sent (ApplySent), and what a venue answers to the questions of the next logon. Pure; owner
// only.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "libs/fix/message.h"
#include "services/live-gateway/exchange.h"

namespace tw::live_gateway {

struct FixConfig {
  std::string name;
  std::vector<std::string> symbols;
  // Where the venue names no commission: a share of the notional in 1e-8.
  int64_t maker_fee_e8 = 0;
  int64_t taker_fee_e8 = 0;
  Duration answer_timeout = Duration::Seconds(2);
  size_t finished_orders_max = 200'000;  // still known by child_id
};

// What nobody should see.
struct FixOddities {
  uint64_t strangers = 0;  // reports about orders that are not ours
  uint64_t overfills = 0;  // filled beyond what was asked for; the rest is not booked
  uint64_t made_up = 0;    // fills told by a status, not by a report of their own
  uint64_t busts = 0;      // trades taken back or corrected: not booked, a person is needed
  uint64_t lost = 0;       // orders that the venue had taken and does not know any more
};

class FixOrders {
 public:
  FixOrders(const Instruments& instruments, const FixConfig& config);

  void Apply(const Report& report);
  void ApplySent(const PlaceOrder& order);

  void Process(const Command& command, Timestamp now, Output& out);
  void Refuse(const Command& command,
              RejectReason reason,
              const std::string& message,
              Timestamp now,
              Output& out);
  size_t CancelAll(Timestamp now);

  void OnLogon(Timestamp now);
  void OnLogout() { logged_on_ = false; }
  void OnMessage(const fix::Message& message, Timestamp now, Output& out);
  // A message went out under this number: a session's reject names it so.
  void OnSent(const std::string& ref, int number);
  // Asks about what has had no answer.
  void Tick(Timestamp now);
  // What is to be sent, once all that came out is on disk.
  std::vector<fix::Message> TakeMessages();

  bool logged_on() const { return logged_on_; }
  bool Trades(std::string_view symbol) const;
  const OwnOrder* Find(const std::string& child_id) const;
  std::vector<const OwnOrder*> OpenOrders() const;
  size_t open_order_count() const { return open_.size(); }
  const FixOddities& oddities() const { return oddities_; }

 private:
  enum class ChangeKind : uint8_t { kCancel, kReplace };
  // A cancel or replace that was sent.
  struct Change {
    ChangeKind kind = ChangeKind::kCancel;
    std::string ref;
    Price price;
    Quantity quantity;
    Timestamp sent;
  };
  struct Order {
    OwnOrder own;
    std::string ref;       // its ClOrdID now
    std::string venue_id;  // OrderID; empty: not known
    bool accepted = false;
    bool cancel_wanted = false;
    bool unsure = false;  // not heard of since the last logon
    std::optional<Change> change;
    std::optional<Timestamp> asked;  // its status
    std::string asked_id;            // the question, by OrdStatusReqID
    Money notional;                  // of its fills
  };

  void On(const PlaceOrder& place, Timestamp now, Output& out);
  void On(const CancelOrder& cancel, Timestamp now, Output& out);
  void On(const ReplaceOrder& change, Timestamp now, Output& out);
  void OnExecution(const fix::Message& m, Timestamp now, Output& out);
  void Progress(Order& order, const fix::Message& m, Timestamp now, Output& out);
  void OnRefused(Order& order, const fix::Message& m, Timestamp now, Output& out);
  void OnStatus(Order& order, const fix::Message& m, Timestamp now, Output& out);
  void TakeRename(Order& order, const fix::Message& m, Timestamp now, Output& out);
  void OnEnded(Order& order, const fix::Message& m, Timestamp now, Output& out);
  void OnCancelReject(const fix::Message& m, Timestamp now, Output& out);
  void OnRefusedMessage(const fix::Message& m, Timestamp now, Output& out);
  void OnUnknown(Order& order, Timestamp now, Output& out);
  void TakeFill(Order& order, const fix::Message& m, Timestamp now, Output& out);
  Price PriceOf(const Order& order, const fix::Message& m, Quantity part, Quantity total) const;
  void DropChange(
      Order& order, RejectReason reason, std::string message, Timestamp now, Output& out);

  Order* Named(const fix::Message& m);
  void SendNew(const Order& order, Timestamp now);
  void SendCancel(Order& order, Timestamp now);
  void SendReplace(Order& order, Price price, Quantity quantity, Timestamp now);
  void AskStatus(Order& order, Timestamp now);
  std::string NewRef(const Order& order, Timestamp now);
  void Emit(Report report, Timestamp now, Output& out);
  void Record(const Report& report);
  Order& Open(const PlaceOrder& terms);
  void Finish(Order& order, OwnOrder::State state);

  const Instruments& instruments_;
  const FixConfig config_;
  absl::flat_hash_map<std::string, std::unique_ptr<Order>> orders_;  // by child_id
  absl::btree_map<std::string, Order*> open_;
  std::deque<std::string> finished_;
  std::deque<std::pair<int, std::string>> sent_;  // number, ClOrdID
  std::vector<fix::Message> messages_;
  int64_t last_ref_us_ = 0;
  bool logged_on_ = false;
  FixOddities oddities_;
};

}  // namespace tw::live_gateway
