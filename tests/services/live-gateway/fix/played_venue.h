// PlayedVenue: the other house of a FIX session, as messages in and messages out: it takes orders,
// fills, cancels and replaces them, tells of their state, and, when told to, misbehaves by a seeded
// chance: it refuses, answers late, twice, out of order, or not at all. Pure.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/core/decimal.h"
#include "libs/core/prng.h"
#include "libs/fix/message.h"

namespace tw::live_gateway {

struct Mischief {  // percent
  uint64_t reject = 0;
  uint64_t late = 0;
  uint64_t twice = 0;
  uint64_t lost = 0;
  uint64_t fill = 100;  // of orders that could trade, how many do at once
  uint64_t cancel = 0;  // of moves, how many end an order unasked
};

class PlayedVenue {
 public:
  struct Order {
    std::string ref;
    std::string id;
    std::string symbol;
    std::string side;
    Quantity quantity;
    Quantity filled;
    Money notional;
    Price price;
    bool passing = false;
    char status = '0';
    bool open() const { return status == '0' || status == '1'; }
  };

  // Buys at or above `ask` and sells at or below `bid` trade at once.
  PlayedVenue(uint64_t seed, Price bid, Price ask)
      : prng_(seed), prefix_("V" + std::to_string(seed) + "-"), bid_(bid), ask_(ask) {}

  void SetMischief(const Mischief& mischief) { mischief_ = mischief; }
  // Only before a test begins, or between its phases: what was late goes out, or nowhere.
  void ForgetLate() { late_.clear(); }

  std::vector<fix::Message> On(const fix::Message& m) {
    std::vector<fix::Message> out = Due();
    if (m.type == "D") {
      OnNew(m, out);
    } else if (m.type == "F") {
      OnCancel(m, out);
    } else if (m.type == "G") {
      OnReplace(m, out);
    } else if (m.type == "H") {
      OnStatus(m, out);
    } else if (m.type == "AF") {
      OnMassStatus(m, out);
    }
    return out;
  }
  // Something happens by itself.
  std::vector<fix::Message> Move() {
    std::vector<fix::Message> out = Due();
    std::vector<Order*> open;
    for (auto& [child, order] : orders_) {
      if (order.open()) {
        open.push_back(&order);
      }
    }
    if (!open.empty()) {
      Order& order = *open[prng_.Below(open.size())];
      if (prng_.Percent(mischief_.cancel)) {
        order.status = '4';
        Say(Report(order, "4"), out);
      } else {
        Fill(order, out);
      }
    }
    return out;
  }

  const std::map<std::string, Order>& orders() const { return orders_; }  // by child
  uint64_t placed_twice() const { return placed_twice_; }

 private:
  static std::string ChildOf(const std::string& ref) { return ref.substr(0, ref.find('/')); }

  void OnNew(const fix::Message& m, std::vector<fix::Message>& out) {
    const std::string ref = m.Get(11);
    if (orders_.contains(ref)) {
      ++placed_twice_;
      return;
    }
    Order& order = orders_[ref];
    order.ref = ref;
    order.id = prefix_ + "o" + std::to_string(orders_.size());
    order.symbol = m.Get(55);
    order.side = m.Get(54);
    order.quantity = *Quantity::Parse(m.Get(38));
    order.price = m.Has(44) ? *Price::Parse(m.Get(44)) : Price();
    order.passing = m.Get(59) == "3" || m.Get(59) == "4" || m.Get(40) == "1";
    if (prng_.Percent(mischief_.reject)) {
      order.status = '8';
      Say(Report(order, "8").Add(58, "refused by chance"), out);
      return;
    }
    Say(Report(order, "0"), out);
    const bool trades =
        order.price.IsZero() || (order.side == "1" ? order.price >= ask_ : order.price <= bid_);
    if (trades && prng_.Percent(mischief_.fill)) {
      Fill(order, out);
      if (prng_.Percent(50) && order.open()) {
        Fill(order, out);
      }
    }
    if (order.passing && order.open()) {
      order.status = '4';
      Say(Report(order, "4"), out);
    }
  }

  void OnCancel(const fix::Message& m, std::vector<fix::Message>& out) {
    const auto it = orders_.find(ChildOf(m.Get(41)));
    if (it == orders_.end() || !it->second.open()) {
      fix::Message no;
      no.type = "9";
      no.Add(37, it == orders_.end() ? "NONE" : it->second.id)
          .Add(11, m.Get(11))
          .Add(41, m.Get(41))
          .Add(39, it == orders_.end() ? "8" : std::string(1, it->second.status))
          .Add(434, "1")
          .Add(102, it == orders_.end() ? "1" : "0");
      Say(no, out);
      return;
    }
    it->second.status = '4';
    Say(Report(it->second, "4", m.Get(11)), out);
  }

