// controls prove, against a platform that refuses nothing, and one that refuses as it should.
#include <atomic>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/services/cli/fake_services.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::cli {
namespace {

// The public door as far as the proof needs it. `refuse` says why an order is refused, by what has
// been asked of it before.
class Door {
 public:
  using Refuse = std::function<v1::RejectReason(const v1::SubmitOrderRequest&)>;

  explicit Door(Refuse refuse) : refuse_(std::move(refuse)) {
    Market();
    Orders();
    Limits();
    Controls();
    services_.Start({"gateway"});
  }

  v1::Limits row;                  // that the account has had all along
  bool stuck = false;              // no block is lifted
  std::map<std::string, int> set;  // limits that are set, and how many orders came since
  std::string blocked;             // "", "all" or "opening"
  bool killed = false;

 private:
  void Market() {
    services_.Unary<v1::ListInstrumentsRequest, v1::ListInstrumentsResponse>(
        "MarketDataService/ListInstruments", [](const auto&) {
          v1::ListInstrumentsResponse list;
          v1::InstrumentInfo& ibm = *list.add_instruments();
          ibm.set_symbol("IBM");
          ibm.set_tick_size("0.01");
          ibm.set_lot_size("1");
          ibm.set_min_quantity("1");
          ibm.set_max_quantity("1000");
          return list;
        });
    services_.Unary<v1::GetTickerRequest, v1::Ticker>("MarketDataService/GetTicker",
                                                      [](const auto&) {
                                                        v1::Ticker ticker;
                                                        ticker.set_bid("180");
                                                        ticker.set_ask("180.1");
                                                        return ticker;
                                                      });
  }

  void Orders() {
    services_.Unary<v1::SubmitOrderRequest, v1::Order>(
        "OrderService/SubmitOrder", [this](const v1::SubmitOrderRequest& request) {
          v1::Order order;
          order.set_sequence(++sequence_);
          const v1::RejectReason reason = refuse_(request);
          order.set_reject_reason(reason);
          order.set_status(reason == v1::REJECT_REASON_NONE ? v1::ORDER_STATUS_PENDING_NEW
                                                            : v1::ORDER_STATUS_REJECTED);
          return order;
        });
    services_.Unary<v1::GetOrderRequest, v1::Order>("OrderService/GetOrder", [](const auto&) {
      v1::Order order;
      order.set_status(v1::ORDER_STATUS_FILLED);
      return order;
    });
    services_.Unary<v1::SubmitOrderRequest, v1::PreviewOrderResponse>(
        "OrderService/PreviewOrder", [this](const auto&) {
          v1::PreviewOrderResponse preview;
          preview.set_approved(blocked.empty() && !killed);
          preview.set_reject_message("IBM is blocked");
          return preview;
        });
  }

  void Limits() {
    services_.Unary<v1::GetLimitsRequest, v1::GetLimitsResponse>("RiskService/GetLimits",
                                                                 [this](const auto&) {
                                                                   v1::GetLimitsResponse rows;
                                                                   *rows.add_limits() = row;
                                                                   return rows;
                                                                 });
    services_.Unary<v1::CancelAllOrdersRequest, v1::CancelAllOrdersResponse>(
        "OrderService/CancelAllOrders", [](const auto&) { return v1::CancelAllOrdersResponse(); });
    services_.Unary<v1::SetLimitsRequest, v1::Limits>(
        "RiskService/SetLimits", [this](const v1::SetLimitsRequest& request) {
          EXPECT_EQ(request.limits().changed_by(), "ana");
          for (int i = 0; i < v1::Limits::descriptor()->field_count(); ++i) {
            Take(request.limits(), *v1::Limits::descriptor()->field(i));
          }
          return request.limits();
        });
  }

  // What the row had before, or none, takes the proof's value away.
  void Take(const v1::Limits& limits, const google::protobuf::FieldDescriptor& field) {
    if (field.name().rfind("max_", 0) != 0 && field.name() != "own_collar_percent" &&
        field.name() != "duplicate_window_ms") {
      return;
    }
    const std::string value = limits.GetReflection()->GetString(limits, &field);
    const bool own = limits.scope() == row.scope() && limits.account() == row.account();
    const std::string before = own ? row.GetReflection()->GetString(row, &field) : "";
    if (value == (before.empty() ? "none" : before)) {
      set.erase(field.name());
    } else if (!value.empty()) {
      set[field.name()] = 0;
    }
  }

