#include "libs/book/event_ring.h"

#include <gtest/gtest.h>

#include <vector>

#include "libs/book/book.h"

namespace tw::book {
namespace {

TEST(EventRingTest, KeepsTheOrderRoundItsEnd) {
  EventRing ring(4);
  for (uint64_t n = 1; n <= 20; ++n) {
    ring.Push() = Event{.order = n};
    if (ring.size() == 3) {
      EXPECT_EQ(ring[0].order, n - 2);
      ring.Release(2);
      EXPECT_EQ(ring[0].order, n);
    }
  }
  EXPECT_EQ(ring.capacity(), 4U);
}

TEST(EventRingTest, GrowsWhereNobodyDrainsIt) {
  EventRing ring(2);
  ring.Push() = Event{.order = 1};
  ring.Release(1);
  for (uint64_t n = 2; n <= 9; ++n) {
    ring.Push() = Event{.order = n};
  }
  ASSERT_EQ(ring.size(), 8U);
  EXPECT_EQ(ring[0].order, 2U);
  EXPECT_EQ(ring[7].order, 9U);
}

// A ring of two events takes a sweep of forty trades.
TEST(EventRingTest, AFixedRingIsDrainedInTheMiddleOfACommand) {
  std::vector<Event> taken;
  EventRing ring(
      2,
      [](void* context, EventRing& full) {
        for (size_t i = 0; i < full.size(); ++i) {
          static_cast<std::vector<Event>*>(context)->push_back(full[i]);
        }
        full.Clear();
      },
      &taken);
  Book book;
  for (uint64_t id = 1; id <= 40; ++id) {
    book.New({id, 0, Side::kSell, OrderKind::kLimit, 100, 1}, ring);
  }
  book.New({41, 0, Side::kBuy, OrderKind::kMarket, 0, 40}, ring);
  EXPECT_EQ(ring.capacity(), 2U);
  ASSERT_EQ(taken.size() + ring.size(), 81U);
  EXPECT_EQ(taken[41].type, EventType::kTrade);
  EXPECT_EQ(taken[41].maker, 1U);
}

}  // namespace
}  // namespace tw::book
