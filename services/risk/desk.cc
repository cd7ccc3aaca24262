#include "services/risk/desk.h"

#include <algorithm>
#include <optional>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/convert/opening.h"
#include "libs/log/log.h"
#include "libs/trace/orders.h"
#include "services/risk/convert.h"

namespace tw::risk {
namespace {

// Percent of a limit from which an approved order is worth an alert.
constexpr int kNearPercent = 80;

AccountRules RulesOf(const Account& account) {
  AccountRules rules;
  rules.listed = account.listed;
  rules.desk = account.desk;
  rules.margin_rate = account.margin_rate;
  rules.maintenance_rate = account.maintenance_rate;
  rules.short_sale = account.short_sale;
  rules.symbols.insert(account.symbols.begin(), account.symbols.end());
  return rules;
}

AccountPolicy PolicyOf(const tw::Accounts& accounts) {
  AccountPolicy policy;
  policy.closed = !accounts.open();
  for (const Account& account : accounts.listed()) {
    policy.listed.insert(account.name);
  }
  return policy;
}

// Refusals that say something about the account, not about a typing error or the platform.
bool IsWorthAnAlert(const CheckResult& refusal) {
  return IsLimit(refusal.id) || refusal.id == CheckId::kPriceCollar ||
         refusal.id == CheckId::kOwnPriceCollar || refusal.id == CheckId::kDuplicateOrder ||
         refusal.id == CheckId::kStrategyEnabled || refusal.id == CheckId::kShortSale;
}

}  // namespace

Desk::Desk(const Clock& clock,
           const Instruments& instruments,
           const tw::Accounts& accounts,
           const LimitsFile& limits,
           RiskConfig config,
           RiskMetrics metrics)
    : clock_(clock),
      config_(std::move(config)),
      metrics_(metrics),
      ledger_(clock.Now()),
      state_(instruments, Limits(limits.rows)) {
  state_.rules = limits.rules;
  state_.accounts = PolicyOf(accounts);
  for (const Account& account : accounts.listed()) {
    state_.account_rules.emplace(account.name, RulesOf(account));
    state_.exposure.SetAccount(account.name, account.desk, account.opening_cash);
    for (const OpeningPosition& position : account.opening_positions) {
      state_.exposure.SetOpening(account.name, position.symbol, position.quantity,
                                 position.average_price);
    }
  }
}

void Desk::Gate(const v1::GateRequest& request, v1::GateResponse& response) {
  const int64_t start = MonotonicNanos();
  response.Clear();
  {
    const std::lock_guard lock(mutex_);
    const Timestamp now = clock_.Now();
    state_.ready = LedgerInSight(now);
    for (const uint64_t released : request.released()) {
      state_.exposure.Release(OrderId::FromValue(released));
    }
    response.mutable_decisions()->Reserve(request.orders_size());
    for (const v1::GateOrder& order : request.orders()) {
      v1::GateDecision& decision = *response.add_decisions();
      DecideOne(order, request.epoch(), now, decision);
      if (order.traced()) {
        decision.set_received_ns(now.ns);
        decision.set_sent_ns(clock_.Now().ns);
      }
    }
    response.set_ledger_sequence(ledger_sequence_);
  }
  metrics_.GateAnswered({MonotonicNanos() - start});
}

void Desk::DecideOne(const v1::GateOrder& order,
                     uint64_t epoch,
                     Timestamp now,
                     v1::GateDecision& answer) {
  answer.set_order_id(order.order_id());
  answer.set_request(order.request());
  const absl::StatusOr<OrderTerms> terms = DecodeOrder(order);
  if (!terms.ok()) {
    v1::RiskDecision& refusal = *answer.mutable_decision();
    refusal.set_reason(v1::REJECT_REASON_RISK_UNAVAILABLE);
    refusal.set_message("risk cannot read the order: " + std::string(terms.status().message()));
    refusal.set_decided_ns(now.ns);
    metrics_.Refused(RejectReason::kRiskUnavailable);
    return;
  }
  const Decision decision = risk::Check(state_, *terms, now);
  *answer.mutable_decision() = EncodeDecision(decision, *terms);
  EncodeChecks(decision, checks_);
  checks_.SerializeToString(answer.mutable_packed_checks());
  answer.set_reserve_price_e8(decision.reserve_price.e8());
  answer.set_kill_generation(decision.kill_generation);
  if (trace::Begin(OrderId::FromValue(order.order_id()), order.traceparent())) {
    trace::Note({"risk", "order_checked"}, OrderId::FromValue(order.order_id()),
                {{"approved", decision.approved()},
                 {"reason", v1::RejectReason_Name(answer.decision().reason()).substr(14)}});
  }
  if (order.preview()) {
    return;
  }
  if (decision.approved() && terms->order_id.IsSet() && !terms->dormant) {
    state_.exposure.Reserve(ToReservation(*terms, decision, epoch));
  }
  Remember(state_, *terms, decision);
  TellOfDecision(*terms, decision);
}

void Desk::TellOfDecision(const OrderTerms& order, const Decision& decision) {
  if (!decision.approved()) {
    metrics_.Refused(decision.reason);
    if (IsWorthAnAlert(decision.refusal())) {
      Tell(AlertKind::kOrderRefused, order.account, order.symbol, RefusalMessage(decision, order));
    }
    return;
  }
  metrics_.Approved();
  for (size_t i = 0; i < decision.check_count; ++i) {
    const CheckResult& check = decision.checks[i];
    // An order at its own size limit is nothing to look at; what is held in sum is.
    const bool in_sum = check.id >= CheckId::kMaxPosition;
    if (in_sum && check.limit_e8 > 0 && check.limit_e8 != kNoLimit &&
        UsedPercent(check) >= kNearPercent) {
      Tell(AlertKind::kLimitNear, order.account, order.symbol,
           fmt::format("{} is {} % used after an order of {} {}", Name(check.id),
                       std::min(UsedPercent(check), 100), order.quantity.ToString(), order.symbol));
      return;
    }
  }
}

// Repeats are held back here already, so that a flood of refusals posts nothing.
void Desk::Tell(AlertKind kind,
                std::string_view account,
                std::string_view symbol,
                std::string message) {
  AlertRaised finding;
  finding.kind = kind;
  finding.account = std::string(account);
  finding.symbol = std::string(symbol);
  finding.message = std::move(message);
  if (alerts_.Decide(finding, clock_.Now()) && on_finding_) {
    on_finding_(std::move(finding));
  }
}

absl::Status Desk::Check(const v1::CheckOrderRequest& request, v1::CheckOrderResponse& response) {
  TW_ASSIGN_OR_RETURN(const OrderTerms terms, DecodeCheck(request));
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.Now();
  state_.ready = LedgerInSight(now);
  EncodeCheck(risk::Check(state_, terms, now), terms, response);
  return absl::OkStatus();
}

absl::StatusOr<v1::CheckOrderResponse> Desk::Check(const v1::CheckOrderRequest& request) {
  v1::CheckOrderResponse response;
  TW_RETURN_IF_ERROR(Check(request, response));
  return response;
}

bool Desk::LedgerInSight(Timestamp now) const {
  if (!replayed_) {
    return false;
  }
  const feed::Lag lag = ledger_.Read(now);
  return lag.current || lag.ms <= config_.ledger_lag_max.millis();
}

void Desk::OnLedgerEvent(const v1::LedgerEvent& event) {
  if (const std::optional<Opening> opening = DecodeOpening(event)) {
    const std::lock_guard lock(mutex_);
    BringIn(*opening, Timestamp{event.time_ns()});
    ledger_sequence_ = event.sequence();
    return;
  }
  const std::optional<OrderView> view = DecodeEvent(event);
  const std::lock_guard lock(mutex_);
  if (view) {
    state_.exposure.Apply(*view);
    // One that is taken back or put right is no execution of the strategy's.
    if (event.kind() == v1::ORDER_EVENT_KIND_FILLED && !view->strategy.empty()) {
      CountExecution(view->strategy, Timestamp{event.time_ns()});
    }
  }
  ledger_sequence_ = event.sequence();
}

void Desk::BringIn(const Opening& opening, Timestamp time) {
  Exposure& exposure = state_.exposure;
  const auto equity = [&] {
    const std::optional<size_t> account = exposure.FindAccount(opening.account);
    return account ? exposure.AccountEquity(*account) : Wide{kDefaultCash.e8()};
  };
  const Wide before = equity();
  exposure.BringIn(opening);
  const std::optional<EquityMarked> event =
      state_.BringIn(opening.account, ClampMoney(equity() - before), time, /*seen=*/!replayed_);
  const EffectiveLimits limits = state_.limits.For(opening.account, "");
  if (event && on_change_ && (limits.daily_loss.set() || limits.drawdown.set())) {
    on_change_(Event(*event));
  }
}

// Executions up to the moment a strategy was switched on again are forgiven, also when the ledger
// is read anew; those of the last window count then, too.
void Desk::CountExecution(std::string_view strategy, Timestamp time) {
  const std::optional<Number> max = state_.limits.ExecutionsMax(strategy);
  if (!max) {
    return;
  }
  const StrategyChanged* known = state_.controls.FindStrategy(strategy);
  if (known != nullptr && (known->disabled || time <= known->time)) {
    state_.executions.Clear(strategy);
    return;
  }
  const Duration window = state_.rules.execution_window;
  if (clock_.Now() - time > window) {
    return;  // long past: read anew, perhaps under a limit that did not stand then
  }
  const auto count = static_cast<size_t>(max->e8() / kDecimalScale);
  if (!state_.executions.Add(strategy, time, count, window)) {
    return;
  }
  StrategyChanged off;
  off.strategy = std::string(strategy);
  off.disabled = true;
  off.reason = fmt::format("{} executions within {} s, {} at most", count + 1,
                           window.millis() / 1000, count);
  off.by = "repeated-execution throttle";
  off.time = clock_.Now();
  state_.controls.Apply(off);         // at once; the journal follows
  state_.executions.Clear(strategy);  // once it is on again, it is counted anew
  if (on_change_) {
    on_change_(Event(off));
  }
  Tell(AlertKind::kStrategyDisabled, "", "", fmt::format("strategy {}: {}", strategy, off.reason));
}

void Desk::OnLedgerBatch(const v1::LedgerBatch& batch, bool caught_up) {
  const Timestamp now = clock_.Now();
  ledger_.OnBatch(now, caught_up);
  if (!caught_up) {
    return;
  }
  const std::lock_guard lock(mutex_);
  replayed_ = true;
  const size_t dropped = state_.exposure.DropOlderEpochs(batch.epoch());
  if (dropped > 0) {
    metrics_.ReservationsDropped(dropped);
    log::Info("older_reservations_dropped", {{"count", dropped}, {"epoch", batch.epoch()}});
  }
}

void Desk::OnLedgerLost(const absl::Status& status) {
  ledger_.OnLost(clock_.Now(), status);
}

uint64_t Desk::ledger_sequence() const {
  const std::lock_guard lock(mutex_);
  return ledger_sequence_;
}

bool Desk::replayed() const {
  const std::lock_guard lock(mutex_);
  return replayed_;
}

void Desk::OnFeedEvent(const v1::FeedEvent& event) {
  if (event.recorded()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  const Instrument* instrument = state_.instruments.Find(event.symbol());
  if (instrument == nullptr) {
    return;
  }
  const size_t symbol = state_.IndexOf(*instrument);
  Reference& reference = state_.references[symbol];
  const Timestamp received{event.receive_time_ns()};
  if (event.has_quote()) {
    state_.SetReference(symbol, Price::FromE8(event.quote().bid_e8()),
                        Price::FromE8(event.quote().ask_e8()), received);
  } else if (event.has_book_state()) {
    reference.stale = event.book_state().stale();
  } else if (event.has_trade() || event.has_book() || event.has_book_delta()) {
    // The book was heard of: its best prices are as new as this, whether they changed or not.
    reference.received = std::max(reference.received, received);
  }
}

void Desk::OnFeedRestart() {
  const std::lock_guard lock(mutex_);
  for (Reference& reference : state_.references) {
    reference.stale = false;
  }
}

std::optional<Duration> Desk::market_age() const {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.Now();
  Duration oldest;
  for (const Reference& reference : state_.references) {
    if (!reference.received.IsSet()) {
      return std::nullopt;
    }
    oldest = std::max(oldest, now - reference.received);
  }
  return oldest;
}

void Desk::Sweep() {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.Now();
  if (ledger_.Read(now).current) {
    const size_t dropped = state_.exposure.DropReservedBefore(now - config_.reservation_age_max);
    if (dropped > 0) {
      metrics_.ReservationsDropped(dropped);
      Tell(AlertKind::kReservationsDropped, "", "",
           fmt::format("{} approved orders never reached oms's ledger", dropped));
    }
  }
  FindBreaches();
  MarkEquity(now);
  metrics_.Show(state_.exposure.open_orders(), state_.exposure.reservations(),
                ToDouble(ClampMoney(state_.exposure.FirmUsed()).e8()));
  metrics_.Show(alerts_.open(), state_.controls.kill_switch().engaged);
}

// Marks of accounts with a limit on losses are kept; those of others are good until a restart.
void Desk::MarkEquity(Timestamp now) {
  if (!replayed_) {
    return;  // half a ledger is no equity
  }
  for (size_t a = 0; a < state_.exposure.accounts(); ++a) {
    const std::optional<EquityMarked> event = state_.MarkEquity(a, now);
    if (!event || !on_change_) {
      continue;
    }
    const EffectiveLimits limits = state_.limits.For(state_.exposure.account_name(a), "");
    if (limits.daily_loss.set() || limits.drawdown.set()) {
      on_change_(Event(*event));
    }
  }
}

Money Desk::MaxAt(SumLevel level, const LimitSubject& subject) const {
  return Money::FromE8(state_.limits.For(subject).exposure.at(level));
}

void Desk::FindBreaches() {
  const Exposure& exposure = state_.exposure;
  const auto breach = [&](const std::string& what, std::string_view account,
                          std::string_view symbol, Wide used, Money max) {
    if (used > max.e8()) {
      Tell(
          AlertKind::kLimitBreached, account, symbol,
          fmt::format("{} is {}, the limit {}", what, ClampMoney(used).ToString(), max.ToString()));
    }
  };
  breach("the firm's exposure", "", "", exposure.FirmUsed(), state_.limits.FirmExposureMax());
  for (size_t d = 0; d < exposure.desks(); ++d) {
    const std::string& desk = exposure.desk_name(d);
    breach("the exposure of desk " + desk, "", "", exposure.DeskUsed(d),
           MaxAt(SumLevel::kDesk, {"", "", desk, ""}));
  }
  for (size_t i = 0; i < exposure.strategies(); ++i) {
    const std::string& strategy = exposure.strategy_name(i);
    breach("the exposure of strategy " + strategy, "", "", exposure.StrategyUsed(i),
           MaxAt(SumLevel::kStrategy, {"", "", "", strategy}));
  }
  for (size_t s = 0; s < exposure.symbols(); ++s) {
    breach("the exposure in the symbol", "", exposure.symbol_name(s), exposure.SymbolUsed(s),
           MaxAt(SumLevel::kSymbol, {"", exposure.symbol_name(s)}));
  }
  for (size_t a = 0; a < exposure.accounts(); ++a) {
    const std::string& account = exposure.account_name(a);
    breach("the account's exposure", account, "", exposure.AccountUsed(a),
           state_.limits.AccountExposureMax(account));
    for (size_t s = 0; s < exposure.symbols(); ++s) {
      const Cell* cell = exposure.FindCell(a, s);
      if (cell != nullptr && !cell->position.IsZero()) {
        const std::string& symbol = exposure.symbol_name(s);
        const std::string& desk = exposure.desk_name(exposure.DeskOf(a));
        const EffectiveLimits& limits = state_.LimitsOf({account, symbol, desk}, a, s, kNowhere);
        breach("the position", account, symbol,
               ReserveNotional(exposure.mark(s), cell->position.Abs()).e8(),
               Money::FromE8(limits.position_notional.e8));
      }
    }
  }
}

namespace {

struct ScopeSums {
  Wide used = 0;
  Wide net = 0;
  const Totals& totals;
};

// Nothing for a desk or strategy that holds nothing and has no order.
void AddScope(v1::GetExposureResponse& out,
              const char* scope,
              const std::string& name,
              const ScopeSums& sums) {
  if (!name.empty() && sums.used == 0 && sums.totals.open_orders == 0) {
    return;
  }
  v1::ScopeExposure& row = *out.add_scopes();
  row.set_scope(scope);
  row.set_name(name);
  row.set_used_exposure(ClampMoney(sums.used).ToString());
  row.set_net_exposure(ClampMoney(sums.net).ToString());
  row.set_open_value(ClampMoney(sums.totals.reserved_buy + sums.totals.reserved_sell).ToString());
  row.set_open_orders(sums.totals.open_orders);
}

void AddScopes(const Exposure& exposure, v1::GetExposureResponse& out) {
  AddScope(out, "firm", "", {exposure.FirmUsed(), exposure.FirmNet(), exposure.firm_totals()});
  for (size_t d = 0; d < exposure.desks(); ++d) {
    AddScope(out, "desk", exposure.desk_name(d),
             {exposure.DeskUsed(d), exposure.DeskNet(d), exposure.desk_totals(d)});
  }
  for (size_t s = 0; s < exposure.strategies(); ++s) {
    AddScope(out, "strategy", exposure.strategy_name(s),
             {exposure.StrategyUsed(s), exposure.StrategyNet(s), exposure.strategy_totals(s)});
  }
}

}  // namespace

v1::GetExposureResponse Desk::GetExposure(const v1::GetExposureRequest& request) const {
  const std::lock_guard lock(mutex_);
  const Exposure& exposure = state_.exposure;
  v1::GetExposureResponse out;
  for (size_t a = 0; a < exposure.accounts(); ++a) {
    if (!request.account().empty() && request.account() != exposure.account_name(a)) {
      continue;
    }
    for (size_t s = 0; s < exposure.symbols(); ++s) {
      const Cell* cell = exposure.FindCell(a, s);
      if (cell == nullptr ||
          (cell->position.IsZero() && cell->open_buy.IsZero() && cell->open_sell.IsZero())) {
        continue;
      }
      v1::Exposure& row = *out.add_exposures();
      row.set_account(exposure.account_name(a));
      row.set_symbol(exposure.symbol_name(s));
      row.set_position(cell->position.ToString());
      row.set_open_buy(cell->open_buy.ToString());
      row.set_open_sell(cell->open_sell.ToString());
      row.set_reserved_notional(ClampMoney(cell->reserved_buy + cell->reserved_sell).ToString());
      row.set_position_notional(ReserveNotional(exposure.mark(s), cell->position.Abs()).ToString());
      row.set_used_exposure(ClampMoney(exposure.CellUsed(a, s)).ToString());
    }
  }
  out.set_firm_exposure(ClampMoney(exposure.FirmUsed()).ToString());
  out.set_ledger_sequence(ledger_sequence_);
  if (request.account().empty()) {
    AddScopes(exposure, out);
  }
  return out;
}

}  // namespace tw::risk
