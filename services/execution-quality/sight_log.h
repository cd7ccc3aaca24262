// SightLog: sightings on disk, in a journal that is begun anew before it grows without bound.
//
//   <folder>/<generation>   a journal (libs/journal); the first is 1
//   <folder>/current        the generation that counts, from the second on
//
// A new generation starts with what all before it come to, and counts from the moment its name is
// in `current`; what is left of another is removed. One thread at a time. After a failed write
// nothing is known about the disk: the process must end, and recovers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/file.h"
#include "libs/journal/writer.h"
#include "services/execution-quality/sighting.h"

namespace tw::eq {

class SightLog {
 public:
  struct Options {
    std::string folder;
    uint64_t roll_bytes = uint64_t{32} << 20;  // a generation is not left before it has these
    uint64_t segment_bytes = uint64_t{4} << 20;
  };

  // Hands everything kept to `on_sighting`, in order. `files` outlives the log. DATA_LOSS: damage.
  static absl::StatusOr<std::unique_ptr<SightLog>> Open(
      journal::FileSystem& files,
      Options options,
      const std::function<void(Sighting)>& on_sighting);

  // How many of them, from the first, are on disk now: all, unless it is full. An error: it has
  // failed for good.
  absl::StatusOr<size_t> Keep(const std::vector<Sighting>& sightings);

  // Whether so much was kept since the generation's start that another would be smaller.
  bool WantsRoll() const { return bytes_ >= roll_at_; }
  // Begins the next generation with `seen`. An error: it goes on with this one, and wants to roll
  // again once it has doubled.
  absl::Status Roll(const std::vector<Sighting>& seen);

  uint64_t generation() const { return generation_; }
  bool full() const { return !writer_->order_lane_open(); }
  const journal::RecoveryReport& recovery() const { return writer_->recovery(); }

 private:
  SightLog(journal::FileSystem& files, Options options)
      : files_(files), options_(std::move(options)), roll_at_(options_.roll_bytes) {}

  absl::Status Recover(const std::function<void(Sighting)>& on_sighting);
  absl::StatusOr<uint64_t> ReadCurrent() const;
  absl::Status WriteCurrent(uint64_t generation);
  // Removes what there may be of a generation that does not count.
  absl::Status Clear(uint64_t generation);
  absl::Status Begin(uint64_t generation, const std::vector<Sighting>& seen);
  std::string FolderOf(uint64_t generation) const;
  absl::StatusOr<std::unique_ptr<journal::Writer>> OpenJournal(
      uint64_t generation, const journal::RecordCallback& on_record) const;

  journal::FileSystem& files_;
  const Options options_;
  std::unique_ptr<journal::Writer> writer_;
  uint64_t generation_ = 1;
  uint64_t bytes_ = 0;  // of this generation's records
  uint64_t roll_at_;
};

}  // namespace tw::eq
