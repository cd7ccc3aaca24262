#include "services/ptrc/surveillance.h"

#include <algorithm>

namespace tw::ptrc {
namespace {

constexpr int64_t kMinuteNs = Duration::Seconds(60).ns;

bool AreTwoSidesOfOneMatch(const Trade& a, const Trade& b) {
  const bool maker_and_taker =
      (a.liquidity == Liquidity::kMaker && b.liquidity == Liquidity::kTaker) ||
      (a.liquidity == Liquidity::kTaker && b.liquidity == Liquidity::kMaker);
  return maker_and_taker && a.side != b.side && a.venue == b.venue && a.symbol == b.symbol &&
         a.price == b.price && a.quantity == b.quantity && a.time == b.time;
}

}  // namespace

std::string_view Name(AlertKind kind) {
  switch (kind) {
    case AlertKind::kOrderToTrade: return "ORDER_TO_TRADE";
    case AlertKind::kSelfTrade: return "SELF_TRADE";
  }
  return "SELF_TRADE";
}

void Surveillance::OnOrder(const std::string& account, Timestamp time) {
  Activity* const activity = Of(account, time);
  if (activity == nullptr) {
    return;
  }
  ++activity->orders;
  const int64_t trades = std::max<int64_t>(activity->trades, 1);
  if (activity->alerted || activity->orders < limits_.orders_min ||
      activity->orders <= limits_.ratio_max * trades) {
    return;
  }
  activity->alerted = true;  // once a minute
  Raise({.id = "ORDER_TO_TRADE:" + account + ":" + std::to_string(activity->minute),
         .kind = AlertKind::kOrderToTrade,
         .account = account,
         .symbol = "",
         .message = std::to_string(activity->orders) + " orders and " +
                    std::to_string(activity->trades) + " trades within a minute; allowed are " +
                    std::to_string(limits_.ratio_max) + " orders a trade",
         .time = time});
}

void Surveillance::OnTrade(const Trade& trade) {
  Activity* const activity = Of(trade.account, trade.time);
  if (activity == nullptr) {
    return;
  }
  ++activity->trades;
  for (const Trade& other : activity->recent) {
    if (AreTwoSidesOfOneMatch(trade, other)) {
      Raise({.id = "SELF_TRADE:" + TradeKey(other) + ":" + trade.venue_exec_id,
             .kind = AlertKind::kSelfTrade,
             .account = trade.account,
             .symbol = trade.symbol,
             .message = "both sides of " + trade.quantity.ToString() + " @ " +
                        trade.price.ToString() + ": orders " + other.order_id.ToString() + " and " +
                        trade.order_id.ToString(),
             .time = trade.time});
      break;
    }
  }
  activity->recent.push_back(trade);
  if (activity->recent.size() > kTradesKept) {
    activity->recent.pop_front();
  }
}

Surveillance::Activity* Surveillance::Of(const std::string& account, Timestamp time) {
  auto it = activity_.find(account);
  if (it == activity_.end()) {
    if (activity_.size() >= kAccountsMax) {
      return nullptr;
    }
    it = activity_.emplace(account, Activity{}).first;
  }
  Activity& activity = it->second;
  const int64_t minute = time.ns / kMinuteNs;
  if (minute > activity.minute) {
    activity.minute = minute;
    activity.orders = 0;
    activity.trades = 0;
    activity.alerted = false;
  }
  return &activity;
}

void Surveillance::Raise(Alert alert) {
  ++raised_;
  alerts_.push_back(std::move(alert));
  if (alerts_.size() > kAlertsMax) {
    alerts_.pop_front();
  }
}

}  // namespace tw::ptrc
