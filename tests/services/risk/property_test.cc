// Random desks: every acceptance is held against a naive twin that adds everything up from scratch.
#include <gtest/gtest.h>

#include <map>
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
constexpr size_t kAccounts = 3;

// The obvious: orders and positions, summed anew for each question.
struct Twin {
  TwinOrders orders;
  std::map<std::pair<std::string, size_t>, Quantity> positions;

  Quantity Open(const std::string& account, size_t symbol, Side side) const {
    Quantity sum;
    for (const auto& [id, order] : orders) {
      if (order.account == account && order.symbol == symbol && order.side == side) {
        sum += order.leaves();
      }
    }
    return sum;
  }
  Wide Reserved(const std::string& account, size_t symbol, Side side) const {
    Wide sum = 0;
    for (const auto& [id, order] : orders) {
      if (order.account == account && order.symbol == symbol && order.side == side) {
        sum += Notional(order.price, order.leaves(), Rounding::kUp)->e8();
      }
    }
    return sum;
  }
  Quantity Position(const std::string& account, size_t symbol) const {
    const auto it = positions.find({account, symbol});
    return it == positions.end() ? Quantity() : it->second;
  }
  // Units that could be open this way once every order of the side is filled.
  Wide Reach(const std::string& account, size_t symbol, Side side) const {
    return Wide{Sign(side)} * Position(account, symbol).e8() + Open(account, symbol, side).e8();
  }
  Wide Opening(const std::string& account, size_t symbol, Side side) const {
    const Wide open = Open(account, symbol, side).e8();
    const Wide reach = std::max<Wide>(Reach(account, symbol, side), 0);
    const Wide opening = std::min(open, reach);
    return open == 0 ? 0 : (Reserved(account, symbol, side) * opening + open - 1) / open;
  }
  Wide Used(const State& state, const std::string& account) const {
    Wide sum = 0;
    for (size_t s = 0; s < TestInstruments().list().size(); ++s) {
      sum += ReserveNotional(state.exposure.mark(s), Position(account, s).Abs()).e8();
      sum += Opening(account, s, Side::kBuy) + Opening(account, s, Side::kSell);
    }
    return sum;
  }
};

class Driver {
 public:
  explicit Driver(uint64_t seed) : rng_(seed), state_(MakeState()) {}

  void Step() {
    now_ = now_ + Duration::Millis(1);
    switch (rng_.Below(10)) {
      case 0:
      case 1:
      case 2: Submit(); break;
      case 3:
      case 4:
      case 5:
      case 6: Fill(); break;
      case 7: Finish(OrderStatus::kCanceled); break;
      case 8: MoveMarket(); break;
      default: Confirm(); break;
    }
    ASSERT_NO_FATAL_FAILURE(Compare());
  }

  void FinishAll() {
    while (!twin_.orders.empty()) {
      Finish(OrderStatus::kExpired);
    }
    for (size_t a = 0; a < state_.exposure.accounts(); ++a) {
      for (size_t s = 0; s < TestInstruments().list().size(); ++s) {
        const Cell* cell = state_.exposure.FindCell(a, s);
        if (cell != nullptr) {
          EXPECT_TRUE(cell->open_buy.IsZero() && cell->open_sell.IsZero());
          EXPECT_TRUE(cell->reserved_buy == 0 && cell->reserved_sell == 0);
        }
      }
    }
    EXPECT_EQ(state_.exposure.open_orders(), 0u);
    EXPECT_EQ(state_.exposure.reservations(), 0u);
  }

  int accepted() const { return accepted_; }
  int refused() const { return refused_; }

 private:
  std::string AnyAccount() {
    return std::string(1, static_cast<char>('a' + rng_.Below(kAccounts)));
  }

