#include "libs/http/guard.h"

#include <algorithm>

namespace tw::http {
namespace {

bool IsLocal(const Options& options, std::string_view host) {
  for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"}) {
    if (EqualsIgnoreCase(host, name)) {
      return true;
    }
  }
  return std::any_of(options.allowed_hosts.begin(), options.allowed_hosts.end(),
                     [&](const std::string& name) { return EqualsIgnoreCase(host, name); });
}

// "https://host:port" -> "host"; nullopt for "null" and anything else.
std::optional<std::string_view> OriginHost(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.substr(0, scheme.size()) == scheme) {
      return HostName(origin.substr(scheme.size()));
    }
  }
  return std::nullopt;
}

// Types that a page of another site cannot send without asking first (a CORS preflight, which this
// server does not grant).
bool IsOwnType(std::string_view content_type) {
  std::string_view media = content_type.substr(0, content_type.find(';'));
  while (!media.empty() && (media.back() == ' ' || media.back() == '\t')) {
    media.remove_suffix(1);
  }
  return EqualsIgnoreCase(media, "application/json") ||
         EqualsIgnoreCase(media, "application/x-ndjson") || EqualsIgnoreCase(media, "text/csv");
}

}  // namespace

std::optional<std::string_view> HostName(std::string_view host_and_port) {
  size_t host_end = host_and_port.find(':');
  if (!host_and_port.empty() && host_and_port.front() == '[') {
    const size_t bracket = host_and_port.find(']');
    if (bracket == std::string_view::npos) {
      return std::nullopt;
    }
    host_end = bracket + 1;
  }
  const std::string_view host = host_and_port.substr(0, host_end);
  const std::string_view rest = host_and_port.substr(host.size());
  const bool port_is_sound =
      rest.empty() ||
      (rest.size() >= 2 && rest.size() <= 6 && rest.front() == ':' &&
       std::all_of(rest.begin() + 1, rest.end(), [](char c) { return c >= '0' && c <= '9'; }));
  if (host.empty() || !port_is_sound || host.find_first_of("/@?# \t") != std::string_view::npos) {
    return std::nullopt;
  }
  return host;
}

std::optional<Response> Guard(const Options& options, const Request& request) {
  const auto hosts =
      std::count_if(request.headers.begin(), request.headers.end(),
                    [](const auto& header) { return EqualsIgnoreCase(header.first, "host"); });
  if (hosts > 1) {
    return JsonError(400, "INVALID_ARGUMENT", "more than one Host header");
  }
  const auto host_header = request.Header("host");
  const auto host = host_header ? HostName(*host_header) : std::nullopt;
  if (!host) {
    return JsonError(400, "INVALID_ARGUMENT", "the Host header is missing or malformed");
  }
  if (options.local_guard && !IsLocal(options, *host)) {
    return JsonError(403, "PERMISSION_DENIED",
                     "Host must be a loopback name: this platform serves its own machine only");
  }
  if (const auto origin = request.Header("origin")) {
    const auto from = OriginHost(*origin);
    const bool own =
        from && (options.local_guard ? IsLocal(options, *from) : EqualsIgnoreCase(*from, *host));
    if (!own) {
      return JsonError(403, "PERMISSION_DENIED", "Origin is another site");
    }
  }
  const bool reads =
      request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  if (options.local_guard && !reads && !IsOwnType(request.Header("content-type").value_or(""))) {
    return JsonError(415, "INVALID_ARGUMENT",
                     request.method + " needs \"Content-Type: application/json\"");
  }
  return std::nullopt;
}

}  // namespace tw::http
