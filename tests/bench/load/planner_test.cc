#include "bench/load/planner.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace tw::load {
namespace {

Instrument Make(const char* symbol, const char* tick, const char* lot) {
  Instrument i;
  i.symbol = symbol;
  i.tick_size = *Price::Parse(tick);
  i.lot_size = *Quantity::Parse(lot);
  i.min_quantity = i.lot_size;
  i.max_quantity = Quantity::FromUnits(1000);
  return i;
}

Planner MakePlanner(PlannerOptions options = {}) {
  options.run = "r";
  return Planner(options, {Make("BTCUSDT", "0.01", "0.00001"), Make("SOLUSDT", "0.05", "0.001")});
}

void SetQuotes(Planner& planner) {
  planner.SetQuote(0, {Price::FromUnits(44'990), Price::FromUnits(45'010)});
  planner.SetQuote(1, {Price::FromUnits(99), Price::FromUnits(101)});
}

// Every accepted passive or replaced order rests again at once; time moves a second a command.
std::map<Kind, int> Play(Planner& planner, int commands) {
  std::map<Kind, int> kinds;
  for (int i = 0; i < commands; ++i) {
    const int64_t now_ns = (i + 1) * 1'000'000'000LL;
    Plan plan = planner.Next(now_ns);
    ++kinds[plan.kind];
    if (plan.kind == Kind::kPassive || plan.kind == Kind::kReplace) {
      if (plan.kind == Kind::kPassive) {
        plan.order.order_id = "o" + std::to_string(i);
      }
      plan.order.since_ns = now_ns;
      planner.Rests(plan.order);
    }
  }
  return kinds;
}

TEST(PlannerTest, KeepsTheMixOfTheProfile) {
  Planner planner = MakePlanner();
  SetQuotes(planner);
  std::map<Kind, int> kinds = Play(planner, 20'000);
  EXPECT_NEAR(kinds[Kind::kPassive], 9'000, 350);
  EXPECT_NEAR(kinds[Kind::kMarketable], 4'000, 300);
  EXPECT_NEAR(kinds[Kind::kCancel], 5'000, 350);
  EXPECT_NEAR(kinds[Kind::kReplace], 2'000, 250);
}

TEST(PlannerTest, OpenOrdersStayBounded) {
  PlannerOptions options;
  options.open_max = 50;
  Planner planner = MakePlanner(options);
  SetQuotes(planner);
  Play(planner, 5'000);
  EXPECT_LE(planner.open(), 50u);
  EXPECT_GT(planner.substituted(), 0u);
}

TEST(PlannerTest, MarketableOrdersAlternateSidesAndGoThroughTheMarket) {
  PlannerOptions options;
  options.profile = {0, 100, 0, 0};
  Planner planner = MakePlanner(options);
  SetQuotes(planner);
  std::map<std::string, int> position;  // in orders
  for (int i = 0; i < 2'000; ++i) {
    const v1::SubmitOrderRequest order = planner.Next(i).command.submit();
    EXPECT_EQ(order.time_in_force(), v1::TIME_IN_FORCE_IOC);
    const bool buy = order.side() == v1::SIDE_BUY;
    int& held = position[order.account() + order.symbol()];
    held += buy ? 1 : -1;
    EXPECT_TRUE(held == 0 || held == 1);
    const Price price = *Price::Parse(order.price());
    if (order.symbol() == "BTCUSDT") {
      EXPECT_EQ(price, *Price::Parse(buy ? "45100.02" : "44900.02")) << order.price();
      EXPECT_EQ(order.quantity(), "0.00044");
    } else {
      EXPECT_TRUE(IsMultiple(price.e8(), 5'000'000));
      EXPECT_TRUE(buy ? price > Price::FromUnits(101) : price < Price::FromUnits(99));
    }
  }
  EXPECT_EQ(position.size(), 32u);
}

TEST(PlannerTest, PassiveOrdersRestOneToTwoPercentAwayOnTheGrid) {
  PlannerOptions options;
  options.profile = {100, 0, 0, 0};
  Planner planner = MakePlanner(options);
  SetQuotes(planner);
  for (int i = 0; i < 1'000; ++i) {
    const v1::SubmitOrderRequest order = planner.Next(i).command.submit();
    const int64_t mid = order.symbol() == "BTCUSDT" ? 45'000 : 100;
    const int64_t tick = order.symbol() == "BTCUSDT" ? 1'000'000 : 5'000'000;
    const Price price = *Price::Parse(order.price());
    const int64_t away = std::abs(price.e8() - mid * kDecimalScale);
    EXPECT_TRUE(IsMultiple(price.e8(), tick)) << order.price();
    EXPECT_GE(away, mid * kDecimalScale / 100);
    EXPECT_LE(away, mid * kDecimalScale / 50 + tick);
    EXPECT_EQ(price.e8() < mid * kDecimalScale, order.side() == v1::SIDE_BUY);
  }
}

TEST(PlannerTest, ChangesOnlyWhatHasRested) {
  PlannerOptions options;
  options.profile = {0, 0, 100, 0};
  Planner planner = MakePlanner(options);
  SetQuotes(planner);
  EXPECT_EQ(planner.Next(0).kind, Kind::kPassive);  // nothing to cancel yet
  planner.Rests({"3-7", 0, true, Price(), 1'000});
  EXPECT_EQ(planner.Next(2'000).kind, Kind::kPassive);
  const Plan plan = planner.Next(1'000 + 100'000'000);
  EXPECT_EQ(plan.kind, Kind::kCancel);
  EXPECT_EQ(plan.command.cancel().order_id(), "3-7");
  EXPECT_EQ(planner.open(), 0u);
}

TEST(PlannerTest, AReplaceChangesThePrice) {
  PlannerOptions options;
  options.profile = {50, 0, 0, 50};
  Planner planner = MakePlanner(options);
  SetQuotes(planner);
  std::map<std::string, std::string> prices;
  int replaces = 0;
  for (int i = 0; i < 20'000; ++i) {
    const int64_t now_ns = (i + 1) * 1'000'000'000LL;
    Plan plan = planner.Next(now_ns);
    if (plan.kind == Kind::kReplace) {
      ++replaces;
      EXPECT_NE(plan.command.replace().price(), prices[plan.order.order_id]);
      prices[plan.order.order_id] = plan.command.replace().price();
    } else {
      plan.order.order_id = "o" + std::to_string(i);
      prices[plan.order.order_id] = plan.command.submit().price();
    }
    plan.order.since_ns = now_ns;
    planner.Rests(plan.order);
  }
  EXPECT_GT(replaces, 9'000);
}

TEST(PlannerTest, ClientOrderIdsNeverRecur) {
  PlannerOptions options;
  options.profile = {100, 0, 0, 0};
  Planner planner = MakePlanner(options);
  SetQuotes(planner);
  std::map<std::string, int> ids;
  for (int i = 0; i < 1'000; ++i) {
    ++ids[planner.Next(i).command.submit().client_order_id()];
  }
  EXPECT_EQ(ids.size(), 1'000u);
}

absl::StatusOr<Profile> ReadProfile(const std::string& text) {
  const std::string path = ::testing::TempDir() + "profile-" + std::to_string(::getpid()) + ".toml";
  std::ofstream(path) << text;
  return LoadProfile(path);
}

TEST(PlannerTest, ReadsProfiles) {
  const auto profile = ReadProfile("passive = 60\nmarketable = 40\n");
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->passive, 60);
  EXPECT_EQ(profile->cancel, 0);
  EXPECT_EQ(profile->accounts, 16);
  const auto narrow = ReadProfile("passive = 100\naccounts = 2\nsymbols = [\"IBM\"]\n");
  ASSERT_TRUE(narrow.ok()) << narrow.status();
  EXPECT_EQ(narrow->accounts, 2);
  EXPECT_EQ(narrow->symbols, std::vector<std::string>{"IBM"});
  for (const char* wrong :
       {"passive = 60", "passive = 101\nmarketable = -1", "passive = \"100\"",
        "passive = 100\nother = 0", "passive = [", "passive = 100\naccounts = 0",
        "passive = 100\nsymbols = []", "passive = 100\nsymbols = [1]"}) {
    EXPECT_FALSE(ReadProfile(wrong).ok()) << wrong;
  }
}

// What the command does when it is told nothing is the profile that the documentation shows.
TEST(PlannerTest, TheStandardProfileIsTheDefault) {
  const auto standard = LoadProfile(TW_PROFILES "/standard.toml");
  ASSERT_TRUE(standard.ok()) << standard.status();
  const Profile built_in;
  EXPECT_EQ(standard->passive, built_in.passive);
  EXPECT_EQ(standard->marketable, built_in.marketable);
  EXPECT_EQ(standard->cancel, built_in.cancel);
  EXPECT_EQ(standard->replace, built_in.replace);
  EXPECT_EQ(standard->accounts, built_in.accounts);
  EXPECT_EQ(standard->symbols, built_in.symbols);
}

}  // namespace
}  // namespace tw::load
