// StaticFiles: the files of a web page, held in memory, served with content types, ETags and, where
// one was given, packed by gzip. A path is looked up, never opened, so no request can leave the
// folder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/http/message.h"
#include "libs/http/server.h"

namespace tw::http {

inline constexpr size_t kStaticBytesMax = 64 << 20;  // of all files together

// What a browser may do with a file that it has.
enum class Caching : uint8_t {
  kRevalidate,  // keep it, ask each time whether it is still good
  kForever,     // its name changes with its content
  kNever,       // ask for it again
};

// Immutable once mounted; any thread.
class StaticFiles {
 public:
  // Every regular file below `folder` but hidden ones. NotFound when there is no such folder,
  // ResourceExhausted past kStaticBytesMax.
  static absl::StatusOr<StaticFiles> LoadFolder(const std::string& folder);

  // For files built into the program. `path` as "index.html", "assets/app.js"; `gzip` is the same
  // content, packed, or empty.
  void Add(std::string_view path,
           std::string content,
           std::string gzip = "",
           Caching caching = Caching::kRevalidate);

  size_t size() const { return files_.size(); }

  // 200, 304 for a matching If-None-Match, or 404. A path that is empty or ends in '/' means its
  // index.html.
  Response Serve(std::string_view path, const Request& request) const;

 private:
  struct File {
    std::string content;
    std::string gzip;  // empty: served as it is
    std::string etag;  // quoted, from the content
    Caching caching = Caching::kRevalidate;
  };
  std::map<std::string, File, std::less<>> files_;
};

// Serves `files` at "/" and below, behind every other route.
void Mount(Server& server, std::shared_ptr<const StaticFiles> files);

}  // namespace tw::http
