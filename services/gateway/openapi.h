// The OpenAPI 3.1 document of the public door, made from the routes that the server has, the table
// of rights and the proto descriptors.
#pragma once

#include <string>
#include <vector>

#include "libs/http/server.h"

namespace tw::gateway {

// GET /api/openapi.json: of what has been registered when it is called.
void RegisterOpenApi(http::Server& server);

// Its text, for these routes.
std::string OpenApi(const std::vector<http::RouteName>& routes);

}  // namespace tw::gateway
