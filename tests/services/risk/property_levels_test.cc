// Random limits at random levels, changed as orders come and go: whatever is approved is held
// against a naive twin that adds everything up from scratch, level by level. And whatever the
// limits are, the part of an order that closes a position passes those on positions and exposure.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/core/prng.h"
#include "services/risk/checks.h"
#include "tests/seed.h"
#include "tests/services/risk/fixture.h"
#include "tests/services/risk/twin_order.h"

namespace tw::risk {
namespace {

using testing::AnyOrder;
using testing::kNow;
using testing::MakeState;
using testing::TestInstruments;
using testing::TwinOrder;
using testing::TwinOrders;
using testing::ViewOf;

constexpr int kSteps = 100'000;
constexpr std::array<const char*, 3> kAccounts = {"a", "b", "c"};
constexpr std::array<const char*, 3> kStrategies = {"", "s", "t"};
constexpr size_t kSymbols = 3;
// Desks and symbols round a sum once, the twin each account's part.
constexpr Wide kRounding = 16;

std::string DeskOf(const std::string& account) {
  return account == "c" ? "other" : "default";
}

using Positions = std::map<std::pair<std::string, size_t>, Quantity>;

// What one account, or one strategy, holds in one symbol, added up anew.
struct TwinCell {
  Quantity position;
  std::array<Quantity, 2> open;
  std::array<Wide, 2> reserved{};

  Wide Opening(size_t side) const {
    const Wide sign = side == 0 ? 1 : -1;
    const Wide reach = std::max<Wide>(sign * position.e8() + open[side].e8(), 0);
    const Wide opening = std::min<Wide>(open[side].e8(), reach);
    const Wide all = open[side].e8();
    return all == 0 ? 0 : (reserved[side] * opening + all - 1) / all;
  }
};

struct Twin {
  TwinOrders orders;
  Positions by_account;
  Positions by_strategy;

  static Quantity At(const Positions& positions, const std::string& name, size_t symbol) {
    const auto it = positions.find({name, symbol});
    return it == positions.end() ? Quantity() : it->second;
  }
  template <typename Mine>
  TwinCell Cell(Quantity position, size_t symbol, const Mine& mine) const {
    TwinCell cell;
    cell.position = position;
    for (const auto& [id, order] : orders) {
      if (order.symbol == symbol && mine(order)) {
        const size_t side = order.side == Side::kBuy ? 0 : 1;
        cell.open[side] += order.leaves();
        cell.reserved[side] += order.notional();
      }
    }
    return cell;
  }
  TwinCell OfAccount(const std::string& account, size_t symbol) const {
    return Cell(At(by_account, account, symbol), symbol,
                [&](const TwinOrder& o) { return o.account == account; });
  }
  TwinCell OfStrategy(const std::string& strategy, size_t symbol) const {
    return Cell(At(by_strategy, strategy, symbol), symbol,
                [&](const TwinOrder& o) { return o.strategy == strategy; });
  }
  // Every cell that a level's sums are made of.
  std::vector<std::pair<size_t, TwinCell>> Cells(SumLevel level, const TwinOrder& order) const {
    std::vector<std::pair<size_t, TwinCell>> out;
    for (size_t s = 0; s < kSymbols; ++s) {
      if (level == SumLevel::kStrategy) {
        out.emplace_back(s, OfStrategy(order.strategy, s));
        continue;
      }
      for (const std::string account : kAccounts) {
        const bool belongs =
            level == SumLevel::kFirm ||
            (level == SumLevel::kDesk && DeskOf(account) == DeskOf(order.account)) ||
            (level == SumLevel::kAccount && account == order.account) ||
            (level == SumLevel::kSymbol && s == order.symbol);
        if (belongs) {
          out.emplace_back(s, OfAccount(account, s));
        }
      }
    }
    return out;
  }
};

struct Sums {
  Wide exposure = 0;
  Wide net = 0;
  Wide open_value = 0;
  std::array<Wide, 2> reserved{};
};

class Driver {
 public:
  explicit Driver(uint64_t seed) : rng_(seed), state_(MakeState()) {
    state_.exposure.SetAccount("c", "other", kDefaultCash);
  }

  void Step() {
    now_ = now_ + Duration::Millis(1);
    switch (rng_.Below(12)) {
      case 0:
      case 1:
      case 2:
      case 3: Submit(AnyOrderTerms()); break;
      case 4:
      case 5:
      case 6: Fill(); break;
      case 7:
      case 8: Cancel(); break;
      case 9: MoveMarket(); break;
      case 10: ChangeLimit(); break;
      default: CloseSomething(); break;
    }
  }

  std::map<RejectReason, int> refusals;
  int accepted = 0;
  int closed = 0;

