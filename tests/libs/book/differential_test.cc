// The book against its naive twin: the same commands, the same events, the same state.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <vector>

#include "tests/libs/book/flow.h"
#include "tests/seed.h"

namespace tw::book {
namespace {

// TW_NIGHTLY plays twenty times as many operations.
int Operations(const Flow& flow) {
  return flow.operations * (std::getenv("TW_NIGHTLY") != nullptr ? 20 : 1);
}

class DifferentialTest : public ::testing::TestWithParam<Flow> {};

TEST_P(DifferentialTest, BookAndTwinAgree) {
  const Flow& flow = GetParam();
  const int operations = Operations(flow);
  std::cout << flow.name << ": " << operations << " operations\n";
  // Small windows, so that prices and ids leave them all the time.
  Book book({FlowMaker::kOrdersMax, 16, 64, 256});
  ::tw::testing::NaiveBook twin(FlowMaker::kOrdersMax);
  FlowMaker maker(flow, TestSeed(flow.seed));
  EventRing mine(8);
  EventRing theirs(8);
  for (int n = 1; n <= operations; ++n) {
    const Step step = maker.Next(book);
    mine.Clear();
    theirs.Clear();
    Play(book, step, mine);
    Play(twin, step, theirs);
    bool same = mine.size() == theirs.size();
    for (size_t i = 0; same && i < mine.size(); ++i) {
      same = mine[i] == theirs[i];
    }
    ASSERT_TRUE(same) << "operation " << n;
    if (n % 500 == 0 || (std::holds_alternative<Uncross>(step) && n % 5 == 0)) {
      SCOPED_TRACE(::testing::Message() << "operation " << n);
      ASSERT_NO_FATAL_FAILURE(ExpectSameState(book, twin));
    }
  }
}

// name, seed, mid, spread, step_every, step, cancel, modify, rest, special, auction_every, ops
INSTANTIATE_TEST_SUITE_P(
    Flows,
    DifferentialTest,
    ::testing::Values(Flow{"crowded", 1, 100, 5, 50, 3, 20, 15, 60, 10, 0, 100'000},
                      Flow{"cancels", 2, 10'000, 60, 5, 3, 48, 10, 80, 10, 0, 100'000},
                      Flow{"wide", 3, 1'000'000, 5'000, 1, 30, 35, 15, 85, 10, 0, 60'000},
                      Flow{"near_zero", 4, 20, 40, 10, 3, 30, 15, 70, 20, 0, 40'000},
                      Flow{"full", 5, 5'000, 400, 20, 3, 2, 10, 98, 5, 0, 40'000},
                      Flow{"specials", 6, 3'000, 12, 10, 3, 25, 15, 70, 90, 0, 80'000},
                      Flow{"auctions", 7, 3'000, 30, 10, 3, 25, 15, 80, 40, 400, 60'000},
                      Flow{"jumps", 8, 100'000, 40, 100, 300, 35, 15, 80, 20, 3'000, 40'000}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(ApplyTest, ABatchDoesWhatItsCommandsDo) {
  const Flow flow{"batches", 9, 10'000, 60, 5, 3, 45, 12, 80, 20, 0, 50'000};
  FlowMaker maker(flow, TestSeed(flow.seed));
  Book one_by_one({FlowMaker::kOrdersMax, 16, 64, 256});
  Book batched({FlowMaker::kOrdersMax, 16, 64, 256});
  Prng prng(10);
  EventRing mine(8);
  EventRing theirs(8);
  for (int n = 0; n < flow.operations;) {
    mine.Clear();
    theirs.Clear();
    std::vector<Command> batch;
    for (uint64_t left = prng.Below(40); left > 0; --left, ++n) {
      const Step step = maker.Next(one_by_one);
      std::visit(
          [&](const auto& command) {
            if constexpr (requires { Command::Of(command); }) {
              batch.push_back(Command::Of(command));
            }
          },
          step);
      Play(one_by_one, step, theirs);
    }
    batched.Apply(batch, mine);
    ASSERT_EQ(Taken(mine), Taken(theirs)) << "before operation " << n;
  }
  EXPECT_EQ(one_by_one.StateHash(), batched.StateHash());
}

TEST(StateHashTest, TellsQueuesApart) {
  const auto make = [](const std::vector<uint64_t>& ids) {
    Book book;
    EventRing out;
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
