#include "libs/ilp/position_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

#include "libs/base/check.h"
#include "libs/ilp/internal.h"

namespace tw::ilp {
namespace {

absl::Status WriteSynced(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) {
    return DiskError("creating", path);
  }
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fdatasync(fd) == 0;
  const absl::Status status = written ? absl::OkStatus() : DiskError("writing", path);
  ::close(fd);
  return status;
}

}  // namespace

absl::StatusOr<PositionStore> PositionStore::Open(std::string path) {
  PositionStore store(std::move(path));
  std::error_code error;
  if (!std::filesystem::exists(store.path_, error)) {
    return store;
  }
  std::ifstream file(store.path_);
  std::stringstream text;
  text << file.rdbuf();
  const auto json = nlohmann::json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("positions") || !json["positions"].is_object() ||
      !json.contains("boot_id") || !json["boot_id"].is_string()) {
    return absl::DataLossError(fmt::format("{} is not a position file", store.path_));
  }
  store.boot_id_ = json["boot_id"].get<std::string>();
  for (const auto& [source, value] : json["positions"].items()) {
    if (value.is_string()) {
      store.positions_[source] = value.get<std::string>();
    }
  }
  return store;
}

std::string PositionStore::Get(std::string_view source) const {
  const auto it = positions_.find(source);
  return it == positions_.end() ? std::string() : it->second;
}

void PositionStore::Set(std::string source, std::string value) {
  positions_[std::move(source)] = std::move(value);
  TW_CHECK(positions_.size() <= kSourcesMax);
  dirty_ = true;
}

void PositionStore::set_boot_id(std::string id) {
  boot_id_ = std::move(id);
  dirty_ = true;
}

absl::Status PositionStore::Save() {
  const nlohmann::json json = {{"boot_id", boot_id_}, {"positions", positions_}};
  const std::string beside = path_ + ".new";
  if (absl::Status status = WriteSynced(beside, json.dump(1) + "\n"); !status.ok()) {
    return status;
  }
  if (std::rename(beside.c_str(), path_.c_str()) != 0) {
    return DiskError("replacing", path_);
  }
  dirty_ = false;
  return absl::OkStatus();
}

}  // namespace tw::ilp
