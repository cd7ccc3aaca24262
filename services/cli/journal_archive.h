// Archive: old segments of a journal move to another volume, and a symbolic link stays in their
// place, so that whoever reads the journal finds every byte where it was.
//
// A segment goes step by step: copied under another name, synced, read back and compared, named,
// synced; then a link is renamed over the segment, which is atomic. Up to there the segment is
// untouched, from there on the copy is durable. Broken off anywhere, the next run finishes it. The
// journal's owner may run meanwhile: it never writes to the segments that are taken.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "services/cli/backup/backup.h"

namespace tw::cli {

struct ArchiveOptions {
  std::string journal;  // its folder
  std::string to;
  Timestamp written_before;  // a segment that was written to later stays
  bool dry_run = false;
  // Called before each step that changes something; what it answers breaks the run off as a crash
  // would. For tests.
  std::function<absl::Status()> before_step{};
};

struct ArchiveReport {
  uint32_t segments = 0;  // that the journal has
  uint32_t archived = 0;  // now; with dry_run: would be
  uint32_t before = 0;    // were links already
  uint64_t bytes = 0;     // of those archived now
  uint64_t freed = 0;     // on the journal's volume
};

// FAILED_PRECONDITION: a folder is missing or lies in the journal's, another run is under way, or
// the folder holds another journal's segments. RESOURCE_EXHAUSTED: no space there. DATA_LOSS: a
// segment, or its copy, is not sound; it stays where it is.
absl::StatusOr<ArchiveReport> Archive(const ArchiveOptions& options, const Say& say);

}  // namespace tw::cli
