#include "services/oms/engine.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"

namespace tw::oms {
namespace {

RiskAnswer Unavailable(std::string_view why) {
  RiskAnswer answer;
  answer.reason = RejectReason::kRiskUnavailable;
  answer.message = std::string(why);
  return answer;
}

}  // namespace

Engine::Engine(EngineOptions options,
               const Clock& clock,
               OmsMetrics metrics,
               std::function<void()> on_published,
               std::function<void(const absl::Status&)> on_fatal)
    : options_(options),
      clock_(clock),
      metrics_(std::move(metrics)),
      on_published_(std::move(on_published)),
      on_fatal_(std::move(on_fatal)) {
  sequencer_ = std::make_unique<Sequencer<Command>>(
      options_.queue, [this](Command&& command) { Handle(std::move(command)); },
      [this] { BatchEnd(); });
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
    TW_ASSIGN_OR_RETURN(const Event event, Decode(stored));
    ledger_.Apply(event);
    if (std::holds_alternative<Filled>(event.body)) {
      fill_sequences_.push_back(event.sequence);
    }
  }
  return absl::OkStatus();
}

absl::Status Engine::Open(const std::string& folder) {
  TW_ASSIGN_OR_RETURN(store_, LedgerStore::Open(folder, [this](const v1::LedgerRecord& record) {
                        return Recover(record);
                      }));
  ++epoch_;
  v1::LedgerRecord record;
  record.set_epoch_started(epoch_);
  TW_RETURN_IF_ERROR(store_->Append(record));
  TW_RETURN_IF_ERROR(store_->Sync());
  execution_sequence_ = ledger_.last_execution_sequence();
  open_orders_count_ = ledger_.open_orders().size();
  route_down_since_ns_ = MonotonicNanos();
  log::Info("recovered", {{"orders", ledger_.orders().size()},
                          {"open_orders", ledger_.open_orders().size()},
                          {"sequence", ledger_.last_sequence()},
                          {"torn_bytes", store_->recovery().torn_bytes},
                          {"epoch", static_cast<int64_t>(epoch_)}});
  open_ = true;
  return absl::OkStatus();
}

void Engine::Connect(RiskGate* gate, Execution* execution) {
  gate_ = gate;
  execution_ = execution;
}

bool Engine::Post(Command command, Lane lane) {
  return open_.load() && sequencer_->Post(std::move(command), lane);
}

void Engine::Close() {
  sequencer_->Close();
}

void Engine::Handle(Command&& command) {
  std::visit([this](auto&& c) { On(std::move(c)); }, std::move(command));
}

// --- New orders --------------------------------------------------------------------------------

// A repeat of an order that risk is being asked about waits for the same answer.
bool Engine::JoinInFlight(const NewOrder& order, OrderAnswer& answer) {
  const auto key = in_flight_keys_.find({order.account, order.client_order_id});
  if (key == in_flight_keys_.end()) {
    return false;
  }
  InFlight& first = in_flight_.at(key->second);
  const NewOrder& o = first.order;
  if (o.symbol != order.symbol || o.side != order.side || o.type != order.type ||
      o.time_in_force != order.time_in_force || o.quantity != order.quantity ||
      o.price != order.price || o.stop_price != order.stop_price) {
    Hold(std::move(answer), absl::AlreadyExistsError("client_order_id " + order.client_order_id +
                                                     " was used for another order"));
    return true;
  }
  metrics_.OrderRepeated();
  first.answers.push_back([answer = std::move(answer)](const absl::StatusOr<v1::Order>& result) {
    absl::StatusOr<v1::Order> repeat = result;
    if (repeat.ok()) {
      repeat->set_duplicate(true);
    }
    answer(repeat);
  });
  return true;
}

