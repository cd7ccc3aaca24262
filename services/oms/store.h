// LedgerStore: the ledger's journal. One record is all events of one command; sequences map to
// records through a sparse index, so that a stream can begin anywhere.
//
// Append and Sync belong to the owner of the ledger; Read is for any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/writer.h"
#include "libs/stream/numbered_log.h"
#include "tradewind/v1/events.pb.h"

namespace tw::oms {

namespace v1 = ::tradewind::v1;

class LedgerStore {
 public:
  // Reads the whole journal in `folder` through `on_record`, then is ready to append. DataLoss when
  // it is damaged.
  static absl::StatusOr<std::unique_ptr<LedgerStore>> Open(
      const std::string& folder,
      const std::function<absl::Status(const v1::LedgerRecord&)>& on_record);

  // Buffers a record. An error means that nothing was appended and nothing may be applied any more.
  absl::Status Append(const v1::LedgerRecord& record);
  // Makes everything appended durable and readable. An error is final: the process must end.
  absl::Status Sync();

  // False while only the reserve for cancels and executions is left: no new orders then.
  bool takes_orders() const { return writer_->order_lane_open(); }
  // The last event that is durable.
  uint64_t head() const { return tail_.head(); }
  const journal::RecoveryReport& recovery() const { return writer_->recovery(); }

  // Events from `from` on, at most `max`: from memory, or from the journal for older ones.
  stream::Page<v1::LedgerEvent> Read(uint64_t from, size_t max) const;

 private:
  static constexpr size_t kTailEvents = 65'536;
  static constexpr uint64_t kIndexStride = 64;  // records

  explicit LedgerStore(uint64_t head) : tail_(kTailEvents, head) {}

  void Index(uint64_t record_number, const v1::LedgerRecord& record);
  stream::Page<v1::LedgerEvent> ReadJournal(uint64_t from, size_t max) const;

  static journal::PosixFileSystem& Files();

  std::unique_ptr<journal::Writer> writer_;
  std::unique_ptr<journal::Reader> reader_;
  stream::NumberedLog<v1::LedgerEvent> tail_;
  std::vector<v1::LedgerEvent> pending_;  // appended, not synced

  mutable std::mutex index_mutex_;
  struct Mark {
    uint64_t first_sequence;
    uint64_t record_number;
  };
  std::vector<Mark> index_;  // ascending, about one in kIndexStride records
};

}  // namespace tw::oms
