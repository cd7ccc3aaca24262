#include "services/live-gateway/store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"

namespace tw::live_gateway {
namespace {

constexpr uint64_t kReadBytes = uint64_t{4} << 20;

absl::Status Parse(std::string_view bytes, uint64_t number, v1::VenueRecord& out) {
  if (!out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("journal record " + std::to_string(number) + " cannot be read");
  }
  return absl::OkStatus();
}

}  // namespace

journal::PosixFileSystem& ExecutionStore::Files() {
  static journal::PosixFileSystem files;
  return files;
}

void ExecutionStore::AddMark(uint64_t record_number,
                             const v1::VenueRecord& record,
                             std::vector<Mark>& marks) {
  if (record.reports().empty()) {
    return;
  }
  if (marks.empty() || record_number >= marks.back().record_number + kIndexStride) {
    marks.push_back({record.reports(0).execution().execution_sequence(), record_number});
  }
}

absl::StatusOr<std::unique_ptr<ExecutionStore>> ExecutionStore::Open(const std::string& folder,
                                                                     const OnRecord& on_record) {
  uint64_t head = 0;
  std::vector<Mark> marks;
  const auto read = [&](uint64_t number, std::string_view bytes) -> absl::Status {
    v1::VenueRecord record;
    TW_RETURN_IF_ERROR(Parse(bytes, number, record));
    AddMark(number, record, marks);
    if (!record.reports().empty()) {
      head = record.reports(record.reports_size() - 1).execution().execution_sequence();
    }
    return on_record(record);
  };
  TW_ASSIGN_OR_RETURN(std::unique_ptr<journal::Writer> writer,
                      journal::Writer::Open(Files(), folder, journal::Options(), 1, read));
  std::unique_ptr<ExecutionStore> store(new ExecutionStore(head));
  store->writer_ = std::move(writer);
  store->reader_ = store->writer_->NewReader();
  store->marks_ = std::move(marks);
  return store;
}

absl::Status ExecutionStore::Append(const v1::VenueRecord& record) {
  // New orders are held back before they come here (takes_orders); what comes must be written.
  const absl::StatusOr<uint64_t> number =
      writer_->Append(record.SerializeAsString(), journal::Lane::kPriority);
  TW_RETURN_IF_ERROR(number.status());
  {
    const std::lock_guard lock(marks_mutex_);
    AddMark(*number, record, marks_);
  }
  for (const v1::VenueReport& report : record.reports()) {
    pending_.push_back(report.execution());
  }
  return absl::OkStatus();
}

absl::Status ExecutionStore::Sync() {
  TW_RETURN_IF_ERROR(writer_->Sync());
  for (v1::Execution& execution : pending_) {
    tail_.Append(std::move(execution));
  }
  pending_.clear();
  return absl::OkStatus();
}

stream::Page<v1::Execution> ExecutionStore::Read(uint64_t from, size_t max) const {
  stream::Page<v1::Execution> page = tail_.Read(from, max);
  return page.too_old ? ReadJournal(from, max) : page;
}

uint64_t ExecutionStore::RecordOf(uint64_t sequence) const {
  const std::lock_guard lock(marks_mutex_);
  const auto after =
      std::upper_bound(marks_.begin(), marks_.end(), sequence,
                       [](uint64_t s, const Mark& mark) { return s < mark.first_sequence; });
  return after == marks_.begin() ? 0 : std::prev(after)->record_number;
}

stream::Page<v1::Execution> ExecutionStore::ReadJournal(uint64_t from, size_t max) const {
  stream::Page<v1::Execution> page;
  page.head = tail_.head();
  page.oldest = 1;
  uint64_t record_number = RecordOf(from);
  const auto take = [&](uint64_t number, std::string_view bytes) -> absl::Status {
    v1::VenueRecord record;
    TW_RETURN_IF_ERROR(Parse(bytes, number, record));
    for (v1::VenueReport& report : *record.mutable_reports()) {
      v1::Execution& execution = *report.mutable_execution();
      // What is appended but not yet synced is not in the journal's index either.
      if (execution.execution_sequence() >= from && page.events.size() < max) {
        page.events.push_back(std::make_shared<const v1::Execution>(std::move(execution)));
      }
    }
    return absl::OkStatus();
  };
  while (record_number != 0 && page.events.size() < max) {
    const absl::StatusOr<journal::ReadResult> result =
        reader_->Read(record_number, kIndexStride, kReadBytes, take);
    if (!result.ok()) {
      log::Limited(log::Level::kError, "journal_read_failed",
                   {{"error", std::string(result.status().message())}});
      break;
    }
    if (result->records == 0) {
      break;
    }
    record_number = result->next_number;
  }
  page.too_old = page.events.empty();
  return page;
}

}  // namespace tw::live_gateway
