#include "services/sink-alt/seen_log.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "libs/base/status_macros.h"

namespace tw::sink_alt {
namespace {

constexpr size_t kHashBytes = sizeof(ContentHash);
constexpr size_t kTimeBytes = 8;
constexpr size_t kBodyBytes = kHashBytes + kTimeBytes;
constexpr size_t kRecordBytes = kBodyBytes + 4;
constexpr std::string_view kPrefix = "seen-";
constexpr std::string_view kSuffix = ".log";

void PutNumber(uint64_t value, size_t bytes, std::string& out) {
  for (size_t i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(value >> (8 * i)));
  }
}

uint64_t GetNumber(const char* at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(at[i])) << (8 * i);
  }
  return value;
}

uint32_t Checksum(const char* at) {
  return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(at), kBodyBytes));
}

std::string ErrorText() {
  return std::error_code(errno, std::generic_category()).message();
}

// nullopt: damaged.
std::optional<SeenLog::Entry> ReadRecord(const char* at) {
  if (GetNumber(at + kBodyBytes, 4) != Checksum(at)) {
    return std::nullopt;
  }
  SeenLog::Entry entry;
  std::memcpy(entry.hash.data(), at, kHashBytes);
  entry.taken.ns = static_cast<int64_t>(GetNumber(at + kHashBytes, kTimeBytes));
  return entry;
}

std::string PathOf(const std::string& folder, int64_t name) {
  return folder + "/" + std::string(kPrefix) + std::to_string(name) + std::string(kSuffix);
}

// nullopt: not a segment.
std::optional<int64_t> NameOf(const std::string& file) {
  if (!file.starts_with(kPrefix) || !file.ends_with(kSuffix)) {
    return std::nullopt;
  }
  int64_t name = 0;
  const char* const end = file.data() + file.size() - kSuffix.size();
  const auto [stop, error] = std::from_chars(file.data() + kPrefix.size(), end, name);
  return error == std::errc() && stop == end ? std::optional<int64_t>(name) : std::nullopt;
}

}  // namespace

SeenLog::SeenLog(SeenLog&& other) noexcept
    : folder_(std::move(other.folder_)),
      age_(other.age_),
      damaged_(other.damaged_),
      segments_(std::move(other.segments_)),
      fd_(std::exchange(other.fd_, -1)),
      records_(other.records_) {}

SeenLog::~SeenLog() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

absl::StatusOr<SeenLog> SeenLog::Open(const std::string& folder,
                                      Duration age,
                                      Timestamp now,
                                      const std::function<void(const Entry&)>& each) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::vector<int64_t> names;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (const auto name = NameOf(file.path().filename().string())) {
      names.push_back(*name);
    }
  }
  if (error) {
    return absl::UnavailableError(folder + ": " + error.message());
  }
  std::sort(names.begin(), names.end());
  SeenLog log(folder, age);
  for (const int64_t name : names) {
    std::ifstream in(PathOf(folder, name), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    Timestamp& newest = log.segments_[name] = Timestamp{name};
    for (size_t at = 0; at < bytes.size(); at += kRecordBytes) {
      const auto entry =
          bytes.size() - at < kRecordBytes ? std::nullopt : ReadRecord(bytes.data() + at);
      if (!entry) {
        ++log.damaged_;
        continue;
      }
      newest = std::max(newest, entry->taken);
      if (now - entry->taken <= age) {
        each(*entry);
      }
    }
  }
  log.RemoveOld(now);
  return log;
}

void SeenLog::RemoveOld(Timestamp now) {
  for (auto it = segments_.begin(); it != segments_.end();) {
    const bool in_use = fd_ >= 0 && std::next(it) == segments_.end();
    if (in_use || now - it->second <= age_) {
      ++it;
      continue;
    }
    std::error_code ignored;  // it is tried again with the next segment
    std::filesystem::remove(PathOf(folder_, it->first), ignored);
    it = segments_.erase(it);
  }
}

absl::Status SeenLog::StartSegment(Timestamp first) {
  if (fd_ >= 0) {
    close(std::exchange(fd_, -1));
  }
  RemoveOld(first);
  int64_t name = first.ns;
  if (!segments_.empty()) {
    name = std::max(name, segments_.rbegin()->first + 1);  // clocks step back
  }
  const std::string path = PathOf(folder_, name);
  fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    return absl::UnavailableError(path + ": " + ErrorText());
  }
  segments_[name] = first;
  records_ = 0;
  return absl::OkStatus();
}

absl::Status SeenLog::Append(const std::vector<Entry>& entries) {
  if (entries.empty()) {
    return absl::OkStatus();
  }
  if (fd_ < 0 || records_ >= kSegmentRecordsMax) {
    TW_RETURN_IF_ERROR(StartSegment(entries.front().taken));
  }
  std::string bytes;
  for (const Entry& entry : entries) {
    const size_t begin = bytes.size();
    bytes.append(reinterpret_cast<const char*>(entry.hash.data()), kHashBytes);
    PutNumber(static_cast<uint64_t>(entry.taken.ns), kTimeBytes, bytes);
    PutNumber(Checksum(bytes.data() + begin), 4, bytes);
    segments_.rbegin()->second = std::max(segments_.rbegin()->second, entry.taken);
  }
  records_ += entries.size();
  if (write(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    // A torn record would shift what follows it: the next append begins a segment.
    close(std::exchange(fd_, -1));
    return absl::UnavailableError(folder_ + ": " + ErrorText());
  }
  return absl::OkStatus();
}

}  // namespace tw::sink_alt
