// FakePeers: everything the gateway talks to, and the gateway itself, for tests of the whole
// service. Each fake answers so that its caller can be told from another's.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "libs/config/environment.h"
#include "libs/config/ports.h"
#include "libs/http/server.h"
#include "libs/testing/service_host.h"
#include "services/gateway/gateway_service.h"
#include "tests/services/gateway/fake_oms.h"

namespace tw::gateway {

class FakePeers {
 public:
  using MarketStream = rpc::Stream<v1::MarketDataUpdate, v1::StreamMarketDataRequest>;

  void Start() {
    oms_.Start();
    AddRisk();
    AddMarketData();
    AddPortfolio();
    AddQuality();
    AddRouting();
    AddFeatures();
    ASSERT_TRUE(others_.Start().ok());
    health_.Get("/health", [](const http::Request&) { return http::Json("{}"); });
    health_.Get("/trace/{id}", [this](const http::Request&) { return http::Json(on_trace()); });
    ASSERT_TRUE(health_.Start().ok());
    // Nobody listens where QuestDB would.
    ::setenv("TRADEWIND_PORT_OFFSET", "13999", 1);
    for (const config::ServicePorts& service : config::kServices) {
      const int port = others_.port();
      Set(service.name, "ADDRESS",
          service.name == "oms" ? oms_.address() : "127.0.0.1:" + std::to_string(port));
      Set(service.name, "HTTP_ADDRESS", "127.0.0.1:" + std::to_string(health_.port()));
    }
  }
  void StopOthers() { others_.Stop(Duration::Millis(10)); }

  FakeOms& oms() { return oms_; }

  // After the news: more of it.
  std::function<void(const MarketStream&)> on_market;
  // What each service knows of a traced order.
  std::function<std::string()> on_trace = [] { return "[]"; };
  std::atomic<int> market_streams{0};  // that hot-cache was asked for

  // What the owners of states say; each is asked again and again, or streams it.
  using PnlStream = rpc::Stream<v1::Pnl, v1::StreamPnlRequest>;
  using ParentStream = rpc::Stream<v1::ParentOrderUpdates, v1::StreamParentOrdersRequest>;
  std::function<void(const PnlStream&)> on_pnl = [](const PnlStream&) {};
  std::function<void(const ParentStream&)> on_parents = [](const ParentStream&) {};
  // With its lock held, by tests and fakes alike.
  std::mutex mutex;
  v1::GetExposureResponse exposure;
  v1::ListAlertsResponse alerts;
  v1::ListParentOrdersResponse parents;

 private:
  static void Set(std::string_view service, std::string_view what, const std::string& value) {
    ::setenv(config::EnvironmentName({"TRADEWIND", service, what}).c_str(), value.c_str(), 1);
  }

  void AddRisk() {
    rpc::Service risk("tradewind.v1.RiskService");
    risk.Unary<v1::CheckOrderRequest, v1::CheckOrderResponse>(
        "CheckOrder",
        [](const v1::CheckOrderRequest& request, const rpc::Reply<v1::CheckOrderResponse>& reply) {
          v1::CheckOrderResponse response;
          response.set_reason(request.symbol() + " " + request.quantity());
          reply.Ok(response);
        });
    risk.Unary<v1::SetLimitsRequest, v1::Limits>(
        "SetLimits", [](const v1::SetLimitsRequest& request, const rpc::Reply<v1::Limits>& reply) {
          reply.Ok(request.limits());
        });
    risk.Unary<v1::BlockSymbolRequest, v1::SymbolBlock>(
        "BlockSymbol",
        [](const v1::BlockSymbolRequest& request, const rpc::Reply<v1::SymbolBlock>& reply) {
          v1::SymbolBlock block;
          block.set_symbol(request.symbol());
          block.set_reason(request.reason());
          reply.Ok(block);
        });
    risk.Unary<v1::GetExposureRequest, v1::GetExposureResponse>(
        "GetExposure",
        [this](const v1::GetExposureRequest&, const rpc::Reply<v1::GetExposureResponse>& reply) {
          const std::lock_guard lock(mutex);
          reply.Ok(exposure);
        });
    risk.Unary<v1::ListAlertsRequest, v1::ListAlertsResponse>(
        "ListAlerts",
        [this](const v1::ListAlertsRequest&, const rpc::Reply<v1::ListAlertsResponse>& reply) {
          const std::lock_guard lock(mutex);
          reply.Ok(alerts);
        });
    risk.Unary<v1::GetKillSwitchRequest, v1::KillSwitch>(
        "GetKillSwitch",
        [](const v1::GetKillSwitchRequest&, const rpc::Reply<v1::KillSwitch>& reply) {
          v1::KillSwitch state;
          state.set_generation(3);
          reply.Ok(state);
        });
    risk.Unary<v1::GetLimitsRequest, v1::GetLimitsResponse>(
        "GetLimits",
        [](const v1::GetLimitsRequest&, const rpc::Reply<v1::GetLimitsResponse>& reply) {
          v1::GetLimitsResponse limits;
          limits.add_limits()->set_scope("firm");
          reply.Ok(limits);
        });
    risk.Unary<v1::ListSymbolBlocksRequest, v1::ListSymbolBlocksResponse>(
        "ListSymbolBlocks", [](const v1::ListSymbolBlocksRequest&,
                               const rpc::Reply<v1::ListSymbolBlocksResponse>& reply) {
          v1::ListSymbolBlocksResponse list;
          list.add_blocks()->set_symbol("IBM");
          reply.Ok(list);
        });
    others_.Add(risk);
  }