 private:
  OrderTerms AnyOrderTerms() {
    const size_t symbol = rng_.Below(kSymbols);
    const Instrument& instrument = TestInstruments().list()[symbol];
    OrderTerms order;
    order.account = kAccounts[rng_.Below(kAccounts.size())];
    order.strategy = kStrategies[rng_.Below(kStrategies.size())];
    order.symbol = instrument.symbol;
    order.side = rng_.Percent(50) ? Side::kBuy : Side::kSell;
    order.quantity = Quantity::FromUnits(rng_.Between(1, symbol == 0 ? 4 : symbol == 1 ? 40 : 200));
    const int64_t ask = state_.references[symbol].ask.e8();
    order.price = RoundToTick(Price::FromE8(ask + rng_.Between(-5, 5) * ask / 100),
                              instrument.tick_size, Rounding::kDown);
    return order;
  }

  RejectReason Submit(OrderTerms order) {
    order.order_id = OrderId(1, ++last_id_);
    const Decision decision = Check(state_, order, now_);
    if (!decision.approved()) {
      ++refusals[decision.reason];
      return decision.reason;
    }
    ++accepted;
    const size_t symbol = *state_.exposure.FindSymbol(order.symbol);
    const bool opens = order.quantity > Closable(std::string(order.account), symbol, order.side);
    state_.exposure.Reserve(ToReservation(order, decision, 1));
    const TwinOrder held{std::string(order.account),
                         std::string(order.strategy),
                         symbol,
                         order.side,
                         order.quantity,
                         Quantity(),
                         decision.reserve_price};
    twin_.orders[order.order_id.value()] = held;
    const EffectiveLimits limits =
        state_.limits.For({order.account, order.symbol, DeskOf(held.account), order.strategy});
    EXPECT_LE(order.quantity.e8(), limits.order_quantity.e8);
    for (size_t i = 0; i < kSumLevels; ++i) {
      const auto level = static_cast<SumLevel>(i);
      if (level != SumLevel::kStrategy || !held.strategy.empty()) {
        ExpectWithin(level, held, limits, opens);
      }
    }
    return RejectReason::kNone;
  }

  void ExpectWithin(SumLevel level,
                    const TwinOrder& order,
                    const EffectiveLimits& limits,
                    bool opens) {
    SCOPED_TRACE(Name(ScopeOf(level)));
    EXPECT_LE(OrdersAt(level, order) * kDecimalScale, limits.open_orders.at(level));
    if (!opens) {
      return;
    }
    const Sums sums = SumsAt(level, order);
    const size_t side = order.side == Side::kBuy ? 0 : 1;
    const Wide net = Sign(order.side) * sums.net + sums.reserved[side];
    EXPECT_TRUE(sums.exposure <= limits.exposure.at(level) + kRounding ||
                limits.exposure.at(level) == kNoLimit);
    EXPECT_TRUE(net <= limits.net_exposure.at(level) + kRounding ||
                limits.net_exposure.at(level) == kNoLimit);
    EXPECT_TRUE(sums.open_value <= limits.open_value.at(level));
    const TwinCell cell = twin_.OfAccount(order.account, order.symbol);
    EXPECT_TRUE(Sign(order.side) * Wide{cell.position.e8()} + cell.open[side].e8() <=
                limits.position.e8);
  }

  Sums SumsAt(SumLevel level, const TwinOrder& order) const {
    Sums sums;
    for (const auto& [symbol, cell] : twin_.Cells(level, order)) {
      const Wide value = PositionValue(cell.position, state_.exposure.mark(symbol));
      sums.exposure += value + cell.Opening(0) + cell.Opening(1);
      sums.net += cell.position < Quantity() ? -value : value;
      sums.open_value += cell.reserved[0] + cell.reserved[1];
      sums.reserved[0] += cell.reserved[0];
      sums.reserved[1] += cell.reserved[1];
    }
    return sums;
  }

  int64_t OrdersAt(SumLevel level, const TwinOrder& order) const {
    int64_t count = 0;
    for (const auto& [id, other] : twin_.orders) {
      count +=
          level == SumLevel::kFirm ||
                  (level == SumLevel::kDesk && DeskOf(other.account) == DeskOf(order.account)) ||
                  (level == SumLevel::kAccount && other.account == order.account) ||
                  (level == SumLevel::kStrategy && other.strategy == order.strategy) ||
                  (level == SumLevel::kSymbol && other.symbol == order.symbol)
              ? 1
              : 0;
    }
    return count;
  }

  // min(quantity, |position| - working closing quantity), without the quantity.
  Quantity Closable(const std::string& account, size_t symbol, Side side) const {
    const TwinCell cell = twin_.OfAccount(account, symbol);
    const bool against = Sign(side) * cell.position.e8() < 0;
    const Quantity working = cell.open[side == Side::kBuy ? 0 : 1];
    return against ? std::max(cell.position.Abs() - working, Quantity()) : Quantity();
  }

