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
Number N(const char* text) {
  return *Number::Parse(text);
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
  EXPECT_EQ(limits.For("a", "BTCUSDT").order_quantity.e8, Q("10").e8());
  EXPECT_EQ(limits.For("a", "IBM").order_quantity.e8, Q("1000").e8());
  EXPECT_EQ(limits.For("a", "IBM").position_notional.e8, M("50000").e8());
  EXPECT_EQ(limits.For("a", "IBM").exposure.at(SumLevel::kAccount), M("1000000").e8());
  EXPECT_EQ(limits.For("a", "IBM").exposure.at(SumLevel::kFirm), M("1000000000").e8());
}

TEST(LimitsTest, NothingSetAllowsNothing) {
  const EffectiveLimits limits = Limits().For("a", "BTCUSDT");
  EXPECT_EQ(limits.order_quantity.e8, 0);
  EXPECT_EQ(limits.order_notional.e8, 0);
  EXPECT_EQ(limits.position.e8, 0);
  EXPECT_EQ(limits.position_notional.e8, 0);
  EXPECT_EQ(limits.exposure.at(SumLevel::kAccount), 0);
  EXPECT_EQ(limits.exposure.at(SumLevel::kFirm), 0);
}

TEST(LimitsTest, AnAccountSymbolRowStandsForTheSymbolsDefault) {
  for (const char* quantity : {"20", "5"}) {  // wider and tighter
    Limits limits = Defaults();
    NewLimits command = Command(LimitScope::kAccountSymbol, "a", "BTCUSDT");
    command.max_order_quantity = Set(Q(quantity));
    Change(limits, command);
    EXPECT_EQ(limits.For("a", "BTCUSDT").order_quantity.e8, Q(quantity).e8());
    EXPECT_EQ(limits.For("a", "BTCUSDT").position.e8, Q("10").e8()) << "not set there: unchanged";
    EXPECT_EQ(limits.For("b", "BTCUSDT").order_quantity.e8, Q("10").e8());
  }
}

TEST(LimitsTest, AccountAndFirmAreCaps) {
  Limits limits = Defaults();
  NewLimits account = Command(LimitScope::kAccount, "a", "");
  account.max_order_quantity = Set(Q("8"));
  Change(limits, account);
  EXPECT_EQ(limits.For("a", "BTCUSDT").order_quantity.e8, Q("8").e8());
  EXPECT_EQ(limits.For("a", "IBM").order_quantity.e8, Q("8").e8());
  EXPECT_EQ(limits.For("b", "IBM").order_quantity.e8, Q("1000").e8());

  NewLimits firm = Command(LimitScope::kFirm, "", "");
  firm.max_order_quantity = Set(Q("3"));
  Change(limits, firm);
  EXPECT_EQ(limits.For("a", "BTCUSDT").order_quantity.e8, Q("3").e8());
  EXPECT_EQ(limits.For("b", "IBM").order_quantity.e8, Q("3").e8());

  // A wide cap widens nothing.
  firm.max_order_quantity = Set(Q("99999"));
  Change(limits, firm);
  EXPECT_EQ(limits.For("b", "BTCUSDT").order_quantity.e8, Q("10").e8());
}

TEST(LimitsTest, AnAccountsOwnExposureStandsForTheDefault) {
  Limits limits = Defaults();
  NewLimits command = Command(LimitScope::kAccount, "a", "");
  command.max_exposure = Set(M("5000000"));
  Change(limits, command);
  EXPECT_EQ(limits.AccountExposureMax("a"), M("5000000"));
  EXPECT_EQ(limits.AccountExposureMax("b"), M("1000000"));
  EXPECT_EQ(limits.For("a", "IBM").exposure.at(SumLevel::kAccount), M("5000000").e8());
}

