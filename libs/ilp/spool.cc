#include "libs/ilp/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/ilp/internal.h"
#include "libs/ilp/spool_record.h"

namespace tw::ilp {
namespace {

namespace fs = std::filesystem;

constexpr char kCursorName[] = "delivered";
constexpr char kSegmentSuffix[] = ".seg";
constexpr size_t kSegmentDigits = 20;

bool WriteAll(int fd, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return true;
}

bool ReadAll(int fd, char* to, size_t size, uint64_t offset) {
  while (size > 0) {
    const ssize_t n = ::pread(fd, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return false;
    }
    to += n;
    size -= static_cast<size_t>(n);
    offset += static_cast<uint64_t>(n);
  }
  return true;
}

void SyncDirectory(const std::string& dir) {
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    ::fsync(fd);
    ::close(fd);
  }
}

std::optional<uint64_t> ParseSegmentName(const std::string& name) {
  if (name.size() != kSegmentDigits + std::strlen(kSegmentSuffix) ||
      !name.ends_with(kSegmentSuffix)) {
    return std::nullopt;
  }
  uint64_t index = 0;
  for (size_t i = 0; i < kSegmentDigits; ++i) {
    if (name[i] < '0' || name[i] > '9') {
      return std::nullopt;
    }
    index = index * 10 + static_cast<uint64_t>(name[i] - '0');
  }
  return index;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(SpoolOptions options) {
  std::error_code error;
  fs::create_directories(options.dir, error);
  if (error) {
    return absl::UnavailableError(fmt::format("creating {}: {}", options.dir, error.message()));
  }
  std::unique_ptr<Spool> spool(new Spool(std::move(options)));
  TW_RETURN_IF_ERROR(spool->Recover());
  return spool;
}

Spool::~Spool() {
  for (const Segment& segment : segments_) {
    ::close(segment.fd);
  }
  if (cursor_fd_ >= 0) {
    ::close(cursor_fd_);
  }
}

std::string Spool::SegmentPath(uint64_t first_index) const {
  return fmt::format("{}/{:020}{}", options_.dir, first_index, kSegmentSuffix);
}

absl::Status Spool::Recover() {
  std::vector<uint64_t> firsts;
  std::error_code error;
  for (fs::directory_iterator it(options_.dir, error), end; !error && it != end;
       it.increment(error)) {
    if (const auto first = ParseSegmentName(it->path().filename().string())) {
      firsts.push_back(*first);
    }
  }
  if (error) {
    return absl::UnavailableError(fmt::format("listing {}: {}", options_.dir, error.message()));
  }
  std::sort(firsts.begin(), firsts.end());
  for (size_t i = 0; i < firsts.size(); ++i) {
    const bool last = i + 1 == firsts.size();
    TW_RETURN_IF_ERROR(
        RecoverSegment(firsts[i], last ? std::nullopt : std::optional(firsts[i + 1])));
  }
  TW_RETURN_IF_ERROR(LoadCursor());
  CountWaiting();
  return absl::OkStatus();
}

// `next_first`: the index with which the next segment begins; none: this is the last one.
absl::Status Spool::RecoverSegment(uint64_t first_index, std::optional<uint64_t> next_first) {
  const std::string path = SegmentPath(first_index);
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    return DiskError("opening", path);
  }
  segments_.push_back({first_index, 0, {}, fd});
  Segment& segment = segments_.back();
  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    return DiskError("reading", path);
  }
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  if (!ReadAll(fd, bytes.data(), bytes.size(), 0)) {
    return DiskError("reading", path);
  }
  next_index_ = std::max(next_index_, first_index);
  const uint64_t end_index = next_first.value_or(std::numeric_limits<uint64_t>::max());
  size_t at = 0;
  while (at < bytes.size()) {
    const auto start = FindRecord(bytes, at);
    if (!start) {
      break;
    }
    stats_.damaged_bytes += *start - at;
    const auto header = *DecodeRecord(std::string_view(bytes).substr(*start));
    const size_t size = kRecordHeaderBytes + header.payload_bytes;
    at = *start + size;
    // An intact record in a place that is not its own, as after a botched copy: its rows would come
    // out of order, or twice.
    if (header.index < next_index_ || header.index >= end_index) {
      stats_.damaged_bytes += size;
      continue;
    }
    entries_.push_back(
        {header.index, first_index, *start, static_cast<uint32_t>(size), header.rows});
    segment.last_time = header.time;
    next_index_ = header.index + 1;
  }
  const bool last = !next_first;
  if (at < bytes.size()) {
    (last ? stats_.torn_bytes : stats_.damaged_bytes) += bytes.size() - at;
    if (last && ::ftruncate(fd, static_cast<off_t>(at)) != 0) {
      return DiskError("cutting the torn tail of", path);
    }
  }
  segment.bytes = at;
  total_bytes_ += at;
  return absl::OkStatus();
}

