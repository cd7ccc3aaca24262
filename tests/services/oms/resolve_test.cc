// An operator ends an uncertain order: by gRPC and REST, over a restart, and against the venue's
// word.
#include <gtest/gtest.h>

#include "libs/http/client.h"
#include "tests/services/oms/oms_fixture.h"

namespace tw::oms {
namespace {

using testing::IdOf;
using testing::OmsTest;
using tw::testing::WaitFor;

const std::vector<std::string> kSoonUncertain = {"--uncertain-after-ms", "100"};

class ResolveTest : public OmsTest {
 protected:
  // Accepted by oms; the venue is silent about it.
  v1::Order Uncertain(const std::string& key) {
    const v1::Order order = Submit(Limit(key));
    EXPECT_TRUE(WaitFor([&] { return Get(order.order_id())->uncertain(); }));
    return order;
  }
  static v1::ResolveOrderRequest As(const v1::Order& order, v1::OrderStatus outcome) {
    v1::ResolveOrderRequest request;
    request.set_order_id(order.order_id());
    request.set_outcome(outcome);
    request.set_reason("the venue said so by telephone");
    request.set_by("ann");
    return request;
  }
  absl::StatusOr<v1::Order> Resolve(const v1::ResolveOrderRequest& request) {
    return host_->Call<v1::Order>("OrderAdminService/ResolveOrder", request);
  }
};

TEST_F(ResolveTest, CanceledByAnOperatorAndTheVenueIsToldToo) {
  StartReady(kSoonUncertain);
  const v1::Order order = Uncertain("a");
  const absl::StatusOr<v1::Order> resolved = Resolve(As(order, v1::ORDER_STATUS_CANCELED));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->status(), v1::ORDER_STATUS_CANCELED);
  EXPECT_FALSE(resolved->uncertain());
  EXPECT_EQ(resolved->canceled_quantity(), "1");
  EXPECT_EQ(resolved->resolution().by(), "ann");
  EXPECT_EQ(resolved->resolution().outcome(), v1::ORDER_STATUS_CANCELED);
  EXPECT_TRUE(WaitFor([&] { return exeq_.canceled(IdOf(order)) == 1; }))
      << "should it be working there after all";
  Restart();
  EXPECT_EQ(Get(order.order_id())->resolution().reason(), "the venue said so by telephone");
  EXPECT_EQ(exeq_.placed(IdOf(order)), 1) << "it is not placed again";
  EXPECT_TRUE(WaitFor([&] { return exeq_.canceled(IdOf(order)) == 2; }))
      << "until the venue has said its last word";
  const uint64_t last = Get(order.order_id())->sequence();
  exeq_.Say(exeq_.Report(v1::EXECUTION_KIND_CANCEL_REJECTED, IdOf(order)));
  EXPECT_TRUE(WaitFor([&] { return Get(order.order_id())->sequence() > last; }));
  Restart();
  ASSERT_TRUE(WaitFor([&] { return exeq_.resumes().size() == 3; }));
  EXPECT_EQ(Get(order.order_id())->status(), v1::ORDER_STATUS_CANCELED);
  EXPECT_EQ(exeq_.canceled(IdOf(order)), 2) << "then no more";
}

TEST_F(ResolveTest, FilledByAnOperatorThenTheVenuesFillTakesItsPlace) {
  StartReady(kSoonUncertain);
  const v1::Order order = Uncertain("a");
  const absl::StatusOr<v1::Order> resolved = Resolve(As(order, v1::ORDER_STATUS_FILLED));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->status(), v1::ORDER_STATUS_FILLED);
  EXPECT_EQ(resolved->average_fill_price(), "100") << "the limit, where no price is named";
  ASSERT_EQ(Fills().fills_size(), 1);
  EXPECT_EQ(Fills().fills(0).venue(), "OPERATOR");
  EXPECT_EQ(Fills().fills(0).fill_id(), "OPERATOR-" + order.order_id() + ".1");

  exeq_.Fill(IdOf(order), "1", "99.5");
  ASSERT_TRUE(WaitFor([&] { return Fills().fills_size() == 3; }));
  EXPECT_EQ(Fills().fills(1).quantity(), "-1");
  EXPECT_EQ(Fills().fills(1).price(), "100");
  EXPECT_EQ(Fills().fills(2).venue(), "PAPER");
  const v1::Order after = *Get(order.order_id());
  EXPECT_EQ(after.status(), v1::ORDER_STATUS_FILLED);
  EXPECT_EQ(after.average_fill_price(), "99.5");
  Restart();
  EXPECT_EQ(Get(order.order_id())->average_fill_price(), "99.5");
  EXPECT_EQ(Fills().fills_size(), 3);
}

