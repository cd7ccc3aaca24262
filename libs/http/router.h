// Router: which handler a method and path belong to. No I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/http/message.h"
#include "libs/http/server.h"

namespace tw::http {

class Router {
 public:
  struct Entry {
    std::string method;
    std::vector<std::string> segments;  // "{id}" is a parameter, "{path*}" the rest
    Handler handler;
    OpenHandler on_open;  // set for WebSocket routes, which have no handler
    std::string pattern;
    size_t body_max = 0;  // zero: the server's own
  };

  // What Find answers: an entry with its params; or none, and then `allow` lists the methods that
  // the path does have ("GET, HEAD, OPTIONS, POST"), empty when there is no such path.
  struct Match {
    const Entry* entry = nullptr;
    NameValues params;
    std::string allow;
  };

  // REQUIRES: a well-formed pattern that is new for its method.
  void Add(Entry entry);

  // `raw_path` is the target without its query, still percent-encoded. InvalidArgument for a broken
  // escape.
  absl::StatusOr<Match> Find(std::string_view method, std::string_view raw_path) const;

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace tw::http
