// The strategy behind an order: on its way to risk, in the ledger, and as what is canceled by.
#include <gtest/gtest.h>

#include "libs/base/field_error.h"
#include "tests/services/oms/oms_fixture.h"

namespace tw::oms {
namespace {

using testing::OmsTest;

class StrategyTest : public OmsTest {
 protected:
  v1::SubmitOrderRequest Of(const char* key, const std::string& strategy) {
    v1::SubmitOrderRequest request = Limit(key);
    request.set_strategy(strategy);
    return request;
  }
};

TEST_F(StrategyTest, RiskIsToldAndTheOrderKeepsItOverARestart) {
  StartReady();
  v1::SubmitOrderRequest request = Of("s-1", "momentum.v2");
  request.set_allow_duplicate(true);
  const v1::Order order = Submit(request);
  EXPECT_EQ(order.strategy(), "momentum.v2");
  ASSERT_EQ(risk_.asked().size(), 1U);
  EXPECT_EQ(risk_.asked()[0].strategy(), "momentum.v2");
  EXPECT_TRUE(risk_.asked()[0].allow_duplicate());
  Restart();
  EXPECT_EQ(Get(order.order_id())->strategy(), "momentum.v2");
}

TEST_F(StrategyTest, ItIsPartOfTheOrderAndTheWordAboutDuplicatesIsNot) {
  StartReady();
  Submit(Of("s-1", "momentum"));
  v1::SubmitOrderRequest again = Of("s-1", "momentum");
  again.set_allow_duplicate(true);
  EXPECT_TRUE(Submit(again).duplicate());
  EXPECT_EQ(TrySubmit(Of("s-1", "carry")).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(StrategyTest, AMalformedOneIsNoOrder) {
  StartReady();
  for (const std::string& name : {std::string("two words"), std::string(65, 's')}) {
    const absl::Status status = TrySubmit(Of("bad", name)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_EQ(FieldOf(status), "strategy");
  }
  EXPECT_EQ(List().orders_size(), 0);
}

TEST_F(StrategyTest, CancelAllTakesThoseOfOneStrategy) {
  StartReady();
  Submit(Of("m-1", "momentum"));
  Submit(Of("m-2", "momentum"));
  Submit(Of("c-1", "carry"));
  Submit(Of("n-1", ""));
  const auto cancel_all = [&](const char* strategy) {
    v1::CancelAllOrdersRequest request;
    request.set_strategy(strategy);
    return host_->Call<v1::CancelAllOrdersResponse>("OrderService/CancelAllOrders", request)
        ->order_ids_size();
  };
  EXPECT_EQ(cancel_all("momentum"), 2);
  EXPECT_EQ(cancel_all("momentum"), 0);
  EXPECT_EQ(cancel_all(""), 2);
}

}  // namespace
}  // namespace tw::oms
