// The book against its naive twin: the same commands, the same events, the same state.
#include <gtest/gtest.h>

#include <iostream>
#include <vector>

#include "libs/book/book.h"
#include "libs/core/prng.h"
#include "libs/testing/naive_book.h"
#include "tests/seed.h"

namespace tw::book {
namespace {

struct Flow {
  const char* name;
  uint64_t seed;
  int64_t mid;
  int64_t spread;      // prices within so many ticks of the mid
  int64_t step_every;  // operations between two moves of the mid
  uint64_t cancel_percent;
  uint64_t modify_percent;
  uint64_t rest_percent;  // of new orders: those that are plain limit orders
  int operations;
};

// Makes the commands of a flow, some of them wrong, and feeds both books.
class Pair {
 public:
  explicit Pair(const Flow& flow)
      : flow_(flow),
        prng_(TestSeed(flow.seed)),
        mid_(flow.mid),
        book_({kOrders, 16}),
        twin_(kOrders) {}

  // False once the two differ.
  void Step(int64_t n) {
    mine_.clear();
    theirs_.clear();
    if (n % flow_.step_every == 0) {
      mid_ = std::max<int64_t>(1, mid_ + prng_.Between(-3, 3));
    }
    const uint64_t dice = prng_.Below(100);
    if (dice < flow_.cancel_percent) {
      const CancelOrder cancel{SomeId()};
      book_.Cancel(cancel, mine_);
      twin_.Cancel(cancel, theirs_);
    } else if (dice < flow_.cancel_percent + flow_.modify_percent) {
      const ModifyOrder modify = SomeModify();
      book_.Modify(modify, mine_);
      twin_.Modify(modify, theirs_);
    } else {
      const NewOrder order = SomeNew();
      book_.New(order, mine_);
      twin_.New(order, theirs_);
    }
  }

  void ExpectSameEvents() const { ASSERT_EQ(mine_, theirs_); }

  void ExpectSameState() const {
    ASSERT_EQ(book_.Orders(), twin_.Orders());
    ASSERT_EQ(book_.order_count(), twin_.order_count());
    for (const Side side : {Side::kBuy, Side::kSell}) {
      ASSERT_EQ(book_.Depth(side, 7), twin_.Depth(side, 7));
      for (const LevelView& level : twin_.Depth(side, 50)) {
        ASSERT_EQ(book_.At(side, level.price), level);
      }
    }
    for (const OrderView& order : twin_.Orders()) {
      ASSERT_EQ(book_.Find(order.id), order);
      ASSERT_EQ(book_.Leaves(order.id), order.leaves);
    }
    const auto bid = book_.Best(Side::kBuy);
    const auto ask = book_.Best(Side::kSell);
    ASSERT_TRUE(!bid || !ask || bid->price < ask->price);
  }

  const Book& book() const { return book_; }

 private:
  static constexpr uint32_t kOrders = 600;

  int64_t SomePrice() {
    if (prng_.Percent(1)) {
      constexpr int64_t kEdges[] = {-1, 0, 1, kPriceMax, kPriceMax + 1};
      return kEdges[prng_.Below(5)];
    }
    return mid_ + prng_.Between(-flow_.spread, flow_.spread);
  }
  int64_t SomeQuantity() {
    if (prng_.Percent(1)) {
      constexpr int64_t kEdges[] = {-1, 0, kQuantityMax, kQuantityMax + 1};
      return kEdges[prng_.Below(4)];
    }
    return prng_.Between(1, 40);
  }
  // Mostly one of the last ids given out, which may be resting, finished or not yet used.
  uint64_t SomeId() { return last_id_ < 800 ? prng_.Below(802) : last_id_ - prng_.Below(800); }

  NewOrder SomeNew() {
    NewOrder order;
    order.id = prng_.Percent(2) ? SomeId() : ++last_id_;
    order.owner = prng_.Below(5);
    order.side = prng_.Percent(50) ? Side::kBuy : Side::kSell;
    if (prng_.Below(500) == 0) {
      order.side = Side::kUnspecified;
    }
    constexpr OrderKind kOthers[] = {OrderKind::kPostOnly, OrderKind::kIoc, OrderKind::kFok,
                                     OrderKind::kMarket, OrderKind::kMarketFok};
    order.kind = prng_.Percent(flow_.rest_percent) ? OrderKind::kLimit : kOthers[prng_.Below(5)];
    order.price = SomePrice();
    order.quantity = SomeQuantity();
    return order;
  }

  ModifyOrder SomeModify() {
    ModifyOrder modify{SomeId(), SomePrice(), SomeQuantity()};
    if (const auto order = book_.Find(modify.id); order && prng_.Percent(50)) {
      modify.price = order->price;
    }
    return modify;
  }

  Flow flow_;
  Prng prng_;
  int64_t mid_;
  uint64_t last_id_ = 0;
  Book book_;
  ::tw::testing::NaiveBook twin_;
  std::vector<Event> mine_;
  std::vector<Event> theirs_;
};

class DifferentialTest : public ::testing::TestWithParam<Flow> {};

TEST_P(DifferentialTest, BookAndTwinAgree) {
  const Flow& flow = GetParam();
  std::cout << flow.name << ": " << flow.operations << " operations\n";
  Pair pair(flow);
  for (int n = 1; n <= flow.operations; ++n) {
    SCOPED_TRACE(::testing::Message() << "operation " << n);
    pair.Step(n);
    ASSERT_NO_FATAL_FAILURE(pair.ExpectSameEvents());
    if (n % 500 == 0) {
      ASSERT_NO_FATAL_FAILURE(pair.ExpectSameState());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Flows,
                         DifferentialTest,
                         ::testing::Values(Flow{"crowded", 1, 100, 5, 50, 20, 15, 60, 120'000},
                                           Flow{"cancels", 2, 10'000, 60, 5, 48, 10, 80, 140'000},
                                           Flow{"wide", 3, 1'000'000, 5'000, 1, 35, 15, 85,
                                                120'000},
                                           Flow{"near_zero", 4, 20, 40, 10, 30, 15, 70, 60'000},
                                           Flow{"full", 5, 5'000, 400, 20, 2, 10, 98, 60'000}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(StateHashTest, TellsQueuesApart) {
  const auto make = [](std::vector<uint64_t> ids) {
    Book book;
    std::vector<Event> out;
    for (const uint64_t id : ids) {
      book.New({id, 0, Side::kBuy, OrderKind::kLimit, 100, 5}, out);
    }
    return book.StateHash();
  };
  EXPECT_EQ(make({1, 2, 3}), make({1, 2, 3}));
  EXPECT_NE(make({1, 2, 3}), make({2, 1, 3}));
  EXPECT_NE(make({1, 2, 3}), make({1, 2}));
}

}  // namespace
}  // namespace tw::book
