#include "services/live-gateway/venue.h"

#include <algorithm>
#include <future>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/trace/orders.h"

namespace tw::live_gateway {
namespace {

constexpr int kReportsPerRecord = 512;

void Trace(const v1::Execution& execution) {
  const OrderId id = OrderId::FromValue(execution.order_id());
  if (trace::MayKnow(id)) {
    trace::Note({"live-gateway", "execution_made"}, id,
                {{"execution_sequence", execution.execution_sequence()},
                 {"kind", v1::ExecutionKind_Name(execution.kind()).substr(15)}});
  }
}

// How many numbers a process sets aside for each symbol's market data: at a thousand events a
// second they last two years. They begin at the wall clock's microseconds, so that they do not
// recur when the data folder is lost, and behind what the last process set aside, so that they do
// not recur when the clock is turned back.
constexpr uint64_t kSourceSeqBlock = uint64_t{1} << 36;

}  // namespace

Venue::Venue(const VenueOptions& options,
             const Instruments& instruments,
             const Clock& clock,
             LiveGatewayMetrics metrics,
             VenueSinks sinks)
    : metrics_(std::move(metrics)),
      clock_(clock),
      sinks_(std::move(sinks)),
      exchange_(instruments, options.exchange),
      market_(instruments, options.synthetic) {
  sequencer_ = std::make_unique<Sequencer<Input>>(
      options.queue, [this](Input&& input) { Handle(std::move(input)); }, [this] { BatchEnd(); });
}

Venue::~Venue() {
  Close();
}

// --- Recovery -----------------------------------------------------------------------------------

absl::Status Venue::Recover(const v1::VenueRecord& record) {
  for (const v1::VenueReport& stored : record.reports()) {
    TW_ASSIGN_OR_RETURN(const Report report, Decode(stored));
    if (report.number != exchange_.last_report() + 1) {
      return absl::DataLossError("the journal has execution " + std::to_string(report.number) +
                                 " behind " + std::to_string(exchange_.last_report()));
    }
    exchange_.Apply(report);
  }
  if (record.has_kill_state()) {
    kill_engaged_ = record.kill_state().engaged();
    kill_generation_ = record.kill_state().generation();
  }
  if (record.has_panic_state()) {
    panicked_ = record.panic_state().engaged();
    panic_reason_ = record.panic_state().reason();
  }
  source_seq_end_ = std::max(source_seq_end_, record.source_seq_end());
  return absl::OkStatus();
}

absl::Status Venue::StartMarket() {
  const Timestamp now = clock_.Now();
  const uint64_t first =
      std::max({source_seq_end_, static_cast<uint64_t>(now.ns / 1'000), uint64_t{1}});
  v1::VenueRecord record;
  record.set_source_seq_end(first + kSourceSeqBlock);
  TW_RETURN_IF_ERROR(store_->Append(record));
  feed_ = std::make_unique<FeedEncoder>(exchange_, first);
  Output out;
  market_.Step(exchange_, now, out);
  exchange_.Resume(now, out);
  last_step_ns_ = now.ns;
  // Who is listening already has no book yet: it begins with whole ones, not with changes.
  std::vector<MarketEvent> changes;
  changes.swap(out.market);
  for (const MarketEvent& event : changes) {
    if (std::holds_alternative<TradePrinted>(event)) {
      feed_->Add(event, now, events_);
    }
  }
  feed_->AddBooks(now, events_);
  Take(std::move(out), now);
  dirty_ = true;
  BatchEnd();
  return absl::OkStatus();
}

absl::Status Venue::Open(const std::string& folder) {
  TW_ASSIGN_OR_RETURN(store_, ExecutionStore::Open(folder, [this](const v1::VenueRecord& record) {
                        return Recover(record);
                      }));
  log::Info("recovered", {{"executions", exchange_.last_report()},
                          {"open_orders", exchange_.open_order_count()},
                          {"torn_bytes", store_->recovery().torn_bytes},
                          {"kill_generation", kill_generation_.load()},
                          {"kill_engaged", kill_engaged_.load()},
                          {"panicked", panicked_.load()}});
  TW_RETURN_IF_ERROR(StartMarket());
  open_ = true;
  return absl::OkStatus();
}

// --- Commands -----------------------------------------------------------------------------------

bool Venue::Post(Input input, Lane lane) {
  return open_.load() && sequencer_->Post(std::move(input), lane);
}

void Venue::Step() {
  if (!step_waits_.exchange(true) && !Post(StepInput{}, Lane::kPriority)) {
    step_waits_ = false;
  }
}

absl::Status Venue::Drive(std::vector<DrivenRow> rows) {
  auto done = std::make_shared<std::promise<absl::Status>>();
  std::future<absl::Status> answer = done->get_future();
  const bool posted = Post(
      DriveInput{std::move(rows), [done](const absl::Status& status) { done->set_value(status); }});
  return posted ? answer.get() : absl::UnavailableError("the venue takes no more commands now");
}

void Venue::Close() {
  open_ = false;
  sequencer_->Close();
  if (store_ != nullptr) {
    store_->Close();
  }
}

void Venue::Handle(Input&& input) {
  std::visit([this](auto&& i) { On(std::forward<decltype(i)>(i)); }, std::move(input));
}

// Whether a cancel's order has been placed.
bool Venue::Knows(const Incoming& incoming) const {
  const auto* cancel = std::get_if<CancelOrder>(&incoming.command);
  return cancel == nullptr || exchange_.Find(cancel->child_id) != nullptr;
}

RejectReason Venue::Gate(const Incoming& incoming, std::string& message) const {
  if (panicked_) {
    message = "the venue is stopped: " + panic_reason_;
    return RejectReason::kKillSwitch;
  }
  if (kill_engaged_) {
    message = "the kill switch is engaged, generation " + std::to_string(kill_generation_);
    return RejectReason::kKillSwitch;
  }
  if (std::holds_alternative<PlaceOrder>(incoming.command) &&
      incoming.kill_generation < kill_generation_) {
    message = "approved under kill switch generation " + std::to_string(incoming.kill_generation) +
              ", which is now " + std::to_string(kill_generation_);
    return RejectReason::kStaleKillGeneration;
  }
  if (!incoming.venue.empty() && incoming.venue != kPaperVenue) {
    message = "there is no venue " + incoming.venue;
    return RejectReason::kVenueRejected;
  }
  if (!store_->takes_orders()) {
    message = "the venue's journal has no disk space";
    return RejectReason::kVenueUnavailable;
  }
  return RejectReason::kNone;
}

void Venue::Execute(const Incoming& incoming, Timestamp now, Output& out) {
  std::string message;
  if (!std::holds_alternative<CancelOrder>(incoming.command)) {
    if (const RejectReason reason = Gate(incoming, message); reason != RejectReason::kNone) {
      metrics_.OrderRefused();
      if (const auto* place = std::get_if<PlaceOrder>(&incoming.command)) {
        exchange_.Refuse(*place, reason, message, now, out);
      } else {
        exchange_.Refuse(std::get<ReplaceOrder>(incoming.command), reason, message, now, out);
      }
      return;
    }
  }
  exchange_.Process(incoming.command, now, out);
}

void Venue::On(TradeInput&& input) {
  const Timestamp now = clock_.Now();
  TradeInput later{{}, input.fail, true};
  Output out;
  for (Incoming& incoming : input.commands) {
    // Cancels overtake: what one is for may still wait in the other lane, so it looks again there.
    if (!input.second_try && !Knows(incoming)) {
      later.commands.push_back(std::move(incoming));
    } else {
      Execute(incoming, now, out);
    }
  }
  // A repeat's executions were sent already, or are by the resume.
  for (size_t i = 0; i < out.repeats.size(); ++i) {
    metrics_.OrderRepeated();
  }
  Take(std::move(out), now);
  if (!later.commands.empty() && !sequencer_->Post(std::move(later), Lane::kNormal)) {
    input.fail(absl::ResourceExhaustedError("too many commands wait"));
  }
}

void Venue::On(StepInput&&) {
  step_waits_ = false;
  const int64_t start = MonotonicNanos();
  const Timestamp now = clock_.Now();
  Output out;
  market_.Step(exchange_, now, out);
  Take(std::move(out), now);
  last_step_ns_ = now.ns;
  metrics_.Stepped(Duration{MonotonicNanos() - start});
}

void Venue::On(KillInput&& input) {
  if (input.kill.generation() > kill_generation_) {
    v1::VenueRecord record;
    record.mutable_kill_state()->set_engaged(input.kill.engaged());
    record.mutable_kill_state()->set_generation(input.kill.generation());
    if (!Append(record)) {
      return;
    }
    kill_generation_ = input.kill.generation();
    kill_engaged_ = input.kill.engaged();
    log::Warn("kill_switch",
              {{"engaged", kill_engaged_.load()}, {"generation", kill_generation_.load()}});
  }
  input.kill.set_engaged(kill_engaged_);
  input.kill.set_generation(kill_generation_);
  held_.push_back(
      [answer = std::move(input.answer), kill = std::move(input.kill)] { answer(kill); });
}

void Venue::On(PanicInput&& input) {
  v1::PanicResponse response;
  v1::VenueRecord record;
  record.mutable_panic_state()->set_engaged(input.engage);
  record.mutable_panic_state()->set_reason(input.reason);
  if (!Append(record)) {
    return;
  }
  panicked_ = input.engage;
  panic_reason_ = input.reason;
  if (input.engage) {
    const Timestamp now = clock_.Now();
    Output out;
    const size_t canceled = exchange_.CancelAll("panic: " + input.reason, now, out);
    response.set_canceled_orders(static_cast<int64_t>(canceled));
    Take(std::move(out), now);
  }
  log::Warn("panic", {{"engaged", input.engage},
                      {"reason", input.reason},
                      {"canceled_orders", response.canceled_orders()}});
  response.set_panicked(input.engage);
  held_.push_back([answer = std::move(input.answer), response] { answer(response); });
}

void Venue::On(DriveInput&& input) {
  const Timestamp now = clock_.Now();
  Output out;
  absl::Status status;
  if (input.rows.empty()) {
    driver_.Stop(now, out);
  } else {
    status = driver_.Apply(input.rows, now, out);
  }
  Take(std::move(out), now);
  {
    const std::lock_guard lock(driven_mutex_);
    driven_ = driver_.symbols();
  }
  held_.push_back([answer = std::move(input.answer), status] { answer(status); });
}

void Venue::On(ReadInput&& input) {
  reads_.push_back(std::move(input));
}

// --- Results ------------------------------------------------------------------------------------

bool Venue::Append(const v1::VenueRecord& record) {
  const absl::Status status = store_->Append(record);
  if (!status.ok()) {
    sinks_.on_fatal(status);  // the exchange is ahead of the journal: only a restart mends that
    return false;
  }
  dirty_ = true;
  return true;
}

void Venue::Take(Output&& out, Timestamp now) {
  v1::VenueRecord record;
  for (const Report& report : out.reports) {
    metrics_.Reported(report.kind);
    v1::VenueReport& stored = *record.add_reports();
    stored = Encode(report);
    Trace(stored.execution());
    if (record.reports_size() == kReportsPerRecord) {
      if (!Append(record)) {
        return;
      }
      record.Clear();
    }
  }
  if (record.reports_size() > 0 && !Append(record)) {
    return;
  }
  executions_ = executions_ || !out.reports.empty();
  for (const MarketEvent& event : out.market) {
    feed_->Add(event, now, events_);
  }
}

void Venue::BatchEnd() {
  if (dirty_) {
    const int64_t start = MonotonicNanos();
    if (const absl::Status status = store_->Sync(); !status.ok()) {
      sinks_.on_fatal(status);
      return;
    }
    metrics_.Synced(Duration{MonotonicNanos() - start});
    dirty_ = false;
  }
  open_orders_ = exchange_.open_order_count();
  metrics_.OpenOrders(open_orders_);
  if (executions_) {
    executions_ = false;
    sinks_.on_executions();
  }
  if (!events_.empty()) {
    metrics_.Published(events_.size());
    sinks_.on_market(std::move(events_));
    events_.clear();
  }
  std::vector<std::function<void()>> answers;
  answers.swap(held_);
  for (const std::function<void()>& answer : answers) {
    answer();
  }
  std::vector<ReadInput> reads;
  reads.swap(reads_);
  for (const ReadInput& each : reads) {
    each.read(exchange_, *feed_);
  }
}

}  // namespace tw::live_gateway
