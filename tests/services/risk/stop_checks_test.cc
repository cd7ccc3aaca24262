// What risk makes of a stop that oms holds.
#include <gtest/gtest.h>

#include "services/risk/checks.h"
#include "tests/services/risk/fixture.h"

namespace tw::risk {
namespace {

using testing::kNow;
using testing::Limit;
using testing::MakeState;
using testing::P;
using testing::Q;

TEST(StopChecksTest, AStopWithoutALimitReservesAtTheCollarRoundItsStopPrice) {
  const State state = MakeState();
  OrderTerms order = Limit(Side::kBuy, "BTCUSDT", Q("0.1"), Price());
  order.type = OrderType::kStop;
  order.stop_price = P("50000");
  const Decision buy = Check(state, order, kNow);
  EXPECT_TRUE(buy.approved()) << RefusalMessage(buy, order);
  EXPECT_EQ(buy.reserve_price, P("55000"));
  order.type = OrderType::kTrailingStop;
  order.side = Side::kSell;
  order.stop_price = P("40000.01");
  EXPECT_EQ(Check(state, order, kNow).reserve_price, P("36000.01")) << "on the inner tick";
}

TEST(StopChecksTest, ALegThatWaitsIsHeldAgainstWhatItIsByItself) {
  const State state = MakeState();
  OrderTerms order = Limit(Side::kBuy, "BTCUSDT", Q("0.1"), P("45000"));
  order.dormant = true;
  const Decision decision = Check(state, order, kNow);
  EXPECT_TRUE(decision.approved()) << RefusalMessage(decision, order);
  EXPECT_NE(decision.Find(CheckId::kTickSize), nullptr);
  EXPECT_NE(decision.Find(CheckId::kMaxOrderQuantity), nullptr);
  EXPECT_EQ(decision.Find(CheckId::kMaxPosition), nullptr) << "it adds nothing yet";
  EXPECT_EQ(decision.Find(CheckId::kReduceOnly), nullptr);
  order.price = P("45000.001");
  EXPECT_EQ(Check(state, order, kNow).reason, RejectReason::kTickSize);
}

}  // namespace
}  // namespace tw::risk
