// Venue: the owner of all venues, paper and sessions alike. Takes commands from any thread, numbers
// and journals what came of them, syncs once a batch, and only then lets executions, market data,
// answers and orders to sessions out.
//
// The gates before the venues are here: kill switch (with its generation), panic, a venue that is
// halted, cut off or refuses all, and a journal without space refuse new orders and changes;
// cancels always pass. An order is known by its child_id at all venues together: one that was
// placed is never placed again, wherever the second command would have it go.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/base/clock.h"
#include "libs/sequencer/sequencer.h"
#include "libs/sequencer/sync_pace.h"
#include "services/live-gateway/convert.h"
#include "services/live-gateway/metrics.h"
#include "services/live-gateway/site.h"
#include "services/live-gateway/store.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::live_gateway {

// Commands of one message of a Trade stream.
struct TradeInput {
  std::vector<Incoming> commands;
  // Ends the stream: not all of them could be taken. What resumes sends them again.
  std::function<void(const absl::Status&)> fail;
  bool second_try = false;  // cancels that were ahead of the order they are for
};
struct StepInput {};
// Something is due at a venue, or a session has something to tell.
struct WakeInput {};
struct KillInput {
  v1::KillSwitch kill;
  std::function<void(const v1::KillSwitch&)> answer;
};
struct PanicInput {
  bool engage = false;
  std::string reason;
  std::string venue;  // empty: all
  std::function<void(const absl::StatusOr<v1::PanicResponse>&)> answer;
};
// An operator takes a trade back, or corrects it.
struct AdjustInput {
  std::string venue_exec_id;
  bool bust = false;
  std::optional<Quantity> quantity;  // not set: as it was
  std::optional<Price> price;
  std::string message;
  std::function<void(const absl::StatusOr<v1::AdjustedTrade>&)> answer;
};
// Rows of a recording that the paper market follows. Empty: no more, the markets are given back.
struct DriveInput {
  std::vector<DrivenRow> rows;
  std::function<void(const absl::Status&)> answer;
};
// The line to a paper venue goes down, or comes back.
struct ConnectInput {
  std::string venue;
  bool connected = false;
  std::function<void(const absl::Status&)> answer;
};
// Cancels every open order everywhere: whoever sent them has been gone for too long.
struct CancelAllInput {
  std::string reason;
};
using Sites = std::vector<std::unique_ptr<Site>>;
// Reads between batches, when all that is visible is durable; `read` keeps no references.
struct ReadInput {
  std::function<void(const Sites&)> read;
};

using Input = std::variant<TradeInput,
                           StepInput,
                           WakeInput,
                           KillInput,
                           PanicInput,
                           AdjustInput,
                           DriveInput,
                           ConnectInput,
                           CancelAllInput,
                           ReadInput>;

struct VenueOptions {
  std::vector<PaperVenueConfig> papers = {PaperVenueConfig()};
  BreakerConfig breaker;
  SequencerOptions queue;
  Duration report_wait;  // reports so close behind a sync wait for the next ones; zero: never
  double sync_rest = 1;  // after so many syncs' time the next one is done in place (SyncPace)
};

// Called on the owner, after what they tell is durable.
struct VenueSinks {
  std::function<void()> on_executions;                          // readable in store()
  std::function<void(std::vector<v1::FeedEvent>&&)> on_market;  // in the order of their numbers
  std::function<void(Duration)> on_wait;                        // post a WakeInput after it
  std::function<void(const absl::Status&)> on_fatal;            // must end the process
};

class Venue {
 public:
  // `sessions`: venues that are not paper, made by whoever may.
  Venue(const VenueOptions& options,
        const Instruments& instruments,
        const Clock& clock,
        LiveGatewayMetrics metrics,
        VenueSinks sinks,
        std::vector<std::unique_ptr<OrderVenue>> sessions = {});
  ~Venue();

  // Recovers from the journal in `folder`, makes markets, puts our open orders back into them,
  // syncs. FailedPrecondition when there are open orders at a venue that is not configured.
  absl::Status Open(const std::string& folder);

