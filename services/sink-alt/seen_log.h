// SeenLog: the contents taken in the last days, on disk, so that a restart still knows them.
// Segments of fixed records, each with a checksum; a torn or damaged one is passed over and
// counted. What is appended survives a kill, not a power cut: QuestDB's dedup keys then keep a
// repeat out. One thread.
//
//   folder/seen-<time of the first, ns>.log     record: hash[16] time_ns[8] crc32[4], little-endian
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "services/sink-alt/seen.h"

namespace tw::sink_alt {

class SeenLog {
 public:
  static constexpr size_t kSegmentRecordsMax = 65'536;

  struct Entry {
    ContentHash hash{};
    Timestamp taken;
  };

  // Reads what is not older than `age` at `now`, oldest first, and removes segments that are.
  // Unavailable: the folder cannot be used.
  static absl::StatusOr<SeenLog> Open(const std::string& folder,
                                      Duration age,
                                      Timestamp now,
                                      const std::function<void(const Entry&)>& each);
  ~SeenLog();
  SeenLog(SeenLog&& other) noexcept;
  SeenLog& operator=(SeenLog&&) = delete;

  // All with one write. Unavailable: the disk refuses; some may be stored.
  absl::Status Append(const std::vector<Entry>& entries);

  uint64_t damaged() const { return damaged_; }  // records passed over when it was opened

 private:
  SeenLog(std::string folder, Duration age) : folder_(std::move(folder)), age_(age) {}

  absl::Status StartSegment(Timestamp first);
  void RemoveOld(Timestamp now);

  std::string folder_;
  Duration age_;
  uint64_t damaged_ = 0;
  std::map<int64_t, Timestamp> segments_;  // by name: time of the newest record
  int fd_ = -1;                            // of the newest segment
  size_t records_ = 0;                     // in it
};

}  // namespace tw::sink_alt
