#include "services/exeq/router.h"

#include <gtest/gtest.h>

namespace tw::exeq {
namespace {

VenueView Venue(const std::string& name,
                bool connected,
                bool takes_orders,
                std::vector<std::string> symbols) {
  VenueView venue;
  venue.name = name;
  venue.connected = connected;
  venue.takes_orders = takes_orders;
  venue.symbols = std::move(symbols);
  return venue;
}

TEST(RouterTest, KnowsNoVenueBeforeItHasHeardOfOne) {
  EXPECT_FALSE(Router().Choose("BTCUSDT").has_value());
}

TEST(RouterTest, PrefersVenuesThatTakeOrdersThenConnectedOnesThenTheFirst) {
  struct Case {
    const char* what;
    std::vector<VenueView> venues;
    std::optional<std::string> chosen;
  };
  const std::vector<Case> cases = {
      {"one", {Venue("A", true, true, {"X"})}, "A"},
      {"other symbols", {Venue("A", true, true, {"Y", "XX"})}, std::nullopt},
      {"first of equals", {Venue("A", true, true, {"X"}), Venue("B", true, true, {"X"})}, "A"},
      {"who trades it", {Venue("A", true, true, {"Y"}), Venue("B", false, false, {"X"})}, "B"},
      {"stopped", {Venue("A", true, false, {"X"}), Venue("B", true, true, {"X"})}, "B"},
      {"stopped before lost",
       {Venue("A", false, true, {"X"}), Venue("B", true, false, {"X"})},
       "B"},
      {"lost", {Venue("A", false, true, {"X"})}, "A"},
  };
  for (const Case& c : cases) {
    Router router;
    router.SetVenues(c.venues);
    EXPECT_EQ(router.Choose("X"), c.chosen) << c.what;
  }
}

TEST(RouterTest, ListsAllThatTradeASymbolAndKnowsWhetherThereIsAChoice) {
  Router router;
  router.SetVenues({Venue("A", true, true, {"X", "Y"}), Venue("B", false, true, {"Z"})});
  EXPECT_FALSE(router.several());
  router.SetVenues({Venue("A", true, true, {"X", "Y"}), Venue("B", false, true, {"Y"})});
  EXPECT_TRUE(router.several());
  EXPECT_EQ(router.List("X").size(), 1U);
  ASSERT_EQ(router.List("Y").size(), 2U);
  EXPECT_EQ(router.List("Y")[1].name, "B");
  EXPECT_FALSE(router.List("Y")[1].connected);
}

}  // namespace
}  // namespace tw::exeq
