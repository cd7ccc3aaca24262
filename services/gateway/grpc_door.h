// The public gRPC services: OrderService, RiskService, MarketDataService, PortfolioService and the
// parent orders of ExecutionService, each method handed to its owner.
#pragma once

#include "libs/rpc/server.h"
#include "services/gateway/market_hub.h"
#include "services/gateway/market_reader.h"
#include "services/gateway/order_link.h"

namespace tw::gateway {

// All of them outlive the server.
void RegisterGrpc(rpc::Server& server,
                  Forwarder& forwarder,
                  OrderLink& orders,
                  MarketHub& market_hub,
                  MarketReader& market_reader);

}  // namespace tw::gateway
