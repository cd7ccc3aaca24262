#include "services/oms/fill_index.h"

#include <gtest/gtest.h>

#include <random>

namespace tw::oms {
namespace {

struct Fill {
  uint64_t sequence;
  uint32_t order;
  std::string account;
  std::string symbol;
};

// What Find should answer, by looking at all of them.
std::vector<uint64_t> Expected(const std::vector<Fill>& fills,
                               const FillFilter& filter,
                               std::optional<uint64_t> after,
                               size_t max) {
  std::vector<uint64_t> all;
  for (const Fill& fill : fills) {
    if ((filter.account.empty() || filter.account == fill.account) &&
        (filter.symbol.empty() || filter.symbol == fill.symbol) &&
        (!filter.order_id.IsSet() || filter.order_id == OrderId(1, fill.order)) &&
        fill.sequence > after.value_or(0)) {
      all.push_back(fill.sequence);
    }
  }
  if (all.size() > max) {
    after ? all.resize(max) : void(all.erase(all.begin(), all.end() - static_cast<long>(max)));
  }
  return all;
}

TEST(FillIndexTest, FindsWhatALookAtAllOfThemFinds) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  FillIndex index;
  std::vector<Fill> fills;
  const std::vector<std::string> names = {"a", "b", "c"};
  uint64_t sequence = 0;
  for (int i = 0; i < 20'000; ++i) {
    sequence += 1 + random() % 5;
    const Fill fill{sequence, static_cast<uint32_t>(1 + random() % 50), names[random() % 3],
                    names[random() % 3]};
    fills.push_back(fill);
    index.Add(fill.sequence, OrderId(1, fill.order), fill.account, fill.symbol);
  }
  for (int i = 0; i < 200; ++i) {
    FillFilter filter;
    filter.account = random() % 2 == 0 ? "" : names[random() % 3];
    filter.symbol = random() % 2 == 0 ? "" : names[random() % 3];
    filter.order_id =
        random() % 2 == 0 ? OrderId() : OrderId(1, static_cast<uint32_t>(1 + random() % 50));
    std::optional<uint64_t> after;
    if (random() % 2 == 0) {
      after = random() % (sequence + 10);
    }
    const size_t max = 1 + random() % 1'000;
    ASSERT_EQ(index.Find(filter, after, max), Expected(fills, filter, after, max));
  }
}

TEST(FillIndexTest, ANameThatNoFillHasFindsNothing) {
  FillIndex index;
  EXPECT_TRUE(index.Find({}, std::nullopt, 10).empty());
  index.Add(1, OrderId(1, 1), "a", "IBM");
  EXPECT_TRUE(index.Find({"nobody", "", OrderId()}, std::nullopt, 10).empty());
  EXPECT_EQ(index.Find({}, std::nullopt, 10).size(), 1U);
}

}  // namespace
}  // namespace tw::oms
