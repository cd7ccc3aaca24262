#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "libs/http/server.h"
#include "tests/services/cli/fake_services.h"

namespace tw::cli {
namespace {

std::string Line(const std::string& second, const std::string& service, const std::string& event) {
  return R"({"time":"2026-11-26T20:00:)" + second + R"(Z","level":"info","service":")" + service +
         R"(","event":")" + event +
         R"(","order_id":"1-17","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",)"
         R"("parent_id":"00f067aa0ba902b7","detail":"x"})";
}

// Services whose HTTP side answers /trace/{order_id} with the given lines; all others are away.
class TraceTest : public ::testing::Test {
 protected:
  TraceTest() {
    for (const config::ServicePorts& service : config::kServices) {
      Point(service.name, kNobody);
    }
  }
  void Serve(std::string_view service, const std::string& lines) {
    servers_.push_back(std::make_unique<http::Server>(http::Options{}));
    servers_.back()->Get("/trace/{order_id}", [lines](const http::Request& request) {
      return http::Json(request.Param("order_id") == "1-17" ? "[" + lines + "]" : "[]");
    });
    ASSERT_TRUE(servers_.back()->Start().ok());
    Point(service, servers_.back()->port());
  }
  static void Point(std::string_view service, int port) {
    const std::string name = config::EnvironmentName({"TRADEWIND", service, "HTTP_ADDRESS"});
    ::setenv(name.c_str(), ("127.0.0.1:" + std::to_string(port)).c_str(), 1);
  }

  FakeServices fake_;
  std::vector<std::unique_ptr<http::Server>> servers_;
};

TEST_F(TraceTest, PutsTheStagesOfAllServicesInTimeOrder) {
  Serve("oms",
        Line("01.000200", "oms", "order_taken") + "," + Line("01.009", "oms", "order_event"));
  Serve("risk", Line("01.000300", "risk", "order_checked"));
  Serve("exeq", Line("01.000500", "exeq", "order_routed"));
  Serve("gateway", Line("01.000000", "gateway", "order_received"));
  const Outcome trace = Tradewind({"trace", "1-17"});
  EXPECT_EQ(trace.exit, kOk) << trace.err;
  EXPECT_NE(trace.out.find("order 1-17, trace 4bf92f3577b34da6a3ce929d0e0e4736\n"),
            std::string::npos)
      << trace.out;
  size_t at = 0;
  for (const char* const stage :
       {"order_received", "order_taken", "order_checked", "order_routed", "order_event"}) {
    const size_t found = trace.out.find(stage);
    EXPECT_GT(found, at) << stage;
    at = found;
  }
  EXPECT_NE(trace.out.find("+9000"), std::string::npos) << "microseconds since the first stage";
  EXPECT_NE(trace.out.find("detail=x"), std::string::npos);
  EXPECT_NE(trace.err.find("pnl does not answer"), std::string::npos) << trace.err;
}

TEST_F(TraceTest, JsonIsTheLinesThemselves) {
  const std::string second = Line("02", "oms", "order_event");
  const std::string first = Line("01", "oms", "order_taken");
  Serve("oms", second + "," + first);
  EXPECT_EQ(Tradewind({"--json", "trace", "1-17"}).out, first + "\n" + second + "\n");
}

TEST_F(TraceTest, LogsAreSearchedToo) {
  Serve("oms", Line("01", "oms", "order_taken"));
  const std::string path = ::testing::TempDir() + "/trace_test.log";
  std::ofstream(path) << "exeq_1  | " << Line("02", "exeq", "order_routed") << "\n"
                      << Line("01", "oms", "order_taken") << "\n"
                      << "not ours, though it says 1-17\n{\"order_id\":\"1-17\"}\n{broken 1-17\n"
                      << R"({"time":"2026-11-26T20:00:03Z","order_id":"1-170"})"
                      << "\n";
  const Outcome trace = Tradewind({"--json", "trace", "1-17", "--log", path});
  std::remove(path.c_str());
  EXPECT_EQ(trace.out,
            Line("01", "oms", "order_taken") + "\n" + Line("02", "exeq", "order_routed") + "\n");
}

TEST_F(TraceTest, AnOrderNobodyTracedIsShownFromTheLedger) {
  for (const config::ServicePorts& service : config::kServices) {
    Serve(service.name, "");
  }
  std::vector<v1::LedgerEvent> events(1'000);
  for (size_t i = 0; i < events.size(); ++i) {
    const bool ours = i == 3 || i == 900;
    events[i].set_order_id(ours ? OrderId(1, 17).value() : OrderId(1, 18).value());
    events[i].set_time_ns(1'800'000'000'000'000'000 + static_cast<int64_t>(i) * 1'000);
    events[i].set_kind(i == 3 ? v1::ORDER_EVENT_KIND_SUBMITTED : v1::ORDER_EVENT_KIND_FILLED);
    events[i].set_status(v1::ORDER_STATUS_FILLED);
  }
  fake_.ServeLedger(events, 100);
  fake_.Unary<v1::GetOrderRequest, v1::Order>(
      "OrderService/GetOrder", [](const auto& request) -> absl::StatusOr<v1::Order> {
        if (request.order_id() != "1-17") {
          return absl::NotFoundError("no order " + request.order_id());
        }
        v1::Order order;
        order.set_sequence(901);
        return order;
      });
  fake_.Start({"oms"});
  const Outcome trace = Tradewind({"trace", "1-17"});
  EXPECT_EQ(trace.exit, kOk) << trace.err;
  EXPECT_NE(trace.out.find("not traced"), std::string::npos);
  EXPECT_NE(trace.out.find("sequence=4 kind=SUBMITTED"), std::string::npos) << trace.out;
  EXPECT_NE(trace.out.find("sequence=901 kind=FILLED"), std::string::npos) << trace.out;
  EXPECT_EQ(Tradewind({"trace", "1-99"}).exit, kFailed);
}

TEST_F(TraceTest, WhatIsNoOrderOrNoFileIsTheCommandLinesFault) {
  EXPECT_EQ(Tradewind({"trace", "nonsense"}).exit, kUsage);
  EXPECT_EQ(Tradewind({"trace", "1-17", "--log", "/nonexistent/x"}).exit, kUsage);
  EXPECT_EQ(Tradewind({"trace"}).exit, kUsage);
}

}  // namespace
}  // namespace tw::cli