absl::Status Spool::LoadCursor() {
  const std::string path = options_.dir + "/" + kCursorName;
  cursor_fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (cursor_fd_ < 0) {
    return DiskError("opening", path);
  }
  std::array<uint64_t, 2> cursor{};
  const bool whole = ReadAll(cursor_fd_, reinterpret_cast<char*>(cursor.data()), sizeof(cursor), 0);
  // The second word is the first one's complement; a file that fails this is as good as none.
  if (whole && cursor[0] == ~cursor[1]) {
    delivered_next_ = cursor[0];
    next_index_ = std::max(next_index_, delivered_next_);
  } else {
    delivered_next_ = entries_.empty() ? next_index_ : entries_.front().index;
  }
  return absl::OkStatus();
}

void Spool::StoreCursor() {
  const std::array<uint64_t, 2> cursor = {delivered_next_, ~delivered_next_};
  // A mark that could not be written only means that rows are sent again.
  (void)WriteAll(cursor_fd_, {reinterpret_cast<const char*>(cursor.data()), sizeof(cursor)}, 0);
}

void Spool::CountWaiting() {
  stats_.waiting_rows = stats_.waiting_bytes = stats_.kept_bytes = 0;
  for (const Entry& entry : entries_) {
    if (entry.index >= delivered_next_) {
      stats_.waiting_rows += entry.rows;
      stats_.waiting_bytes += entry.record_bytes;
    } else {
      stats_.kept_bytes += entry.record_bytes;
    }
  }
}

absl::Status Spool::OpenSegment() {
  const std::string path = SegmentPath(next_index_);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) {
    return DiskError("creating", path);
  }
  segments_.push_back({next_index_, 0, {}, fd});
  SyncDirectory(options_.dir);
  return absl::OkStatus();
}

absl::Status Spool::Append(const LineBuffer& rows, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (rows.row_ends().size_bytes() + rows.bytes().size() > kRecordPayloadBytesMax) {
    return absl::InvalidArgumentError("the batch is larger than a spool record may be");
  }
  const std::string record = EncodeRecord(next_index_, now, rows.row_ends(), rows.bytes());
  Trim(now, record.size());
  if (total_bytes_ + record.size() > options_.bytes_max) {
    return absl::ResourceExhaustedError(
        fmt::format("the spool {} is full: {} of {} bytes wait for QuestDB", options_.dir,
                    stats_.waiting_bytes, options_.bytes_max));
  }
  const bool roll =
      segments_.empty() || (segments_.back().bytes > 0 &&
                            segments_.back().bytes + record.size() > options_.segment_bytes);
  if (roll) {
    if (dirty_ && ::fdatasync(segments_.back().fd) != 0) {
      return DiskError("syncing", SegmentPath(segments_.back().first_index));
    }
    TW_RETURN_IF_ERROR(OpenSegment());
  }
  Segment& segment = segments_.back();
  if (!WriteAll(segment.fd, record, segment.bytes)) {
    return DiskError("writing", SegmentPath(segment.first_index));
  }
  entries_.push_back({next_index_, segment.first_index, segment.bytes,
                      static_cast<uint32_t>(record.size()), static_cast<uint32_t>(rows.rows())});
  segment.bytes += record.size();
  segment.last_time = now;
  total_bytes_ += record.size();
  stats_.waiting_bytes += record.size();
  stats_.waiting_rows += rows.rows();
  ++next_index_;
  dirty_ = true;
  return absl::OkStatus();
}

absl::Status Spool::Sync() {
  const std::lock_guard lock(mutex_);
  if (dirty_ && ::fdatasync(segments_.back().fd) != 0) {
    return DiskError("syncing", SegmentPath(segments_.back().first_index));
  }
  dirty_ = false;
  return absl::OkStatus();
}

const Spool::Segment* Spool::FindSegment(uint64_t first_index) const {
  const auto it = std::lower_bound(
      segments_.begin(), segments_.end(), first_index,
      [](const Segment& segment, uint64_t first) { return segment.first_index < first; });
  TW_CHECK(it != segments_.end() && it->first_index == first_index);
  return &*it;
}

