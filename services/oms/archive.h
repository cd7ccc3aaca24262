// Archive: orders, their keys and their fills on disk, and with them what the ledger was at one
// moment of its journal. Two things follow: finished orders need not stay in memory, and a start
// reads the journal from that moment on only.
//
// It holds nothing that the journal does not: one that is missing, damaged or of another journal is
// made anew from it.
//
// Threads: HasRoom, WaitForRoom and Offer belong to the owner of the ledger, the rest is for any. A
// thread of its own writes what is offered, one transaction each, in order; what cannot be written,
// for want of disk, is tried until it can.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/recovery.h"
#include "services/oms/fill_index.h"
#include "services/oms/kv_store.h"
#include "services/oms/ledger.h"
#include "services/oms/past_orders.h"

namespace tw::oms {

// What there is besides orders and positions.
struct ArchivedState {
  journal::Position position;  // of the journal; all below is as it is there
  LedgerHead head;
  uint32_t epoch = 0;
  uint64_t kill_generation = 0;
  bool kill_engaged = false;
};

// Where the event with this sequence begins a record of the journal.
struct RecordMark {
  uint64_t first_sequence = 0;
  uint64_t record_number = 0;
};

// What has changed from one moment to the next.
struct ArchiveDelta {
  uint64_t number = 0;  // ascending
  ArchivedState state;
  UnsavedOrders unsaved;
  std::vector<FillPlace> fills;
  std::vector<RecordMark> marks;
};

class Archive final : public PastOrders, public PastFills {
 public:
  static absl::StatusOr<std::unique_ptr<Archive>> Open(const std::string& folder);
  // Writes what is offered, then closes the store so that the next start trusts it.
  ~Archive() override;

  // nullopt: it is empty.
  std::optional<ArchivedState> State() const;
  absl::Status Clear();
  // What the ledger must have in memory. REQUIRES: State has a value.
  absl::Status Restore(Ledger& ledger) const;

  bool HasRoom() const;
  // Until there is room, or writing fails.
  void WaitForRoom();
  // REQUIRES: HasRoom.
  void Offer(ArchiveDelta delta);
  // The number of the last offered one that can be read.
  uint64_t written() const { return written_.load(std::memory_order_acquire); }
  // Empty: all is well. Else why the last try to write failed.
  std::string fault() const;
  uint64_t orders() const;

  std::unique_ptr<Order> Find(OrderId id) const override;
  OrderId Find(std::string_view account, std::string_view client_order_id) const override;
  void Walk(std::optional<OrderId> from, bool forward, const Visit& visit) const override;
  std::vector<uint64_t> FindFills(const FillFilter& filter,
                                  std::optional<uint64_t> after,
                                  size_t max) const override;
  // The last mark at or before the event.
  std::optional<RecordMark> FindMark(uint64_t sequence) const;

 private:
  static constexpr size_t kOfferedMax = 16;

  Archive() = default;
  void Run();
  absl::Status Write(const ArchiveDelta& delta);
  void NoteFault(const absl::Status& status);

  std::unique_ptr<KvStore> store_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable room_;
  std::deque<ArchiveDelta> offered_;
  bool stopping_ = false;
  std::string fault_;
  std::atomic<uint64_t> written_{0};
  std::thread thread_;
};

}  // namespace tw::oms