  void OnReplace(const fix::Message& m, std::vector<fix::Message>& out) {
    const auto it = orders_.find(ChildOf(m.Get(41)));
    const Quantity wanted = *Quantity::Parse(m.Get(38));
    if (it == orders_.end() || !it->second.open() || wanted <= it->second.filled ||
        prng_.Percent(mischief_.reject)) {
      fix::Message no;
      no.type = "9";
      no.Add(37, it == orders_.end() ? "NONE" : it->second.id)
          .Add(11, m.Get(11))
          .Add(41, m.Get(41))
          .Add(39, it == orders_.end() ? "8" : std::string(1, it->second.status))
          .Add(434, "2")
          .Add(102, it == orders_.end() ? "1" : "2");
      Say(no, out);
      return;
    }
    Order& order = it->second;
    order.quantity = wanted;
    order.price = *Price::Parse(m.Get(44));
    order.ref = m.Get(11);
    fix::Message replaced = Report(order, "5", order.ref);
    for (auto& field : replaced.fields) {
      if (field.first == 41) {
        field.second = m.Get(41);
      }
    }
    Say(replaced, out);
  }

  void OnStatus(const fix::Message& m, std::vector<fix::Message>& out) {
    const auto it = orders_.find(ChildOf(m.Get(11)));
    if (it != orders_.end()) {
      Say(Report(it->second, "I").Add(790, m.Get(790)), out);
      return;
    }
    Order unknown;
    unknown.ref = m.Get(11);
    unknown.id = "NONE";
    unknown.symbol = m.Get(55);
    unknown.side = m.Get(54);
    unknown.status = '8';
    Say(Report(unknown, "I").Add(103, "5").Add(790, m.Get(790)), out);
  }

  void OnMassStatus(const fix::Message& m, std::vector<fix::Message>& out) {
    std::vector<const Order*> open;
    for (const auto& [child, order] : orders_) {
      if (order.open()) {
        open.push_back(&order);
      }
    }
    for (size_t i = 0; i < open.size(); ++i) {
      Say(Report(*open[i], "I")
              .Add(584, m.Get(584))
              .Add(911, std::to_string(open.size()))
              .Add(912, i + 1 == open.size() ? "Y" : "N"),
          out);
    }
  }

  void Fill(Order& order, std::vector<fix::Message>& out) {
    constexpr int64_t kLot = 1'000;
    const int64_t lots = (order.quantity - order.filled).e8() / kLot;
    const Quantity part = Quantity::FromE8(kLot * prng_.Between(1, lots));
    const Price price = order.price.IsZero() ? (order.side == "1" ? ask_ : bid_) : order.price;
    order.filled += part;
    order.notional += *Notional(price, part);
    order.status = order.filled == order.quantity ? '2' : '1';
    Say(Report(order, "F").Add(32, part.ToString()).Add(31, price.ToString()).Add(851, "2"), out);
  }

  fix::Message Report(const Order& order, const std::string& kind, const std::string& ref = "") {
    const Money average =
        order.filled.IsZero()
            ? Money()
            : Money::FromE8(*MulDiv(order.notional.e8(), kDecimalScale, order.filled.e8(),
                                    Rounding::kHalfAwayFromZero));
    fix::Message m;
    m.type = "8";
    m.Add(37, order.id)
        .Add(11, ref.empty() ? order.ref : ref)
        .Add(41, ref.empty() ? "" : order.ref)
        .Add(17, prefix_ + std::to_string(++executions_))
        .Add(150, kind)
        .Add(39, std::string(1, order.status))
        .Add(55, order.symbol)
        .Add(54, order.side)
        .Add(38, order.quantity.ToString())
        .Add(44, order.price.IsZero() ? "" : order.price.ToString())
        .Add(151, order.open() ? (order.quantity - order.filled).ToString() : "0")
        .Add(14, order.filled.ToString())
        .Add(6, average.ToString());
    return m;
  }

  void Say(const fix::Message& m, std::vector<fix::Message>& out) {
    if (prng_.Percent(mischief_.lost)) {
      return;
    }
    if (prng_.Percent(mischief_.late)) {
      late_.push_back(m);
    } else {
      out.push_back(m);
    }
    if (prng_.Percent(mischief_.twice)) {
      late_.push_back(m);
    }
  }
  // What was late goes out with something later, in any order.
  std::vector<fix::Message> Due() {
    std::vector<fix::Message> out;
    while (!late_.empty() && prng_.Percent(60)) {
      const size_t at = prng_.Below(late_.size());
      out.push_back(late_[at]);
      late_.erase(late_.begin() + static_cast<int64_t>(at));
    }
    return out;
  }

  Prng prng_;
  const std::string prefix_;
  const Price bid_;
  const Price ask_;
  Mischief mischief_;
  std::map<std::string, Order> orders_;
  std::deque<fix::Message> late_;
  uint64_t executions_ = 0;
  uint64_t placed_twice_ = 0;
};

}  // namespace tw::live_gateway
