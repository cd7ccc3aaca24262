// Appends records to the journal and makes them durable, one group per Sync: one write, one
// fdatasync.
//
// Thread: one owner at a time for Append and Sync; the accessors marked so may be called by anyone.
// Failure: after a failed write or fdatasync nothing is known about the disk, so the writer has
// failed for good and every later Append and Sync says so (UNAVAILABLE); the process restarts and
// recovers. A full disk is no failure: new segments cannot be made, and as soon as only the reserve
// is left Lane::kOrder gets RESOURCE_EXHAUSTED, while Lane::kPriority goes on into blocks that were
// claimed before.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/file.h"
#include "libs/journal/format.h"
#include "libs/journal/index.h"
#include "libs/journal/reader.h"
#include "libs/journal/recovery.h"

namespace tw::journal {

enum class Lane {
  kOrder,     // what may be refused when the disk is full
  kPriority,  // cancels and executions: may use the reserve
};

struct Options {
  uint64_t segment_bytes = uint64_t{64} << 20;  // 4 KiB to 1 GiB; no group is larger than a segment
  uint64_t reserve_bytes = 0;                   // kept for kPriority; 0: an eighth of a segment
  // How long to wait after a failed try to claim space for the next segment.
  std::chrono::milliseconds prepare_retry{1000};
};

// What Open reads of what is there.
struct Replay {
  uint64_t from_number = 1;
  RecordCallback on_record;
  // Begins behind this group; records before it are not handed out, whatever `from_number` is.
  std::optional<Position> behind = std::nullopt;
  // After the records of each group.
  std::function<absl::Status(const Position&)> on_group = nullptr;
};

class Writer {
 public:
  // Takes the directory (made when missing; FAILED_PRECONDITION when another process has it),
  // recovers it as Recover does, handing records from `from_number` on to `on_record`, and is ready
  // to append behind the last one.
  static absl::StatusOr<std::unique_ptr<Writer>> Open(FileSystem& files,
                                                      std::string directory,
                                                      Options options,
                                                      uint64_t from_number = 1,
                                                      const RecordCallback& on_record = nullptr);
  // NOT_FOUND, besides: the journal does not hold the group to begin behind.
  static absl::StatusOr<std::unique_ptr<Writer>> Open(FileSystem& files,
                                                      std::string directory,
                                                      Options options,
                                                      const Replay& replay);

  // Buffers a record and answers its number; nothing is durable before Sync. INVALID_ARGUMENT:
  // larger than kRecordBytesMax or a segment. RESOURCE_EXHAUSTED: no space for this lane. Refused
  // records take no number. When the buffered group is full (kGroupBytesMax) it is synced first.
  absl::StatusOr<uint64_t> Append(std::string_view record, Lane lane = Lane::kOrder);

  // Whether Append would take a record of up to `record_bytes` now: for an owner who must know
  // before it changes its own state. False where Append would refuse, for whatever cause.
  bool HasSpaceFor(size_t record_bytes, Lane lane);

  // Writes what is buffered as one group and syncs it. Nothing buffered: OK, and the disk is left
  // alone.
  absl::Status Sync();

  uint64_t last_number() const { return last_number_; }  // appended, perhaps not yet synced
  const Hash& head_hash() const { return head_hash_; }   // of the last synced group
  // The end of the last synced group. REQUIRES: there is one.
  Position position() const;
  const RecoveryReport& recovery() const { return recovery_; }

  // Any thread.
  uint64_t last_synced() const { return last_synced_.load(std::memory_order_acquire); }
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  // False from the moment kOrder was refused until there is space again. Append and HasSpaceFor
  // find that out.
  bool order_lane_open() const { return order_lane_open_.load(std::memory_order_acquire); }
  // False: the disk has no space for another segment; what is claimed already is being used up.
  bool next_claimed() const { return next_claimed_.load(std::memory_order_acquire); }
  std::unique_ptr<Reader> NewReader() const {
    return std::make_unique<Reader>(files_, directory_, index_);
  }

 private:
  struct Segment {
    uint32_t ordinal = 0;
    std::unique_ptr<File> file;
    uint64_t capacity = 0;  // claimed bytes
  };

  Writer(FileSystem& files, std::string directory, Options options)
      : files_(files), directory_(std::move(directory)), options_(options) {}

  absl::Status Start(const Replay& replay);
  absl::Status TellOfUnread(const Position& behind);
  absl::Status RewriteLastGroup();
  absl::StatusOr<Segment> ClaimSegment(uint32_t ordinal);
  void PrepareNext();
  void TakeUpNext();
  bool HasRoom(uint64_t group_bytes, Lane lane) const;
  absl::Status MakeRoom(size_t record_bytes, Lane lane);
  void FillAhead(uint64_t end);
  absl::Status Fail(const absl::Status& cause);

  FileSystem& files_;
  const std::string directory_;
  const Options options_;
  std::unique_ptr<DirectoryLock> lock_;
  std::shared_ptr<Index> index_ = std::make_shared<Index>();
  RecoveryReport recovery_;

  Segment current_;
  uint64_t position_ = 0;       // in current_
  uint64_t filled_ = 0;         // in current_: up to there every block has been written
  uint32_t group_segment_ = 0;  // where the last synced group is
  uint64_t group_offset_ = 0;
  uint64_t group_end_ = 0;
  Segment next_;  // no file, no capacity: not claimed
  std::chrono::steady_clock::time_point prepare_after_{};

  GroupBuilder pending_;
  uint64_t journal_id_ = 0;
  uint64_t last_number_ = 0;
  Hash head_hash_{};
  absl::Status failure_;

  std::atomic<uint64_t> last_synced_{0};
  std::atomic<bool> failed_{false};
  std::atomic<bool> order_lane_open_{true};
  std::atomic<bool> next_claimed_{false};
};

}  // namespace tw::journal
