// The guard of a local platform against web pages of others: a page on the internet may make the
// trader's browser send requests to 127.0.0.1, but cannot choose their Host and Origin. No I/O.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "libs/http/message.h"
#include "libs/http/server.h"

namespace tw::http {

// "localhost:8080" -> "localhost", "[::1]:80" -> "[::1]"; nullopt when it is no host with an
// optional port.
std::optional<std::string_view> HostName(std::string_view host_and_port);

// The refusal (400, 403 or 415) for a request that must not reach a handler; nullopt for one that
// may.
std::optional<Response> Guard(const Options& options, const Request& request);

}  // namespace tw::http
