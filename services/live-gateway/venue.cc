#include "services/live-gateway/venue.h"

#include <algorithm>
#include <future>
#include <utility>

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

}  // namespace

Venue::Venue(const VenueOptions& options,
             const Instruments& instruments,
             const Clock& clock,
             LiveGatewayMetrics metrics,
             VenueSinks sinks,
             std::vector<std::unique_ptr<OrderVenue>> sessions)
    : metrics_(std::move(metrics)),
      clock_(clock),
      sinks_(std::move(sinks)),
      report_wait_(options.report_wait),
      sync_pace_(options.sync_rest) {
  for (const PaperVenueConfig& paper : options.papers) {
    sites_.push_back(
        std::make_unique<Site>(std::make_unique<PaperVenue>(instruments, paper), options.breaker));
  }
  for (std::unique_ptr<OrderVenue>& session : sessions) {
    sites_.push_back(std::make_unique<Site>(std::move(session), options.breaker));
  }
  sequencer_ = std::make_unique<Sequencer<Input>>(
      options.queue, [this](Input&& input) { Handle(std::move(input)); }, [this] { BatchEnd(); },
      [this] {
        const int64_t now_ns = MonotonicNanos();
        return dirty_ && !MayWait(now_ns) && sync_pace_.IsDense(now_ns);
      });
}

Venue::~Venue() {
  Close();
}

std::vector<v1::VenueStatus> Venue::statuses() const {
  std::vector<v1::VenueStatus> out;
  for (const std::unique_ptr<Site>& site : sites_) {
    out.push_back(site->status());
  }
  return out;
}

// --- Commands -----------------------------------------------------------------------------------

bool Venue::Post(Input input, Lane lane) {
  return open_.load() && sequencer_->Post(std::move(input), lane);
}

void Venue::Wake() {
  if (!wake_waits_.exchange(true) && !Post(WakeInput{}, Lane::kPriority)) {
    wake_waits_ = false;
  }
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
  if (open_.exchange(false)) {
    sequencer_->Post(WakeInput{}, Lane::kPriority);  // reports that wait for company leave now
  }
  sequencer_->Close();
  if (store_ != nullptr) {
    store_->Close();
  }
}

void Venue::Handle(Input&& input) {
  std::visit([this](auto&& i) { On(std::forward<decltype(i)>(i)); }, std::move(input));
}

Site* Venue::Find(const std::string& name) const {
  for (const std::unique_ptr<Site>& site : sites_) {
    if (site->venue().name() == name) {
      return site.get();
    }
  }
  return nullptr;
}

Site* Venue::SiteOf(const Incoming& incoming) const {
  const std::string& child_id =
      std::visit([](const auto& c) -> const std::string& { return c.child_id; }, incoming.command);
  const std::string& symbol =
      std::visit([](const auto& c) -> const std::string& { return c.symbol; }, incoming.command);
  for (const std::unique_ptr<Site>& site : sites_) {
    if (site->venue().Knows(child_id)) {
      return site.get();
    }
  }
  if (!incoming.venue.empty()) {
    return Find(incoming.venue);
  }
  for (const std::unique_ptr<Site>& site : sites_) {
    if (site->venue().Trades(symbol)) {
      return site.get();
    }
  }
  return sites_.front().get();  // which refuses what it does not list
}

// Whether a cancel's order has been placed.
bool Venue::Knows(const Incoming& incoming) const {
  const auto* cancel = std::get_if<CancelOrder>(&incoming.command);
  return cancel == nullptr || std::any_of(sites_.begin(), sites_.end(), [&](const auto& site) {
           return site->venue().Knows(cancel->child_id);
         });
}

RejectReason Venue::Gate(const Incoming& incoming,
                         Site* site,
                         Timestamp now,
                         std::string& message) {
  const auto* place = std::get_if<PlaceOrder>(&incoming.command);
  if (panicked_) {
    message = "the venue is stopped: " + panic_reason_;
    return RejectReason::kKillSwitch;
  }
  if (kill_engaged_) {
    message = "the kill switch is engaged, generation " + std::to_string(kill_generation_);
    return RejectReason::kKillSwitch;
  }
  if (place != nullptr && incoming.kill_generation < kill_generation_) {
    message = "approved under kill switch generation " + std::to_string(incoming.kill_generation) +
              ", which is now " + std::to_string(kill_generation_);
    return RejectReason::kStaleKillGeneration;
  }
  if (site == nullptr) {
    message = "there is no venue " + incoming.venue;
    return RejectReason::kVenueRejected;
  }
  if (const RejectReason reason = site->WhyClosed(message); reason != RejectReason::kNone) {
    return reason;
  }
  if (!store_->takes_orders()) {
    message = "the venue's journal has no disk space";
    return RejectReason::kVenueUnavailable;
  }
  const bool fresh = place != nullptr && !site->venue().Knows(place->child_id);
  if (fresh && !site->breaker().Admit(now)) {
    message = "venue " + site->venue().name() + " has refused " +
              std::to_string(site->breaker().in_a_row()) + " orders in a row; it is left in peace";
    return RejectReason::kVenueHalted;
  }
  return RejectReason::kNone;
}

