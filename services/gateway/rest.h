// REST: everything public under /api/v1, and the market data routes without a prefix. DESIGN
// section 5.2.
#pragma once

#include "libs/core/instrument.h"
#include "libs/http/server.h"
#include "services/gateway/market_reader.h"
#include "services/gateway/order_life.h"
#include "services/gateway/order_link.h"
#include "services/gateway/service_reader.h"

namespace tw::gateway {

// What the routes work with. All of it outlives the server.
struct RestBackend {
  Forwarder& forwarder;
  OrderLink& orders;
  MarketReader& market;
  const Instruments& instruments;
  OrderLife& life;
  ServiceReader& services;
};

void RegisterRest(http::Server& server, const RestBackend& backend);

// Inside: the groups of routes.
void RegisterOrderRoutes(http::Server& server, const RestBackend& backend);
void RegisterParentRoutes(http::Server& server, const RestBackend& backend);
void RegisterRiskRoutes(http::Server& server, const RestBackend& backend);
void RegisterPortfolioRoutes(http::Server& server, const RestBackend& backend);
void RegisterMarketRoutes(http::Server& server, const RestBackend& backend);
void RegisterQualityRoutes(http::Server& server, const RestBackend& backend);

}  // namespace tw::gateway