void Engine::On(SubmitCommand&& c) {
  if (!c.order.client_order_id.empty()) {
    const absl::StatusOr<const Order*> known = ledger_.Repeat(c.order);
    if (!known.ok()) {
      Hold(std::move(c.answer), known.status());
      return;
    }
    if (*known != nullptr) {
      v1::Order order = PublicOrder(**known);
      order.set_duplicate(true);
      metrics_.OrderRepeated();
      Hold(std::move(c.answer), std::move(order));
      return;
    }
    if (JoinInFlight(c.order, c.answer)) {
      return;
    }
  }
  if (!store_->takes_orders()) {
    metrics_.RequestRefused();
    Hold(std::move(c.answer), absl::UnavailableError("the journal's disk is full"));
    return;
  }
  if (in_flight_.size() >= options_.in_flight_max) {
    metrics_.RequestRefused();
    Hold(std::move(c.answer), absl::ResourceExhaustedError("too many orders wait for risk"));
    return;
  }
  const OrderId id(epoch_, ++last_number_);
  if (c.order.client_order_id.empty()) {
    c.order.client_order_id = "tw-" + id.ToString();
    c.order.generated_client_order_id = true;
  }
  v1::GateOrder gate_order = EncodeGate(id, c.order);
  InFlight in_flight{std::move(c.order), OrderId(), {}, MonotonicNanos()};
  in_flight.answers.push_back(std::move(c.answer));
  Ask(id.value(), std::move(in_flight), std::move(gate_order));
}

// Adds a question to the batch for risk; it goes out when the batch ends, before the sync.
void Engine::Ask(uint64_t key, InFlight in_flight, v1::GateOrder gate_order) {
  gate_order.set_request(key);
  *gate_batch_.add_orders() = std::move(gate_order);
  if (!in_flight.replaces.IsSet()) {
    in_flight_keys_[{in_flight.order.account, in_flight.order.client_order_id}] = key;
  }
  in_flight_.emplace(key, std::move(in_flight));
  in_flight_count_ = in_flight_.size();
}

// What has changed since risk was asked counts too.
RiskAnswer Engine::Screen(RiskAnswer answer) const {
  if (!answer.approved) {
    return answer;
  }
  if (kill_engaged_ || answer.kill_generation < kill_generation_) {
    answer.approved = false;
    answer.reason = kill_engaged_ ? RejectReason::kKillSwitch : RejectReason::kStaleKillGeneration;
    answer.message = "the kill switch has moved to generation " + std::to_string(kill_generation_);
  } else if (route_down_since_ns_ != 0 &&
             MonotonicNanos() - route_down_since_ns_ > options_.route_timeout.ns) {
    answer.approved = false;
    answer.reason = RejectReason::kVenueUnavailable;
    answer.message = "execution has been out of reach for longer than " +
                     std::to_string(options_.route_timeout.millis()) + " ms";
  }
  return answer;
}

void Engine::Settle(uint64_t key, const RiskAnswer& raw) {
  const auto it = in_flight_.find(key);
  if (it == in_flight_.end()) {
    return;  // refused meanwhile, for want of an answer; the ledger tells risk
  }
  InFlight in_flight = std::move(it->second);
  in_flight_.erase(it);
  in_flight_count_ = in_flight_.size();
  const RiskAnswer answer = Screen(raw);
  metrics_.RiskAnswered(Duration{MonotonicNanos() - in_flight.asked_ns});
  OrderId id = OrderId::FromValue(key);
  Events events;
  if (in_flight.replaces.IsSet()) {
    id = in_flight.replaces;
    events = ledger_.DecideReplace(id, in_flight.order.quantity, in_flight.order.price, answer,
                                   clock_.Now());
  } else {
    in_flight_keys_.erase({in_flight.order.account, in_flight.order.client_order_id});
    events = ledger_.Decide(id, in_flight.order, answer, clock_.Now());
    (answer.approved ? metrics_.OrderAccepted() : metrics_.OrderRejected());
  }
  if (!events.empty() && !Commit(events)) {
    return;
  }
  absl::StatusOr<v1::Order> result = PublicOrder(*ledger_.Find(id));
  if (in_flight.replaces.IsSet() && !answer.approved) {
    result->set_reject_reason(static_cast<v1::RejectReason>(answer.reason));
    result->set_reject_message(answer.message);
  }
  for (OrderAnswer& each : in_flight.answers) {
    Hold(std::move(each), result);
  }
}

void Engine::On(GateAnswered&& c) {
  for (const v1::GateDecision& decision : c.response.decisions()) {
    Settle(decision.request(), Decode(decision));
  }
}

