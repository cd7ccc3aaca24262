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

}  // namespace

absl::StatusOr<std::unique_ptr<LedgerStore>> LedgerStore::Open(
    const StoreOptions& options,
    const std::string& folder,
    const std::function<absl::Status(const v1::LedgerRecord&)>& on_record) {
  std::unique_ptr<LedgerStore> store(new LedgerStore());
  uint64_t head = 0;
  const auto read = [&](uint64_t number, std::string_view bytes) -> absl::Status {
    v1::LedgerRecord record;
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
    return on_record(record);
  };
  journal::FileSystem& files = options.files != nullptr ? *options.files : MachineFiles();
  TW_ASSIGN_OR_RETURN(store->writer_,
                      journal::Writer::Open(files, folder, options.journal, 1, read));
  store->tail_ = std::make_unique<stream::NumberedLog<PackedEvent>>(kTailEvents, head);
  store->reader_ = store->writer_->NewReader();
  return store;
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
  if (index_.empty() || record_number >= index_.back().record_number + kIndexStride) {
    index_.push_back({first_sequence, record_number});
  }
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
  return absl::OkStatus();
}

stream::Page<PackedEvent> LedgerStore::Read(uint64_t from, size_t max) const {
  stream::Page<PackedEvent> page = tail_->Read(from, max);
  return page.too_old ? ReadJournal(from, max) : page;
}

stream::Page<PackedEvent> LedgerStore::ReadJournal(uint64_t from, size_t max) const {
  stream::Page<PackedEvent> page;
  page.head = tail_->head();
  page.oldest = 1;
  uint64_t record_number = 0;
  {
    const std::lock_guard lock(index_mutex_);
    auto it = std::upper_bound(
        index_.begin(), index_.end(), from,
        [](uint64_t sequence, const Mark& mark) { return sequence < mark.first_sequence; });
    if (it == index_.begin()) {
      page.too_old = true;
      return page;
    }
    record_number = std::prev(it)->record_number;
  }
  while (page.events.size() < max) {
    const absl::StatusOr<journal::ReadResult> result = reader_->Read(
        record_number, kIndexStride, 4 << 20,
        [&](uint64_t, std::string_view bytes) -> absl::Status {
          if (page.events.size() >= max) {
            return absl::OkStatus();
          }
          v1::PackedLedgerRecord record;
          if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
            return absl::DataLossError("journal record cannot be read");
          }
          for (std::string& stored : *record.mutable_events()) {
            TW_ASSIGN_OR_RETURN(PackedEvent event, Repack(std::move(stored)));
            if (event.sequence >= from && page.events.size() < max) {
              page.events.push_back(std::make_shared<const PackedEvent>(std::move(event)));
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
  return page;
}

}  // namespace tw::oms