TEST(LimitsTest, AClearedValueFallsBackToTheWiderScope) {
  Limits limits = Defaults();
  NewLimits command = Command(LimitScope::kAccountSymbol, "a", "BTCUSDT");
  command.max_position = Set(Q("2"));
  Change(limits, command);
  EXPECT_EQ(limits.For("a", "BTCUSDT").position.e8, Q("2").e8());
  command.max_position = {Edit<Quantity>::Kind::kClear, {}};
  Change(limits, command);
  EXPECT_EQ(limits.For("a", "BTCUSDT").position.e8, Q("10").e8());
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
      {"max_exposure", with(Command(LimitScope::kAccountSymbol, "a", "IBM"),
                            [](NewLimits& c) { c.max_exposure = Set(M("1")); })},
      {"desk", with(firm, [&](NewLimits& c) { set(c), c.key.desk = "d"; })},
      {"desk", with(Command(LimitScope::kDesk, "", ""), set)},
      {"strategy", with(Command(LimitScope::kStrategy, "", ""), set)},
      {"max_daily_loss", with(firm, [](NewLimits& c) { c.max_daily_loss = Set(M("1")); })},
      {"max_message_rate", with(firm, [](NewLimits& c) { c.max_message_rate = Set(N("0")); })},
      {"max_message_rate", with(Command(LimitScope::kSymbol, "", "IBM"),
                                [](NewLimits& c) { c.max_message_rate = Set(N("1")); })},
      {"collar_percent", with(firm, [](NewLimits& c) { c.collar_percent = Set(N("100")); })},
      {"max_executions", with(firm, [](NewLimits& c) { c.max_executions = Set(N("5")); })},
      {"locate_quantity", with(firm, [](NewLimits& c) { c.locate_quantity = Set(Q("5")); })},
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
       {LimitScope::kFirm, LimitScope::kDesk, LimitScope::kAccount, LimitScope::kStrategy,
        LimitScope::kSymbol, LimitScope::kAccountSymbol}) {
    EXPECT_EQ(ParseLimitScope(Name(scope)), scope);
  }
  EXPECT_FALSE(ParseLimitScope("").has_value());
  EXPECT_FALSE(ParseLimitScope("book").has_value());
}

// Five levels set the same limit; each in turn is the tightest, and is named.
TEST(LimitsTest, TheTightestLevelBindsAndIsNamed) {
  const LimitSubject order{"a", "BTCUSDT", "crypto", "momentum"};
  const std::vector<std::pair<LimitScope, LimitKey>> levels = {
      {LimitScope::kFirm, {LimitScope::kFirm, "", ""}},
      {LimitScope::kDesk, {LimitScope::kDesk, "", "", "crypto"}},
      {LimitScope::kAccount, {LimitScope::kAccount, "a", ""}},
      {LimitScope::kStrategy, {LimitScope::kStrategy, "", "", "", "momentum"}},
      {LimitScope::kSymbol, {LimitScope::kSymbol, "", "BTCUSDT"}},
      {LimitScope::kAccountSymbol, {LimitScope::kAccountSymbol, "a", "BTCUSDT"}},
  };
  for (const auto& [tight, unused] : levels) {
    Limits limits = Defaults();
    for (const auto& [level, key] : levels) {
      if (level == LimitScope::kAccountSymbol && tight == LimitScope::kSymbol) {
        continue;  // it would stand for the symbol's
      }
      NewLimits command = Command(LimitScope::kFirm, "", "");
      command.key = key;
      command.max_order_quantity = Set(Q(level == tight ? "2" : "9"));
      Change(limits, command);
    }
    const Bound bound = limits.For(order).order_quantity;
    EXPECT_EQ(bound.e8, Q("2").e8()) << Name(tight);
    EXPECT_EQ(Name(bound.level), Name(tight));
  }
}

TEST(LimitsTest, ALimitOnASumStandsAtEachLevelThatSetsIt) {
  Limits limits = Defaults();
  NewLimits desk = Command(LimitScope::kDesk, "", "");
  desk.key.desk = "*";
  desk.max_net_exposure = Set(M("7"));
  Change(limits, desk);
  NewLimits own = desk;
  own.key.desk = "crypto";
  own.max_net_exposure = Set(M("9"));  // instead of that of "*"
  Change(limits, own);
  const SumBounds crypto = limits.For({"a", "IBM", "crypto"}).net_exposure;
  EXPECT_EQ(crypto.at(SumLevel::kDesk), M("9").e8());
  EXPECT_EQ(crypto.at(SumLevel::kFirm), kNoLimit);
  EXPECT_EQ(limits.For({"a", "IBM", "other"}).net_exposure.at(SumLevel::kDesk), M("7").e8());
  EXPECT_FALSE(Defaults().For("a", "IBM").net_exposure.any);
}

TEST(LimitsTest, TheRowOfAnyStrategyIsForOrdersThatNameOne) {
  Limits limits = Defaults();
  NewLimits command = Command(LimitScope::kStrategy, "", "");
  command.key.strategy = "*";
  command.max_order_quantity = Set(Q("1"));
  Change(limits, command);
  EXPECT_EQ(limits.For({"a", "BTCUSDT", "", "x"}).order_quantity.e8, Q("1").e8());
  EXPECT_EQ(limits.For({"a", "BTCUSDT", "", ""}).order_quantity.e8, Q("10").e8());
}

}  // namespace
}  // namespace tw::risk