  void Controls() {
    services_.Unary<v1::EngageKillSwitchRequest, v1::KillSwitch>(
        "RiskService/EngageKillSwitch", [this](const v1::EngageKillSwitchRequest& request) {
          EXPECT_TRUE(request.drill());
          killed = true;
          return v1::KillSwitch();
        });
    services_.Unary<v1::ReleaseKillSwitchRequest, v1::KillSwitch>("RiskService/ReleaseKillSwitch",
                                                                  [this](const auto&) {
                                                                    killed = false;
                                                                    return v1::KillSwitch();
                                                                  });
    services_.Unary<v1::BlockSymbolRequest, v1::SymbolBlock>(
        "RiskService/BlockSymbol", [this](const v1::BlockSymbolRequest& request) {
          blocked = request.closing_only() ? "opening" : "all";
          return v1::SymbolBlock();
        });
    services_.Unary<v1::UnblockSymbolRequest, v1::SymbolBlock>(
        "RiskService/UnblockSymbol", [this](const auto&) -> absl::StatusOr<v1::SymbolBlock> {
          if (stuck) {
            return absl::UnavailableError("no disk space");
          }
          blocked.clear();
          return v1::SymbolBlock();
        });
    services_.Unary<v1::ListDisabledStrategiesRequest, v1::ListDisabledStrategiesResponse>(
        "RiskService/ListDisabledStrategies", [](const auto&) {
          v1::ListDisabledStrategiesResponse off;
          off.add_strategies()->set_strategy("controls-proof");
          return off;
        });
    services_.Unary<v1::EnableStrategyRequest, v1::DisabledStrategy>(
        "RiskService/EnableStrategy", [](const v1::EnableStrategyRequest& request) {
          EXPECT_EQ(request.by(), "ana");
          return v1::DisabledStrategy();
        });
  }

  const Refuse refuse_;
  std::atomic<uint64_t> sequence_{0};
  FakeServices services_;
};

std::vector<nlohmann::json> Lines(const std::string& text) {
  std::vector<nlohmann::json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    out.push_back(nlohmann::json::parse(line));
  }
  return out;
}

TEST(ControlsTest, APlatformThatRefusesNothingProvesNothing) {
  Door door([](const auto&) { return v1::REJECT_REASON_NONE; });
  const Outcome outcome = Tradewind({"controls", "prove", "--by", "ana"});
  EXPECT_EQ(outcome.exit, kFailed);
  EXPECT_EQ(outcome.err.find("0 controls proved"), 0u) << outcome.err;
  for (const nlohmann::json& line : Lines(outcome.out)) {
    EXPECT_EQ(line["proved"], false) << line;
    EXPECT_FALSE(line["note"].get<std::string>().empty());
  }
  EXPECT_TRUE(door.set.empty() && door.blocked.empty() && !door.killed) << "all is taken back";
}

v1::RejectReason SwitchOf(const Door& door) {
  if (door.killed) {
    return v1::REJECT_REASON_KILL_SWITCH;
  }
  if (door.blocked.empty()) {
    return v1::REJECT_REASON_NONE;
  }
  return door.blocked == "all" ? v1::REJECT_REASON_SYMBOL_BLOCKED
                               : v1::REJECT_REASON_SYMBOL_RESTRICTED;
}

