#include "services/gateway/grpc_door.h"

#include "google/protobuf/message.h"
#include "libs/rpc/traced.h"

namespace tw::gateway {
namespace {

// Registers methods of one service that are forwarded as they are.
class Registrar {
 public:
  Registrar(const std::string& name, Forwarder& forwarder)
      : service_("tradewind.v1." + name), forwarder_(forwarder) {}

  template <typename Request, typename Response>
  Registrar& Unary(const Method<Request, Response>& method) {
    service_.Unary<Request, Response>(
        std::string(method.name),
        [&forwarder = forwarder_, method](const Request& request, rpc::Reply<Response> reply) {
          const Duration time_left = reply.context().TimeLeft();
          const auth::CallerPtr caller = reply.context().caller();
          forwarder.CallFor<Request, Response>(
              caller, method, request, time_left,
              [reply = std::move(reply)](const absl::StatusOr<Response>& answer) {
                reply.Send(answer);
              });
        });
    return *this;
  }

  template <typename Request, typename Response>
  Registrar& ServerStream(const Method<Request, Response>& method) {
    service_.ServerStream<Request, Response>(
        std::string(method.name),
        [&forwarder = forwarder_, method](const Request& request,
                                          const rpc::Stream<Response, Request>& stream) {
          forwarder.Stream(method, stream, &request);
        });
    return *this;
  }

  template <typename Request, typename Response>
  Registrar& Bidi(const Method<Request, Response>& method) {
    service_.Bidi<Request, Response>(
        std::string(method.name),
        [&forwarder = forwarder_, method](const rpc::Stream<Response, Request>& stream) {
          forwarder.Stream<Request, Response>(method, stream, nullptr);
        });
    return *this;
  }

  rpc::Service& service() { return service_; }