void Venue::Execute(const Incoming& incoming, Timestamp now) {
  Site* const found = SiteOf(incoming);
  Site& site = found == nullptr ? *sites_.front() : *found;
  Output out;
  std::string message;
  RejectReason reason = RejectReason::kNone;
  if (!std::holds_alternative<CancelOrder>(incoming.command)) {
    reason = Gate(incoming, found, now, message);
  }
  if (reason == RejectReason::kNone) {
    site.venue().Process(incoming.command, now, out);
  } else {
    metrics_.OrderRefused();
    site.venue().Refuse(incoming.command, reason, message, now, out);
  }
  // A repeat's executions were sent already, or are by the resume.
  for (size_t i = 0; i < out.repeats.size(); ++i) {
    metrics_.OrderRepeated();
  }
  Take(site, std::move(out), now);
}

void Venue::On(TradeInput&& input) {
  const Timestamp now = clock_.Now();
  TradeInput later{{}, input.fail, true};
  for (Incoming& incoming : input.commands) {
    // Cancels overtake: what one is for may still wait in the other lane, so it looks again there.
    if (!input.second_try && !Knows(incoming)) {
      later.commands.push_back(std::move(incoming));
    } else {
      Execute(incoming, now);
    }
  }
  if (!later.commands.empty() && !sequencer_->Post(std::move(later), Lane::kNormal)) {
    input.fail(absl::ResourceExhaustedError("too many commands wait"));
  }
}

void Venue::On(StepInput&&) {
  step_waits_ = false;
  const int64_t start = MonotonicNanos();
  const Timestamp now = clock_.Now();
  for (const std::unique_ptr<Site>& site : sites_) {
    if (site->paper() != nullptr) {
      Output out;
      site->paper()->Step(now, out);
      Take(*site, std::move(out), now);
    }
  }
  Advance(now);
  last_step_ns_ = now.ns;
  metrics_.Stepped(Duration{MonotonicNanos() - start});
}

void Venue::On(WakeInput&&) {
  wake_waits_ = false;
  wake_at_.reset();
  Advance(clock_.Now());
}

void Venue::Advance(Timestamp now) {
  for (const std::unique_ptr<Site>& site : sites_) {
    Output out;
    site->venue().Advance(now, out);
    Take(*site, std::move(out), now);
  }
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
  Site* const only = input.venue.empty() ? nullptr : Find(input.venue);
  if (only == nullptr && !input.venue.empty()) {
    const absl::Status status = absl::NotFoundError("venue: there is no " + input.venue);
    held_.push_back([answer = std::move(input.answer), status] { answer(status); });
    return;
  }
  v1::PanicResponse response;
  v1::VenueRecord record;
  record.mutable_panic_state()->set_engaged(input.engage);
  record.mutable_panic_state()->set_reason(input.reason);
  record.mutable_panic_state()->set_venue(input.venue);
  if (!Append(record)) {
    return;
  }
  if (only != nullptr) {
    only->SetPanicked(input.engage, input.reason);
  } else {
    panicked_ = input.engage;
    panic_reason_ = input.reason;
  }
  const Timestamp now = clock_.Now();
  size_t canceled = 0;
  for (const std::unique_ptr<Site>& site : sites_) {
    if (input.engage && (only == nullptr || site.get() == only)) {
      Output out;
      canceled += site->venue().CancelAll("panic: " + input.reason, now, out);
      Take(*site, std::move(out), now);
    }
    if (!input.engage && only == nullptr) {
      site->SetPanicked(false, "");
    }
  }
  response.set_canceled_orders(static_cast<int64_t>(canceled));
  log::Warn("panic", {{"engaged", input.engage},
                      {"venue", input.venue},
                      {"reason", input.reason},
                      {"canceled_orders", response.canceled_orders()}});
  response.set_panicked(input.engage);
  held_.push_back([answer = std::move(input.answer), response] { answer(response); });
}

void Venue::On(DriveInput&& input) {
  const Timestamp now = clock_.Now();
  absl::Status status = absl::FailedPreconditionError("drive: there is no paper venue");
  for (const std::unique_ptr<Site>& site : sites_) {
    if (site->paper() != nullptr) {  // the first one
      Output out;
      status = site->paper()->Drive(input.rows, now, out);
      Take(*site, std::move(out), now);
      break;
    }
  }
  held_.push_back([answer = std::move(input.answer), status] { answer(status); });
}

