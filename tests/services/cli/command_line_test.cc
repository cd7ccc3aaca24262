#include <algorithm>

#include "tests/services/cli/fake_services.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::cli {
namespace {

v1::Order AnOrder(v1::OrderStatus status) {
  v1::Order order;
  order.set_order_id("3-7");
  order.set_account("demo");
  order.set_symbol("BTCUSDT");
  order.set_side(v1::SIDE_BUY);
  order.set_type(v1::ORDER_TYPE_LIMIT);
  order.set_quantity("0.1");
  order.set_price("46000");
  order.set_status(status);
  return order;
}

TEST(CommandLineTest, HelpAndVersionAreFine) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"--help"},
                                                                     {"orders", "--help"},
                                                                     {"orders", "submit", "--help"},
                                                                     {"replay", "--help"}}) {
    const Outcome outcome = Tradewind(arguments);
    EXPECT_EQ(outcome.exit, kOk);
    EXPECT_NE(outcome.out.find("Exit status: 0 done"), std::string::npos);
  }
  EXPECT_EQ(Tradewind({"version"}).out, "tradewind 0.1.0\n");
  EXPECT_EQ(Tradewind({"--version"}).out, "tradewind 0.1.0\n");
}

TEST(CommandLineTest, AFaultyCommandLineIsUsage) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {},
           {"nonsense"},
           {"orders"},
           {"orders", "submit"},
           {"orders", "submit", "--symbol", "BTCUSDT", "--side", "hold", "--quantity", "1"},
           {"orders", "submit", "--symbol", "BTCUSDT", "--side", "buy", "--quantity", "x"},
           {"orders", "list", "--limit", "many"},
           {"orders", "list", "--timeout", "soon"},
           {"book"},
           {"health", "nobody"},
           {"kill", "engage"},
           {"replay"},
           {"replay", "x.zip", "--speed", "-1"},
           {"replay", "a/x.zip", "b/x.zip"},
           {"journal", "dump", "x", "--kind", "poem"},
           {"audit", "--settle", "1y"}}) {
    const Outcome outcome = Tradewind(arguments);
    EXPECT_EQ(outcome.exit, kUsage) << ::testing::PrintToString(arguments);
    EXPECT_NE(outcome.err, "") << ::testing::PrintToString(arguments);
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(CommandLineTest, NobodyThereIsSixtyNine) {
  FakeServices nobody;
  const Outcome outcome = Tradewind({"orders", "list", "--timeout", "2s"});
  EXPECT_EQ(outcome.exit, kUnreachable);
  EXPECT_NE(outcome.err.find("tradewind: UNAVAILABLE: gateway at 127.0.0.1:1: "), std::string::npos)
      << outcome.err;
}

TEST(CommandLineTest, ALoadRunGoesToTheGatewayThatIsNamed) {
  FakeServices fake;
  int asked = 0;
  fake.Unary<v1::ListInstrumentsRequest, v1::ListInstrumentsResponse>(
      "MarketDataService/ListInstruments", [&](const auto&) {
        ++asked;
        return v1::ListInstrumentsResponse();
      });
  fake.Start({"gateway"});
  EXPECT_EQ(Tradewind({"load", "--quiet"}).exit, 2) << "it knows no instruments";
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(Tradewind({"--gateway", "127.0.0.1:1", "load", "--quiet"}).exit, 2);
  EXPECT_EQ(asked, 1) << "another's gateway was asked";
}

TEST(CommandLineTest, ALoadRunWaitsForAMarketThatIsNotThereYet) {
  FakeServices fake;
  fake.Unary<v1::ListInstrumentsRequest, v1::ListInstrumentsResponse>(
      "MarketDataService/ListInstruments", [](const auto&) {
        v1::ListInstrumentsResponse list;
        for (const char* const symbol : {"BTCUSDT", "ETHUSDT", "SOLUSDT"}) {
          v1::InstrumentInfo& info = *list.add_instruments();
          info.set_symbol(symbol);
          info.set_tick_size("0.01");
          info.set_lot_size("0.001");
          info.set_min_quantity("0.001");
          info.set_max_quantity("1000");
        }
        return list;
      });
  int asked = 0;
  fake.Unary<v1::GetTickerRequest, v1::Ticker>(
      "MarketDataService/GetTicker", [&](const auto&) -> absl::StatusOr<v1::Ticker> {
        return ++asked < 3 ? absl::UnavailableError("no live data")
                           : absl::NotFoundError("gone for good");
      });
  fake.Start({"gateway"});
  EXPECT_EQ(Tradewind({"load", "--quiet"}).exit, 2);
  EXPECT_EQ(asked, 3) << "asked again while there is none yet, not after another error";
}

TEST(CommandLineTest, OptionsBecomeTheRequest) {
  FakeServices fake;
  v1::SubmitOrderRequest seen;
  fake.Unary<v1::SubmitOrderRequest, v1::Order>("OrderService/SubmitOrder",
                                                [&](const auto& request) {
                                                  seen = request;
                                                  return AnOrder(v1::ORDER_STATUS_PENDING_NEW);
                                                });
  fake.Start({"gateway"});
  const Outcome outcome =
      Tradewind({"orders", "submit", "--account", "demo", "--symbol", "BTCUSDT", "--side", "buy",
                 "--type", "LIMIT", "--tif", "gtc", "--quantity", "0.10", "--price", "46000",
                 "--client-order-id", "a-1", "--json"});
  EXPECT_EQ(outcome.exit, kOk) << outcome.err;
  EXPECT_EQ(seen.account(), "demo");
  EXPECT_EQ(seen.side(), v1::SIDE_BUY);
  EXPECT_EQ(seen.type(), v1::ORDER_TYPE_LIMIT);
  EXPECT_EQ(seen.time_in_force(), v1::TIME_IN_FORCE_GTC);
  EXPECT_EQ(seen.quantity(), "0.1");
  EXPECT_EQ(seen.price(), "46000");
  EXPECT_EQ(seen.client_order_id(), "a-1");
  EXPECT_EQ(outcome.out.substr(0, 16), R"({"order_id":"3-7)");
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1);
}