absl::StatusOr<std::optional<SpooledRows>> Spool::Read(size_t rows_max, size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  auto entry = std::lower_bound(
      entries_.begin(), entries_.end(), delivered_next_,
      [](const Entry& candidate, uint64_t index) { return candidate.index < index; });
  if (entry == entries_.end()) {
    return std::optional<SpooledRows>();
  }
  SpooledRows out;
  std::string record;
  for (; entry != entries_.end(); ++entry) {
    const bool fits = out.row_ends.size() + entry->rows <= rows_max &&
                      out.lines.size() + entry->record_bytes <= bytes_max;
    if (out.next_index != 0 && !fits) {
      break;
    }
    record.resize(entry->record_bytes);
    const bool read =
        ReadAll(FindSegment(entry->segment)->fd, record.data(), record.size(), entry->offset);
    const auto header = read ? DecodeRecord(record) : std::nullopt;
    if (!header) {
      if (out.next_index != 0) {
        break;  // what is whole goes out first; the damage is met again on the next call
      }
      stats_.damaged_bytes += entry->record_bytes;
      delivered_next_ = entry->index + 1;
      StoreCursor();
      CountWaiting();
      return absl::DataLossError(
          fmt::format("{} rows on the spool {} cannot be read back", entry->rows, options_.dir));
    }
    const size_t ends_bytes = size_t{entry->rows} * sizeof(uint32_t);
    const auto shift = static_cast<uint32_t>(out.lines.size());
    const size_t rows_before = out.row_ends.size();
    out.row_ends.resize(rows_before + entry->rows);
    if (ends_bytes > 0) {
      std::memcpy(out.row_ends.data() + rows_before, record.data() + kRecordHeaderBytes,
                  ends_bytes);
    }
    for (size_t i = rows_before; i < out.row_ends.size(); ++i) {
      out.row_ends[i] += shift;
    }
    out.lines.append(record, kRecordHeaderBytes + ends_bytes);
    if (out.next_index == 0) {
      out.oldest = header->time;
    }
    out.next_index = entry->index + 1;
  }
  return std::optional<SpooledRows>(std::move(out));
}

void Spool::MarkDelivered(uint64_t next_index, Timestamp now) {
  const std::lock_guard lock(mutex_);
  TW_CHECK(next_index >= delivered_next_ && next_index <= next_index_);
  auto entry = std::lower_bound(
      entries_.begin(), entries_.end(), delivered_next_,
      [](const Entry& candidate, uint64_t index) { return candidate.index < index; });
  for (; entry != entries_.end() && entry->index < next_index; ++entry) {
    stats_.waiting_rows -= entry->rows;
    stats_.waiting_bytes -= entry->record_bytes;
    stats_.kept_bytes += entry->record_bytes;
  }
  delivered_next_ = next_index;
  StoreCursor();
  Trim(now, 0);
}

void Spool::Rewind() {
  const std::lock_guard lock(mutex_);
  if (!entries_.empty()) {
    delivered_next_ = std::min(delivered_next_, entries_.front().index);
    StoreCursor();
    CountWaiting();
  }
}

SpoolStats Spool::stats() const {
  const std::lock_guard lock(mutex_);
  SpoolStats stats = stats_;
  stats.next_index = next_index_;
  stats.delivered_next = delivered_next_;
  return stats;
}

bool Spool::SegmentDelivered(const Segment& segment) const {
  const auto next = std::lower_bound(
      segments_.begin(), segments_.end(), segment.first_index + 1,
      [](const Segment& other, uint64_t first) { return other.first_index < first; });
  const uint64_t end = next == segments_.end() ? next_index_ : next->first_index;
  return delivered_next_ >= end;
}

// Deletes delivered segments, oldest first: those past their age or beyond keep_bytes, and any that
// stand in the way of `room_for` more bytes. The segment being written goes only for room.
void Spool::Trim(Timestamp now, uint64_t room_for) {
  while (!segments_.empty() && SegmentDelivered(segments_.front())) {
    const Segment& oldest = segments_.front();
    const bool crowded = total_bytes_ + room_for > options_.bytes_max && oldest.bytes > 0;
    const bool spent = segments_.size() > 1 && (now - oldest.last_time > options_.keep_age ||
                                                stats_.kept_bytes > options_.keep_bytes);
    if (!crowded && !spent) {
      return;
    }
    while (!entries_.empty() && entries_.front().segment == oldest.first_index) {
      stats_.kept_bytes -= entries_.front().record_bytes;
      entries_.pop_front();
    }
    total_bytes_ -= oldest.bytes;
    dirty_ = dirty_ && segments_.size() > 1;
    ::close(oldest.fd);
    ::unlink(SegmentPath(oldest.first_index).c_str());
    segments_.pop_front();
  }
}

}  // namespace tw::ilp
