#include "services/oms/store.h"

#include <algorithm>

#include "libs/base/status_macros.h"

namespace tw::oms {

journal::PosixFileSystem& LedgerStore::Files() {
  static journal::PosixFileSystem files;
  return files;
}

absl::StatusOr<std::unique_ptr<LedgerStore>> LedgerStore::Open(
    const std::string& folder,
    const std::function<absl::Status(const v1::LedgerRecord&)>& on_record) {
  uint64_t head = 0;
  std::vector<Mark> marks;
  const auto read = [&](uint64_t number, std::string_view bytes) -> absl::Status {
    v1::LedgerRecord record;
    if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return absl::DataLossError("journal record " + std::to_string(number) + " cannot be read");
    }
    if (!record.events().empty()) {
      if (marks.empty() || number >= marks.back().record_number + kIndexStride) {
        marks.push_back({record.events(0).sequence(), number});
      }
      head = record.events(record.events_size() - 1).sequence();
    }
    return on_record(record);
  };
  journal::Options options;
  TW_ASSIGN_OR_RETURN(std::unique_ptr<journal::Writer> writer,
                      journal::Writer::Open(Files(), folder, options, 1, read));
  std::unique_ptr<LedgerStore> store(new LedgerStore(head));
  store->writer_ = std::move(writer);
  store->reader_ = store->writer_->NewReader();
  store->index_ = std::move(marks);
  return store;
}

absl::Status LedgerStore::Append(const v1::LedgerRecord& record) {
  // Orders are held back before they come here (takes_orders); what comes here must be written.
  const absl::StatusOr<uint64_t> number =
      writer_->Append(record.SerializeAsString(), journal::Lane::kPriority);
  TW_RETURN_IF_ERROR(number.status());
  Index(*number, record);
  pending_.insert(pending_.end(), record.events().begin(), record.events().end());
  return absl::OkStatus();
}

void LedgerStore::Index(uint64_t record_number, const v1::LedgerRecord& record) {
  if (record.events().empty()) {
    return;
  }
  const std::lock_guard lock(index_mutex_);
  if (index_.empty() || record_number >= index_.back().record_number + kIndexStride) {
    index_.push_back({record.events(0).sequence(), record_number});
  }
}

absl::Status LedgerStore::Sync() {
  TW_RETURN_IF_ERROR(writer_->Sync());
  for (v1::LedgerEvent& event : pending_) {
    tail_.Append(std::move(event));
  }
  pending_.clear();
  return absl::OkStatus();
}

stream::Page<v1::LedgerEvent> LedgerStore::Read(uint64_t from, size_t max) const {
  stream::Page<v1::LedgerEvent> page = tail_.Read(from, max);
  return page.too_old ? ReadJournal(from, max) : page;
}

stream::Page<v1::LedgerEvent> LedgerStore::ReadJournal(uint64_t from, size_t max) const {
  stream::Page<v1::LedgerEvent> page;
  page.head = tail_.head();
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
    const absl::StatusOr<journal::ReadResult> result =
        reader_->Read(record_number, kIndexStride, 4 << 20, [&](uint64_t, std::string_view bytes) {
          v1::LedgerRecord record;
          if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
            return absl::DataLossError("journal record cannot be read");
          }
          for (v1::LedgerEvent& event : *record.mutable_events()) {
            if (event.sequence() >= from && page.events.size() < max) {
              page.events.push_back(std::make_shared<const v1::LedgerEvent>(std::move(event)));
            }
          }
          return absl::OkStatus();
        });
    if (!result.ok() || result->records == 0) {
      break;
    }
    record_number = result->next_number;
  }
  return page;
}

}  // namespace tw::oms
