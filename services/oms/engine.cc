#include "services/oms/engine.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/trace/orders.h"
#include "services/oms/answer_batch.h"

namespace tw::oms {
namespace {

constexpr std::string_view kName = "oms";

}  // namespace

Engine::Engine(EngineOptions options,
               const Clock& clock,
               OmsMetrics metrics,
               std::function<void()> on_published,
               std::function<void(const absl::Status&)> on_fatal)
    : options_(std::move(options)),
      clock_(clock),
      metrics_(std::move(metrics)),
      on_published_(std::move(on_published)),
      on_fatal_(std::move(on_fatal)) {
  sequencer_ = std::make_unique<Sequencer<Command>>(
      options_.queue, [this](Command&& command) { Handle(std::move(command)); },
      [this] { BatchEnd(); },
      [this] {
        SendToRisk();
        const int64_t now_ns = MonotonicNanos();
        return batch_dirty_ && !failed_ && !MayWait(now_ns) && sync_pace_.IsDense(now_ns);
      });
}

Engine::~Engine() {
  Close();
}

absl::Status Engine::Recover(const v1::LedgerRecord& record) {
  epoch_ = std::max(epoch_, static_cast<uint32_t>(record.epoch_started()));
  if (record.has_kill_state()) {
    kill_generation_ = record.kill_state().generation();
    kill_engaged_ = record.kill_state().engaged();
  }
  for (const v1::LedgerEvent& stored : record.events()) {
    if (const std::optional<OpeningEvent> opening = DecodeOpeningEvent(stored)) {
      ledger_.Apply(*opening);
      continue;
    }
    TW_ASSIGN_OR_RETURN(const Event event, Decode(stored));
    ledger_.Apply(event);
  }
  return absl::OkStatus();
}

void Engine::Connect(RiskGate* gate, Execution* execution) {
  gate_ = gate;
  execution_ = execution;
}

absl::Status Engine::Open(const std::string& folder) {
  StoreReplay replay;
  replay.on_record = [this](const v1::LedgerRecord& record) { return Recover(record); };
  TW_RETURN_IF_ERROR(OpenArchive(folder, replay));
  TW_ASSIGN_OR_RETURN(store_, LedgerStore::Open(options_.store, folder, replay));
  ++epoch_;
  v1::PackedLedgerRecord record;
  record.set_epoch_started(epoch_);
  TW_RETURN_IF_ERROR(store_->Append(record));
  const int64_t start_ns = MonotonicNanos();
  TW_RETURN_IF_ERROR(store_->Sync());
  sync_pace_.Synced(start_ns, MonotonicNanos());
  for (const OrderId id : ledger_.open_orders()) {
    if (const Order& order = *ledger_.Find(id); IsStop(order.terms.type) && IsArmed(order)) {
      HoldStop(order);
    }
  }
  links_due_ = ledger_.open_links();
  executions_taken_ = ledger_.last_execution_sequence();
  execution_sequence_ = executions_taken_;
  open_orders_count_ = ledger_.open_orders().size();
  route_down_since_ns_ = MonotonicNanos();
  kept_orders_count_ = ledger_.kept();
  log::Info("recovered", {{"orders_in_memory", ledger_.kept()},
                          {"records_read", store_->recovery().records},
                          {"open_orders", ledger_.open_orders().size()},
                          {"sequence", ledger_.last_sequence()},
                          {"torn_bytes", store_->recovery().torn_bytes},
                          {"epoch", static_cast<int64_t>(epoch_)}});
  open_ = true;
  return absl::OkStatus();
}

bool Engine::Post(Command command, Lane lane) {
  return open_.load() && sequencer_->Post(std::move(command), lane);
}

void Engine::Close() {
  sequencer_->Post(SyncCommand{}, Lane::kPriority);
  sequencer_->Close();
  const absl::Status stopping = absl::UnavailableError("stopping: nothing was recorded");
  for (const auto& [key, in_flight] : in_flight_) {
    if (in_flight.preview) {
      in_flight.preview(stopping);
    }
    for (const OrderAnswer& answer : in_flight.answers) {
      answer(stopping);
    }
    for (const CancelCommand& cancel : in_flight.cancels) {
      cancel.answer(stopping);
    }
    if (in_flight.group != nullptr && in_flight.member == 0) {
      for (const LinkedAnswer& answer : in_flight.group->waiting) {
        answer(stopping);
      }
    }
  }
  in_flight_.clear();
  if (archive_ != nullptr && open_.load() && !failed_ && !batch_dirty_ && ledger_.unsaved() > 0 &&
      archive_->HasRoom()) {
    OfferDelta(*store_, store_->position());  // the next start has nothing to read
  }
}

void Engine::Handle(Command&& command) {
  std::visit([this](auto&& c) { On(std::forward<decltype(c)>(c)); }, std::move(command));
}

// --- New orders --------------------------------------------------------------------------------

// True: the key is known, and what there is to say about it is held.
bool Engine::AnswerRepeat(const NewOrder& order, OrderAnswer& answer) {
  const absl::StatusOr<const Order*> known = ledger_.Repeat(order);
  if (!known.ok()) {
    Hold(std::move(answer), known.status());
    return true;
  }
  if (*known == nullptr) {
    return false;
  }
  v1::Order repeat = PublicOrder(**known);
  repeat.set_duplicate(true);
  metrics_.OrderRepeated();
  Hold(std::move(answer), std::move(repeat));
  return true;
}

// A repeat of an order that risk is being asked about waits for the same answer. True: it is dealt
// with.
bool Engine::JoinInFlight(const NewOrder& order, OrderAnswer& answer) {
  const auto key = in_flight_keys_.find({order.account, order.client_order_id});
  if (key == in_flight_keys_.end()) {
    return false;
  }
  InFlight& first = in_flight_.at(key->second);
  if (first.group != nullptr || !SameRequest(order, first.order)) {
    Hold(std::move(answer), absl::AlreadyExistsError("client_order_id " + order.client_order_id +
                                                     " was used for another order"));
    return true;
  }
  if (first.answers.size() >= options_.joined_max) {
    Hold(std::move(answer), absl::ResourceExhaustedError("too many repeats of one order wait"));
    return true;
  }
  metrics_.OrderRepeated();
  first.answers.push_back([answer = std::move(answer)](absl::StatusOr<v1::Order> repeat) {
    if (repeat.ok()) {
      repeat->set_duplicate(true);
    }
    answer(std::move(repeat));
  });
  return true;
}

bool Engine::IsTaken(const std::string& account, const std::string& client_order_id) const {
  return ledger_.Find(account, client_order_id) != nullptr ||
         in_flight_keys_.contains({account, client_order_id});
}

// Whether one more question for risk may be taken on. What is refused here leaves no trace.
absl::Status Engine::CanAsk() {
  if (!store_->HasSpace(journal::Lane::kOrder)) {
    metrics_.RequestRefused();
    return absl::UnavailableError("the journal's disk is full");
  }
  if (in_flight_.size() >= options_.in_flight_max) {
    metrics_.RequestRefused();
    return absl::ResourceExhaustedError("too many orders wait for risk");
  }
  return absl::OkStatus();
}

// Gives the order a key where the client gave none.
void Engine::NameOrder(OrderId id, NewOrder& order) const {
  if (!order.client_order_id.empty()) {
    return;
  }
  order.generated_client_order_id = true;
  order.client_order_id = "tw-" + id.ToString();
  while (IsTaken(order.account, order.client_order_id)) {
    order.client_order_id += "x";  // somebody chose what we would have made
  }
}

void Engine::On(SubmitCommand&& c) {
  if (!c.order.client_order_id.empty() &&
      (AnswerRepeat(c.order, c.answer) || JoinInFlight(c.order, c.answer))) {
    return;
  }
  if (const absl::Status can = CanAsk(); !can.ok()) {
    Hold(std::move(c.answer), can);
    return;
  }
  const OrderId id(epoch_, ++last_number_);
  NameOrder(id, c.order);
  const RiskAnswer wanting = Prepare(c.order);
  v1::GateOrder gate_order = EncodeGate(id, c.order);
  if (trace::Begin(id, c.traceparent)) {
    gate_order.set_traceparent(c.traceparent);
    trace::Note({kName, "order_taken"}, id, {{"symbol", c.order.symbol}});
  }
  InFlight in_flight;
  in_flight.order = std::move(c.order);
  in_flight.answers.push_back(std::move(c.answer));
  if (wanting.reason != RejectReason::kNone) {
    Hold(std::move(in_flight.answers.front()), SettleOrder(id, in_flight, wanting));
    return;
  }
  if (c.trace != nullptr) {
    c.trace->set_risk_asked_ns(clock_.Now().ns);
    gate_order.set_traced(true);
    in_flight.trace = std::move(c.trace);
  }
  Ask(id.value(), std::move(in_flight), std::move(gate_order));
}

// --- Others ------------------------------------------------------------------------------------

// Takes effect even where it cannot be written down; risk says it again until it is.
void Engine::On(KillCommand&& c) {
  absl::Status written;
  if (c.kill.generation() > kill_generation_) {
    kill_generation_ = c.kill.generation();
    kill_engaged_ = c.kill.engaged();
    kill_durable_ = false;
  }
  if (!kill_durable_) {
    if (store_->HasSpace(journal::Lane::kPriority)) {
      v1::PackedLedgerRecord record;
      record.mutable_kill_state()->set_engaged(kill_engaged_);
      record.mutable_kill_state()->set_generation(kill_generation_);
      Appended(store_->Append(record));
      kill_durable_ = true;
    } else {
      written = absl::UnavailableError("the journal's disk is full: in force, but not recorded");
    }
  }
  v1::KillSwitch kill = c.kill;
  kill.set_generation(kill_generation_);
  kill.set_engaged(kill_engaged_);
  held_.push_back([answer = std::move(c.answer), kill = std::move(kill), written] {
    written.ok() ? answer(kill) : answer(written);
  });
}

// Reads when the batch is on disk, so that nothing is shown which a crash could take back.
void Engine::On(ReadCommand&& c) {
  held_.push_back([this, read = std::move(c.read)] { read(ledger_); });
}

void Engine::On(SyncCommand&&) {
  sync_armed_ = false;
  sync_due_ = true;
}

void Engine::On(TickCommand&&) {
  const int64_t now_ns = MonotonicNanos();
  std::vector<uint64_t> late;
  for (const auto& [key, in_flight] : in_flight_) {
    if (now_ns - in_flight.asked_ns > options_.gate_timeout.ns) {
      late.push_back(key);
    }
  }
  Refuse(std::move(late),
         "risk has not answered within " + std::to_string(options_.gate_timeout.millis()) + " ms",
         /*was_asked=*/true);
  MarkUncertain();
  Expire();
  RetryTriggers();
  RetryLinks();
  RecordMoves();
  if (!store_->takes_orders()) {
    store_->HasSpace(journal::Lane::kOrder);  // finds out whether there is space again
  }
  if (executions_held_ && store_->HasSpace(journal::Lane::kPriority)) {
    executions_held_ = false;
    execution_->Restart();
  }
}

// --- Batches -----------------------------------------------------------------------------------

void Engine::Appended(const absl::Status& status) {
  batch_dirty_ = true;
  if (!status.ok()) {
    failed_ = true;
    on_fatal_(status);  // the ledger is ahead of the journal: only a restart mends that
  }
}

// Journals and applies. The order of the two is free within a batch: nobody sees either before the
// sync. REQUIRES: the store has space.
void Engine::Commit(const Events& events) {
  if (events.empty()) {
    return;
  }
  std::vector<PackedEvent> packed;
  packed.reserve(events.size());
  const Order* filled = nullptr;
  for (const Event& event : events) {
    ledger_.Apply(event);
    const Order& order = *ledger_.Find(event.order_id);
    v1::LedgerEvent& encoded = encoded_;
    Encode(event, order, encoded);
    if (trace::MayKnow(event.order_id)) {
      Trace(event.order_id, packed.empty(), encoded);
    }
    if (tracing_ != nullptr && encoded.has_execution()) {
      *encoded.mutable_execution()->mutable_trace() = *tracing_;
    }
    packed.push_back(Pack(encoded, event));
    resting_.Follow(order);
    Route(event, order);
    if (IsStop(order.terms.type)) {
      Follow(event, order);
    }
    if (order.terms.link.id.IsSet()) {
      NoteLink(event, order);
    }
    if (std::holds_alternative<Filled>(event.body)) {
      store_->NoteFill(encoded);
      metrics_.FillBooked();
      filled = &order;
    }
  }
  Appended(store_->Append(std::move(packed)));
  batch_events_ += events.size();
  if (filled != nullptr && ledger_.reduce_only_orders() > 0) {
    PullBackReduceOnly(*filled);
  }
  if (!waiting_.empty()) {
    SendWaiting();
  }
  FollowLinks();
}

// The readers of the ledger learn of the trace with the first event of a record.
void Engine::Trace(OrderId id, bool is_first, v1::LedgerEvent& event) {
  const std::string traceparent = trace::Traceparent(id);
  if (traceparent.empty()) {
    return;
  }
  if (is_first) {
    event.set_traceparent(traceparent);
    traced_.push_back(id);
  }
  trace::Note({kName, "order_event"}, id,
              {{"sequence", event.sequence()},
               {"kind", v1::OrderEventKind_Name(event.kind()).substr(17)},
               {"status", v1::OrderStatus_Name(event.status()).substr(13)}});
}

void Engine::Hold(OrderAnswer answer, absl::StatusOr<v1::Order> order) {
  held_.push_back([answer = std::move(answer), order = std::move(order)]() mutable {
    answer(std::move(order));
  });
}

// Nobody waits for what this batch holds but those who follow the ledger.
bool Engine::MayWait(int64_t now_ns) const {
  return options_.later && !sync_due_ && held_.empty() && route_batch_.commands().empty() &&
         now_ns - sync_pace_.ended_ns() < options_.report_wait.ns;
}

void Engine::WaitForCompany() {
  if (sync_armed_) {
    return;
  }
  sync_armed_ = true;
  options_.later(options_.report_wait, [this] {
    // With a full queue the next batch is near.
    sequencer_->Post(SyncCommand{}, Lane::kPriority);
  });
}

void Engine::AnswerHeld() {
  std::vector<std::function<void()>> answers;
  answers.swap(held_);
  const AnswerBatch batch;
  for (const std::function<void()>& answer : answers) {
    answer();
  }
}

void Engine::BatchEnd() {
  SendToRisk();
  if (batch_dirty_ && !failed_) {
    const int64_t start = MonotonicNanos();
    if (MayWait(start)) {
      WaitForCompany();
      return;
    }
    const absl::Status status = store_->Sync();
    if (!status.ok()) {
      failed_ = true;
      on_fatal_(status);
    }
    const int64_t end = MonotonicNanos();
    sync_pace_.Synced(start, end);
    metrics_.Synced(Duration{end - start}, batch_events_);
    for (const OrderId id : traced_) {
      trace::Note({kName, "journal_synced"}, id, {{"took_us", (end - start) / 1'000}});
    }
    traced_.clear();
    if (!traces_.empty()) {
      StampSynced();
    }
  }
  sync_due_ = false;
  if (failed_) {
    return;  // the process is ending, and nothing of this may be seen
  }
  execution_sequence_ = executions_taken_;
  open_orders_count_ = ledger_.open_orders().size();
  AnswerHeld();
  SendToExecution();
  if (batch_dirty_) {
    batch_dirty_ = false;
    batch_events_ = 0;
    on_published_();
  }
  KeepArchive();
}

}  // namespace tw::oms