 private:
  rpc::Service service_;
  Forwarder& forwarder_;
};

template <typename Request>
using OrderCommand = void (OrderLink::*)(const Request&, Duration, Done<v1::Order>);

template <typename Request>
void AddOrderCommand(rpc::Service& service,
                     const char* name,
                     OrderLink& orders,
                     Door& door,
                     OrderCommand<Request> command) {
  service.Unary<Request, v1::Order>(name, [&orders, &door, command,
                                           right = std::string("OrderService/") + name](
                                              const Request& request, rpc::Reply<v1::Order> reply) {
    const Duration time_left = reply.context().TimeLeft();
    rpc::WithTraceparent(request, rpc::TraceparentOf(reply.context()), [&](const Request& traced) {
      door.Through<Request, v1::Order>(
          reply.context().caller(), right, traced,
          [&](const Request& admitted, Done<v1::Order> done) {
            (orders.*command)(admitted, time_left, std::move(done));
          },
          [reply](const absl::StatusOr<v1::Order>& order) { reply.Send(order); });
    });
  });
}

template <typename Request, typename Response>
void AddMarketRead(rpc::Service& service,
                   const char* name,
                   MarketReader& market,
                   void (MarketReader::*read)(Request, Duration, Done<Response>)) {
  service.Unary<Request, Response>(
      name, [&market, read](const Request& request, rpc::Reply<Response> reply) {
        const Duration time_left = reply.context().TimeLeft();
        (market.*read)(request, time_left,
                       [reply = std::move(reply)](const absl::StatusOr<Response>& answer) {
                         reply.Send(answer);
                       });
      });
}

void AddOrders(rpc::Server& server, Forwarder& forwarder, OrderLink& orders) {
  Registrar order("OrderService", forwarder);
  order.Unary(methods::kSubmitOrders)
      .Unary(methods::kSubmitLinkedOrders)
      .Unary(methods::kCancelAllOrders)
      .Unary(methods::kGetOrder)
      .Unary(methods::kListOrders)
      .Unary(methods::kListFills)
      .Unary(methods::kPreviewOrder)
      .ServerStream(methods::kStreamOrderEvents)
      .Bidi(methods::kTradeSession);
  AddOrderCommand<v1::SubmitOrderRequest>(order.service(), "SubmitOrder", orders, forwarder.door(),
                                          &OrderLink::Submit);
  AddOrderCommand<v1::CancelOrderRequest>(order.service(), "CancelOrder", orders, forwarder.door(),
                                          &OrderLink::Cancel);
  AddOrderCommand<v1::ReplaceOrderRequest>(order.service(), "ReplaceOrder", orders,
                                           forwarder.door(), &OrderLink::Replace);
  server.Add(order.service());
}

void AddRisk(rpc::Server& server, Forwarder& forwarder) {
  Registrar risk("RiskService", forwarder);
  risk.Unary(methods::kCheckOrder)
      .Unary(methods::kGetLimits)
      .Unary(methods::kSetLimits)
      .Unary(methods::kGetExposure)
      .Unary(methods::kListAlerts)
      .Unary(methods::kAckAlert)
      .Unary(methods::kBlockSymbol)
      .Unary(methods::kUnblockSymbol)
      .Unary(methods::kListSymbolBlocks)
      .Unary(methods::kEngageKillSwitch)
      .Unary(methods::kReleaseKillSwitch)
      .Unary(methods::kGetKillSwitch)
      .Unary(methods::kListKillReports)
      .Unary(methods::kListDisabledStrategies)
      .Unary(methods::kEnableStrategy)
      .Unary(methods::kListChanges);
  server.Add(risk.service());
}

void AddMarket(rpc::Server& server,
               Forwarder& forwarder,
               MarketHub& market_hub,
               MarketReader& market_reader) {
  Registrar market("MarketDataService", forwarder);
  market.Unary(methods::kListInstruments).Unary(methods::kListTickers).Unary(methods::kGetTicker);
  market.service().ServerStream<v1::StreamMarketDataRequest, v1::MarketDataUpdate>(
      std::string(methods::kStreamMarketData.name),
      [&market_hub, &door = forwarder.door()](const v1::StreamMarketDataRequest& request,
                                              const fanout::RpcOutlet::Stream& stream) {
        market_hub.Serve(request, stream);
        door.Watch(stream.context().caller(), stream.core());
      });
  AddMarketRead(market.service(), "GetOrderBook", market_reader, &MarketReader::GetOrderBook);
  AddMarketRead(market.service(), "ListTrades", market_reader, &MarketReader::ListTrades);
  AddMarketRead(market.service(), "ListBars", market_reader, &MarketReader::ListBars);
  server.Add(market.service());
}

}  // namespace

void RegisterGrpc(rpc::Server& server,
                  Forwarder& forwarder,
                  OrderLink& orders,
                  MarketHub& market_hub,
                  MarketReader& market_reader) {
  AddOrders(server, forwarder, orders);
  AddRisk(server, forwarder);
  AddMarket(server, forwarder, market_hub, market_reader);

  // Its parent orders are messages of another file: this one holds the service's descriptor in the
  // program.
  google::protobuf::LinkMessageReflection<v1::ListVenuesRequest>();
  Registrar execution("ExecutionService", forwarder);
  execution.Unary(methods::kListVenues)
      .Unary(methods::kSubmitParentOrder)
      .Unary(methods::kGetParentOrder)
      .Unary(methods::kListParentOrders)
      .Unary(methods::kPauseParentOrder)
      .Unary(methods::kResumeParentOrder)
      .Unary(methods::kCancelParentOrder)
      .Unary(methods::kReplaceParentOrder)
      .ServerStream(methods::kStreamParentOrders);
  server.Add(execution.service());

  Registrar portfolio("PortfolioService", forwarder);
  portfolio.Unary(methods::kListPositions)
      .Unary(methods::kGetPnl)
      .Unary(methods::kListPnlHistory)
      .Unary(methods::kListLots)
      .Unary(methods::kListTrades)
      .ServerStream(methods::kStreamPnl);
  server.Add(portfolio.service());

  Registrar quality("ExecutionQualityService", forwarder);
  quality.Unary(methods::kGetOrderQuality)
      .Unary(methods::kListVenueQuality)
      .Unary(methods::kGetBenchmarks);
  server.Add(quality.service());

  Registrar features("FeatureService", forwarder);
  features.Unary(methods::kGetFeatures)
      .Unary(methods::kListFeatureDefinitions)
      .Unary(methods::kListFeatureHistory);
  server.Add(features.service());
}

}  // namespace tw::gateway