  // False: that lane is full, or the venue is not open.
  bool Post(Input input, Lane lane = Lane::kNormal);
  // One step of the synthetic markets; skipped while the last one waits. Any thread.
  void Step();
  // Posts a WakeInput, unless one waits. Any thread.
  void Wake();
  // Lets the market follow recorded rows (none: gives it back); waits for the owner, who never
  // waits for the network. Not on the owner's thread.
  absl::Status Drive(std::vector<DrivenRow> rows);
  // Takes no more, handles what waits, closes the journal.
  void Close();

  // Any thread.
  bool open() const { return open_.load(); }
  const ExecutionStore& store() const { return *store_; }  // REQUIRES: open
  size_t open_orders() const { return open_orders_.load(); }
  bool panicked() const { return panicked_.load(); }
  uint64_t kill_generation() const { return kill_generation_.load(); }
  bool kill_engaged() const { return kill_engaged_.load(); }
  Timestamp last_step() const { return Timestamp{last_step_ns_.load()}; }
  // As they are now; in the order of configuration, the first one is the default.
  std::vector<v1::VenueStatus> statuses() const;
  size_t queued() const { return sequencer_->queued(); }

 private:
  void Handle(Input&& input);
  void On(TradeInput&& input);
  void On(StepInput&& input);
  void On(KillInput&& input);
  void On(PanicInput&& input);
  void On(AdjustInput&& input);
  absl::StatusOr<v1::AdjustedTrade> Adjust(const AdjustInput& input);
  void On(DriveInput&& input);
  void On(WakeInput&& input);
  void On(ConnectInput&& input);
  void On(CancelAllInput&& input);
  void On(ReadInput&& input);

  absl::Status Recover(const v1::VenueRecord& record);
  absl::Status StartMarket();
  absl::Status RecoverReport(const v1::VenueReport& stored);
  absl::Status CheckStrangers() const;
  bool Knows(const Incoming& incoming) const;
  Site* Find(const std::string& name) const;
  // Where a command goes: to the venue that knows its order, the one it names, or the first that
  // trades its symbol. nullptr: it names one that there is not.
  Site* SiteOf(const Incoming& incoming) const;
  void Execute(const Incoming& incoming, Timestamp now);
  // Why a new order or a change must not reach the venue; kNone: it may.
  RejectReason Gate(const Incoming& incoming, Site* site, Timestamp now, std::string& message);
  // Numbers and journals the reports; keeps the market data for the end of the batch.
  void Take(Site& site, Output&& out, Timestamp now);
  void Count(Site& site, const Report& report);
  void Advance(Timestamp now);
  void ScheduleWake(Timestamp now);
  bool Append(const v1::VenueRecord& record);
  bool MayWait(int64_t now_ns) const;
  void WaitForCompany(int64_t now_ns);
  void BatchEnd();

  const LiveGatewayMetrics metrics_;
  const Clock& clock_;
  const VenueSinks sinks_;
  const Duration report_wait_;
  Sites sites_;
  std::unique_ptr<ExecutionStore> store_;
  uint64_t last_number_ = 0;  // of a report
  std::optional<Timestamp> wake_at_;
  SyncPace sync_pace_;
  bool wait_armed_ = false;  // reports wait, and a WakeInput is on its way
  // Recovery: open orders at venues that are not configured (any more), by child.
  absl::flat_hash_map<std::string, std::string> strangers_;
  uint64_t source_seq_end_ = 0;
  std::string panic_reason_;

  // Of the batch under way:
  bool dirty_ = false;       // something to sync
  bool executions_ = false;  // some of it executions
  bool hurry_ = false;       // somebody waits for more than reports
  std::vector<v1::FeedEvent> events_;
  std::vector<std::function<void()>> held_;  // answers
  std::vector<ReadInput> reads_;

  std::atomic<bool> open_{false};
  std::atomic<bool> step_waits_{false};
  std::atomic<bool> wake_waits_{false};
  std::atomic<size_t> open_orders_{0};
  std::atomic<bool> panicked_{false};
  std::atomic<bool> kill_engaged_{false};
  std::atomic<uint64_t> kill_generation_{0};
  std::atomic<int64_t> last_step_ns_{0};
  std::unique_ptr<Sequencer<Input>> sequencer_;
};

}  // namespace tw::live_gateway
