// ParentDesk: the one thread that owns the parent orders and their journal. Commands, oms's words
// and the time are decided on, appended and applied; one sync for all that has come together; only
// then answers, updates and requests to oms go out.
//
// Children are ordinary orders of oms: sent by SubmitOrder under a client_order_id that follows
// from the parent, so that a request that is sent again, also by a process after this one, is one
// order. What became of them comes by oms's ledger, which is read only while a child is open.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/feed/ledger_client.h"
#include "libs/feed/market_client.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/writer.h"
#include "libs/rpc/channel.h"
#include "libs/stream/numbered_log.h"
#include "libs/timer/timer.h"
#include "services/exeq/metrics.h"
#include "services/exeq/parent_convert.h"
#include "services/exeq/parent_inbox.h"

namespace tw::exeq {

template <typename T>
using ParentAnswer = std::function<void(absl::StatusOr<T>)>;

struct ParentDeskOptions {
  std::string folder;  // of the journal
  ParentLimits limits;
  std::string anchor_folder;  // feed::LedgerOptions::anchor_folder
  std::shared_ptr<rpc::Channel> oms;
  std::shared_ptr<rpc::Channel> normalizer;
  std::shared_ptr<rpc::Channel> hot_cache;
  // New updates can be read.
  std::function<void()> on_published;
  // The journal failed: it must end the process.
  std::function<void(const absl::Status&)> on_fatal;
};

class ParentDesk {
 public:
  static constexpr size_t kUpdatesKept = 10'000;

  // All outlive the desk.
  ParentDesk(ParentDeskOptions options,
             const Clock& clock,
             const Instruments& instruments,
             TimerThread& timers,
             ParentMetrics metrics);
  ~ParentDesk();  // Stop()

  // Recovers the journal and starts.
  absl::Status Open();
  void Stop();  // nothing is called back after it

  // Any thread. The answer comes once, after the sync, on the desk's thread; or, when it cannot be
  // taken, RESOURCE_EXHAUSTED or UNAVAILABLE at once.
  void Submit(const v1::SubmitParentOrderRequest& request, ParentAnswer<v1::ParentOrder> answer);
  void Get(const v1::GetParentOrderRequest& request, ParentAnswer<v1::ParentOrder> answer);
  void List(const v1::ListParentOrdersRequest& request,
            ParentAnswer<v1::ListParentOrdersResponse> answer);
  void Pause(const std::string& id, ParentAnswer<v1::ParentOrder> answer);
  void Resume(const std::string& id, ParentAnswer<v1::ParentOrder> answer);
  void Cancel(const std::string& id, ParentAnswer<v1::ParentOrder> answer);
  void Replace(const v1::ReplaceParentOrderRequest& request, ParentAnswer<v1::ParentOrder> answer);

  // What has happened, numbered as in the journal. REQUIRES: Open.
  const stream::NumberedLog<v1::ParentOrderUpdate>& updates() const { return *updates_; }
  bool ready() const { return running_.load(); }
  size_t open_parents() const { return open_parents_.load(); }
  // Why children do not get through; empty when they do.
  std::string fault() const;

 private:
  using Decision = absl::StatusOr<std::optional<ParentEvent>>;

  void Run();
  void RunBatch(ParentInbox::Batch& batch);
  void Advance();
  absl::Status Keep(const ParentEvent& event);
  void SyncAndRelease();
  void Send(const ChildRequest& request);
  template <typename Request>
  void Ask(const char* method, const Request& message, const ChildRequest& request);
  void OnAnswer(const ChildRequest& request, const ChildAnswer& answer);
  // Answers at once where the task cannot be taken.
  template <typename T>
  void Post(std::function<void()> task, const ParentAnswer<T>& answer);
  void Change(const std::string& id,
              std::function<Decision(Timestamp)> decide,
              ParentAnswer<v1::ParentOrder> answer);
  void SubmitNow(const ParentTerms& terms,
                 uint64_t seed,
                 const VolumeCurve& curve,
                 const ParentAnswer<v1::ParentOrder>& answer);
  // Answers after the sync.
  template <typename T>
  void Hold(const ParentAnswer<T>& answer, absl::StatusOr<T> result);
  v1::ParentOrder Encode(const Parent& parent) const;
  void TendLedger(Timestamp now);
  void TendMarket();

  const ParentDeskOptions options_;
  const Clock& clock_;
  const Instruments& instruments_;
  TimerThread& timers_;
  const ParentMetrics metrics_;
  const std::shared_ptr<ParentInbox> inbox_;  // answers may come after the desk is gone
  std::unique_ptr<stream::NumberedLog<v1::ParentOrderUpdate>> updates_;
  std::atomic<size_t> open_parents_{0};
  std::atomic<bool> running_{false};

  // The desk's thread only:
  journal::PosixFileSystem files_;
  std::unique_ptr<journal::Writer> journal_;
  ParentBook book_;
  bool dirty_ = false;
  std::vector<std::function<void()>> held_;
  std::vector<v1::ParentOrderUpdate> unpublished_;
  std::vector<std::pair<std::string, ChildWord>> again_;  // could not be written
  std::unique_ptr<feed::LedgerClient> ledger_;
  std::unique_ptr<feed::MarketClient> market_;
  Timestamp ledger_needed_;

  mutable std::mutex fault_mutex_;
  std::string fault_;
  std::thread thread_;
};

}  // namespace tw::exeq
