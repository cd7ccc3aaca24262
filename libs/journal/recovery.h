// Reads a journal from its first byte, or from a group that is known: checks every checksum and the
// hash chain, hands records out, and tells a torn tail (an interrupted last write) from damage.
// Blocks on the disk; nobody may write meanwhile.
//
//   torn tail   the last group is incomplete or bad and nothing but zeros lies behind it: cut,
//   counted, reported damage      anything else: DATA_LOSS, naming the segment file and the byte
//   newer       a group of an unknown format version: FAILED_PRECONDITION
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/file.h"
#include "libs/journal/format.h"

namespace tw::journal {

// The view is valid during the call. A status that is not OK ends the reading and is handed on.
using RecordCallback = std::function<absl::Status(uint64_t number, std::string_view record)>;

// Where a group lies, and its hash.
struct GroupPlace {
  uint32_t segment = 0;  // ordinal
  uint64_t offset = 0;
  Hash hash{};
};
using GroupCallback = std::function<absl::Status(const GroupHeader& header, const GroupPlace&)>;

// The end of a synced group. Who keeps it beside a state that holds everything up to there can have
// the journal read from there on.
struct Position {
  uint64_t journal_id = 0;
  uint64_t last_number = 0;
  uint32_t segment = 0;       // ordinal
  uint64_t group_offset = 0;  // where the group starts
  uint64_t end_offset = 0;    // behind it
  Hash hash{};                // of the group
};

struct RecoveryReport {
  uint64_t records = 0;  // handed to the callback
  uint64_t groups = 0;
  uint32_t segments = 0;  // files, an empty prepared one included
  uint64_t torn_bytes =
      0;  // from the end of the last whole group to the last byte that is not zero
  uint64_t last_number = 0;
  Hash head_hash{};         // of the last group; zeros when there is none
  uint64_t journal_id = 0;  // 0 when there is no group
  // The place behind the last whole group (segment 0 when there is none), and where that group
  // starts.
  uint32_t end_segment = 0;
  uint64_t end_offset = 0;
  uint64_t last_group_offset = 0;
  // Where the torn tail starts; segment 0 when there is none.
  uint32_t torn_segment = 0;
  uint64_t torn_offset = 0;
};

// What a scan calls; either may be empty. Records before `from_number` are checked but not handed
// out. A group's records come before its on_group.
struct ScanOptions {
  uint64_t from_number = 1;
  RecordCallback on_record;
  GroupCallback on_group;
  // Where to begin instead of with the first byte. What is before is not read, and so not checked.
  std::optional<Position> behind = std::nullopt;
};

// The end of a group that a scan has handed out.
Position PositionOf(const GroupHeader& header, const GroupPlace& place);

// NOT_FOUND: the journal does not hold that group, there or at all.
absl::Status CheckPosition(FileSystem& files,
                           const std::string& directory,
                           const Position& position);

// Changes nothing on disk. NOT_FOUND when there is no such directory.
absl::StatusOr<RecoveryReport> Scan(FileSystem& files,
                                    const std::string& directory,
                                    const ScanOptions& options);

// Overwrites the torn tail that `report` tells of with zeros and syncs. No torn tail: does nothing.
absl::Status CutTornTail(FileSystem& files,
                         const std::string& directory,
                         const RecoveryReport& report);

// Scan, then CutTornTail. An empty directory is made when there is none.
// FAILED_PRECONDITION when a writer has it.
absl::StatusOr<RecoveryReport> Recover(FileSystem& files,
                                       const std::string& directory,
                                       uint64_t from_number,
                                       const RecordCallback& on_record);

// Scan for people: nothing but the report.
absl::StatusOr<RecoveryReport> Verify(FileSystem& files, const std::string& directory);

// One line for each group with at least one record in [from, to]; with `describe`, below it one for
// each such record, holding what `describe` makes of its bytes.
absl::StatusOr<RecoveryReport> Dump(FileSystem& files,
                                    const std::string& directory,
                                    uint64_t from,
                                    uint64_t to,
                                    const std::function<std::string(std::string_view)>& describe,
                                    std::ostream& out);

}  // namespace tw::journal
