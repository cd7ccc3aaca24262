#include "libs/trace/orders.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "libs/base/time.h"

namespace tw::trace {
namespace {

constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kNotSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

TEST(OrdersTest, KeepsTheStagesOfATracedOrderInOrder) {
  Orders orders;
  const OrderId id(1, 17);
  ASSERT_TRUE(orders.Begin(id, kTraceparent));
  orders.Note({"exeq", "order_routed"}, id, {{"venue", "PAPER"}});
  orders.Note({"exeq", "execution_passed", Timestamp{1'700'000'000'000'000'000}}, id,
              {{"kind", "FILLED"}});
  const auto lines = nlohmann::json::parse(orders.Json(id));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["service"], "exeq");
  EXPECT_EQ(lines[0]["event"], "order_routed");
  EXPECT_EQ(lines[0]["order_id"], "1-17");
  EXPECT_EQ(lines[0]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(lines[0]["parent_id"], "00f067aa0ba902b7");
  EXPECT_EQ(lines[0]["venue"], "PAPER");
  EXPECT_EQ(lines[1]["time"], "2023-11-14T22:13:20.000000000Z");
  EXPECT_EQ(lines[1]["kind"], "FILLED");
  EXPECT_EQ(orders.Traceparent(id), kTraceparent);
}

TEST(OrdersTest, TheLogHasTheSameLine) {
  Orders orders;
  const OrderId id(1, 18);
  orders.Begin(id, kTraceparent);
  ::testing::internal::CaptureStderr();
  orders.Note({"risk", "order_checked"}, id, {{"approved", true}});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), orders.Lines(id).at(0) + "\n");
}

TEST(OrdersTest, ALineBelowTheLogsLevelIsKeptAllTheSame) {
  Orders orders;
  const OrderId id(1, 19);
  orders.Begin(id, kTraceparent);
  ::testing::internal::CaptureStderr();
  orders.Note({"pnl", "ledger_event_taken", {}, log::Level::kDebug}, id);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(orders.Lines(id).size(), 1U);
}

TEST(OrdersTest, OthersLeaveNothing) {
  Orders orders;
  const OrderId id(1, 20);
  for (const char* const traceparent : {"", "nonsense", kNotSampled}) {
    EXPECT_FALSE(orders.Begin(id, traceparent)) << traceparent;
  }
  EXPECT_FALSE(orders.Begin(OrderId(), kTraceparent));
  orders.Note({"oms", "order_event"}, id);
  EXPECT_FALSE(orders.MayKnow(id));
  EXPECT_EQ(orders.Json(id), "[]");
  EXPECT_EQ(orders.Traceparent(id), "");
}

TEST(OrdersTest, AnOrderKeepsItsFirstTrace) {
  Orders orders;
  const OrderId id(2, 1);
  orders.Begin(id, kTraceparent);
  EXPECT_TRUE(orders.Begin(id, Make().ToString()));
  EXPECT_EQ(orders.Traceparent(id), kTraceparent);
}

TEST(OrdersTest, ForgetsTheOldestAndItsPlaceInTheFilter) {
  Orders orders({.orders_max = 3, .lines_max = 2});
  for (uint32_t n = 1; n <= 5; ++n) {
    orders.Begin(OrderId(1, n), kTraceparent);
  }
  EXPECT_EQ(orders.size(), 3U);
  for (uint32_t n = 1; n <= 5; ++n) {
    EXPECT_EQ(orders.MayKnow(OrderId(1, n)), n >= 3) << n;
  }
  for (int i = 0; i < 9; ++i) {
    orders.Note({"oms", "order_event"}, OrderId(1, 5));
  }
  EXPECT_EQ(orders.Lines(OrderId(1, 5)).size(), 2U);
}

TEST(OrdersTest, ThreadsMayNoteAndForgetAtOnce) {
  log::Init("test", log::Level::kError);
  Orders orders({.orders_max = 8, .lines_max = 8});
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&orders, t] {
      for (uint32_t n = 0; n < 500; ++n) {
        const OrderId id(t + 1, n + 1);
        EXPECT_TRUE(orders.Begin(id, kTraceparent));
        orders.Note({"oms", "order_event"}, id, {{"n", n}});
        orders.Json(id);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  log::Init("test", log::Level::kInfo);
  EXPECT_EQ(orders.size(), 8U);
}

}  // namespace
}  // namespace tw::trace
