#include "libs/ilp/dead_letter.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/escaping.h"

namespace tw::ilp {

absl::Status DeadLetter::Write(std::string_view row,
                               std::string_view reason,
                               int http_status,
                               Timestamp now) {
  const nlohmann::ordered_json json = {
      {"time", FormatRfc3339(now)},
      {"reason", std::string(reason)},
      {"http_status", http_status},
      {"row", absl::CHexEscape(absl::string_view(row.data(), row.size()))}};
  const std::string line =
      json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::error_code error;
  const std::filesystem::path path(path_);
  std::filesystem::create_directories(path.parent_path(), error);
  const uint64_t size = std::filesystem::exists(path, error)
                            ? static_cast<uint64_t>(std::filesystem::file_size(path, error))
                            : 0;
  if (size + line.size() > bytes_max_) {
    return absl::ResourceExhaustedError(fmt::format("{} is full", path_));
  }
  std::ofstream file(path_, std::ios::app);
  file << line << std::flush;
  if (!file) {
    return absl::UnavailableError(fmt::format("cannot write {}", path_));
  }
  return absl::OkStatus();
}

}  // namespace tw::ilp
