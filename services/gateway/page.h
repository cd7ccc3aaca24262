// The web page: the files of services/gateway/web as its build made them, in the program itself, so
// that page and program are always of one build and one file is all that has to be put somewhere.
#pragma once

#include <string_view>
#include <vector>

#include "libs/http/server.h"

namespace tw::gateway {

struct PageFile {
  std::string_view path;  // "index.html"
  std::string_view content;
  std::string_view gzip;  // the same, packed; empty where that saves nothing
};

// Written at build time by web/embed.mjs.
std::vector<PageFile> PageFiles();

// Serves the page at "/", behind every other route, with headers that let it load and call nothing
// but this server.
void RegisterPage(http::Server& server);

}  // namespace tw::gateway
