#include "services/normalizer/order_book.h"

#include <map>

#include "libs/core/prng.h"
#include "tests/services/normalizer/ticks.h"

namespace tw::normalizer {
namespace {

using testing::P;
using testing::Q;
using testing::T;

constexpr Duration kSilence = Duration::Seconds(5);

OrderChange Add(const std::string& id, bool bid, int64_t price, int64_t size) {
  return {OrderAction::kAdd, id, bid, P(price), Q(size)};
}
OrderDelta Step(uint64_t update, std::vector<OrderChange> changes) {
  return {update, update, update - 1, std::move(changes)};
}

class OrderBookTest : public ::testing::Test {
 protected:
  void SetUp() override {
    orders_.OnSnapshot({10,
                        {Add("a", true, 100, 1), Add("b", true, 100, 2), Add("c", true, 99, 4),
                         Add("x", false, 101, 3)}},
                       book_, T(1));
  }
  bool Change(uint64_t update, OrderChange change) {
    return orders_.OnDelta(Step(update, {std::move(change)}), book_, T(2));
  }
  std::string Levels() const {
    std::string out;
    for (const bool bid : {true, false}) {
      for (const Level& level : book_.Best(bid, 100)) {
        out += level.price.ToString() + "x" + level.size.ToString() + " ";
      }
      out += bid ? "| " : "";
    }
    return out;
  }

  BookBuilder book_{kSilence};
  OrderBook orders_;
};

TEST_F(OrderBookTest, OrdersAddUpToLevels) {
  EXPECT_EQ(Levels(), "100x3 99x4 | 101x3 ");
  EXPECT_TRUE(Change(11, Add("d", true, 99, 1)));
  EXPECT_EQ(Levels(), "100x3 99x5 | 101x3 ");
  EXPECT_TRUE(Change(12, {OrderAction::kExecute, "b", false, {}, Q(1)}));
  EXPECT_EQ(Levels(), "100x2 99x5 | 101x3 ");
  EXPECT_TRUE(Change(13, {OrderAction::kExecute, "b", false, {}, Q(1)}));  // it is gone
  EXPECT_TRUE(Change(14, {OrderAction::kChange, "c", false, {}, Q(7)}));   // its size
  EXPECT_EQ(Levels(), "100x1 99x8 | 101x3 ");
  EXPECT_TRUE(Change(15, {OrderAction::kChange, "c", false, P(98), Q(7)}));  // its price
  EXPECT_EQ(Levels(), "100x1 99x1 98x7 | 101x3 ");
  EXPECT_TRUE(Change(16, {OrderAction::kRemove, "a", false, {}, {}}));
  EXPECT_EQ(Levels(), "99x1 98x7 | 101x3 ");
  EXPECT_EQ(orders_.orders(), 3U);
  EXPECT_EQ(book_.stale(), StaleReason::kNone);
}

TEST_F(OrderBookTest, AChangeThatDoesNotFitMakesItStale) {
  const OrderChange bad[] = {{OrderAction::kRemove, "nobody", false, {}, {}},
                             {OrderAction::kChange, "nobody", false, {}, Q(1)},
                             {OrderAction::kExecute, "a", false, {}, Q(2)},
                             Add("a", true, 90, 1)};
  for (const OrderChange& change : bad) {
    SetUp();
    EXPECT_FALSE(Change(11, change));
    EXPECT_EQ(book_.stale(), StaleReason::kUnknownOrder);
    EXPECT_TRUE(book_.NeedsSnapshot());
    book_.Reset();
    orders_.Reset();
  }
}

TEST_F(OrderBookTest, AGapWaitsForASnapshotAndWhatCameMeanwhileFollowsIt) {
  EXPECT_FALSE(Change(12, Add("d", true, 98, 1)));
  EXPECT_EQ(book_.stale(), StaleReason::kGap);
  EXPECT_FALSE(Change(13, Add("e", true, 97, 1)));
  // Of after the first of them: the second follows.
  EXPECT_TRUE(
      orders_.OnSnapshot({12, {Add("d", true, 98, 1), Add("x", false, 101, 3)}}, book_, T(3)));
  EXPECT_EQ(book_.stale(), StaleReason::kNone);
  EXPECT_EQ(book_.last_update(), 13U);
  EXPECT_EQ(Levels(), "98x1 97x1 | 101x3 ");
}

TEST_F(OrderBookTest, HoldsWhatAMapHolds) {
  const uint64_t seed = TestSeed();
  Prng prng(seed);
  std::map<std::string, std::pair<int64_t, int64_t>> twin;  // bids: id to price, size
  orders_.OnSnapshot({20, {}}, book_, T(1));
  for (uint64_t update = 21; update < 20'000; ++update) {
    const std::string id = std::to_string(prng.Between(0, 200));
    const int64_t price = prng.Between(50, 90);
    const int64_t size = prng.Between(1, 9);
    const auto it = twin.find(id);
    if (it == twin.end()) {
      ASSERT_TRUE(Change(update, Add(id, true, price, size)));
      twin[id] = {price, size};
    } else if (prng.Between(0, 2) == 0) {
      ASSERT_TRUE(Change(update, {OrderAction::kChange, id, false, P(price), Q(size)}));
      it->second = {price, size};
    } else if (prng.Between(0, 1) == 0) {
      const int64_t part = std::min(size, it->second.second);
      ASSERT_TRUE(Change(update, {OrderAction::kExecute, id, false, {}, Q(part)}));
      it->second.second -= part;
    } else {
      ASSERT_TRUE(Change(update, {OrderAction::kRemove, id, false, {}, {}}));
      it->second.second = 0;
    }
    if (it != twin.end() && it->second.second == 0) {
      twin.erase(it);
    }
    std::map<int64_t, int64_t, std::greater<>> levels;
    for (const auto& [key, order] : twin) {
      levels[order.first] += order.second;
    }
    std::vector<Level> expected;
    for (const auto& [at, sum] : levels) {
      expected.push_back({P(at), Q(sum)});
    }
    ASSERT_EQ(book_.Best(true, 100), expected) << "seed " << seed << " update " << update;
  }
}

}  // namespace
}  // namespace tw::normalizer