void Engine::RefuseInFlight(std::string_view why) {
  std::vector<uint64_t> keys;
  keys.reserve(in_flight_.size());
  for (const auto& [key, unused] : in_flight_) {
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  for (const uint64_t key : keys) {
    Settle(key, Unavailable(why));
  }
}

void Engine::On(GateLost&&) {
  RefuseInFlight("risk is out of reach");
}

// --- Others ------------------------------------------------------------------------------------

void Engine::On(KillCommand&& c) {
  if (c.kill.generation() > kill_generation_) {
    v1::LedgerRecord record;
    record.mutable_kill_state()->set_engaged(c.kill.engaged());
    record.mutable_kill_state()->set_generation(c.kill.generation());
    const absl::Status status = store_->Append(record);
    if (!status.ok()) {
      on_fatal_(status);
      return;
    }
    batch_dirty_ = true;
    kill_generation_ = c.kill.generation();
    kill_engaged_ = c.kill.engaged();
  }
  v1::KillSwitch kill = c.kill;
  kill.set_generation(kill_generation_);
  kill.set_engaged(kill_engaged_);
  held_.push_back([answer = std::move(c.answer), kill = std::move(kill)] { answer(kill); });
}

// Reads when the batch is on disk, so that nothing is shown which a crash could take back.
void Engine::On(ReadCommand&& c) {
  held_.push_back([this, read = std::move(c.read)] { read(ledger_); });
}

void Engine::On(TickCommand&&) {
  const int64_t now_ns = MonotonicNanos();
  std::vector<uint64_t> late;
  for (const auto& [key, in_flight] : in_flight_) {
    if (now_ns - in_flight.asked_ns > options_.gate_timeout.ns) {
      late.push_back(key);
    }
  }
  std::sort(late.begin(), late.end());
  for (const uint64_t key : late) {
    Settle(key, Unavailable("risk has not answered within " +
                            std::to_string(options_.gate_timeout.millis()) + " ms"));
  }
  const Timestamp now = clock_.Now();
  std::vector<OrderId> doubtful;
  for (const OrderId id : ledger_.open_orders()) {
    const Order& order = *ledger_.Find(id);
    const bool waits = !order.acknowledged || order.phase == Phase::kPendingCancel ||
                       order.phase == Phase::kPendingReplace;
    if (waits && !order.uncertain && now - order.updated > options_.uncertain_after) {
      doubtful.push_back(id);
    }
  }
  for (const OrderId id : doubtful) {
    const Events events = ledger_.DecideUncertain(
        id, route_caught_up_ ? "the venue has not answered" : "execution is out of reach", now);
    if (!events.empty() && !Commit(events)) {
      return;
    }
  }
}

// Journals and applies. The order of the two is free within a batch: nobody sees either before the
// sync.
bool Engine::Commit(const Events& events) {
  v1::LedgerRecord record;
  for (const Event& event : events) {
    ledger_.Apply(event);
    const Order& order = *ledger_.Find(event.order_id);
    *record.add_events() = Encode(event, order);
    Route(event, order);
    if (std::holds_alternative<Filled>(event.body)) {
      fill_sequences_.push_back(event.sequence);
      metrics_.FillBooked();
    }
  }
  const absl::Status status = store_->Append(record);
  if (!status.ok()) {
    on_fatal_(status);  // the ledger is ahead of the journal: only a restart mends that
    return false;
  }
  batch_dirty_ = true;
  batch_events_ += events.size();
  return true;
}

void Engine::Hold(OrderAnswer answer, const absl::StatusOr<v1::Order>& order) {
  held_.push_back([answer = std::move(answer), order] { answer(order); });
}

void Engine::BatchEnd() {
  if (gate_batch_.orders_size() > 0) {
    gate_batch_.set_epoch(epoch_);
    const bool sent = gate_ != nullptr && gate_->Send(gate_batch_);
    gate_batch_.Clear();
    if (!sent) {
      RefuseInFlight("risk is out of reach");
    }
  }
  if (batch_dirty_) {
    const int64_t start = MonotonicNanos();
    const absl::Status status = store_->Sync();
    if (!status.ok()) {
      on_fatal_(status);
      return;
    }
    metrics_.Synced(Duration{MonotonicNanos() - start}, batch_events_);
  }
  std::vector<std::function<void()>> answers;
  answers.swap(held_);
  for (const std::function<void()>& answer : answers) {
    answer();
  }
  if (route_batch_.commands_size() > 0) {
    if (execution_ == nullptr || !execution_->Send(route_batch_)) {
      On(RouteLost{});
      if (execution_ != nullptr) {
        execution_->Restart();
      }
    }
    route_batch_.Clear();
  }
  open_orders_count_ = ledger_.open_orders().size();
  if (batch_dirty_) {
    batch_dirty_ = false;
    batch_events_ = 0;
    on_published_();
  }
}

}  // namespace tw::oms
