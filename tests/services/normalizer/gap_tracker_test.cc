#include "services/normalizer/gap_tracker.h"

#include <gtest/gtest.h>

namespace tw::normalizer {
namespace {

struct Row {
  uint64_t number;
  Seen seen;
  uint64_t from = 0;
  uint64_t to = 0;
};

void Play(GapTracker& tracker, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const GapTracker::Result result = tracker.See(row.number);
    EXPECT_EQ(result.seen, row.seen) << row.number;
    EXPECT_EQ(result.from, row.from) << row.number;
    EXPECT_EQ(result.to, row.to) << row.number;
  }
}

TEST(GapTrackerTest, TellsNextGapLateAndDuplicateApart) {
  GapTracker tracker;
  Play(tracker, {
                    {7, Seen::kFirst},
                    {8, Seen::kNext},
                    {8, Seen::kDuplicate},
                    {7, Seen::kDuplicate},
                    {3, Seen::kDuplicate},  // before the first: not known to be missing
                    {12, Seen::kGap, 9, 11},
                    {13, Seen::kNext},
                    {10, Seen::kOutOfOrder},  // the middle of the range
                    {10, Seen::kDuplicate},
                    {9, Seen::kOutOfOrder},
                    {11, Seen::kOutOfOrder},
                    {11, Seen::kDuplicate},
                    {14, Seen::kNext},
                });
  EXPECT_EQ(tracker.last(), 14U);
}

TEST(GapTrackerTest, AfterARestartNobodyKnowsHowManyAreMissing) {
  GapTracker tracker;
  Play(tracker, {{5, Seen::kFirst}});
  tracker.Restart();
  Play(tracker, {{9, Seen::kRestart, 6, 0}, {10, Seen::kNext}});
  tracker.Restart();
  Play(tracker, {{1, Seen::kRestart, 11, 0}, {2, Seen::kNext}, {10, Seen::kGap, 3, 9}});
  tracker.Restart();
  Play(tracker, {{11, Seen::kRestart, 11, 0}});  // went on without a hole, as far as is known
}

TEST(GapTrackerTest, ARestartBeforeAnythingWasSeenIsNone) {
  GapTracker tracker;
  tracker.Restart();
  Play(tracker, {{5, Seen::kFirst}, {6, Seen::kNext}});
}

TEST(GapTrackerTest, GoesOnFromAnEarlierProcess) {
  GapTracker tracker(100);
  Play(tracker, {{99, Seen::kDuplicate}, {101, Seen::kNext}, {105, Seen::kGap, 102, 104}});
}

TEST(GapTrackerTest, NumberZeroIsNoNumber) {
  GapTracker tracker;
  Play(tracker, {{5, Seen::kFirst}, {0, Seen::kNext}, {6, Seen::kNext}});
}

TEST(GapTrackerTest, RemembersABoundedNumberOfRanges) {
  GapTracker tracker;
  uint64_t number = 1;
  tracker.See(number);
  for (size_t i = 0; i <= GapTracker::kMissingMax; ++i) {
    number += 2;
    tracker.See(number);
  }
  Play(tracker, {{2, Seen::kDuplicate},  // the oldest range is forgotten
                 {4, Seen::kOutOfOrder},
                 {number - 1, Seen::kOutOfOrder}});
}

}  // namespace
}  // namespace tw::normalizer
