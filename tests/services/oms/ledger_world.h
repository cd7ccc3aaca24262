// A ledger, the events it was given, and a venue that numbers its reports.
#pragma once

#include <string>
#include <utility>

#include "services/oms/ledger.h"

namespace tw::oms::testing {

inline constexpr Timestamp kNow{1'000'000};

inline NewOrder Limit(std::string key, const char* quantity = "10", const char* price = "100") {
  NewOrder order;
  order.account = "demo";
  order.symbol = "BTCUSDT";
  order.client_order_id = std::move(key);
  order.side = Side::kBuy;
  order.type = OrderType::kLimit;
  order.time_in_force = TimeInForce::kGtc;
  order.quantity = *Quantity::Parse(quantity);
  order.price = *Price::Parse(price);
  return order;
}

inline RiskAnswer Approve() {
  RiskAnswer answer;
  answer.approved = true;
  answer.reserve_price = *Price::Parse("100");
  return answer;
}

// What a venue says as its `sequence`-th word, without quantity and price.
inline ExecutionReport ReportOf(OrderId id, ExecutionReport::Kind kind, uint64_t sequence) {
  ExecutionReport r;
  r.kind = kind;
  r.order_id = id;
  r.report.execution_sequence = sequence;
  r.report.venue = "PAPER";
  r.report.venue_exec_id = std::to_string(sequence);
  return r;
}

struct World {
  Ledger ledger;
  Events journal;
  uint64_t executions = 0;

  void Take(const Events& events) {
    for (const Event& event : events) {
      ledger.Apply(event);
      journal.push_back(event);
    }
  }
  OrderId New(uint32_t n, const char* quantity = "10") {
    const OrderId id(1, n);
    Take(ledger.Decide(id, Limit("c-" + std::to_string(n), quantity), Approve(), kNow));
    return id;
  }
  ExecutionReport Report(OrderId id,
                         ExecutionReport::Kind kind,
                         const char* quantity = "0",
                         const char* price = "100") {
    ExecutionReport r = ReportOf(id, kind, ++executions);
    r.quantity = *Quantity::Parse(quantity);
    r.price = *Price::Parse(price);
    return r;
  }
  size_t Venue(OrderId id,
               ExecutionReport::Kind kind,
               const char* quantity = "0",
               const char* price = "100") {
    const Events events = ledger.Decide(Report(id, kind, quantity, price), kNow);
    Take(events);
    return events.size();
  }
  const Order& At(OrderId id) const { return *ledger.Find(id); }
};

using Kind = ExecutionReport::Kind;

}  // namespace tw::oms::testing
