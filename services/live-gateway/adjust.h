// How an operator of the paper venue busts or corrects a trade.
//
//   POST /trades/{venue_exec_id}/bust      {"reason","by"}
//   POST /trades/{venue_exec_id}/correct   {"quantity","price","reason","by"}
#pragma once

#include "libs/http/server.h"
#include "libs/rpc/server.h"
#include "services/live-gateway/venue.h"

namespace tw::live_gateway {

// `venue` outlives both.
void RegisterTradeAdjustments(rpc::Service& service, Venue& venue);
void RegisterTradeRoutes(http::Server& server, Venue& venue);

}  // namespace tw::live_gateway
