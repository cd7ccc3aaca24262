#include "bench/load/tally.h"

#include <gtest/gtest.h>

namespace tw::load {
namespace {

TEST(TallyTest, OnlyAcceptedOrdersCount) {
  Tally tally;
  for (int i = 0; i < 4; ++i) {
    tally.Sent(Kind::kPassive, 10, true);
  }
  tally.Sent(Kind::kCancel, 10, true);
  tally.Answered({Kind::kPassive, Verdict::kAccepted, "", 1'000, true});
  tally.Answered({Kind::kPassive, Verdict::kRejected, "MAX_POSITION", 9'000, true});
  tally.Answered({Kind::kPassive, Verdict::kError, "RESOURCE_EXHAUSTED", 9'000, true});
  tally.Answered({Kind::kCancel, Verdict::kTooLate, "", 9'000, true});
  tally.Unanswered(1);
  const Totals totals = tally.Get();
  EXPECT_EQ(totals.sent(), 5u);
  EXPECT_EQ(totals.answered(), 4u);
  EXPECT_EQ(totals.accepted(), 1u);
  EXPECT_EQ(totals.orders_sent(), 4u);
  EXPECT_EQ(totals.orders_accepted(), 1u);
  EXPECT_EQ(totals.accepted_percent(), 25);
  EXPECT_EQ(totals.orders.count(), 1u);
  EXPECT_EQ(totals.orders.max().ns, 1'000);
  EXPECT_EQ(totals.rejected.at("MAX_POSITION"), 1u);
  EXPECT_EQ(totals.error_codes.at("RESOURCE_EXHAUSTED"), 1u);
  EXPECT_EQ(totals.too_late, 1u);
  EXPECT_EQ(totals.unanswered, 1u);
}

TEST(TallyTest, TheWarmUpCountsNowhere) {
  Tally tally;
  tally.Sent(Kind::kMarketable, 10, false);
  tally.Answered({Kind::kMarketable, Verdict::kAccepted, "", 1'000, false});
  tally.EndSecond();
  const Totals totals = tally.Get();
  EXPECT_EQ(totals.sent() + totals.answered() + totals.orders.count(), 0u);
  EXPECT_TRUE(totals.seconds.empty());
}

TEST(TallyTest, EachSecondStandsAlone) {
  Tally tally;
  tally.Sent(Kind::kMarketable, 0, true);
  tally.Answered({Kind::kMarketable, Verdict::kAccepted, "", 5'000, true});
  EXPECT_EQ(tally.EndSecond().max_ns, 5'000);
  tally.Sent(Kind::kMarketable, 0, true);
  tally.Answered({Kind::kMarketable, Verdict::kAccepted, "", 2'000, true});
  const Second second = tally.EndSecond();
  EXPECT_EQ(second.max_ns, 2'000);
  EXPECT_EQ(second.sent, 1u);
  EXPECT_EQ(tally.Get().seconds.size(), 2u);
  EXPECT_EQ(tally.Get().orders.max().ns, 5'000);
}

}  // namespace
}  // namespace tw::load