  void CloseSomething() {
    OrderTerms order = AnyOrderTerms();
    const size_t symbol = *state_.exposure.FindSymbol(order.symbol);
    const Quantity most = Closable(std::string(order.account), symbol, order.side);
    if (most.IsZero()) {
      return;
    }
    order.quantity = Quantity::FromUnits(rng_.Between(1, most.e8() / kDecimalScale));
    ++closed;
    const RejectReason reason = Submit(order);
    const std::set<RejectReason> of_an_order = {
        RejectReason::kNone, RejectReason::kMaxOrderQuantity, RejectReason::kMaxOrderNotional,
        RejectReason::kMaxOpenOrders};
    EXPECT_TRUE(of_an_order.contains(reason)) << Name(reason);
  }

  void Fill() {
    if (twin_.orders.empty()) {
      return;
    }
    const uint64_t id = AnyOrder(rng_, twin_.orders, last_id_);
    TwinOrder& order = twin_.orders[id];
    const Quantity quantity =
        Quantity::FromUnits(rng_.Between(1, order.leaves().e8() / kDecimalScale));
    order.filled += quantity;
    const bool last = order.leaves().IsZero();
    OrderView view = ViewOf(id, order, last ? OrderStatus::kFilled : OrderStatus::kPartiallyFilled);
    view.fill_quantity = quantity;
    view.fill_price = state_.references[order.symbol].bid;
    const Quantity signed_quantity = Quantity::FromE8(quantity.e8() * Sign(order.side));
    twin_.by_account[{order.account, order.symbol}] += signed_quantity;
    if (!order.strategy.empty()) {
      twin_.by_strategy[{order.strategy, order.symbol}] += signed_quantity;
    }
    state_.exposure.Apply(view);
    if (last) {
      twin_.orders.erase(id);
    }
  }

  void Cancel() {
    if (twin_.orders.empty()) {
      return;
    }
    const uint64_t id = AnyOrder(rng_, twin_.orders, last_id_);
    state_.exposure.Apply(ViewOf(id, twin_.orders[id], OrderStatus::kCanceled));
    twin_.orders.erase(id);
  }

  void MoveMarket() {
    const size_t symbol = rng_.Below(kSymbols);
    const Price tick = TestInstruments().list()[symbol].tick_size;
    const int64_t start = symbol == 0 ? 45'000 : symbol == 1 ? 2'500 : 180;
    const Price bid = RoundToTick(Price::FromE8(start * rng_.Between(98'000'000, 102'000'000)),
                                  tick, Rounding::kDown);
    state_.SetReference(symbol, bid, bid + tick, now_);
    for (Reference& reference : state_.references) {
      reference.received = now_;
    }
  }

  LimitKey AnyKey() {
    const std::string account = kAccounts[rng_.Below(kAccounts.size())];
    switch (rng_.Below(5)) {
      case 0: return {LimitScope::kFirm, "", ""};
      case 1: return {LimitScope::kDesk, "", "", rng_.Percent(50) ? "*" : DeskOf(account)};
      case 2: return {LimitScope::kAccount, account, ""};
      case 3: return {LimitScope::kStrategy, "", "", "", rng_.Percent(30) ? "*" : "s"};
      default: return {LimitScope::kSymbol, "", TestInstruments().list()[rng_.Below(3)].symbol};
    }
  }

  void ChangeLimit() {
    NewLimits command;
    command.key = AnyKey();
    command.reason = "random";
    const Edit<Money> money{Edit<Money>::Kind::kSet, Money::FromUnits(rng_.Between(0, 900'000))};
    switch (rng_.Below(6)) {
      case 0: command.max_exposure = money; break;
      case 1: command.max_net_exposure = money; break;
      case 2: command.max_open_value = money; break;
      case 3:
        command.max_open_orders = {Edit<Number>::Kind::kSet,
                                   Number::FromUnits(rng_.Between(1, 12))};
        break;
      case 4:
        command.max_position = {Edit<Quantity>::Kind::kSet,
                                Quantity::FromUnits(rng_.Between(0, 300))};
        break;
      default:
        command.max_order_quantity = {Edit<Quantity>::Kind::kSet,
                                      Quantity::FromUnits(rng_.Between(1, 200))};
        break;
    }
    const auto event = state_.limits.Decide(command, now_);
    ASSERT_TRUE(event.ok()) << event.status();
    state_.limits.Apply(*event);
  }

  Prng rng_;
  State state_;
  Twin twin_;
  Timestamp now_ = kNow;
  uint32_t last_id_ = 0;
};

TEST(RiskLevelsPropertyTest, NoAcceptanceTakesAnyLevelOverItsLimitAndWhatClosesPasses) {
  Driver driver(TestSeed(19'870'219));
  for (int i = 0; i < kSteps && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    driver.Step();
  }
  EXPECT_GT(driver.accepted, kSteps / 100);
  EXPECT_GT(driver.closed, kSteps / 1000);
  for (const RejectReason reason : {RejectReason::kMaxExposure, RejectReason::kMaxNetExposure,
                                    RejectReason::kMaxOpenValue, RejectReason::kMaxOpenOrders,
                                    RejectReason::kMaxPosition, RejectReason::kMaxOrderQuantity}) {
    EXPECT_GT(driver.refusals[reason], 0) << Name(reason);
  }
}

}  // namespace
}  // namespace tw::risk
