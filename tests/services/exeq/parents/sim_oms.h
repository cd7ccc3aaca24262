// SimOms: an oms and a network that do all that can go wrong, seeded: requests and answers that are
// lost, late or doubled, refusals, fills in parts, cancels that come too late, events out of order.
// It knows the truth: what was really ordered and filled.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libs/core/prng.h"
#include "services/exeq/parents/parent_book.h"

namespace tw::exeq {

struct SimFaults {
  uint64_t lost_percent = 0;       // of requests, and of answers
  uint64_t duplicate_percent = 0;  // of requests and events
  uint64_t rejected_percent = 0;
  uint64_t rest_canceled_percent = 0;  // of resting orders, by nobody's wish, per step
  uint64_t partial_percent = 50;
  Duration late_max = Duration::Millis(1);
};

class SimOms {
 public:
  struct Order {
    OrderSnapshot now;
    std::string parent_id;
    TimeInForce time_in_force = TimeInForce::kUnspecified;
    bool open() const { return !IsTerminal(now.status); }
    Quantity leaves() const { return open() ? now.quantity - now.filled : Quantity(); }
  };
  struct Event {
    uint64_t sequence = 0;
    std::string parent_id;
    std::string key;
    OrderSnapshot order;
  };
  struct Delivery {
    Timestamp at;
    ChildRequest request;
    ChildAnswer answer;
  };

  SimOms(Prng& random, SimFaults faults) : random_(random), faults_(faults) {}

  void Send(const ChildRequest& request, Timestamp now) {
    if (random_.Percent(faults_.lost_percent)) {
      Answer(request, {}, now);  // a time-out
      return;
    }
    const uint64_t copies = random_.Percent(faults_.duplicate_percent) ? 2 : 1;
    for (uint64_t i = 0; i < copies; ++i) {
      inbox_.push_back({now + Late(), request, {}});
    }
    if (random_.Percent(faults_.lost_percent)) {
      Answer(request, {}, now);  // gave up waiting; it arrives all the same
      silent_.push_back(ChildKey(request.parent_id, request.child.number));
    }
  }

  // Moves the world on: requests arrive, orders trade.
  void Step(Timestamp now) {
    std::vector<Delivery> due;
    for (size_t i = 0; i < inbox_.size();) {
      if (inbox_[i].at <= now) {
        due.push_back(inbox_[i]);
        inbox_.erase(inbox_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
    for (const Delivery& delivery : due) {
      Arrive(delivery.request, now);
    }
    for (auto& [key, order] : orders_) {
      if (order.open()) {
        Trade(key, order);
      }
    }
  }

  std::vector<Delivery> TakeAnswers(Timestamp now) {
    std::vector<Delivery> out;
    for (size_t i = 0; i < outbox_.size();) {
      if (outbox_[i].at <= now) {
        out.push_back(outbox_[i]);
        outbox_.erase(outbox_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
    return out;
  }
  void DropAnswers() { outbox_.clear(); }  // exeq has died: nobody hears them

  const std::vector<Event>& events() const { return events_; }
  const std::map<std::string, Order>& orders() const { return orders_; }

  Quantity Filled(const std::string& parent_id) const {
    return Sum(parent_id, [](const Order& o) { return o.now.filled; });
  }
  Quantity Open(const std::string& parent_id) const {
    return Sum(parent_id, [](const Order& o) { return o.leaves(); });
  }
  // Fills what is open of one order, a part or all.
  void Fill(const std::string& key, Quantity quantity) {
    Order& order = orders_.at(key);
    order.now.filled += quantity;
    order.now.filled_notional += *Notional(Price::FromUnits(100), quantity);
    order.now.status = order.now.filled == order.now.quantity ? OrderStatus::kFilled
                                                              : OrderStatus::kPartiallyFilled;
    Tell(key, order);
  }
  void End(const std::string& key, OrderStatus status) {
    orders_.at(key).now.status = status;
    Tell(key, orders_.at(key));
  }

 private:
  template <typename F>
  Quantity Sum(const std::string& parent_id, F f) const {
    Quantity sum;
    for (const auto& [key, order] : orders_) {
      if (order.parent_id == parent_id) {
        sum += f(order);
      }
    }
    return sum;
  }
  Duration Late() { return Duration{random_.Between(0, faults_.late_max.ns)}; }

  void Answer(const ChildRequest& request, ChildAnswer answer, Timestamp now) {
    outbox_.push_back({now + Late(), request, std::move(answer)});
  }

  void Arrive(const ChildRequest& request, Timestamp now) {
    const std::string key = ChildKey(request.parent_id, request.child.number);
    const auto known = orders_.find(key);
    ChildAnswer answer;
    if (known != orders_.end()) {
      if (request.kind == ChildRequest::Kind::kCancel && known->second.open() &&
          random_.Percent(80)) {
        End(key, OrderStatus::kCanceled);
      }
      answer = {ChildAnswer::Kind::kOrder, known->second.now, ""};
    } else if (request.kind != ChildRequest::Kind::kSubmit) {
      answer.kind = ChildAnswer::Kind::kNotFound;
    } else {
      answer = {ChildAnswer::Kind::kOrder, Take(request, key), ""};
    }
    const auto silent = std::find(silent_.begin(), silent_.end(), key);
    if (silent == silent_.end()) {
      Answer(request, answer, now);
    } else {
      silent_.erase(silent);
    }
  }

  OrderSnapshot Take(const ChildRequest& request, const std::string& key) {
    Order order;
    order.parent_id = request.parent_id;
    order.time_in_force = request.child.time_in_force;
    order.now.order_id = OrderId(1, static_cast<uint32_t>(orders_.size() + 1));
    order.now.quantity = request.child.quantity;
    order.now.price = request.child.price;
    order.now.status = OrderStatus::kPendingNew;
    if (random_.Percent(faults_.rejected_percent)) {
      order.now.status = OrderStatus::kRejected;
      order.now.reason = RejectReason::kMaxPosition;
    }
    orders_[key] = order;
    Tell(key, orders_[key]);
    return orders_[key].now;
  }

  void Trade(const std::string& key, Order& order) {
    if (order.now.status == OrderStatus::kPendingNew) {
      order.now.status = OrderStatus::kNew;
      Tell(key, order);
      return;
    }
    const bool rests = order.time_in_force == TimeInForce::kGtc;
    if (rests && random_.Percent(faults_.rest_canceled_percent)) {
      End(key, random_.Percent(50) ? OrderStatus::kCanceled : OrderStatus::kExpired);
      return;
    }
    if (rests && random_.Percent(60)) {
      return;
    }
    const int64_t lots = order.leaves().e8() / 1000;
    const int64_t some = random_.Percent(faults_.partial_percent) ? random_.Between(0, lots) : lots;
    if (some > 0) {
      Fill(key, Quantity::FromE8(some * 1000));
    }
    if (!rests && order.open()) {
      End(key, OrderStatus::kCanceled);
    }
  }

  void Tell(const std::string& key, Order& order) {
    order.now.sequence = events_.size() + 1;
    events_.push_back({order.now.sequence, order.parent_id, key, order.now});
  }

  Prng& random_;
  const SimFaults faults_;
  std::map<std::string, Order> orders_;
  std::vector<Event> events_;
  std::vector<Delivery> inbox_;
  std::vector<Delivery> outbox_;
  std::vector<std::string> silent_;  // keys whose next answer nobody waits for
};

}  // namespace tw::exeq
