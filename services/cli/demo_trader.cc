#include "services/cli/demo_trader.h"

#include <algorithm>

#include "libs/core/instrument.h"

namespace tw::cli {
namespace {

constexpr uint64_t kCancelPercent = 20;
constexpr uint64_t kMarketPercent = 55;        // of the orders
constexpr int64_t kAwayMillionthsMax = 1'000;  // of the price, for those that rest

bool IsLive(const DemoMarket& m) {
  return m.bid > Price() && m.ask > m.bid && m.tick > Price() && m.lot > Quantity();
}

}  // namespace

Quantity DemoTrader::UnitOf(const DemoMarket& market, Money notional) {
  const int64_t lot = market.lot.e8();
  const int64_t wanted =
      MulDiv(notional.e8(), kDecimalScale, market.ask.e8(), Rounding::kDown).value_or(lot);
  const int64_t least = std::max(market.min.e8(), lot);
  const int64_t lots = (std::max(wanted, least) + lot - 1) / lot;
  return Quantity::FromE8(lots * lot);
}

DemoAction DemoTrader::Order(const DemoMarket& market) {
  DemoAction action;
  const Quantity unit = UnitOf(market, limits_.notional);
  action.kind = DemoAction::Kind::kOrder;
  action.symbol = market.symbol;
  action.quantity = unit;
  const int64_t held = market.position.e8() / unit.e8();  // in orders
  action.side = prng_.Percent(50) ? Side::kBuy : Side::kSell;
  if (held >= limits_.position_orders_max) {
    action.side = Side::kSell;
  } else if (-held >= limits_.position_orders_max) {
    action.side = Side::kBuy;
  }
  if (prng_.Percent(kMarketPercent)) {
    return action;
  }
  const bool buy = action.side == Side::kBuy;
  const int64_t near = buy ? market.bid.e8() : market.ask.e8();
  const int64_t away =
      MulDiv(near, prng_.Between(0, kAwayMillionthsMax), 1'000'000, Rounding::kDown).value_or(0);
  action.price =
      std::max(market.tick, RoundToTick(Price::FromE8(buy ? near - away : near + away), market.tick,
                                        buy ? Rounding::kDown : Rounding::kUp));
  return action;
}

DemoAction DemoTrader::Next(const std::vector<DemoMarket>& markets,
                            const std::vector<std::string>& open) {
  const bool tidies = prng_.Percent(kCancelPercent);
  if (open.size() >= limits_.open_max || (tidies && !open.empty())) {
    DemoAction cancel;
    cancel.kind = DemoAction::Kind::kCancel;
    cancel.order_id = open.front();
    return cancel;
  }
  std::vector<const DemoMarket*> live;
  for (const DemoMarket& market : markets) {
    if (IsLive(market) && UnitOf(market, limits_.notional) <= market.max) {
      live.push_back(&market);
    }
  }
  return live.empty() ? DemoAction() : Order(*live[prng_.Below(live.size())]);
}

}  // namespace tw::cli
