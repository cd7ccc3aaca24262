#include "services/pnl/marks.h"

#include <gtest/gtest.h>

#include "tests/services/pnl/fills.h"

namespace tw::pnl {
namespace {

Timestamp At(int64_t seconds) {
  return Timestamp{} + Duration::Seconds(1'000 + seconds);
}

class MarkBoardTest : public ::testing::Test {
 protected:
  // "100.5" or "100.5 stale" for the one change; "" for none.
  static std::string Show(const MarkBoard::Changes& changes) {
    std::string out;
    for (const auto& [symbol, mark] : changes) {
      out += mark.price.ToString() + (mark.stale ? " stale" : "");
    }
    return out;
  }
  std::string Quote(const char* bid, const char* ask, int64_t at) {
    return Show(board_.OnQuote("IBM", P(bid), P(ask), At(at)));
  }

  MarkBoard board_{Duration::Seconds(10)};
};

TEST_F(MarkBoardTest, TheMarkIsTheMid) {
  EXPECT_EQ(Quote("100", "101", 0), "100.5");
  EXPECT_EQ(Quote("100", "101", 1), "");                          // nothing changed
  EXPECT_EQ(Quote("0.00000001", "0.00000002", 2), "0.00000002");  // half a unit goes up
}

TEST_F(MarkBoardTest, WithoutTwoSidesTheLastOneStaysStale) {
  EXPECT_EQ(Quote("0", "101", 0), "");
  EXPECT_EQ(board_.stale(), 1u);
  EXPECT_EQ(Quote("100", "101", 1), "100.5");
  EXPECT_EQ(board_.stale(), 0u);
  EXPECT_EQ(Quote("100", "0", 2), "100.5 stale");
  EXPECT_EQ(Quote("102", "101", 3), "");  // crossed: no mid, still stale
  EXPECT_EQ(Quote("100", "101", 4), "100.5");
}

TEST_F(MarkBoardTest, AnOldMarkGoesStale) {
  Quote("100", "101", 0);
  EXPECT_EQ(Show(board_.OnTime(At(10))), "");
  EXPECT_EQ(Show(board_.OnTime(At(11))), "100.5 stale");
  EXPECT_EQ(Show(board_.OnTime(At(12))), "");
  EXPECT_EQ(Quote("100", "101", 13), "100.5");
}

TEST_F(MarkBoardTest, AStaleBookMakesItsMarksStaleUntilItHeals) {
  Quote("100", "101", 0);
  EXPECT_EQ(Show(board_.OnBookState("IBM", true)), "100.5 stale");
  EXPECT_EQ(Quote("100", "103", 1), "101.5 stale");
  EXPECT_EQ(Show(board_.OnBookState("IBM", false)), "");
  EXPECT_EQ(Quote("100", "103", 2), "101.5");
}

TEST_F(MarkBoardTest, ALostFeedMakesAllStale) {
  Quote("100", "101", 0);
  board_.OnQuote("BTCUSDT", P("1"), P("3"), At(0));
  EXPECT_EQ(board_.OnFeedLost().size(), 2u);
  EXPECT_EQ(board_.stale(), 2u);
}

}  // namespace
}  // namespace tw::pnl
