#include "libs/recording/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/recording/block.h"

namespace tw::recording {
namespace {

absl::Status DiskError(const std::string& path, int error) {
  // strerror_r and not strerror: other threads may be at it too.
  char text[128] = {};
  const char* const said = strerror_r(error, text, sizeof text);
  const std::string message = path + ": " + said;
  return error == ENOSPC ? absl::ResourceExhaustedError(message) : absl::UnavailableError(message);
}

}  // namespace

absl::StatusOr<Writer> Writer::Create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0 && errno == EEXIST) {
    return absl::AlreadyExistsError(path + ": is there already; a recording is not written over");
  }
  if (fd < 0) {
    return DiskError(path, errno);
  }
  Writer writer(path, fd);
  TW_RETURN_IF_ERROR(writer.Write(kFirstLine));
  return writer;
}

Writer::Writer(Writer&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      events_(other.events_),
      bytes_(other.bytes_),
      pending_events_(other.pending_events_),
      pending_time_ns_(other.pending_time_ns_),
      payload_(std::move(other.payload_)) {}

Writer::~Writer() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

absl::Status Writer::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return DiskError(path_, errno);
    }
    bytes_ += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status Writer::Append(const tradewind::v1::FeedEvent& event) {
  if (pending_events_ == 0) {
    pending_time_ns_ = event.venue_time_ns();
  }
  // A message that holds one event, added to the bytes of others, is a message that holds them all.
  tradewind::v1::FeedBatch one;
  *one.add_events() = event;
  const size_t before = payload_.size();
  one.AppendToString(&payload_);
  if (payload_.size() > kPayloadMax) {
    payload_.resize(before);
    TW_RETURN_IF_ERROR(Flush());
    one.AppendToString(&payload_);
    pending_time_ns_ = event.venue_time_ns();
  }
  ++pending_events_;
  ++events_;
  return payload_.size() >= kBlockBytes ? Flush() : absl::OkStatus();
}

absl::Status Writer::Flush() {
  if (pending_events_ == 0) {
    return absl::OkStatus();
  }
  Block block;
  block.events = std::exchange(pending_events_, 0);
  block.first = events_ - block.events + 1;
  block.time_ns = pending_time_ns_;
  block.payload = std::exchange(payload_, {});
  return Write(EncodeBlock(block));
}

absl::Status Writer::Close() {
  TW_RETURN_IF_ERROR(Flush());
  Block end;
  end.kind = BlockKind::kEnd;
  end.first = events_ + 1;
  TW_RETURN_IF_ERROR(Write(EncodeBlock(end)));
  if (::fdatasync(fd_) != 0) {
    return DiskError(path_, errno);
  }
  return absl::OkStatus();
}

}  // namespace tw::recording
