// The server's side of WebSocket. Internal to libs/http: it shows Boost.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>

#include "libs/http/any_stream.h"
#include "libs/http/server_core.h"

namespace tw::http {

// Answers the upgrade in `handshake` and, once that is done, calls `on_open`. `stream` brings its
// strand along.
void StartWebSocket(std::shared_ptr<ServerCore> core,
                    AnyStream stream,
                    boost::beast::http::request<boost::beast::http::string_body> handshake,
                    Request request,
                    const OpenHandler& on_open);

}  // namespace tw::http