void Venue::On(ConnectInput&& input) {
  Site* const site = Find(input.venue);
  absl::Status status;
  if (site == nullptr) {
    status = absl::NotFoundError("venue: there is no " + input.venue);
  } else if (site->paper() == nullptr) {
    status = absl::FailedPreconditionError("venue: " + input.venue + " is no paper venue");
  } else {
    const Timestamp now = clock_.Now();
    Output out;
    site->paper()->SetConnected(input.connected, now, out);
    Take(*site, std::move(out), now);
    log::Warn("venue_line", {{"venue", input.venue}, {"connected", input.connected}});
  }
  held_.push_back([answer = std::move(input.answer), status] { answer(status); });
}

void Venue::On(CancelAllInput&& input) {
  const Timestamp now = clock_.Now();
  size_t canceled = 0;
  for (const std::unique_ptr<Site>& site : sites_) {
    Output out;
    canceled += site->venue().CancelAll(input.reason, now, out);
    Take(*site, std::move(out), now);
  }
  log::Warn("canceled_all", {{"reason", input.reason}, {"orders", canceled}});
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

void Venue::Count(Site& site, const Report& report) {
  metrics_.Reported(report.kind);
  if (report.kind == ReportKind::kAccepted) {
    site.breaker().Accepted();
  } else if (report.kind == ReportKind::kRejected && !report.by_gate &&
             (report.reason == RejectReason::kVenueRejected ||
              report.reason == RejectReason::kVenueUnavailable)) {
    site.breaker().Refused(report.time);
  }
}

void Venue::Take(Site& site, Output&& out, Timestamp now) {
  v1::VenueRecord record;
  const std::string& name = site.venue().name();
  for (const PlaceOrder& order : out.sent) {
    *record.add_sent() = EncodeSent(order, name);
    hurry_ = true;  // it leaves once this is on disk
  }
  for (Report& report : out.reports) {
    report.number = ++last_number_;
    Count(site, report);
    v1::VenueReport& stored = *record.add_reports();
    stored = Encode(report, name);
    Trace(stored.execution());
    if (record.reports_size() == kReportsPerRecord) {
      if (!Append(record)) {
        return;
      }
      record.Clear();
    }
  }
  if ((record.reports_size() > 0 || record.sent_size() > 0) && !Append(record)) {
    return;
  }
  executions_ = executions_ || !out.reports.empty();
  for (const MarketEvent& event : out.market) {
    site.feed()->Add(event, now, events_);
  }
}

void Venue::ScheduleWake(Timestamp now) {
  std::optional<Timestamp> due;
  for (const std::unique_ptr<Site>& site : sites_) {
    const std::optional<Timestamp> next = site->venue().NextDue();
    if (next && (!due || *next < *due)) {
      due = next;
    }
  }
  if (wake_at_ && *wake_at_ <= now) {
    wake_at_.reset();
  }
  if (due && (!wake_at_ || *due < *wake_at_)) {
    wake_at_ = std::max(*due, now);
    sinks_.on_wait(*wake_at_ - now);
  }
}

// Nobody waits for more of this batch than its reports.
bool Venue::MayWait(int64_t now_ns) const {
  return open_.load() && !hurry_ && held_.empty() && reads_.empty() &&
         now_ns - sync_pace_.ended_ns() < report_wait_.ns;
}

void Venue::WaitForCompany(int64_t now_ns) {
  if (!wait_armed_) {
    wait_armed_ = true;
    sinks_.on_wait(Duration{sync_pace_.ended_ns() + report_wait_.ns - now_ns});
  }
}

void Venue::BatchEnd() {
  if (dirty_) {
    const int64_t start = MonotonicNanos();
    if (MayWait(start)) {
      WaitForCompany(start);
      return;
    }
    if (const absl::Status status = store_->Sync(); !status.ok()) {
      sinks_.on_fatal(status);
      return;
    }
    const int64_t end = MonotonicNanos();
    sync_pace_.Synced(start, end);
    metrics_.Synced(Duration{end - start});
    dirty_ = false;
    hurry_ = false;
    wait_armed_ = false;
  }
  const Timestamp now = clock_.Now();
  size_t open_orders = 0;
  for (const std::unique_ptr<Site>& site : sites_) {
    site->venue().Release();
    site->Publish(now);
    open_orders += site->venue().open_order_count();
  }
  open_orders_ = open_orders;
  metrics_.OpenOrders(open_orders);
  ScheduleWake(now);
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
    each.read(sites_);
  }
}

}  // namespace tw::live_gateway
