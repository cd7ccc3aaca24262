#include "services/cli/prover.h"

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::cli {
namespace {

constexpr Duration kPatience = Duration::Seconds(5);
constexpr auto kPoll = std::chrono::milliseconds(50);

const google::protobuf::FieldDescriptor* Field(const std::string& name) {
  return v1::Limits::descriptor()->FindFieldByName(name);
}

// Until `done` says so, or patience ends.
bool WaitUntil(const std::function<bool()>& done) {
  const int64_t end = MonotonicNanos() + kPatience.ns;
  while (!done()) {
    if (MonotonicNanos() > end) {
      return false;
    }
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

}  // namespace

std::string ToLine(const Evidence& evidence) {
  nlohmann::ordered_json line;
  line["control"] = evidence.control;
  line["expected"] = v1::RejectReason_Name(evidence.expected).substr(14);
  line["fired"] = evidence.fired;
  line["proved"] = evidence.proved;
  if (!evidence.note.empty()) {
    line["note"] = evidence.note;
  }
  if (evidence.fired) {
    line["time"] = evidence.time;
    line["sequence"] = evidence.answer.sequence();
    line["order"] = nlohmann::ordered_json::parse(json::ToJson(evidence.order));
    line["answer"] = nlohmann::ordered_json::parse(json::ToJson(evidence.answer));
  }
  return line.dump();
}

absl::StatusOr<std::vector<Evidence>> Prover::Run() {
  TW_RETURN_IF_ERROR(Look());
  ProveControls();
  ProveOrders();
  ProvePace();
  ProveLimits();
  ProveLossesAndThrottle();
  NameTheRest();
  TakeBack("open orders of " + options_.account, CancelAll());
  return std::move(evidence_);
}

absl::Status Prover::Look() {
  TW_ASSIGN_OR_RETURN(
      const v1::ListInstrumentsResponse list,
      context_.Call<v1::ListInstrumentsResponse>("gateway", "MarketDataService/ListInstruments",
                                                 v1::ListInstrumentsRequest()));
  for (const v1::InstrumentInfo& each : list.instruments()) {
    if (each.symbol() == options_.symbol) {
      TW_ASSIGN_OR_RETURN(tick_, Price::Parse(each.tick_size()));
      TW_ASSIGN_OR_RETURN(lot_, Quantity::Parse(each.lot_size()));
      TW_ASSIGN_OR_RETURN(least_, Quantity::Parse(each.min_quantity()));
      TW_ASSIGN_OR_RETURN(most_, Quantity::Parse(each.max_quantity()));
    }
  }
  if (tick_.IsZero()) {
    return absl::NotFoundError("symbol '" + options_.symbol + "' is not known");
  }
  v1::GetTickerRequest request;
  request.set_symbol(options_.symbol);
  TW_ASSIGN_OR_RETURN(const v1::Ticker ticker,
                      context_.Call<v1::Ticker>("gateway", "MarketDataService/GetTicker", request));
  TW_ASSIGN_OR_RETURN(bid_, Price::Parse(ticker.bid()));
  TW_ASSIGN_OR_RETURN(ask_, Price::Parse(ticker.ask()));
  v1::Limits key;
  key.set_scope("account");
  key.set_account(options_.account);
  TW_ASSIGN_OR_RETURN(account_limits_, FindLimits(key));
  key.Clear();
  key.set_scope("strategy");
  key.set_strategy(options_.strategy);
  TW_ASSIGN_OR_RETURN(strategy_limits_, FindLimits(key));
  TW_ASSIGN_OR_RETURN(
      const v1::PreviewOrderResponse plain,
      context_.Call<v1::PreviewOrderResponse>("gateway", "OrderService/PreviewOrder", Resting()));
  if (!plain.approved()) {
    return absl::FailedPreconditionError("a plain order is refused already: " +
                                         plain.reject_message());
  }
  return absl::OkStatus();
}

// Passes every check, and rests: five per cent below the market, the smallest quantity.
v1::SubmitOrderRequest Prover::Resting() const {
  v1::SubmitOrderRequest order;
  order.set_account(options_.account);
  order.set_symbol(options_.symbol);
  order.set_side(v1::SIDE_BUY);
  order.set_type(v1::ORDER_TYPE_LIMIT);
  order.set_time_in_force(v1::TIME_IN_FORCE_DAY);
  order.set_quantity(least_.ToString());
  const int64_t below = bid_.e8() / 100 * 95;
  order.set_price(Price::FromE8(below - below % tick_.e8()).ToString());
  return order;
}

void Prover::ProveControls() {
  const v1::SubmitOrderRequest order = Resting();
  v1::EngageKillSwitchRequest engage;
  engage.set_scope("account");
  engage.set_name(options_.account);
  engage.set_reason("controls prove");
  engage.set_by(options_.by);
  engage.set_drill(true);
  (void)context_.Call<v1::KillSwitch>("gateway", "RiskService/EngageKillSwitch", engage);
  Fire("kill_switch", v1::REJECT_REASON_KILL_SWITCH, order);
  v1::ReleaseKillSwitchRequest release;
  release.set_scope("account");
  release.set_name(options_.account);
  release.set_reason("controls prove");
  release.set_by(options_.by);
  TakeBack(
      "the kill switch of account " + options_.account,
      context_.Call<v1::KillSwitch>("gateway", "RiskService/ReleaseKillSwitch", release).status());

  v1::BlockSymbolRequest block;
  block.set_symbol(options_.symbol);
  block.set_reason("controls prove");
  block.set_by(options_.by);
  for (const bool closing_only : {false, true}) {
    block.set_closing_only(closing_only);
    (void)context_.Call<v1::SymbolBlock>("gateway", "RiskService/BlockSymbol", block);
    Fire(closing_only ? "symbol_restricted" : "symbol_blocked",
         closing_only ? v1::REJECT_REASON_SYMBOL_RESTRICTED : v1::REJECT_REASON_SYMBOL_BLOCKED,
         order);
  }
  v1::UnblockSymbolRequest unblock;
  unblock.set_symbol(options_.symbol);
  unblock.set_reason("controls prove");
  unblock.set_by(options_.by);
  TakeBack(
      "the block of " + options_.symbol,
      context_.Call<v1::SymbolBlock>("gateway", "RiskService/UnblockSymbol", unblock).status());
}

void Prover::ProveOrders() {
  v1::SubmitOrderRequest order = Resting();
  order.set_symbol("NO.SUCH");
  Fire("symbol_known", v1::REJECT_REASON_UNKNOWN_SYMBOL, order);
  order = Resting();
  order.set_price(Price::FromE8(Price::Parse(order.price())->e8() + tick_.e8() / 2).ToString());
  Fire("tick_size", v1::REJECT_REASON_TICK_SIZE, order);
  order = Resting();
  order.set_quantity(Quantity::FromE8(least_.e8() + lot_.e8() / 2).ToString());
  Fire("lot_size", v1::REJECT_REASON_LOT_SIZE, order);
  order = Resting();
  order.set_quantity((most_ + lot_).ToString());
  Fire("max_quantity", v1::REJECT_REASON_MAX_QUANTITY, order);
  order = Resting();
  const int64_t far = ask_.e8() * 2;
  order.set_price(Price::FromE8(far - far % tick_.e8()).ToString());
  Fire("price_collar", v1::REJECT_REASON_PRICE_COLLAR, order);
}

void Prover::ProvePace() {
  const v1::SubmitOrderRequest order = Resting();
  v1::SubmitOrderRequest near = order;
  const int64_t nearer = bid_.e8() / 100 * 98;
  near.set_price(Price::FromE8(nearer - nearer % tick_.e8()).ToString());
  FireWith("message_rate", v1::REJECT_REASON_MESSAGE_RATE, "max_message_rate", "1", {order});
  FireWith("own_price_collar", v1::REJECT_REASON_OWN_PRICE_COLLAR, "own_collar_percent", "1",
           {near});
  FireWith("duplicate_order", v1::REJECT_REASON_DUPLICATE_ORDER, "duplicate_window_ms", "60000",
           {order});
}

void Prover::ProveLimits() {
  const struct {
    const char* control;
    v1::RejectReason reason;
    const char* field;
  } limits[] = {
      {"max_order_quantity", v1::REJECT_REASON_MAX_ORDER_QUANTITY, "max_order_quantity"},
      {"max_order_notional", v1::REJECT_REASON_MAX_ORDER_NOTIONAL, "max_order_notional"},
      {"max_open_orders", v1::REJECT_REASON_MAX_OPEN_ORDERS, "max_open_orders"},
      {"max_position", v1::REJECT_REASON_MAX_POSITION, "max_position"},
      {"max_position_notional", v1::REJECT_REASON_MAX_POSITION_NOTIONAL, "max_position_notional"},
      {"max_concentration", v1::REJECT_REASON_MAX_CONCENTRATION, "max_concentration_percent"},
      {"max_exposure", v1::REJECT_REASON_MAX_EXPOSURE, "max_exposure"},
      {"max_net_exposure", v1::REJECT_REASON_MAX_NET_EXPOSURE, "max_net_exposure"},
      {"max_open_value", v1::REJECT_REASON_MAX_OPEN_VALUE, "max_open_value"}};
  for (const auto& each : limits) {
    FireWith(each.control, each.reason, each.field, "0");
  }
}

// A round trip costs the spread, and is one execution more than the strategy may have.
void Prover::ProveLossesAndThrottle() {
  absl::Status ready = CancelAll();
  ready.Update(SetLimit(strategy_limits_, "max_executions", "1"));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'200));  // the account's equity is marked
  ready.Update(Trade(v1::SIDE_BUY));
  const struct {
    const char* control;
    v1::RejectReason reason;
  } losses[] = {{"max_daily_loss", v1::REJECT_REASON_MAX_DAILY_LOSS},
                {"max_drawdown", v1::REJECT_REASON_MAX_DRAWDOWN},
                {"max_position_loss", v1::REJECT_REASON_MAX_POSITION_LOSS}};
  for (const auto& each : losses) {
    if (ready.ok()) {
      FireWith(each.control, each.reason, each.control, "0");
    } else {
      NotFired(each.control, each.reason, std::string(ready.message()));
    }
  }
  ready.Update(Trade(v1::SIDE_SELL));
  const auto is_off = [&] {
    const auto off = context_.Call<v1::ListDisabledStrategiesResponse>(
        "gateway", "RiskService/ListDisabledStrategies", v1::ListDisabledStrategiesRequest());
    for (int i = 0; off.ok() && i < off->strategies_size(); ++i) {
      if (off->strategies(i).strategy() == options_.strategy) {
        return true;
      }
    }
    return false;
  };
  if (ready.ok() && WaitUntil(is_off)) {
    v1::SubmitOrderRequest order = Resting();
    order.set_strategy(options_.strategy);
    Fire("strategy_enabled", v1::REJECT_REASON_STRATEGY_DISABLED, order);
    v1::EnableStrategyRequest enable;
    enable.set_strategy(options_.strategy);
    enable.set_by(options_.by);
    enable.set_reason("controls prove");
    TakeBack("strategy " + options_.strategy + ", which is switched off",
             context_.Call<v1::DisabledStrategy>("gateway", "RiskService/EnableStrategy", enable)
                 .status());
  } else {
    NotFired("strategy_enabled", v1::REJECT_REASON_STRATEGY_DISABLED,
             ready.ok() ? "two executions did not trip it" : std::string(ready.message()));
  }
  PutBackLimit(strategy_limits_, "max_executions");
}

void Prover::NameTheRest() {
  const char* const healthy = "a healthy platform cannot be made to break it from outside";
  const char* const listed = "needs an account of its own in accounts.toml";
  NotFired("risk_available", v1::REJECT_REASON_RISK_UNAVAILABLE, healthy);
  NotFired("reference_price", v1::REJECT_REASON_NO_REFERENCE_PRICE, healthy);
  NotFired("reference_age", v1::REJECT_REASON_STALE_REFERENCE_PRICE, healthy);
  NotFired("max_firm_exposure", v1::REJECT_REASON_MAX_FIRM_EXPOSURE,
           "would stop the whole firm; max_exposure is the same check below it");
  NotFired("account_known", v1::REJECT_REASON_UNKNOWN_ACCOUNT,
           "a malformed name is no order; a closed list is needed for more");
  NotFired("symbol_entitled", v1::REJECT_REASON_NOT_ENTITLED, listed);
  NotFired("short_sale", v1::REJECT_REASON_SHORT_SALE, listed);
  NotFired("buying_power", v1::REJECT_REASON_BUYING_POWER, listed);
  NotFired("margin", v1::REJECT_REASON_MARGIN_CALL, listed);
}

void Prover::Fire(const std::string& control,
                  v1::RejectReason expected,
                  const v1::SubmitOrderRequest& order) {
  Evidence evidence;
  evidence.control = control;
  evidence.expected = expected;
  evidence.order = order;
  const absl::StatusOr<v1::Order> answer = Send(order);
  evidence.time = FormatRfc3339(SystemClock().Now());
  evidence.fired = answer.ok();
  if (answer.ok()) {
    evidence.answer = *answer;
    evidence.proved =
        answer->status() == v1::ORDER_STATUS_REJECTED && answer->reject_reason() == expected;
    evidence.note = evidence.proved ? "" : "the order was not refused for this reason";
  } else {
    evidence.note = std::string(answer.status().message());
  }
  evidence_.push_back(std::move(evidence));
}

void Prover::FireWith(const std::string& control,
                      v1::RejectReason expected,
                      const std::string& field,
                      const std::string& value,
                      const std::vector<v1::SubmitOrderRequest>& before) {
  absl::Status ready = SetLimit(account_limits_, field, value);
  for (const v1::SubmitOrderRequest& order : before) {
    const absl::StatusOr<v1::Order> answer = Send(order);
    ready.Update(answer.status());
    if (answer.ok() && answer->status() == v1::ORDER_STATUS_REJECTED) {
      ready.Update(absl::FailedPreconditionError("the order before it was refused: " +
                                                 answer->reject_message()));
    }
  }
  if (ready.ok()) {
    Fire(control, expected, Resting());
  } else {
    NotFired(control, expected, std::string(ready.message()));
  }
  PutBackLimit(account_limits_, field);
}

void Prover::TakeBack(const std::string& what, const absl::Status& status) {
  if (!status.ok()) {
    left_behind_.push_back(what + ": " + std::string(status.message()));
  }
}

void Prover::NotFired(const std::string& control,
                      v1::RejectReason expected,
                      const std::string& why) {
  Evidence evidence;
  evidence.control = control;
  evidence.expected = expected;
  evidence.note = why;
  evidence_.push_back(std::move(evidence));
}

absl::StatusOr<v1::Limits> Prover::FindLimits(const v1::Limits& key) const {
  v1::GetLimitsRequest request;
  request.set_account(key.account());
  request.set_strategy(key.strategy());
  TW_ASSIGN_OR_RETURN(
      const v1::GetLimitsResponse rows,
      context_.Call<v1::GetLimitsResponse>("gateway", "RiskService/GetLimits", request));
  for (const v1::Limits& row : rows.limits()) {
    if (row.scope() == key.scope() && row.account() == key.account() &&
        row.strategy() == key.strategy()) {
      return row;
    }
  }
  return key;
}

void Prover::PutBackLimit(const v1::Limits& was, const std::string& field) {
  const std::string value = was.GetReflection()->GetString(was, Field(field));
  TakeBack(field + " of " + was.scope() + " " + was.account() + was.strategy(),
           SetLimit(was, field, value.empty() ? "none" : value));
}

absl::Status Prover::SetLimit(const v1::Limits& key,
                              const std::string& field,
                              const std::string& value) {
  v1::SetLimitsRequest request;
  request.mutable_limits()->set_scope(key.scope());
  request.mutable_limits()->set_account(key.account());
  request.mutable_limits()->set_strategy(key.strategy());
  request.mutable_limits()->GetReflection()->SetString(request.mutable_limits(), Field(field),
                                                       value);
  request.mutable_limits()->set_changed_by(options_.by);
  request.mutable_limits()->set_reason("controls prove");
  return context_.Call<v1::Limits>("gateway", "RiskService/SetLimits", request).status();
}

absl::StatusOr<v1::Order> Prover::Send(const v1::SubmitOrderRequest& order) const {
  return context_.Call<v1::Order>("gateway", "OrderService/SubmitOrder", order);
}

absl::Status Prover::Trade(v1::Side side) {
  v1::SubmitOrderRequest order;
  order.set_account(options_.account);
  order.set_strategy(options_.strategy);
  order.set_symbol(options_.symbol);
  order.set_side(side);
  order.set_type(v1::ORDER_TYPE_MARKET);
  order.set_quantity(least_.ToString());
  TW_ASSIGN_OR_RETURN(const v1::Order sent, Send(order));
  v1::GetOrderRequest get;
  get.set_order_id(sent.order_id());
  const bool filled = WaitUntil([&] {
    const auto is = context_.Call<v1::Order>("gateway", "OrderService/GetOrder", get);
    return is.ok() && is->status() == v1::ORDER_STATUS_FILLED;
  });
  return filled ? absl::OkStatus()
                : absl::FailedPreconditionError("a market order was not filled: " +
                                                sent.reject_message());
}

absl::Status Prover::CancelAll() const {
  v1::CancelAllOrdersRequest request;
  request.set_account(options_.account);
  return context_
      .Call<v1::CancelAllOrdersResponse>("gateway", "OrderService/CancelAllOrders", request)
      .status();
}

}  // namespace tw::cli
