// Risk's HTTP routes (DESIGN 5.2). Handlers run on the HTTP server's threads and do not block.
#pragma once

#include "libs/http/server.h"
#include "services/risk/desk.h"
#include "services/risk/officer.h"

namespace tw::risk {

// `desk` and `officer` outlive the server.
void RegisterRoutes(http::Server& server, Desk& desk, Officer& officer);

}  // namespace tw::risk
