#include "services/gateway/page.h"

#include <memory>

#include "libs/http/static_files.h"

namespace tw::gateway {

void RegisterPage(http::Server& server) {
  const auto files = std::make_shared<http::StaticFiles>();
  for (const PageFile& file : PageFiles()) {
    files->Add(file.path, std::string(file.content));
  }
  server.Get("/{path*}", [files](const http::Request& request) {
    http::Response response = files->Serve(request.Param("path"), request);
    response.headers.emplace_back("Content-Security-Policy",
                                  "default-src 'none'; script-src 'self'; style-src 'self'; "
                                  "img-src 'self'; connect-src 'self'; base-uri 'none'; "
                                  "form-action 'none'; frame-ancestors 'none'");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
  });
}

}  // namespace tw::gateway
