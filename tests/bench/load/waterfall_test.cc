#include "bench/load/waterfall.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::load {
namespace {

using ::testing::ElementsAre;

v1::OrderTrace Whole() {
  v1::OrderTrace trace;
  trace.set_gateway_in_ns(1'100);
  trace.set_oms_in_ns(1'200);
  trace.set_risk_asked_ns(1'210);
  trace.set_risk_in_ns(1'300);
  trace.set_risk_out_ns(1'305);
  trace.set_risk_answered_ns(1'400);
  trace.set_synced_ns(1'700);
  trace.set_gateway_out_ns(1'800);
  return trace;
}

std::vector<std::string> Names(const Waterfall& waterfall) {
  std::vector<std::string> names;
  for (const WaterfallRow& row : waterfall.Rows()) {
    names.push_back(row.name);
  }
  return names;
}

v1::OrderEvent Report(const std::string& order_id) {
  v1::OrderEvent event;
  event.mutable_order()->set_order_id(order_id);
  *event.mutable_trace() = Whole();
  event.mutable_trace()->set_exeq_in_ns(1'750);
  event.mutable_trace()->set_venue_in_ns(1'850);
  event.mutable_trace()->set_venue_out_ns(2'150);
  event.mutable_trace()->set_exeq_out_ns(2'250);
  event.mutable_trace()->set_oms_back_ns(2'350);
  return event;
}

TEST(WaterfallTest, EachStageLastsFromTheStampBeforeIt) {
  Waterfall waterfall;
  waterfall.Answered("1-1", 1'000, Whole(), 1'950);
  const std::vector<WaterfallRow> rows = waterfall.Rows();
  ASSERT_EQ(rows.size(), 9u);
  EXPECT_EQ(rows[0].name, "client to gateway");
  EXPECT_EQ(rows[0].begins.ns, 0);
  EXPECT_EQ(rows[0].stage.mean.ns, 100);
  EXPECT_EQ(rows[6].name, "oms: journal sync");
  EXPECT_EQ(rows[6].begins.ns, 400);
  EXPECT_EQ(rows[6].stage.mean.ns, 300);
  EXPECT_EQ(rows[8].stage.mean.ns, 150);
  int64_t sum = 0;
  for (const WaterfallRow& row : rows) {
    sum += row.stage.mean.ns;
  }
  EXPECT_EQ(sum, 950);  // nothing is counted twice, nothing left out
}

TEST(WaterfallTest, TheVenuesWayBeginsAtTheSync) {
  Waterfall waterfall;
  waterfall.Answered("1-1", 1'000, Whole(), 1'950);
  EXPECT_EQ(waterfall.waiting(), 1u);
  waterfall.Returned(Report("9-9"));     // of somebody else
  waterfall.Returned(v1::OrderEvent());  // no time stamps
  waterfall.Returned(Report("1-1"));
  waterfall.Returned(Report("1-1"));  // once only
  EXPECT_EQ(waterfall.waiting(), 0u);
  const std::vector<WaterfallRow> rows = waterfall.Rows();
  ASSERT_EQ(rows.size(), 14u);
  EXPECT_EQ(rows[9].begins.ns, 700);
  EXPECT_EQ(rows[9].stage.mean.ns, 50);
  EXPECT_EQ(rows[11].stage.mean.ns, 300);
  EXPECT_EQ(rows[13].stage.count, 1u);
}

TEST(WaterfallTest, AServiceThatWasNotPassedHasNoStage) {
  v1::OrderTrace direct = Whole();
  direct.clear_gateway_in_ns();
  direct.clear_gateway_out_ns();
  Waterfall waterfall;
  waterfall.Answered("1-1", 1'000, direct, 1'950);
  EXPECT_THAT(Names(waterfall),
              ElementsAre("to oms", "oms: takes the order", "to risk", "risk: decides",
                          "back to oms", "oms: journal sync", "answer to client"));
  EXPECT_EQ(waterfall.Rows()[0].stage.mean.ns, 200);
  EXPECT_EQ(waterfall.Rows()[6].stage.mean.ns, 250);
}

}  // namespace
}  // namespace tw::load
