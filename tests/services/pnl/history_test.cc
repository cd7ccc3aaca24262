#include "services/pnl/history.h"

#include <gtest/gtest.h>

#include "tests/services/pnl/fills.h"

namespace tw::pnl {
namespace {

Timestamp At(int64_t seconds) {
  return Timestamp{} + Duration::Seconds(seconds);
}

AccountView View(const std::string& account, int64_t cash) {
  AccountView view;
  view.account = account;
  view.cash = Money::FromUnits(cash);
  return view;
}

std::vector<int64_t> Seconds(const std::vector<HistoryPoint>& points) {
  std::vector<int64_t> out;
  for (const HistoryPoint& p : points) {
    out.push_back((p.time - Timestamp{}).millis() / 1'000);
  }
  return out;
}

TEST(HistoryTest, KeepsAPointOnlyWhenSomethingChanged) {
  History history(100, 100);
  history.Add(At(1), 1, View("a", 5));
  history.Add(At(2), 2, View("a", 5));
  history.Add(At(3), 3, View("a", 6));
  history.Add(At(4), 4, View("a", 5));
  EXPECT_EQ(Seconds(history.List("a", 10)), (std::vector<int64_t>{1, 3, 4}));
  EXPECT_EQ(Seconds(history.List("a", 2)), (std::vector<int64_t>{3, 4}));
  EXPECT_TRUE(history.List("nobody", 10).empty());
}

TEST(HistoryTest, AnAccountKeepsItsNewestPoints) {
  History history(3, 100);
  for (int64_t i = 1; i <= 10; ++i) {
    history.Add(At(i), 1, View("a", i));
  }
  EXPECT_EQ(Seconds(history.List("a", 10)), (std::vector<int64_t>{8, 9, 10}));
  EXPECT_EQ(history.size(), 3u);
}

TEST(HistoryTest, AllAccountsTogetherAreBounded) {
  History history(100, 4);
  history.Add(At(1), 1, View("a", 1));
  history.Add(At(2), 1, View("b", 1));
  history.Add(At(3), 1, View("a", 2));
  history.Add(At(4), 1, View("b", 2));
  history.Add(At(5), 1, View("b", 3));  // a's first point leaves
  EXPECT_EQ(Seconds(history.List("a", 10)), (std::vector<int64_t>{3}));
  EXPECT_EQ(Seconds(history.List("b", 10)), (std::vector<int64_t>{2, 4, 5}));
  EXPECT_EQ(history.size(), 4u);
}

TEST(HistoryTest, BothBoundsTogether) {
  History history(2, 5);
  for (int64_t i = 1; i <= 100; ++i) {
    history.Add(At(i), 1, View(i % 10 == 0 ? "quiet" : "busy", i));
  }
  EXPECT_EQ(Seconds(history.List("busy", 10)), (std::vector<int64_t>{98, 99}));
  EXPECT_EQ(Seconds(history.List("quiet", 10)), (std::vector<int64_t>{100}));
  EXPECT_EQ(history.size(), 3u);
}

}  // namespace
}  // namespace tw::pnl
