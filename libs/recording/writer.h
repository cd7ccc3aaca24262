// Writer: a recording as it is made. Events are gathered into blocks; a block that is written
// outlives kill -9, and what is not is at most what came since the last Flush.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::recording {

// One thread.
class Writer {
 public:
  static constexpr size_t kBlockBytes = 256 << 10;  // unpacked, about

  // AlreadyExists when there is such a file: a recording is not written over.
  static absl::StatusOr<Writer> Create(const std::string& path);
  ~Writer();
  Writer(Writer&& other) noexcept;
  Writer& operator=(Writer&&) = delete;

  // Not OK: the disk; what is in the file before it is sound.
  absl::Status Append(const tradewind::v1::FeedEvent& event);
  absl::Status Flush();
  // Flushes, says that it ended on purpose and syncs. No call follows.
  absl::Status Close();

  uint64_t events() const { return events_; }
  uint64_t bytes() const { return bytes_; }  // in the file
  bool pending() const { return pending_events_ > 0; }

 private:
  Writer(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  absl::Status Write(std::string_view bytes);

  std::string path_;
  int fd_;
  uint64_t events_ = 0;
  uint64_t bytes_ = 0;
  uint32_t pending_events_ = 0;
  int64_t pending_time_ns_ = 0;
  std::string payload_;  // of the block to come: the bytes of a FeedBatch
};

}  // namespace tw::recording
