// Spool: a bounded first-in-first-out queue of batches on disk, between a sink and QuestDB.
//
// A batch that Append has taken survives a kill of the process (and, once Sync has answered, a
// power cut). Delivered batches stay for a while, because QuestDB's acknowledgement does not
// outlive a power cut; Rewind() queues them again. Opening cuts a torn tail and steps over damage,
// both counted. The delivered mark may lag behind after a kill: rows are then sent again, and
// QuestDB's dedup keys drop them.
//
// Thread-safe: one thread appends while another reads. Calls do file I/O under one lock.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/ilp/line_buffer.h"

namespace tw::ilp {

struct SpoolOptions {
  std::string dir{};
  uint64_t bytes_max = 2ull << 30;     // of all segments; past it Append refuses
  uint64_t segment_bytes = 16u << 20;  // a segment is closed when it is longer
  uint64_t keep_bytes = 256u << 20;    // of delivered batches kept for Rewind
  Duration keep_age = Duration::Seconds(600);
};

struct SpoolStats {
  uint64_t waiting_rows = 0;  // not delivered yet
  uint64_t waiting_bytes = 0;
  uint64_t kept_bytes = 0;      // delivered, still there for Rewind
  uint64_t torn_bytes = 0;      // cut from the tail when it was opened
  uint64_t damaged_bytes = 0;   // stepped over: rows lost to a bad disk
  uint64_t next_index = 0;      // the next batch appended gets it
  uint64_t delivered_next = 0;  // batches below it are delivered
};

// Consecutive batches read as one.
struct SpooledRows {
  std::string lines;
  std::vector<uint32_t> row_ends;
  uint64_t next_index = 0;  // pass to MarkDelivered
  Timestamp oldest;         // when the first of them was spooled
};

class Spool {
 public:
  static absl::StatusOr<std::unique_ptr<Spool>> Open(SpoolOptions options);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // ResourceExhausted: bytes_max is reached. Unavailable: the disk refused. Either way nothing was
  // added.
  absl::Status Append(const LineBuffer& rows, Timestamp now);
  // Everything appended so far is on the medium when it answers OK.
  absl::Status Sync();

  // The oldest waiting batches, at least one, further ones while they fit; nullopt when none waits.
  // DataLoss: that batch cannot be read back; it has been dropped and counted as damaged.
  absl::StatusOr<std::optional<SpooledRows>> Read(size_t rows_max, size_t bytes_max);
  // Every batch below `next_index` is in QuestDB.
  void MarkDelivered(uint64_t next_index, Timestamp now);

  // Queues all delivered batches still kept once more.
  void Rewind();

  SpoolStats stats() const;

 private:
  struct Segment {
    uint64_t first_index = 0;
    uint64_t bytes = 0;
    Timestamp last_time;
    int fd = -1;
  };
  struct Entry {
    uint64_t index = 0;
    uint64_t segment = 0;  // its first_index
    uint64_t offset = 0;
    uint32_t record_bytes = 0;
    uint32_t rows = 0;
  };

  explicit Spool(SpoolOptions options) : options_(std::move(options)) {}

  std::string SegmentPath(uint64_t first_index) const;
  absl::Status Recover();
  absl::Status RecoverSegment(uint64_t first_index, std::optional<uint64_t> next_first);
  absl::Status LoadCursor();
  void StoreCursor();
  absl::Status OpenSegment();
  void CountWaiting();
  void Trim(Timestamp now, uint64_t room_for);
  bool SegmentDelivered(const Segment& segment) const;
  const Segment* FindSegment(uint64_t first_index) const;

  const SpoolOptions options_;
  mutable std::mutex mutex_;
  std::deque<Segment> segments_;  // the last one is written to
  std::deque<Entry> entries_;     // everything on disk, delivered ones too
  uint64_t next_index_ = 1;
  uint64_t delivered_next_ = 1;  // entries below are delivered
  uint64_t total_bytes_ = 0;
  bool dirty_ = false;
  int cursor_fd_ = -1;
  SpoolStats stats_;
};

}  // namespace tw::ilp
