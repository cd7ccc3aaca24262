#include "libs/http/static_files.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace tw::http {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
}};

std::string_view ContentType(std::string_view path) {
  for (const auto& [ending, type] : kTypes) {
    if (path.size() > ending.size() && path.substr(path.size() - ending.size()) == ending) {
      return type;
    }
  }
  return "application/octet-stream";
}

// FNV-1a, 64 bits: tells one build's files from another's, no more.
std::string ETag(const std::string& content) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : content) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "\"%016llx\"", static_cast<unsigned long long>(hash));
  return text.data();
}

bool IsHidden(const fs::path& relative) {
  for (const fs::path& part : relative) {
    if (part.native().front() == '.') {
      return true;
    }
  }
  return false;
}

// Whether a client takes gzip, by its Accept-Encoding: named, and not with the weight 0.
bool TakesGzip(std::string_view accepted) {
  const size_t at = accepted.find("gzip");
  if (at == std::string_view::npos) {
    return false;
  }
  const std::string_view weight = accepted.substr(at + 4, accepted.find(',', at) - at - 4);
  const size_t value = weight.find("q=0");
  return value == std::string_view::npos ||
         weight.find_first_of("123456789", value) != std::string_view::npos;
}

std::string_view CacheControl(Caching caching) {
  switch (caching) {
    case Caching::kForever: return "public, max-age=31536000, immutable";
    case Caching::kNever: return "no-store";
    case Caching::kRevalidate: break;
  }
  return "no-cache";
}

// Whether a list of entity tags holds `etag`, "W/" or not.
bool Lists(std::string_view tags, std::string_view etag) {
  return tags == "*" || tags.find(etag) != std::string_view::npos;
}

}  // namespace

absl::StatusOr<StaticFiles> StaticFiles::LoadFolder(const std::string& folder) {
  StaticFiles files;
  size_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const fs::path relative = it->path().lexically_relative(folder);
    if (!it->is_regular_file(error) || IsHidden(relative)) {
      continue;
    }
    std::ifstream in(it->path(), std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in) {
      return absl::NotFoundError(it->path().string() + ": cannot be read");
    }
    bytes += content.size();
    if (bytes > kStaticBytesMax) {
      return absl::ResourceExhaustedError(folder + ": more than 64 MiB of files");
    }
    files.Add(relative.generic_string(), std::move(content));
  }
  if (error) {
    return absl::NotFoundError(folder + ": " + error.message());
  }
  return files;
}

void StaticFiles::Add(std::string_view path,
                      std::string content,
                      std::string gzip,
                      Caching caching) {
  std::string etag = ETag(content);
  files_.insert_or_assign(std::string(path),
                          File{std::move(content), std::move(gzip), std::move(etag), caching});
}

Response StaticFiles::Serve(std::string_view path, const Request& request) const {
  std::string name(path);
  if (name.empty() || name.back() == '/') {
    name += "index.html";
  }
  const auto it = files_.find(name);
  if (it == files_.end()) {
    return JsonError(404, "NOT_FOUND", "no such page: /" + std::string(path));
  }
  Response response;
  response.content_type = ContentType(name);
  const File& file = it->second;
  const bool packed =
      !file.gzip.empty() && TakesGzip(request.Header("accept-encoding").value_or(""));
  // Two forms of one file are told apart by their tags.
  const std::string etag = packed ? file.etag.substr(0, file.etag.size() - 1) + "-gz\"" : file.etag;
  response.headers = {{"ETag", etag}, {"Cache-Control", std::string(CacheControl(file.caching))}};
  if (!file.gzip.empty()) {
    response.headers.emplace_back("Vary", "Accept-Encoding");
  }
  if (Lists(request.Header("if-none-match").value_or(""), etag)) {
    response.status = 304;
    return response;
  }
  if (packed) {
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  response.body = packed ? file.gzip : file.content;
  return response;
}

void Mount(Server& server, std::shared_ptr<const StaticFiles> files) {
  server.Get("/{path*}", [files = std::move(files)](const Request& request) {
    return files->Serve(request.Param("path"), request);
  });
}

}  // namespace tw::http
