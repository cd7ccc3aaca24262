// ExecutionStore: the journal of our orders' executions. One record holds reports of one command or
// step; execution numbers map to records through a sparse index, so that a stream can begin
// anywhere.
//
// Append, Sync and Close belong to the owner of the venue; Read and head are for any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/writer.h"
#include "libs/stream/numbered_log.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::live_gateway {

namespace v1 = ::tradewind::v1;

class ExecutionStore {
 public:
  using OnRecord = std::function<absl::Status(const v1::VenueRecord&)>;

  // Reads the whole journal in `folder` through `on_record`, then is ready to append. DataLoss when
  // it is damaged.
  static absl::StatusOr<std::unique_ptr<ExecutionStore>> Open(const std::string& folder,
                                                              const OnRecord& on_record);

  // Buffers a record. An error means that the venue is ahead of its journal: the process must end.
  absl::Status Append(const v1::VenueRecord& record);
  // Makes everything appended durable and readable. An error is final.
  absl::Status Sync();
  // Lets the folder go. Nothing but head() and reads of what is in memory afterwards.
  void Close() { writer_.reset(); }

  // False while the disk has no space for another segment; the rest of the present one is for
  // cancels and executions.
  bool takes_orders() const { return writer_ != nullptr && writer_->next_claimed(); }
  // The last execution that is durable.
  uint64_t head() const { return tail_.head(); }
  const journal::RecoveryReport& recovery() const { return writer_->recovery(); }

  // Executions from `from` on, at most `max`: from memory, or from the journal for older ones.
  // too_old when the journal cannot be read there.
  stream::Page<v1::Execution> Read(uint64_t from, size_t max) const;

 private:
  static constexpr size_t kTailExecutions = 16'384;
  static constexpr uint64_t kIndexStride = 64;  // records

  struct Mark {
    uint64_t first_sequence;
    uint64_t record_number;
  };

  explicit ExecutionStore(uint64_t head) : tail_(kTailExecutions, head) {}

  static journal::PosixFileSystem& Files();
  static void AddMark(uint64_t record_number,
                      const v1::VenueRecord& record,
                      std::vector<Mark>& marks);
  uint64_t RecordOf(uint64_t sequence) const;  // a record at or before its own; 0: none
  stream::Page<v1::Execution> ReadJournal(uint64_t from, size_t max) const;

  std::unique_ptr<journal::Writer> writer_;
  std::unique_ptr<journal::Reader> reader_;
  stream::NumberedLog<v1::Execution> tail_;
  std::vector<v1::Execution> pending_;  // appended, not synced

  mutable std::mutex marks_mutex_;
  std::vector<Mark> marks_;  // ascending, about one in kIndexStride records
};

}  // namespace tw::live_gateway