TEST_F(ResolveTest, AnOrderThatWorksAtTheVenueAfterAllIsCanceledThere) {
  StartReady(kSoonUncertain);
  const v1::Order order = Uncertain("a");
  ASSERT_TRUE(Resolve(As(order, v1::ORDER_STATUS_CANCELED)).ok());
  ASSERT_TRUE(WaitFor([&] { return exeq_.canceled(IdOf(order)) == 1; }));
  exeq_.Accept(IdOf(order));
  EXPECT_TRUE(WaitFor([&] { return exeq_.canceled(IdOf(order)) == 2; }));
  EXPECT_EQ(Get(order.order_id())->status(), v1::ORDER_STATUS_CANCELED);
}

TEST_F(ResolveTest, WhatIsRefusedChangesNothing) {
  StartReady(kSoonUncertain);
  const v1::Order order = Uncertain("a");
  struct Row {
    std::function<void(v1::ResolveOrderRequest&)> change;
    absl::StatusCode code;
    const char* message;
  };
  const Row rows[] = {
      {[](auto& r) { r.clear_reason(); }, absl::StatusCode::kInvalidArgument,
       "reason: is required"},
      {[](auto& r) { r.set_reason("a\nb"); }, absl::StatusCode::kInvalidArgument, "reason"},
      {[](auto& r) { r.set_by(std::string(65, 'x')); }, absl::StatusCode::kInvalidArgument, "by:"},
      {[](auto& r) { r.set_outcome(v1::ORDER_STATUS_REJECTED); },
       absl::StatusCode::kInvalidArgument, "outcome: must be CANCELED or FILLED"},
      {[](auto& r) { r.set_quantity("0"); }, absl::StatusCode::kInvalidArgument, "quantity"},
      {[](auto& r) { r.set_quantity("1.1"); }, absl::StatusCode::kInvalidArgument,
       "quantity: 1.1 is more than is open, 1"},
      {[](auto& r) { r.set_price("x"); }, absl::StatusCode::kInvalidArgument, "price"},
      {[](auto& r) {
         r.set_outcome(v1::ORDER_STATUS_CANCELED);
         r.set_price("1");
       },
       absl::StatusCode::kInvalidArgument, "price: goes with FILLED only"},
      {[](auto& r) { r.set_order_id("9-9"); }, absl::StatusCode::kNotFound, "no order 9-9"},
      {[](auto& r) { r.clear_order_id(); }, absl::StatusCode::kInvalidArgument, "order_id"},
  };
  for (const Row& row : rows) {
    v1::ResolveOrderRequest request = As(order, v1::ORDER_STATUS_FILLED);
    row.change(request);
    const absl::Status status = Resolve(request).status();
    EXPECT_EQ(status.code(), row.code) << request.ShortDebugString();
    EXPECT_NE(status.message().find(row.message), std::string::npos) << status;
  }
  EXPECT_TRUE(Get(order.order_id())->uncertain());
  exeq_.Accept(IdOf(order));
  ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_NEW));
  EXPECT_EQ(Resolve(As(order, v1::ORDER_STATUS_CANCELED)).status().code(),
            absl::StatusCode::kFailedPrecondition)
      << "the venue has spoken";
}

TEST_F(ResolveTest, ByRest) {
  StartReady(kSoonUncertain);
  const v1::Order order = Uncertain("a");
  const auto post = [&](const std::string& body) {
    return host_->Http("POST", "/orders/" + order.order_id() + "/resolve", body);
  };
  const auto fault = post(R"({"as":"filled"})");
  EXPECT_EQ(fault.status, 400);
  EXPECT_NE(fault.body.find(R"("field":"reason")"), std::string::npos) << fault.body;
  const auto done = post(
      R"({"as":"filled","quantity":"0.4","price":101,"reason":"told by telephone","by":"ann"})");
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_NE(done.body.find(R"("status":"CANCELED")"), std::string::npos) << done.body;
  EXPECT_NE(done.body.find(R"("filled_quantity":"0.4")"), std::string::npos) << done.body;
  EXPECT_NE(done.body.find(R"("outcome":"FILLED")"), std::string::npos) << done.body;
  EXPECT_EQ(post(R"({"as":"canceled","reason":"again"})").status, 409);
}

}  // namespace
}  // namespace tw::oms
