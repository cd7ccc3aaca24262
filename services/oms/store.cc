#include "services/oms/store.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/convert/orders.h"
#include "libs/journal/posix_file.h"
#include "libs/log/log.h"

namespace tw::oms {

namespace {

journal::FileSystem& MachineFiles() {
  static journal::PosixFileSystem files;
  return files;
}

journal::FileSystem& FilesOf(const StoreOptions& options) {
  return options.files != nullptr ? *options.files : MachineFiles();
}

}  // namespace

absl::Status LedgerStore::CheckPosition(const StoreOptions& options,
                                        const std::string& folder,
                                        const journal::Position& position) {
  return journal::CheckPosition(FilesOf(options), folder, position);
}

absl::StatusOr<std::unique_ptr<LedgerStore>> LedgerStore::Open(const StoreOptions& options,
                                                               const std::string& folder,
                                                               const StoreReplay& replay) {
  std::unique_ptr<LedgerStore> store(new LedgerStore());
  store->archive_ = replay.archive;
  store->fills_.SetPast(replay.archive);
  uint64_t head = replay.behind ? replay.behind->head.last_sequence : 0;
  journal::Replay reading;
  v1::LedgerRecord record;  // one for all: what it holds of memory is used again
  reading.on_record = [&](uint64_t number, std::string_view bytes) -> absl::Status {
    if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return absl::DataLossError("journal record " + std::to_string(number) + " cannot be read");
    }
    if (!record.events().empty()) {
      store->Index(number, record.events(0).sequence());
    }
    for (const v1::LedgerEvent& event : record.events()) {
      if (tw::IsFill(event.kind())) {
        store->IndexFill(event);
      }
      head = event.sequence();
    }
    return replay.on_record(record);
  };
  reading.on_group = [&](const journal::Position& position) {
    if (replay.on_group) {
      replay.on_group(*store, position);
    }
    return absl::OkStatus();
  };
  if (replay.behind) {
    reading.behind = replay.behind->position;
  }
  TW_ASSIGN_OR_RETURN(store->writer_,
                      journal::Writer::Open(FilesOf(options), folder, options.journal, reading));
  store->tail_ = std::make_unique<stream::NumberedLog<PackedEvent>>(kTailEvents, head);
  store->reader_ = store->writer_->NewReader();
  store->NoteHead();
  return store;
}

void LedgerStore::NoteHead() {
  const journal::Position position = writer_->position();
  const std::lock_guard lock(head_mutex_);
  journal_head_.set_journal_id(position.journal_id);
  journal_head_.set_record(position.last_number);
  journal_head_.set_sequence(tail_->head());
  journal_head_.set_hash(position.hash.data(), position.hash.size());
}

std::optional<v1::JournalHead> LedgerStore::journal_head() const {
  const std::lock_guard lock(head_mutex_);
  return journal_head_.record() == 0 ? std::nullopt : std::optional(journal_head_);
}

absl::Status LedgerStore::Append(const v1::PackedLedgerRecord& record) {
  // Orders are held back before they come here (takes_orders); what comes here must be written.
  return writer_->Append(record.SerializeAsString(), journal::Lane::kPriority).status();
}

absl::Status LedgerStore::Append(std::vector<PackedEvent> events) {
  v1::PackedLedgerRecord record;
  for (PackedEvent& event : events) {
    record.add_events()->swap(event.bytes);
  }
  const absl::StatusOr<uint64_t> number =
      writer_->Append(record.SerializeAsString(), journal::Lane::kPriority);
  TW_RETURN_IF_ERROR(number.status());
  Index(*number, events.front().sequence);
  for (size_t i = 0; i < events.size(); ++i) {
    record.mutable_events(static_cast<int>(i))->swap(events[i].bytes);
    pending_.push_back(std::move(events[i]));
  }
  return absl::OkStatus();
}

void LedgerStore::NoteFill(const v1::LedgerEvent& event) {
  pending_fills_.push_back(
      {event.sequence(), OrderId::FromValue(event.order_id()), event.account(), event.symbol()});
}

void LedgerStore::Index(uint64_t record_number, uint64_t first_sequence) {
  const std::lock_guard lock(index_mutex_);
  if (marked_record_ == 0 || record_number >= marked_record_ + kIndexStride) {
    index_.push_back({first_sequence, record_number});
    marked_record_ = record_number;
  }
}

