// Reads synced records back, from any number on, while a Writer of the same process appends. Made
// by Writer::NewReader; may outlive the writer. Any thread, several at a time; blocks on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/journal/file.h"
#include "libs/journal/index.h"
#include "libs/journal/recovery.h"

namespace tw::journal {

struct ReadResult {
  uint64_t next_number = 0;  // where to read on
  uint64_t records = 0;
  uint64_t bytes = 0;  // of the records
};

class Reader {
 public:
  // `files` must outlive the reader.
  Reader(FileSystem& files, std::string directory, std::shared_ptr<Index> index)
      : files_(files), directory_(std::move(directory)), index_(std::move(index)) {}

  // Hands records [from, ..) to `on_record`, as far as synced, at most `max_records` of together at
  // most `max_bytes` (but one at least, however large). None are left: OK with no records.
  // OUT_OF_RANGE: `from` is 0 or beyond last_number() + 1. DATA_LOSS: the disk does not hold what
  // was written.
  absl::StatusOr<ReadResult> Read(uint64_t from,
                                  uint64_t max_records,
                                  uint64_t max_bytes,
                                  const RecordCallback& on_record) const;

  // The last synced record's number; 0 when there is none.
  uint64_t last_number() const { return index_->last_number(); }

 private:
  FileSystem& files_;
  const std::string directory_;
  const std::shared_ptr<Index> index_;
};

}  // namespace tw::journal
