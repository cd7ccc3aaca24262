// The doors of parent orders: gRPC methods of ExecutionService and REST.
#pragma once

#include "libs/http/server.h"
#include "libs/rpc/server.h"
#include "libs/stream/pump.h"
#include "services/exeq/parent_desk.h"

namespace tw::exeq {

// The desk and the pump outlive the servers.
void RegisterParentMethods(rpc::Service& service, ParentDesk& desk, stream::Pump& pump);

//   POST   /parents               a new one
//   GET    /parents               an array; ?account=&symbol=&status=&open_only=&limit=&after=
//   GET    /parents/{id}          with its children
//   PATCH  /parents/{id}          quantity, limit_price, end_time
//   DELETE /parents/{id}          cancel
//   POST   /parents/{id}/pause, /parents/{id}/resume
void RegisterParentRoutes(http::Server& server, ParentDesk& desk);

}  // namespace tw::exeq
