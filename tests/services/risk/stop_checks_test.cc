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

}  // namespace
}  // namespace tw::risk