  void Submit() {
    const size_t symbol = rng_.Below(3);
    const Instrument& instrument = TestInstruments().list()[symbol];
    const Reference& reference = state_.references[symbol];
    const std::string account = AnyAccount();
    OrderTerms order;
    order.order_id = OrderId(1, ++last_id_);
    order.account = account;
    order.symbol = instrument.symbol;
    order.side = rng_.Percent(50) ? Side::kBuy : Side::kSell;
    order.type = rng_.Percent(20) ? OrderType::kMarket : OrderType::kLimit;
    const int64_t most = symbol == 0 ? 6 : symbol == 1 ? 60 : 300;
    order.quantity = Quantity::FromUnits(rng_.Between(1, most));
    if (order.type == OrderType::kLimit) {
      const int64_t around = reference.ask.e8() + rng_.Between(-12, 12) * reference.ask.e8() / 100;
      order.price = RoundToTick(Price::FromE8(around), instrument.tick_size, Rounding::kDown);
    }
    const Decision decision = Check(state_, order, now_);
    if (!decision.approved()) {
      ++refused_;
      return;
    }
    ++accepted_;
    const Wide reach_before = twin_.Reach(account, symbol, order.side);
    state_.exposure.Reserve(ToReservation(order, decision, 1));
    TwinOrder& held = twin_.orders[order.order_id.value()];
    held = {account, "", symbol, order.side, order.quantity, Quantity(), decision.reserve_price};
    // What may be held and opened afterwards is within every limit, unless the order opens nothing.
    const EffectiveLimits limits = state_.limits.For(account, order.symbol);
    const Wide reach = twin_.Reach(account, symbol, order.side);
    EXPECT_TRUE(reach <= limits.position.e8);
    if (reach > std::max<Wide>(reach_before, 0)) {
      EXPECT_TRUE(twin_.Used(state_, account) <= limits.exposure.at(SumLevel::kAccount));
    }
  }

  void Confirm() {
    if (twin_.orders.empty()) {
      return;
    }
    const uint64_t id = AnyOrder(rng_, twin_.orders, last_id_);
    TwinOrder& order = twin_.orders[id];
    order.confirmed = true;
    state_.exposure.Apply(ViewOf(id, order, OrderStatus::kNew));
  }

  void Fill() {
    if (twin_.orders.empty()) {
      return;
    }
    const uint64_t id = AnyOrder(rng_, twin_.orders, last_id_);
    TwinOrder& order = twin_.orders[id];
    const int64_t units = order.leaves().e8() / kDecimalScale;
    const Quantity quantity = Quantity::FromUnits(rng_.Between(1, units));
    order.filled += quantity;
    order.confirmed = true;
    const bool last = order.leaves().IsZero();
    OrderView view = ViewOf(id, order, last ? OrderStatus::kFilled : OrderStatus::kPartiallyFilled);
    view.fill_quantity = quantity;
    view.fill_price = state_.references[order.symbol].bid;
    Quantity& position = twin_.positions[{order.account, order.symbol}];
    position += Quantity::FromE8(quantity.e8() * Sign(order.side));
    state_.exposure.Apply(view);
    if (last) {
      twin_.orders.erase(id);
    }
  }

  void Finish(OrderStatus status) {
    if (twin_.orders.empty()) {
      return;
    }
    const uint64_t id = AnyOrder(rng_, twin_.orders, last_id_);
    const TwinOrder order = twin_.orders[id];
    twin_.orders.erase(id);
    if (!order.confirmed && rng_.Percent(30)) {
      state_.exposure.Release(OrderId::FromValue(id));  // oms never journaled it
    } else {
      state_.exposure.Apply(ViewOf(id, order, status));
    }
  }

  void MoveMarket() {
    const size_t symbol = rng_.Below(3);
    const Price tick = TestInstruments().list()[symbol].tick_size;
    const int64_t start = symbol == 0 ? 45'000 : symbol == 1 ? 2'500 : 180;
    const Price bid = RoundToTick(Price::FromE8(start * rng_.Between(97'000'000, 103'000'000)),
                                  tick, Rounding::kDown);
    state_.SetReference(symbol, bid, bid + tick, now_);
    for (size_t s = 0; s < 3; ++s) {
      state_.references[s].received = now_;
    }
  }

  void Compare() {
    Wide firm = 0;
    for (size_t i = 0; i < kAccounts; ++i) {
      const std::string account(1, static_cast<char>('a' + i));
      const auto index = state_.exposure.FindAccount(account);
      const Wide expected = twin_.Used(state_, account);
      ASSERT_TRUE((index ? state_.exposure.AccountUsed(*index) : Wide{0}) == expected) << account;
      firm += expected;
    }
    // Positions of the firm are rounded up once a symbol, not once an account.
    const Wide difference = firm - state_.exposure.FirmUsed();
    ASSERT_TRUE(difference >= 0 && difference <= static_cast<Wide>(kAccounts * 3));
  }

  Prng rng_;
  State state_;
  Twin twin_;
  Timestamp now_ = kNow;
  uint32_t last_id_ = 0;
  int accepted_ = 0;
  int refused_ = 0;
};

TEST(RiskPropertyTest, NothingPassesALimitAndNothingLeaks) {
  Driver driver(TestSeed(20'240'511));
  for (int i = 0; i < kSteps && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    driver.Step();
  }
  driver.FinishAll();
  EXPECT_GT(driver.accepted(), kSteps / 100);
  EXPECT_GT(driver.refused(), kSteps / 100);
}

}  // namespace
}  // namespace tw::risk
