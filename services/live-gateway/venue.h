// Venue: the owner of the paper exchange and its synthetic market. Takes commands from any thread,
// journals what came of them, syncs once a batch, and only then lets executions, market data and
// answers out.
//
// The gates before the exchange are here: kill switch (with its generation), panic, and a journal
// without space refuse new orders and changes; cancels always pass.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "libs/base/clock.h"
#include "libs/sequencer/sequencer.h"
#include "services/live-gateway/convert.h"
#include "services/live-gateway/driver.h"
#include "services/live-gateway/exchange.h"
#include "services/live-gateway/feed.h"
#include "services/live-gateway/metrics.h"
#include "services/live-gateway/store.h"
#include "services/live-gateway/synthetic.h"
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
struct KillInput {
  v1::KillSwitch kill;
  std::function<void(const v1::KillSwitch&)> answer;
};
struct PanicInput {
  bool engage = false;
  std::string reason;
  std::function<void(const v1::PanicResponse&)> answer;
};
// Rows of a recording that the paper market follows. Empty: no more, the markets are given back.
struct DriveInput {
  std::vector<DrivenRow> rows;
  std::function<void(const absl::Status&)> answer;
};
// Reads between batches, when all that is visible is durable; `read` keeps no references.
struct ReadInput {
  std::function<void(const Exchange&, const FeedEncoder&)> read;
};

using Input = std::variant<TradeInput, StepInput, KillInput, PanicInput, DriveInput, ReadInput>;

struct VenueOptions {
  ExchangeConfig exchange;
  SyntheticConfig synthetic;
  SequencerOptions queue;
};

// Called on the owner, after what they tell is durable.
struct VenueSinks {
  std::function<void()> on_executions;                          // readable in store()
  std::function<void(std::vector<v1::FeedEvent>&&)> on_market;  // in the order of their numbers
  std::function<void(const absl::Status&)> on_fatal;            // must end the process
};

class Venue {
 public:
  Venue(const VenueOptions& options,
        const Instruments& instruments,
        const Clock& clock,
        LiveGatewayMetrics metrics,
        VenueSinks sinks);
  ~Venue();

  // Recovers from the journal in `folder`, makes a market, puts our open orders back into it,
  // syncs.
  absl::Status Open(const std::string& folder);

  // False: that lane is full, or the venue is not open.
  bool Post(Input input, Lane lane = Lane::kNormal);
  // One step of the synthetic market; skipped while the last one waits. Any thread.
  void Step();
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
  std::vector<std::string> driven_symbols() const {
    const std::lock_guard lock(driven_mutex_);
    return driven_;
  }
  size_t queued() const { return sequencer_->queued(); }

 private:
  void Handle(Input&& input);
  void On(TradeInput&& input);
  void On(StepInput&& input);
  void On(KillInput&& input);
  void On(PanicInput&& input);
  void On(DriveInput&& input);
  void On(ReadInput&& input);

  absl::Status Recover(const v1::VenueRecord& record);
  absl::Status StartMarket();
  bool Knows(const Incoming& incoming) const;
  void Execute(const Incoming& incoming, Timestamp now, Output& out);
  // Why a new order or a change must not reach the exchange; kNone: it may.
  RejectReason Gate(const Incoming& incoming, std::string& message) const;
  // Journals the reports; keeps the market data for the end of the batch.
  void Take(Output&& out, Timestamp now);
  bool Append(const v1::VenueRecord& record);
  void BatchEnd();

  const LiveGatewayMetrics metrics_;
  const Clock& clock_;
  const VenueSinks sinks_;
  Exchange exchange_;
  SyntheticMarket market_;
  MarketDriver driver_{exchange_, market_};
  std::unique_ptr<FeedEncoder> feed_;
  std::unique_ptr<ExecutionStore> store_;
  uint64_t source_seq_end_ = 0;
  std::string panic_reason_;

  // Of the batch under way:
  bool dirty_ = false;       // something to sync
  bool executions_ = false;  // some of it executions
  std::vector<v1::FeedEvent> events_;
  std::vector<std::function<void()>> held_;  // answers
  std::vector<ReadInput> reads_;

  mutable std::mutex driven_mutex_;
  std::vector<std::string> driven_;
  std::atomic<bool> open_{false};
  std::atomic<bool> step_waits_{false};
  std::atomic<size_t> open_orders_{0};
  std::atomic<bool> panicked_{false};
  std::atomic<bool> kill_engaged_{false};
  std::atomic<uint64_t> kill_generation_{0};
  std::atomic<int64_t> last_step_ns_{0};
  std::unique_ptr<Sequencer<Input>> sequencer_;
};

}  // namespace tw::live_gateway