TEST(CommandLineTest, ARefusedOrderIsShownAndFails) {
  FakeServices fake;
  fake.Unary<v1::SubmitOrderRequest, v1::Order>("OrderService/SubmitOrder", [](const auto&) {
    v1::Order order = AnOrder(v1::ORDER_STATUS_REJECTED);
    order.set_reject_reason(v1::REJECT_REASON_MAX_POSITION);
    return order;
  });
  fake.Start({"gateway"});
  const Outcome outcome = Tradewind({"orders", "submit", "--symbol", "BTCUSDT", "--side", "buy",
                                     "--quantity", "1", "--price", "1"});
  EXPECT_EQ(outcome.exit, kFailed);
  EXPECT_NE(outcome.out.find("status                 REJECTED\n"), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("reject_reason          MAX_POSITION\n"), std::string::npos);
}

TEST(CommandLineTest, AnErrorOfTheServiceFails) {
  FakeServices fake;
  fake.Unary<v1::GetOrderRequest, v1::Order>("OrderService/GetOrder", [](const auto& request) {
    return absl::NotFoundError("no order " + request.order_id());
  });
  fake.Start({"gateway"});
  const Outcome outcome = Tradewind({"orders", "get", "9-9"});
  EXPECT_EQ(outcome.exit, kFailed);
  EXPECT_EQ(outcome.err, "tradewind: NOT_FOUND: no order 9-9\n");
}

TEST(CommandLineTest, AnArgumentMayBeginWithADash) {
  FakeServices fake;
  v1::GetOrderRequest seen;
  fake.Unary<v1::GetOrderRequest, v1::Order>("OrderService/GetOrder", [&](const auto& request) {
    seen = request;
    return AnOrder(v1::ORDER_STATUS_NEW);
  });
  fake.Start({"gateway"});
  EXPECT_EQ(Tradewind({"orders", "get", "--", "-x9"}).exit, kOk);
  EXPECT_EQ(seen.order_id(), "-x9");
}

TEST(CommandLineTest, ListsAreTablesOrArrays) {
  FakeServices fake;
  v1::ListOrdersRequest seen;
  fake.Unary<v1::ListOrdersRequest, v1::ListOrdersResponse>(
      "OrderService/ListOrders", [&](const auto& request) {
        seen = request;
        v1::ListOrdersResponse response;
        *response.add_orders() = AnOrder(v1::ORDER_STATUS_NEW);
        *response.add_orders() = AnOrder(v1::ORDER_STATUS_PARTIALLY_FILLED);
        response.set_next("3-8");
        return response;
      });
  fake.Start({"gateway"});
  const Outcome text =
      Tradewind({"orders", "list", "--open", "--status", "new,partially_filled", "--limit", "2"});
  EXPECT_EQ(text.exit, kOk);
  EXPECT_TRUE(seen.open_only());
  EXPECT_EQ(seen.status_size(), 2);
  EXPECT_EQ(seen.limit(), 2);
  EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 3);
  EXPECT_EQ(text.out.substr(0, 5), "ORDER");
  EXPECT_NE(text.out.find("PARTIALLY_FILLED"), std::string::npos);
  EXPECT_EQ(text.err, "more: --after 3-8\n");
  // --gateway stands in for the environment's address.
  const int port = fake.port();
  PointAt("gateway", kNobody);
  const Outcome json =
      Tradewind({"--json", "orders", "list", "--gateway", "127.0.0.1:" + std::to_string(port)});
  EXPECT_EQ(json.exit, kOk) << json.err;
  EXPECT_EQ(json.out.substr(0, 3), "[{\"");
}