void LedgerStore::TakeUnsaved(uint64_t up_to, ArchiveDelta& delta) {
  delta.fills = fills_.TakeUnsaved(up_to);
  const std::lock_guard lock(index_mutex_);
  for (const RecordMark& mark : index_) {
    if (mark.first_sequence > marks_taken_ && mark.first_sequence <= up_to) {
      delta.marks.push_back(mark);
    }
  }
  marks_taken_ = up_to;
}

void LedgerStore::Forget(uint64_t up_to) {
  fills_.Forget(up_to);
  const std::lock_guard lock(index_mutex_);
  while (!index_.empty() && index_.front().first_sequence <= up_to) {
    index_.pop_front();
  }
}

// In memory first: what leaves it can be read in the archive before.
std::optional<uint64_t> LedgerStore::RecordBefore(uint64_t sequence) const {
  {
    const std::lock_guard lock(index_mutex_);
    const auto it = std::upper_bound(
        index_.begin(), index_.end(), sequence,
        [](uint64_t wanted, const RecordMark& mark) { return wanted < mark.first_sequence; });
    if (it != index_.begin()) {
      return std::prev(it)->record_number;
    }
  }
  const std::optional<RecordMark> past =
      archive_ == nullptr ? std::nullopt : archive_->FindMark(sequence);
  return past ? std::optional(past->record_number) : std::nullopt;
}

void LedgerStore::IndexFill(const v1::LedgerEvent& event) {
  fills_.Add(event.sequence(), OrderId::FromValue(event.order_id()), event.account(),
             event.symbol());
}

absl::Status LedgerStore::Sync() {
  TW_RETURN_IF_ERROR(writer_->Sync());
  for (PackedEvent& event : pending_) {
    tail_->Append(std::move(event));
  }
  for (const Fill& fill : pending_fills_) {  // now that they can be read
    fills_.Add(fill.sequence, fill.order_id, fill.account, fill.symbol);
  }
  pending_fills_.clear();
  pending_.clear();
  NoteHead();
  return absl::OkStatus();
}

stream::Page<PackedEvent> LedgerStore::Read(uint64_t from, size_t max) const {
  stream::Page<PackedEvent> page = tail_->Read(from, max);
  return page.too_old ? ReadJournal(from, max) : page;
}

stream::Page<PackedEvent> LedgerStore::ReadRecent(uint64_t from, size_t max) const {
  stream::Page<PackedEvent> page = tail_->Read(from, max);
  page.too_old = false;
  return page;
}

stream::Page<PackedEvent> LedgerStore::ReadJournal(uint64_t from, size_t max) const {
  stream::Page<PackedEvent> page;
  page.head = tail_->head();
  page.oldest = 1;
  if (past_runs_.Take(from, max, page)) {
    return page;
  }
  const std::optional<uint64_t> first = RecordBefore(from);
  if (!first) {
    page.too_old = true;
    return page;
  }
  PastRuns::Run run = ReadRun(*first, from);
  page.events.assign(run.begin(),
                     run.begin() + static_cast<std::ptrdiff_t>(std::min(max, run.size())));
  if (!run.empty()) {
    past_runs_.Keep(std::move(run));
  }
  return page;
}

// Events from `from` on, as many as one reading of the journal from `record_number` brings. Empty:
// they cannot be read, which is logged.
PastRuns::Run LedgerStore::ReadRun(uint64_t record_number, uint64_t from) const {
  PastRuns::Run run;
  v1::PackedLedgerRecord record;
  while (run.empty()) {
    const absl::StatusOr<journal::ReadResult> result =
        reader_->Read(record_number, PastRuns::kRecords, PastRuns::kBytes,
                      [&](uint64_t, std::string_view bytes) -> absl::Status {
                        if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
                          return absl::DataLossError("journal record cannot be read");
                        }
                        for (std::string& stored : *record.mutable_events()) {
                          TW_ASSIGN_OR_RETURN(PackedEvent event, Repack(std::move(stored)));
                          if (event.sequence >= from) {
                            run.push_back(std::make_shared<const PackedEvent>(std::move(event)));
                          }
                        }
                        return absl::OkStatus();
                      });
    if (!result.ok()) {
      log::Limited(log::Level::kError, "journal_unreadable",
                   {{"sequence", from}, {"error", std::string(result.status().message())}});
      break;
    }
    if (result->records == 0) {
      break;
    }
    record_number = result->next_number;
  }
  return run;
}

}  // namespace tw::oms
