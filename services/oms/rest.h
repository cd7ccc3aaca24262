// REST: the routes of oms over Requests. DESIGN section 5.2.
#pragma once

#include <memory>

#include "libs/http/server.h"
#include "libs/rpc/channel.h"
#include "services/oms/requests.h"

namespace tw::oms {

// `requests` outlives the server; `pnl` owns positions, which /positions forwards to.
void RegisterRoutes(http::Server& server, Requests& requests, std::shared_ptr<rpc::Channel> pnl);

}  // namespace tw::oms