TEST(CommandLineTest, BookPositionsAndPnl) {
  FakeServices fake;
  fake.Unary<v1::GetOrderBookRequest, v1::OrderBook>("MarketDataService/GetOrderBook",
                                                     [](const auto& request) {
                                                       v1::OrderBook book;
                                                       book.set_symbol(request.symbol());
                                                       book.add_bids()->set_price("99");
                                                       book.mutable_bids(0)->set_size("2");
                                                       book.add_bids()->set_price("98");
                                                       book.mutable_bids(1)->set_size("30");
                                                       book.add_asks()->set_price("101");
                                                       book.mutable_asks(0)->set_size("1.5");
                                                       return book;
                                                     });
  fake.Unary<v1::GetPnlRequest, v1::Pnl>("PortfolioService/GetPnl", [](const auto& request) {
    v1::Pnl pnl;
    pnl.set_account(request.account());
    pnl.set_cash("1000");
    pnl.add_positions()->set_symbol("IBM");
    return pnl;
  });
  fake.Start({"gateway"});
  EXPECT_EQ(Tradewind({"book", "BTCUSDT"}).out,
            "BTCUSDT\n"
            "BID SIZE  BID  ASK  ASK SIZE\n"
            "       2   99  101       1.5\n"
            "      30   98\n");
  const Outcome pnl = Tradewind({"pnl", "demo"});
  EXPECT_EQ(pnl.exit, kOk);
  EXPECT_NE(pnl.out.find("account          demo\n"), std::string::npos) << pnl.out;
  EXPECT_NE(pnl.out.find("IBM"), std::string::npos);
}

TEST(CommandLineTest, ARefusingRiskCheckShowsEveryCheckAndFails) {
  FakeServices fake;
  fake.Unary<v1::CheckOrderRequest, v1::CheckOrderResponse>(
      "RiskService/CheckOrder", [](const auto& request) {
        v1::CheckOrderResponse response;
        response.set_approved(request.quantity() != "100");
        v1::RiskCheck& check = *response.add_checks();
        check.set_name("max_order_quantity");
        check.set_input(request.quantity());
        check.set_limit("10");
        return response;
      });
  v1::SetLimitsRequest set;
  fake.Unary<v1::SetLimitsRequest, v1::Limits>("RiskService/SetLimits", [&](const auto& request) {
    set = request;
    return request.limits();
  });
  fake.Start({"gateway"});
  const std::vector<std::string> check = {"risk",   "check", "--symbol",   "BTCUSDT",
                                          "--side", "buy",   "--quantity", "100"};
  const Outcome refused = Tradewind(check);
  EXPECT_EQ(refused.exit, kFailed);
  EXPECT_NE(refused.out.find("max_order_quantity  no"), std::string::npos) << refused.out;
  std::vector<std::string> fewer = check;
  fewer.back() = "1";
  EXPECT_EQ(Tradewind(fewer).exit, kOk);

  const Outcome limits = Tradewind({"risk", "set-limits", "--scope", "account", "--account", "demo",
                                    "--max-position", "5.50", "--reason", "smaller"});
  EXPECT_EQ(limits.exit, kOk) << limits.err;
  EXPECT_EQ(set.limits().scope(), "account");
  EXPECT_EQ(set.limits().max_position(), "5.5");
  EXPECT_EQ(set.limits().reason(), "smaller");
}

TEST(ParseSpanTest, UnitsAndBounds) {
  EXPECT_EQ(*ParseSpan("250ms"), Duration::Millis(250));
  EXPECT_EQ(*ParseSpan("10s"), Duration::Seconds(10));
  EXPECT_EQ(*ParseSpan("3"), Duration::Seconds(3));
  EXPECT_EQ(*ParseSpan("5m"), Duration::Seconds(300));
  EXPECT_EQ(*ParseSpan("24h"), Duration::Seconds(86'400));
  for (const char* bad : {"", "s", "-1s", "1.5s", "25h", "10 s", "99999999999999999999s"}) {
    EXPECT_FALSE(ParseSpan(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace tw::cli
