// The trader's page: plain files of services/gateway/page, built into the program.
#pragma once

#include <string_view>
#include <vector>

#include "libs/http/server.h"

namespace tw::gateway {

struct PageFile {
  std::string_view path;  // "index.html"
  std::string_view content;
};

// Written at build time by embed.cmake.
std::vector<PageFile> PageFiles();

// Serves the page at "/", behind every other route, with headers that let it load and call nothing
// but this server.
void RegisterPage(http::Server& server);

}  // namespace tw::gateway
