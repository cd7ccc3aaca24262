// Anchors: how far a journal went, and the hash of its head, as somebody else saw it and wrote it
// down. The chain makes one hash speak for everything before it, so a journal that agrees with an
// anchor is unchanged and uncut up to there, whoever could write to its disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/journal/recovery.h"

namespace tw::journal {

struct Anchor {
  uint64_t journal_id = 0;
  uint64_t record = 0;    // the last one of a synced group
  uint64_t sequence = 0;  // of the last event in it, for people
  Hash hash{};            // of that group
  Timestamp seen;

  friend bool operator==(const Anchor&, const Anchor&) = default;
};

inline constexpr char kAnchorFileName[] = "ledger-anchor";

// A line of text for each journal, the newest anchor of it. DATA_LOSS: another text.
absl::StatusOr<std::vector<Anchor>> ParseAnchors(const std::string& text);
std::string FormatAnchors(const std::vector<Anchor>& anchors);
// None when there is no such file.
absl::StatusOr<std::vector<Anchor>> ReadAnchors(const std::string& path);

// A file with the newest anchor of each journal. One thread at a time.
class AnchorFile {
 public:
  static constexpr size_t kJournalsMax = 16;

  // A file that cannot be read is an error until it is looked after: it may be what proves a cut.
  explicit AnchorFile(std::string path);

  // Replaces the file, atomically, when the anchor is further on than what is known of its journal.
  // FAILED_PRECONDITION: it is further back, or another hash at the same record: the journal was
  // cut or changed, and the file stays as it is.
  absl::Status Keep(const Anchor& anchor);

 private:
  const std::string path_;
  absl::Status read_;
  std::vector<Anchor> anchors_;
};

// One anchor, and who has it.
struct Witness {
  std::string name;  // "risk"
  Anchor anchor;
};

// Holds a journal against witnesses: hand OnGroup to a scan from its beginning.
class AnchorCheck {
 public:
  explicit AnchorCheck(std::vector<Witness> witnesses);

  absl::Status OnGroup(const GroupHeader& header, const GroupPlace& place);

  struct Result {
    // DATA_LOSS: changed, or cut below an anchor, with the witness and the record; or none of the
    // witnesses knows this journal.
    absl::Status status;
    uint64_t anchored = 0;    // up to this record; 0: no witness
    std::string by;           // who says so
    Timestamp seen;           // and since when
    uint64_t unanchored = 0;  // records behind it, of which nobody could tell
  };
  Result Finish(const RecoveryReport& report) const;

 private:
  std::vector<Witness> witnesses_;  // by record
  std::vector<bool> confirmed_;
  size_t next_ = 0;
};

}  // namespace tw::journal
