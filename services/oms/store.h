// LedgerStore: the ledger's journal. One record is all events of one command; sequences map to
// records through a sparse index, so that a stream can begin anywhere.
//
// Append and Sync belong to the owner of the ledger; Read is for any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/file.h"
#include "libs/journal/writer.h"
#include "libs/stream/numbered_log.h"
#include "services/oms/archive.h"
#include "services/oms/convert.h"
#include "services/oms/fill_index.h"
#include "services/oms/past_runs.h"
#include "tradewind/v1/events.pb.h"

namespace tw::oms {

namespace v1 = ::tradewind::v1;

struct StoreOptions {
  journal::FileSystem* files = nullptr;  // null: the machine's
  journal::Options journal;
};

class LedgerStore;

// What Open reads.
struct StoreReplay {
  std::function<absl::Status(const v1::LedgerRecord&)> on_record;
  // After the records of each group; may be empty.
  std::function<void(LedgerStore&, const journal::Position&)> on_group = nullptr;
  // Where fills and marks are that are not in memory; null: nowhere. Outlives the store.
  const Archive* archive = nullptr;
  // What it holds: the journal is read from there on.
  std::optional<ArchivedState> behind = std::nullopt;
};

class LedgerStore {
 public:
  // No record is larger, but that of an import: texts that come from outside are cut before they
  // get here.
  static constexpr size_t kRecordBytesMax = 32 << 10;
  static constexpr size_t kImportBytesMax = 256 << 10;

  // Reads the journal in `folder`, then is ready to append. DataLoss when it is damaged.
  static absl::StatusOr<std::unique_ptr<LedgerStore>> Open(const StoreOptions& options,
                                                           const std::string& folder,
                                                           const StoreReplay& replay);
  // Whether the journal holds the group that ends there: NOT_FOUND.
  static absl::Status CheckPosition(const StoreOptions& options,
                                    const std::string& folder,
                                    const journal::Position& position);

  // Whether one more record can be written: ask before changing anything. A full disk has none left
  // for orders first (kOrder); cancels and executions (kPriority) go on in a reserve.
  bool HasSpace(journal::Lane lane) { return writer_->HasSpaceFor(kRecordBytesMax, lane); }
  // The same for an import, whose rows are bounded where they come in.
  bool HasSpaceForImport() { return writer_->HasSpaceFor(kImportBytesMax, journal::Lane::kOrder); }

  // Buffers what one command caused as one record, or a record without events. An error means that
  // nothing was appended and nothing may be applied any more.
  absl::Status Append(std::vector<PackedEvent> events);
  absl::Status Append(const v1::PackedLedgerRecord& record);
  // Beside the event itself, when it is a fill, so that it is found once it is durable.
  void NoteFill(const v1::LedgerEvent& event);
  // Makes everything appended durable and readable. An error is final: the process must end.
  absl::Status Sync();

  // False while HasSpace(kOrder) is. Any thread.
  bool takes_orders() const { return writer_->order_lane_open(); }
  // The last event that is durable.
  uint64_t head() const { return tail_->head(); }
  // Of the journal: up to where it is durable.
  journal::Position position() const { return writer_->position(); }
  // Fills up to the event, and marks, that were not taken before, for the archive.
  void TakeUnsaved(uint64_t up_to, ArchiveDelta& delta);
  // The archive has those up to this event.
  void Forget(uint64_t up_to);
  // How far the journal is durable, for those who keep it; nullopt: it is empty. Any thread.
  std::optional<v1::JournalHead> journal_head() const;
  const journal::RecoveryReport& recovery() const { return writer_->recovery(); }

  // The durable ones among the events that are fills. Any thread.
  const FillIndex& fills() const { return fills_; }

  // Events from `from` on, at most `max`: from memory, or from the journal for older ones. What
  // cannot be read any more is logged and ends the page early.
  stream::Page<PackedEvent> Read(uint64_t from, size_t max) const;
  // From memory alone: the page is empty where the first event is older.
  stream::Page<PackedEvent> ReadRecent(uint64_t from, size_t max) const;

 private:
  static constexpr size_t kTailEvents = 65'536;
  static constexpr uint64_t kIndexStride = 64;  // records

  LedgerStore() = default;

  struct Fill {
    uint64_t sequence;
    OrderId order_id;
    std::string account;
    std::string symbol;
  };

  void Index(uint64_t record_number, uint64_t first_sequence);
  void IndexFill(const v1::LedgerEvent& event);
  std::optional<uint64_t> RecordBefore(uint64_t sequence) const;
  stream::Page<PackedEvent> ReadJournal(uint64_t from, size_t max) const;
  PastRuns::Run ReadRun(uint64_t record_number, uint64_t from) const;

  std::unique_ptr<journal::Writer> writer_;
  std::unique_ptr<journal::Reader> reader_;
  std::unique_ptr<stream::NumberedLog<PackedEvent>> tail_;
  mutable PastRuns past_runs_;
  FillIndex fills_;
  std::vector<PackedEvent> pending_;  // appended, not synced
  std::vector<Fill> pending_fills_;

  void NoteHead();

  mutable std::mutex head_mutex_;
  v1::JournalHead journal_head_;
  const Archive* archive_ = nullptr;
  mutable std::mutex index_mutex_;
  std::deque<RecordMark> index_;  // ascending, about one in kIndexStride records
  uint64_t marked_record_ = 0;    // the last one
  uint64_t marks_taken_ = 0;      // up to this event
};

}  // namespace tw::oms
