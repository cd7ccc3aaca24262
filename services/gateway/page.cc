#include "services/gateway/page.h"

#include <memory>

#include "libs/http/static_files.h"

namespace tw::gateway {
namespace {

// Names in assets/ hold a hash of their content; what names them is asked for each time.
http::Caching CachingOf(std::string_view path) {
  if (path.starts_with("assets/")) {
    return http::Caching::kForever;
  }
  return path == "index.html" ? http::Caching::kNever : http::Caching::kRevalidate;
}

}  // namespace

void RegisterPage(http::Server& server) {
  const auto files = std::make_shared<http::StaticFiles>();
  for (const PageFile& file : PageFiles()) {
    files->Add(file.path, std::string(file.content), std::string(file.gzip), CachingOf(file.path));
  }
  server.Get("/{path*}", [files](const http::Request& request) {
    http::Response response = files->Serve(request.Param("path"), request);
    response.headers.emplace_back("Content-Security-Policy",
                                  "default-src 'none'; script-src 'self'; style-src 'self'; "
                                  "img-src 'self'; connect-src 'self'; base-uri 'none'; "
                                  "form-action 'none'; frame-ancestors 'none'");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
  });
}

}  // namespace tw::gateway
