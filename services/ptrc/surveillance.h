// Surveillance: two patterns a desk must be able to show that it looks for.
//
//   ORDER_TO_TRADE  an account sends many orders for each trade (quote stuffing): at least
//                   orders_min orders in a minute, and more than ratio_max for each trade
//   SELF_TRADE      an account is on both sides of one match (wash trade): a maker and a taker
//                   execution, opposite, of the same quantity, price and venue time
//
// Times are those of the events, so that reading the streams again finds the same alerts, with the
// same ids. One thread. Bounded: the newest kAlertsMax alerts, kAccountsMax accounts watched.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "libs/base/time.h"
#include "services/ptrc/trade.h"

namespace tw::ptrc {

enum class AlertKind : uint8_t { kOrderToTrade, kSelfTrade };
std::string_view Name(AlertKind kind);  // "ORDER_TO_TRADE"

struct Alert {
  std::string id;
  AlertKind kind = AlertKind::kSelfTrade;
  std::string account;
  std::string symbol;  // empty where it concerns several
  std::string message;
  Timestamp time;
};

struct SurveillanceLimits {
  int64_t orders_min = 100;  // a minute; fewer are never an alert
  int64_t ratio_max = 50;    // orders for each trade
};

class Surveillance {
 public:
  static constexpr size_t kAlertsMax = 1'000;
  static constexpr size_t kAccountsMax = 10'000;
  static constexpr size_t kTradesKept = 32;  // per account, in which the other side is looked for

  explicit Surveillance(SurveillanceLimits limits) : limits_(limits) {}

  // An order of `account` was submitted, whatever came of it.
  void OnOrder(const std::string& account, Timestamp time);
  void OnTrade(const Trade& trade);

  const std::deque<Alert>& alerts() const { return alerts_; }  // oldest first
  uint64_t raised() const { return raised_; }

 private:
  struct Activity {
    int64_t minute = 0;  // of the epoch; counts are of this minute
    int64_t orders = 0;
    int64_t trades = 0;
    bool alerted = false;
    std::deque<Trade> recent;
  };

  Activity* Of(const std::string& account, Timestamp time);
  void Raise(Alert alert);

  SurveillanceLimits limits_;
  absl::btree_map<std::string, Activity> activity_;
  std::deque<Alert> alerts_;
  uint64_t raised_ = 0;
};

}  // namespace tw::ptrc
