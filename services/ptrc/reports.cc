#include "services/ptrc/reports.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace tw::ptrc {
namespace {

constexpr char kSuffix[] = ".csv";

// 12 of "trades-12"; nullopt for what is no id.
std::optional<uint64_t> NumberOf(std::string_view id) {
  const size_t dash = id.rfind('-');
  if (dash == std::string_view::npos) {
    return std::nullopt;
  }
  uint64_t number = 0;
  const char* const end = id.data() + id.size();
  const auto parsed = std::from_chars(id.data() + dash + 1, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number == 0) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

absl::Status Reports::Load() {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  std::vector<std::pair<uint64_t, std::string>> found;
  for (std::filesystem::directory_iterator it(folder_, error), end; !error && it != end;
       it.increment(error)) {
    const std::string id = it->path().stem().string();
    const auto number = NumberOf(id);
    if (it->path().extension() == kSuffix && number) {
      found.emplace_back(*number, id);
    }
  }
  if (error) {
    return absl::UnavailableError(folder_ + ": " + error.message());
  }
  std::sort(found.begin(), found.end());
  for (auto& [number, id] : found) {
    last_number_ = number;
    ids_.push_back(std::move(id));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Reports::Write(std::string_view kind, const std::string& csv) {
  const std::lock_guard lock(mutex_);
  const std::string id = std::string(kind) + "-" + std::to_string(last_number_ + 1);
  const std::string path = Path(id);
  const std::string partial = path + ".partial";
  {
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    file << csv;
    file.flush();
    if (!file) {
      return absl::UnavailableError(partial + " could not be written");
    }
  }
  std::error_code error;
  std::filesystem::rename(partial, path, error);
  if (error) {
    return absl::UnavailableError(path + ": " + error.message());
  }
  ++last_number_;
  ids_.push_back(id);
  while (ids_.size() > max_) {
    std::filesystem::remove(Path(ids_.front()), error);
    ids_.pop_front();
  }
  return id;
}

absl::StatusOr<std::string> Reports::Read(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  if (std::find(ids_.begin(), ids_.end(), id) == ids_.end()) {  // also keeps "../" out
    return absl::NotFoundError("no report " + std::string(id));
  }
  std::ifstream file(Path(id), std::ios::binary);
  if (!file) {
    return absl::NotFoundError("report " + std::string(id) + " cannot be read");
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

size_t Reports::size() const {
  const std::lock_guard lock(mutex_);
  return ids_.size();
}

std::string Reports::Path(std::string_view id) const {
  return folder_ + "/" + std::string(id) + kSuffix;
}

}  // namespace tw::ptrc