  void AddMarketData() {
    rpc::Service market("tradewind.v1.MarketDataService");
    market.Unary<v1::ListTickersRequest, v1::ListTickersResponse>(
        "ListTickers",
        [](const v1::ListTickersRequest&, const rpc::Reply<v1::ListTickersResponse>& reply) {
          v1::ListTickersResponse list;
          *list.add_tickers() = Ticker("BTCUSDT");
          reply.Ok(list);
        });
    market.Unary<v1::GetTickerRequest, v1::Ticker>(
        "GetTicker", [](const v1::GetTickerRequest& request, const rpc::Reply<v1::Ticker>& reply) {
          reply.Ok(Ticker(request.symbol()));
        });
    market.Unary<v1::GetOrderBookRequest, v1::OrderBook>(
        "GetOrderBook",
        [](const v1::GetOrderBookRequest& request, const rpc::Reply<v1::OrderBook>& reply) {
          reply.Ok(Book(request.symbol(), request.depth()));
        });
    market.Unary<v1::ListBarsRequest, v1::ListBarsResponse>(
        "ListBars",
        [](const v1::ListBarsRequest& request, const rpc::Reply<v1::ListBarsResponse>& reply) {
          v1::ListBarsResponse list;
          list.add_bars()->set_open(request.timeframe());
          reply.Ok(list);
        });
    market.Unary<v1::ListInstrumentsRequest, v1::ListInstrumentsResponse>(
        "ListInstruments", [](const v1::ListInstrumentsRequest& request,
                              const rpc::Reply<v1::ListInstrumentsResponse>& reply) {
          v1::ListInstrumentsResponse list;
          list.add_instruments()->set_symbol("query=" + request.query());
          reply.Ok(list);
        });
    // A snapshot of one ticker, book and bar, then news of each and a trade.
    market.ServerStream<v1::StreamMarketDataRequest, v1::MarketDataUpdate>(
        "StreamMarketData", [this](const v1::StreamMarketDataRequest&, const MarketStream& stream) {
          ++market_streams;
          for (const bool snapshot : {true, false}) {
            v1::MarketDataUpdate update;
            update.set_snapshot(snapshot);
            update.set_symbol("BTCUSDT");
            *update.mutable_ticker() = Ticker("BTCUSDT");
            stream.Write(update);
            update.set_symbol("IBM");
            *update.mutable_book() = Book("IBM", 30);
            stream.Write(update);
            update.mutable_bar()->set_timeframe("1m");
            update.mutable_bar()->mutable_bar()->set_close("180");
            stream.Write(update);
            if (!snapshot) {
              update.mutable_trade()->set_price("181");
              stream.Write(update);
            }
          }
          if (on_market) {
            on_market(stream);
          }
        });
    others_.Add(market);
  }

  void AddPortfolio() {
    rpc::Service portfolio("tradewind.v1.PortfolioService");
    portfolio.Unary<v1::GetPnlRequest, v1::Pnl>(
        "GetPnl", [](const v1::GetPnlRequest& request, const rpc::Reply<v1::Pnl>& reply) {
          v1::Pnl pnl;
          pnl.set_account(request.account());
          reply.Ok(pnl);
        });
    portfolio.Unary<v1::ListLotsRequest, v1::ListLotsResponse>(
        "ListLots",
        [](const v1::ListLotsRequest& request, const rpc::Reply<v1::ListLotsResponse>& reply) {
          v1::ListLotsResponse list;
          list.add_lots()->set_symbol(request.symbol());
          reply.Ok(list);
        });
    portfolio.Unary<v1::ListPositionsRequest, v1::ListPositionsResponse>(
        "ListPositions", [](const v1::ListPositionsRequest&,
                            const rpc::Reply<v1::ListPositionsResponse>& reply) { reply.Ok({}); });
    portfolio.ServerStream<v1::StreamPnlRequest, v1::Pnl>(
        "StreamPnl",
        [this](const v1::StreamPnlRequest&, const PnlStream& stream) { on_pnl(stream); });
    others_.Add(portfolio);
  }

