#include "services/risk/limits.h"

#include <gtest/gtest.h>

namespace tw::risk {
namespace {

constexpr Timestamp kNow{1'000};

Quantity Q(const char* text) {
  return *Quantity::Parse(text);
}
Money M(const char* text) {
  return *Money::Parse(text);
}

LimitRow Row(LimitScope scope, std::string account, std::string symbol, LimitValues values) {
  return {{scope, std::move(account), std::move(symbol)}, values};
}

LimitValues ExposureOf(const char* money) {
  LimitValues values;
  values.max_exposure = M(money);
  return values;
}

Limits Defaults() {
  return Limits({
      Row(LimitScope::kFirm, "", "", ExposureOf("1000000000")),
      Row(LimitScope::kAccount, "*", "", ExposureOf("1000000")),
      Row(LimitScope::kSymbol, "", "BTCUSDT",
          {Q("10"), M("500000"), Q("10"), M("500000"), std::nullopt}),
      Row(LimitScope::kSymbol, "", "*",
          {Q("1000"), M("50000"), Q("1000"), M("50000"), std::nullopt}),
  });
}

NewLimits Command(LimitScope scope, std::string account, std::string symbol) {
  NewLimits command;
  command.key = {scope, std::move(account), std::move(symbol)};
  command.reason = "test";
  command.changed_by = "ana";
  return command;
}

template <typename T>
Edit<T> Set(T value) {
  return {Edit<T>::Kind::kSet, value};
}

void Change(Limits& limits, const NewLimits& command) {
  const auto event = limits.Decide(command, kNow);
  ASSERT_TRUE(event.ok()) << event.status();
  limits.Apply(*event);
}

TEST(LimitsTest, SymbolDefaultsHoldForEveryAccount) {
  const Limits limits = Defaults();
  EXPECT_EQ(limits.For("a", "BTCUSDT").max_order_quantity, Q("10"));
  EXPECT_EQ(limits.For("a", "IBM").max_order_quantity, Q("1000"));
  EXPECT_EQ(limits.For("a", "IBM").max_position_notional, M("50000"));
  EXPECT_EQ(limits.For("a", "IBM").max_account_exposure, M("1000000"));
  EXPECT_EQ(limits.For("a", "IBM").max_firm_exposure, M("1000000000"));
}

TEST(LimitsTest, NothingSetAllowsNothing) {
  const EffectiveLimits limits = Limits().For("a", "BTCUSDT");
  EXPECT_TRUE(limits.max_order_quantity.IsZero());
  EXPECT_TRUE(limits.max_order_notional.IsZero());
  EXPECT_TRUE(limits.max_position.IsZero());
  EXPECT_TRUE(limits.max_position_notional.IsZero());
  EXPECT_TRUE(limits.max_account_exposure.IsZero());
  EXPECT_TRUE(limits.max_firm_exposure.IsZero());
}

TEST(LimitsTest, AnAccountSymbolRowStandsForTheSymbolsDefault) {
  for (const char* quantity : {"20", "5"}) {  // wider and tighter
    Limits limits = Defaults();
    NewLimits command = Command(LimitScope::kAccountSymbol, "a", "BTCUSDT");
    command.max_order_quantity = Set(Q(quantity));
    Change(limits, command);
    EXPECT_EQ(limits.For("a", "BTCUSDT").max_order_quantity, Q(quantity));
    EXPECT_EQ(limits.For("a", "BTCUSDT").max_position, Q("10")) << "not set there: unchanged";
    EXPECT_EQ(limits.For("b", "BTCUSDT").max_order_quantity, Q("10"));
  }
}

TEST(LimitsTest, AccountAndFirmAreCaps) {
  Limits limits = Defaults();
  NewLimits account = Command(LimitScope::kAccount, "a", "");
  account.max_order_quantity = Set(Q("8"));
  Change(limits, account);
  EXPECT_EQ(limits.For("a", "BTCUSDT").max_order_quantity, Q("8"));
  EXPECT_EQ(limits.For("a", "IBM").max_order_quantity, Q("8"));
  EXPECT_EQ(limits.For("b", "IBM").max_order_quantity, Q("1000"));

  NewLimits firm = Command(LimitScope::kFirm, "", "");
  firm.max_order_quantity = Set(Q("3"));
  Change(limits, firm);
  EXPECT_EQ(limits.For("a", "BTCUSDT").max_order_quantity, Q("3"));
  EXPECT_EQ(limits.For("b", "IBM").max_order_quantity, Q("3"));

  // A wide cap widens nothing.
  firm.max_order_quantity = Set(Q("99999"));
  Change(limits, firm);
  EXPECT_EQ(limits.For("b", "BTCUSDT").max_order_quantity, Q("10"));
}

TEST(LimitsTest, AnAccountsOwnExposureStandsForTheDefault) {
  Limits limits = Defaults();
  NewLimits command = Command(LimitScope::kAccount, "a", "");
  command.max_exposure = Set(M("5000000"));
  Change(limits, command);
  EXPECT_EQ(limits.AccountExposureMax("a"), M("5000000"));
  EXPECT_EQ(limits.AccountExposureMax("b"), M("1000000"));
  EXPECT_EQ(limits.For("a", "IBM").max_account_exposure, M("5000000"));
}

TEST(LimitsTest, AClearedValueFallsBackToTheWiderScope) {
  Limits limits = Defaults();
  NewLimits command = Command(LimitScope::kAccountSymbol, "a", "BTCUSDT");
  command.max_position = Set(Q("2"));
  Change(limits, command);
  EXPECT_EQ(limits.For("a", "BTCUSDT").max_position, Q("2"));
  command.max_position = {Edit<Quantity>::Kind::kClear, {}};
  Change(limits, command);
  EXPECT_EQ(limits.For("a", "BTCUSDT").max_position, Q("10"));
}

TEST(LimitsTest, EachChangeHasAVersionAndSaysWhoWhenAndWhy) {
  Limits limits = Defaults();
  EXPECT_EQ(limits.version(), 1u);
  NewLimits command = Command(LimitScope::kSymbol, "", "BTCUSDT");
  command.max_position = Set(Q("2"));
  Change(limits, command);
  EXPECT_EQ(limits.version(), 2u);
  const auto rows = limits.List("", "BTCUSDT");
  const auto it = std::find_if(rows.begin(), rows.end(),
                               [](const LimitsChanged& row) { return row.version == 2; });
  ASSERT_NE(it, rows.end());
  EXPECT_EQ(it->changed_by, "ana");
  EXPECT_EQ(it->reason, "test");
  EXPECT_EQ(it->time, kNow);
  EXPECT_EQ(it->values.max_order_quantity, Q("10"));
}

TEST(LimitsTest, AChangedFileIsANewVersion) {
  Limits limits = Defaults();
  const auto first = limits.DecideFile("one", kNow);
  ASSERT_TRUE(first.has_value());
  limits.Apply(*first);
  EXPECT_EQ(limits.version(), 1u);
  EXPECT_FALSE(limits.DecideFile("one", kNow).has_value());
  const auto second = limits.DecideFile("two", kNow);
  ASSERT_TRUE(second.has_value());
  limits.Apply(*second);
  EXPECT_EQ(limits.version(), 2u);
}

TEST(LimitsTest, ListsWhatBearsOnAnAccountOrSymbol) {
  Limits limits = Defaults();
  NewLimits command = Command(LimitScope::kAccountSymbol, "a", "BTCUSDT");
  command.max_position = Set(Q("2"));
  Change(limits, command);
  EXPECT_EQ(limits.List("", "").size(), 5u);
  EXPECT_EQ(limits.List("b", "").size(), 4u);
  EXPECT_EQ(limits.List("a", "BTCUSDT").size(), 5u);
  EXPECT_EQ(limits.List("", "IBM").size(), 3u);
}

TEST(LimitsTest, MalformedChangesNameTheField) {
  const Limits limits = Defaults();
  struct Case {
    const char* field;
    NewLimits command;
  };
  const auto with = [](NewLimits command, auto edit) {
    edit(command);
    return command;
  };
  const NewLimits firm = Command(LimitScope::kFirm, "", "");
  const auto set = [](NewLimits& c) { c.max_position = Set(Q("1")); };
  const std::vector<Case> cases = {
      {"reason", with(firm, [&](NewLimits& c) { set(c), c.reason = ""; })},
      {"reason", with(firm, [&](NewLimits& c) { set(c), c.reason = std::string(513, 'x'); })},
      {"changed_by",
       with(firm, [&](NewLimits& c) { set(c), c.changed_by = std::string(513, 'x'); })},
      {"account", with(Command(LimitScope::kFirm, "a", ""), set)},
      {"account", with(Command(LimitScope::kAccount, "", ""), set)},
      {"account", with(Command(LimitScope::kAccountSymbol, "", "IBM"), set)},
      {"symbol", with(Command(LimitScope::kSymbol, "", ""), set)},
      {"symbol", with(Command(LimitScope::kAccount, "a", "IBM"), set)},
      {"scope", with(Command(LimitScope::kAccountSymbol, "*", "IBM"), set)},
      {"max_position", with(firm, [](NewLimits& c) { c.max_position = Set(Q("-1")); })},
      {"max_exposure", with(firm, [](NewLimits& c) { c.max_exposure = Set(M("-0.01")); })},
      {"max_exposure", with(Command(LimitScope::kSymbol, "", "IBM"),
                            [](NewLimits& c) { c.max_exposure = Set(M("1")); })},
      {"scope", with(Command(LimitScope::kAccount, "*", ""),
                     [](NewLimits& c) { c.max_exposure.kind = Edit<Money>::Kind::kClear; })},
      {"limits", Command(LimitScope::kAccount, "new", "")},
  };
  for (const Case& c : cases) {
    const auto event = limits.Decide(c.command, kNow);
    ASSERT_EQ(event.status().code(), absl::StatusCode::kInvalidArgument) << c.field;
    EXPECT_EQ(std::string(event.status().message()).rfind(std::string(c.field) + ":", 0), 0u)
        << event.status();
  }
  EXPECT_EQ(limits.version(), 1u);
}

TEST(LimitScopeTest, NamesReadBack) {
  for (const auto scope :
       {LimitScope::kFirm, LimitScope::kAccount, LimitScope::kSymbol, LimitScope::kAccountSymbol}) {
    EXPECT_EQ(ParseLimitScope(Name(scope)), scope);
  }
  EXPECT_FALSE(ParseLimitScope("desk").has_value());
}

}  // namespace
}  // namespace tw::risk
