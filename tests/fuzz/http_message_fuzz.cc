// Request targets, hosts and origins: decoding, queries, routes and the guard, without a socket.
#include "libs/http/guard.h"
#include "libs/http/message.h"
#include "libs/http/router.h"
#include "tests/fuzz/fuzz.h"

namespace {

using tw::http::Router;

const Router& Routes() {
  static const Router* const router = [] {
    auto* made = new Router();
    const auto add = [&](const char* method, const char* pattern) {
      Router::Entry entry;
      entry.method = method;
      entry.pattern = pattern;
      entry.handler = [](const tw::http::Request&, const tw::http::Responder&) {};
      made->Add(std::move(entry));
    };
    add("GET", "/orders");
    add("POST", "/orders");
    add("GET", "/orders/{id}");
    add("DELETE", "/orders/{id}");
    add("GET", "/orders/open");
    add("GET", "/accounts/{account}/orders/{id}");
    add("GET", "/{path*}");
    return made;
  }();
  return *router;
}

void CheckDecoding(std::string_view text) {
  for (const bool plus_is_space : {false, true}) {
    const auto decoded = tw::http::PercentDecode(text, plus_is_space);
    if (!decoded.ok()) {
      TW_CHECK(decoded.status().code() == absl::StatusCode::kInvalidArgument);
      continue;
    }
    TW_CHECK(decoded->size() <= text.size() && decoded->find('\0') == std::string::npos);
    const auto again = tw::http::PercentDecode(tw::http::PercentEncode(*decoded), plus_is_space);
    TW_CHECK(again.ok() && *again == *decoded);
  }
  if (const auto query = tw::http::ParseQuery(text); query.ok()) {
    TW_CHECK(query->size() <= 100);
  }
}

void CheckRoute(std::string_view method, std::string_view target) {
  const auto match = Routes().Find(method, target.substr(0, target.find_first_of("?#")));
  if (!match.ok()) {
    TW_CHECK(match.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  if (match->entry != nullptr) {
    TW_CHECK(match->allow.empty());
    TW_CHECK(method == match->entry->method || method == "HEAD");
    size_t parameters = 0;
    for (const std::string& segment : match->entry->segments) {
      parameters += segment.size() > 1 && segment.front() == '{' ? 1 : 0;
    }
    TW_CHECK(match->params.size() == parameters);
  }
}

// Whatever passes the guard named a host of this machine, once, and comes from none but it.
void CheckGuard(std::string_view host, std::string_view origin) {
  tw::http::Request request;
  request.method = "GET";
  request.headers = {{"Host", std::string(host)}};
  if (!origin.empty()) {
    request.headers.emplace_back("Origin", std::string(origin));
  }
  const auto refusal = tw::http::Guard(tw::http::Options{}, request);
  if (refusal) {
    TW_CHECK(refusal->status == 400 || refusal->status == 403);
    return;
  }
  const auto name = tw::http::HostName(host);
  TW_CHECK(name && (tw::http::EqualsIgnoreCase(*name, "localhost") || *name == "127.0.0.1" ||
                    *name == "[::1]"));
  TW_CHECK(origin.empty() || origin.substr(0, 7) == "http://" || origin.substr(0, 8) == "https://");
}

}  // namespace

// "METHOD target\nhost\norigin"
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = tw::fuzz::Text(data, size);
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  const std::string_view host = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(host.size() + 1, text.size()));
  const size_t space = std::min(line.find(' '), line.size());
  CheckDecoding(line);
  CheckRoute(line.substr(0, space), line.substr(std::min(space + 1, line.size())));
  CheckGuard(host, text);
  return 0;
}