v1::RejectReason RuleOf(const v1::SubmitOrderRequest& order) {
  if (order.symbol() != "IBM") {
    return v1::REJECT_REASON_UNKNOWN_SYMBOL;
  }
  if (order.type() == v1::ORDER_TYPE_MARKET) {
    return v1::REJECT_REASON_NONE;
  }
  if (!order.strategy().empty()) {
    return v1::REJECT_REASON_STRATEGY_DISABLED;
  }
  const Price price = *Price::Parse(order.price());
  const Quantity quantity = *Quantity::Parse(order.quantity());
  if (price.e8() % *ParseE8("0.01") != 0) {
    return v1::REJECT_REASON_TICK_SIZE;
  }
  if (quantity.e8() % kDecimalScale != 0) {
    return v1::REJECT_REASON_LOT_SIZE;
  }
  if (quantity > Quantity::FromUnits(1'000)) {
    return v1::REJECT_REASON_MAX_QUANTITY;
  }
  return price > Price::FromUnits(198) ? v1::REJECT_REASON_PRICE_COLLAR : v1::REJECT_REASON_NONE;
}

// Each limit that is set refuses for its own reason; those of pace from the second order on.
v1::RejectReason LimitOf(Door& door) {
  static const std::map<std::string, v1::RejectReason> of_limit = {
      {"max_order_quantity", v1::REJECT_REASON_MAX_ORDER_QUANTITY},
      {"max_order_notional", v1::REJECT_REASON_MAX_ORDER_NOTIONAL},
      {"max_open_orders", v1::REJECT_REASON_MAX_OPEN_ORDERS},
      {"max_position", v1::REJECT_REASON_MAX_POSITION},
      {"max_position_notional", v1::REJECT_REASON_MAX_POSITION_NOTIONAL},
      {"max_concentration_percent", v1::REJECT_REASON_MAX_CONCENTRATION},
      {"max_exposure", v1::REJECT_REASON_MAX_EXPOSURE},
      {"max_net_exposure", v1::REJECT_REASON_MAX_NET_EXPOSURE},
      {"max_open_value", v1::REJECT_REASON_MAX_OPEN_VALUE},
      {"max_daily_loss", v1::REJECT_REASON_MAX_DAILY_LOSS},
      {"max_drawdown", v1::REJECT_REASON_MAX_DRAWDOWN},
      {"max_position_loss", v1::REJECT_REASON_MAX_POSITION_LOSS}};
  static const std::map<std::string, v1::RejectReason> of_pace = {
      {"max_message_rate", v1::REJECT_REASON_MESSAGE_RATE},
      {"own_collar_percent", v1::REJECT_REASON_OWN_PRICE_COLLAR},
      {"duplicate_window_ms", v1::REJECT_REASON_DUPLICATE_ORDER}};
  for (auto& [name, orders] : door.set) {
    ++orders;
    if (of_limit.contains(name) || (of_pace.contains(name) && orders > 1)) {
      return of_limit.contains(name) ? of_limit.at(name) : of_pace.at(name);
    }
  }
  return v1::REJECT_REASON_NONE;
}

TEST(ControlsTest, EveryControlIsProvedWithItsOrderAnswerTimeAndPosition) {
  Door* at = nullptr;
  Door door([&](const v1::SubmitOrderRequest& order) {
    const v1::RejectReason switched = SwitchOf(*at);
    const v1::RejectReason rule = switched != v1::REJECT_REASON_NONE ? switched : RuleOf(order);
    const bool plain = order.symbol() == "IBM" && order.type() != v1::ORDER_TYPE_MARKET;
    return rule != v1::REJECT_REASON_NONE || !plain ? rule : LimitOf(*at);
  });
  at = &door;
  const Outcome outcome = Tradewind({"controls", "prove", "--by", "ana"});
  EXPECT_EQ(outcome.exit, kOk) << outcome.out << outcome.err;
  uint64_t last = 0;
  int proved = 0;
  for (const nlohmann::json& line : Lines(outcome.out)) {
    if (line["fired"] == false) {
      EXPECT_FALSE(line["note"].get<std::string>().empty()) << line;
      continue;
    }
    EXPECT_EQ(line["proved"], true) << line;
    EXPECT_GT(line["sequence"].get<uint64_t>(), last);
    last = line["sequence"].get<uint64_t>();
    EXPECT_EQ(line["answer"]["reject_reason"], line["expected"]);
    EXPECT_FALSE(line["time"].get<std::string>().empty());
    EXPECT_FALSE(line["order"]["quantity"].get<std::string>().empty());
    ++proved;
  }
  EXPECT_EQ(proved, 24);
  EXPECT_TRUE(door.set.empty() && door.blocked.empty() && !door.killed) << "all is taken back";
}

TEST(ControlsTest, AnAccountsOwnLimitsStandAgainAfterwards) {
  Door door([](const auto&) { return v1::REJECT_REASON_NONE; });
  door.row.set_scope("account");
  door.row.set_account("desk-1");
  door.row.set_max_order_quantity("5");
  door.row.set_max_open_value("1000");
  const Outcome outcome = Tradewind({"controls", "prove", "--by", "ana", "--account", "desk-1"});
  EXPECT_TRUE(door.set.empty()) << door.set.begin()->first << "\n" << outcome.err;
}

TEST(ControlsTest, WhatCouldNotBeTakenBackIsNamedAndFails) {
  Door door([](const auto&) { return v1::REJECT_REASON_NONE; });
  door.stuck = true;
  const Outcome outcome = Tradewind({"controls", "prove", "--by", "ana"});
  EXPECT_EQ(outcome.exit, kFailed);
  EXPECT_NE(outcome.err.find("not taken back: the block of IBM: "), std::string::npos)
      << outcome.err;
}

// Its own block and that of somebody else cannot be told apart when it is lifted.
TEST(ControlsTest, DoesNotStartWhereAPlainOrderIsRefusedAlready) {
  Door door([](const auto&) { return v1::REJECT_REASON_NONE; });
  door.blocked = "all";
  const Outcome outcome = Tradewind({"controls", "prove", "--by", "ana"});
  EXPECT_EQ(outcome.exit, kFailed);
  EXPECT_NE(outcome.err.find("a plain order is refused already: IBM is blocked"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(door.blocked, "all");
}

TEST(ControlsTest, SaysWhoIsMissing) {
  EXPECT_EQ(Tradewind({"controls", "prove"}).exit, kUsage);
}

}  // namespace
}  // namespace tw::cli