  // One venue, and a route of two legs for any order but "3-404".
  void AddRouting() {
    rpc::Service execution("tradewind.v1.ExecutionService");
    execution.Unary<v1::ListVenuesRequest, v1::ListVenuesResponse>(
        "ListVenues",
        [](const v1::ListVenuesRequest&, const rpc::Reply<v1::ListVenuesResponse>& reply) {
          v1::ListVenuesResponse list;
          list.add_venues()->set_name("PAPER");
          reply.Ok(list);
        });
    execution.Unary<v1::GetRouteRequest, v1::OrderRoute>(
        "GetRoute",
        [](const v1::GetRouteRequest& request, const rpc::Reply<v1::OrderRoute>& reply) {
          if (request.order_id() == "3-404") {
            reply.Fail(absl::NotFoundError("no such order"));
            return;
          }
          v1::OrderRoute route;
          route.set_order_id(request.order_id());
          route.add_children()->set_venue("PAPER");
          route.add_children()->set_venue("ALPHA");
          reply.Ok(route);
        });
    execution.Unary<v1::ListParentOrdersRequest, v1::ListParentOrdersResponse>(
        "ListParentOrders", [this](const v1::ListParentOrdersRequest& request,
                                   const rpc::Reply<v1::ListParentOrdersResponse>& reply) {
          const std::lock_guard lock(mutex);
          reply.Ok(request.open_only() ? v1::ListParentOrdersResponse() : parents);
        });
    execution.ServerStream<v1::StreamParentOrdersRequest, v1::ParentOrderUpdates>(
        "StreamParentOrders", [this](const v1::StreamParentOrdersRequest&,
                                     const ParentStream& stream) { on_parents(stream); });
    others_.Add(execution);
  }

  void AddQuality() {
    rpc::Service quality("tradewind.v1.ExecutionQualityService");
    quality.Unary<v1::GetOrderQualityRequest, v1::OrderQuality>(
        "GetOrderQuality",
        [](const v1::GetOrderQualityRequest& request, const rpc::Reply<v1::OrderQuality>& reply) {
          v1::OrderQuality order;
          order.set_order_id(request.order_id());
          reply.Ok(order);
        });
    quality.Unary<v1::ListVenueQualityRequest, v1::ListVenueQualityResponse>(
        "ListVenueQuality", [](const v1::ListVenueQualityRequest&,
                               const rpc::Reply<v1::ListVenueQualityResponse>& reply) {
          v1::ListVenueQualityResponse list;
          list.add_venues()->set_venue("PAPER");
          reply.Ok(list);
        });
    quality.Unary<v1::GetBenchmarksRequest, v1::Benchmarks>(
        "GetBenchmarks",
        [](const v1::GetBenchmarksRequest& request, const rpc::Reply<v1::Benchmarks>& reply) {
          v1::Benchmarks benchmarks;
          benchmarks.set_symbol(request.symbol());
          reply.Ok(benchmarks);
        });
    others_.Add(quality);
  }

  void AddFeatures() {
    rpc::Service features("tradewind.v1.FeatureService");
    features.Unary<v1::GetFeaturesRequest, v1::FeatureSet>(
        "GetFeatures",
        [](const v1::GetFeaturesRequest& request, const rpc::Reply<v1::FeatureSet>& reply) {
          v1::FeatureSet set;
          set.set_timeframe(request.timeframe());
          reply.Ok(set);
        });
    features.Unary<v1::ListFeatureDefinitionsRequest, v1::ListFeatureDefinitionsResponse>(
        "ListFeatureDefinitions", [](const v1::ListFeatureDefinitionsRequest&,
                                     const rpc::Reply<v1::ListFeatureDefinitionsResponse>& reply) {
          v1::ListFeatureDefinitionsResponse list;
          list.add_features()->set_name("sma_20");
          reply.Ok(list);
        });
    features.Unary<v1::ListFeatureHistoryRequest, v1::ListFeatureHistoryResponse>(
        "ListFeatureHistory", [](const v1::ListFeatureHistoryRequest& request,
                                 const rpc::Reply<v1::ListFeatureHistoryResponse>& reply) {
          v1::ListFeatureHistoryResponse list;
          for (const std::string& name : request.names()) {
            list.add_points()->set_name(name);
          }
          reply.Ok(list);
        });
    others_.Add(features);
  }

  static v1::Ticker Ticker(const std::string& symbol) {
    v1::Ticker ticker;
    ticker.set_symbol(symbol);
    ticker.set_last_price("45000.1");
    return ticker;
  }

  static v1::OrderBook Book(const std::string& symbol, int levels) {
    v1::OrderBook book;
    book.set_symbol(symbol);
    for (int i = 0; i < levels; ++i) {
      v1::BookLevel& level = *book.add_bids();
      level.set_price("45000");
      level.set_size("0.5");
    }
    return book;
  }

  FakeOms oms_;
  rpc::Server others_{rpc::ServerOptions{}};
  http::Server health_{http::Options{}};
};

// The gateway in front of them, ready.
class GatewayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Where no QuestDB listens, whatever else runs on this machine.
    ::setenv("TRADEWIND_QUESTDB_ADDRESS", "127.9.9.9", 1);
    peers_.Start();
    host_.Start();
    ASSERT_TRUE(host_.WaitReady());
  }

  FakePeers peers_;
  tw::testing::ServiceHost host_{"gateway", std::make_unique<GatewayService>()};
};

}  // namespace tw::gateway
