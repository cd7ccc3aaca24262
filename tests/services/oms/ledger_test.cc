#include "services/oms/ledger.h"
#include "tests/seed.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/services/oms/ledger_world.h"

namespace tw::oms {
namespace {

using testing::Approve;
using testing::Kind;
using testing::kNow;
using testing::Limit;
using testing::World;

TEST(LedgerTest, AnAcceptedOrderIsPendingNewUntilTheVenueSpeaks) {
  World w;
  const OrderId id = w.New(1);
  EXPECT_EQ(w.At(id).status(), OrderStatus::kPendingNew);
  w.Venue(id, Kind::kAccepted);
  EXPECT_EQ(w.At(id).status(), OrderStatus::kNew);
}

TEST(LedgerTest, ARefusedOrderIsAnOrderWithItsReason) {
  World w;
  RiskAnswer answer;
  answer.reason = RejectReason::kMaxPosition;
  answer.message = "position 11 is above 10";
  w.Take(w.ledger.Decide(OrderId(1, 1), Limit("a"), answer, kNow));
  const Order& order = w.At(OrderId(1, 1));
  EXPECT_EQ(order.status(), OrderStatus::kRejected);
  EXPECT_EQ(order.reject_reason, RejectReason::kMaxPosition);
  EXPECT_EQ(order.reject_message, "position 11 is above 10");
  EXPECT_TRUE(order.leaves.IsZero());
  EXPECT_TRUE(w.ledger.open_orders().empty());
}

TEST(LedgerTest, FillsAddUpToTheLastUnit) {
  World w;
  const OrderId id = w.New(1, "1");
  w.Venue(id, Kind::kAccepted);
  w.Venue(id, Kind::kFilled, "0.33333333", "100.01");
  EXPECT_EQ(w.At(id).status(), OrderStatus::kPartiallyFilled);
  EXPECT_EQ(w.At(id).leaves.ToString(), "0.66666667");
  w.Venue(id, Kind::kFilled, "0.66666667", "99.99");
  EXPECT_EQ(w.At(id).status(), OrderStatus::kFilled);
  EXPECT_EQ(w.At(id).filled.ToString(), "1");
  EXPECT_EQ(w.At(id).filled_notional.ToString(), "99.99666666");  // 33.33666633 + 66.66000033
}

TEST(LedgerTest, AFillBeyondWhatIsWorkingIsNotBooked) {
  World w;
  const OrderId id = w.New(1, "1");
  EXPECT_EQ(w.Venue(id, Kind::kFilled, "1.00000001"), 0U);
  EXPECT_TRUE(w.At(id).filled.IsZero());
}

TEST(LedgerTest, TheSameReportTwiceCountsOnce) {
  World w;
  const OrderId id = w.New(1);
  const ExecutionReport fill = w.Report(id, Kind::kFilled, "4");
  w.Take(w.ledger.Decide(fill, kNow));
  EXPECT_TRUE(w.ledger.Decide(fill, kNow).empty());
  EXPECT_EQ(w.At(id).filled.ToString(), "4");
}

TEST(LedgerTest, ARepeatIsComparedByValueAndAnotherOrderIsRefused) {
  World w;
  w.New(1);
  auto repeat = w.ledger.Repeat(Limit("c-1", "10.000", "100.00"));
  ASSERT_TRUE(repeat.ok());
  ASSERT_NE(*repeat, nullptr);
  EXPECT_EQ((*repeat)->id, OrderId(1, 1));
  EXPECT_EQ(w.ledger.Repeat(Limit("c-1", "11")).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(*w.ledger.Repeat(Limit("c-2")), nullptr);
  NewOrder other_account = Limit("c-1", "11");
  other_account.account = "other";
  EXPECT_EQ(*w.ledger.Repeat(other_account), nullptr);  // keys are per account
}

TEST(LedgerTest, ARepeatAfterAReplaceIsStillARepeat) {
  World w;
  const OrderId id = w.New(1);
  w.Venue(id, Kind::kAccepted);
  w.Take(w.ledger.DecideReplace(id, {*Quantity::Parse("5"), *Price::Parse("101"), {}}, Approve(),
                                kNow));
  w.Venue(id, Kind::kReplaced, "5", "101");
  ASSERT_TRUE(w.ledger.Repeat(Limit("c-1")).ok());
  EXPECT_EQ((*w.ledger.Repeat(Limit("c-1")))->id, id);
}

// One race a row: what has happened, what the venue says then, and how the order ends up. FIX 4.4
// appendix D.
struct Race {
  const char* name;
  std::vector<std::pair<char, const char*>> steps;
  OrderStatus status;
  const char* filled;
  const char* canceled;
  const char* leaves;
};

class RaceTest : public ::testing::TestWithParam<Race> {};

TEST_P(RaceTest, EndsAsTheMatrixSays) {
  World w;
  const OrderId id = w.New(1, "10");
  for (const auto& [what, quantity] : GetParam().steps) {
    switch (what) {
      case 'a': w.Venue(id, Kind::kAccepted); break;
      case 'v': w.Venue(id, Kind::kRejected); break;
      case 'f': w.Venue(id, Kind::kFilled, quantity); break;
      case 'c': w.Take(w.ledger.DecideCancel(id, kNow)); break;
      case 'C': w.Venue(id, Kind::kCanceled); break;
      case 'x': w.Venue(id, Kind::kCancelRejected); break;
      case 'r':
        w.Take(w.ledger.DecideReplace(id, {*Quantity::Parse(quantity), *Price::Parse("101"), {}},
                                      Approve(), kNow));
        break;
      case 'R': w.Venue(id, Kind::kReplaced, quantity, "101"); break;
      case 'y': w.Venue(id, Kind::kReplaceRejected); break;
      case 'E': w.Venue(id, Kind::kExpired); break;
      default: FAIL() << what;
    }
  }
  const Order& order = w.At(id);
  EXPECT_EQ(order.status(), GetParam().status) << tw::Name(order.status());
  EXPECT_EQ(order.filled.ToString(), GetParam().filled);
  EXPECT_EQ(order.canceled.ToString(), GetParam().canceled);
  EXPECT_EQ(order.leaves.ToString(), GetParam().leaves);
}

using S = OrderStatus;
INSTANTIATE_TEST_SUITE_P(
    Matrix,
    RaceTest,
    ::testing::Values(
        Race{"filled", {{'a', ""}, {'f', "10"}}, S::kFilled, "10", "0", "0"},
        Race{"fill_overtakes_ack", {{'f', "3"}, {'a', ""}}, S::kPartiallyFilled, "3", "0", "7"},
        Race{"venue_reject", {{'v', ""}}, S::kRejected, "0", "10", "0"},
        Race{"canceled", {{'a', ""}, {'c', ""}, {'C', ""}}, S::kCanceled, "0", "10", "0"},
        Race{"canceled_after_fill",
             {{'a', ""}, {'f', "2"}, {'c', ""}, {'C', ""}},
             S::kCanceled,
             "2",
             "8",
             "0"},
        Race{"fill_beats_cancel",
             {{'a', ""}, {'c', ""}, {'f', "10"}, {'x', ""}},
             S::kFilled,
             "10",
             "0",
             "0"},
        Race{"fill_while_pending_cancel",
             {{'a', ""}, {'c', ""}, {'f', "4"}},
             S::kPendingCancel,
             "4",
             "0",
             "6"},
        Race{"cancel_rejected", {{'a', ""}, {'c', ""}, {'x', ""}}, S::kNew, "0", "0", "10"},
        Race{"cancel_before_ack", {{'c', ""}, {'a', ""}, {'C', ""}}, S::kCanceled, "0", "10", "0"},
        Race{"cancel_twice", {{'a', ""}, {'c', ""}, {'c', ""}}, S::kPendingCancel, "0", "0", "10"},
        Race{"ioc_remainder", {{'a', ""}, {'f', "6"}, {'C', ""}}, S::kCanceled, "6", "4", "0"},
        Race{"unsolicited_cancel", {{'a', ""}, {'C', ""}}, S::kCanceled, "0", "10", "0"},
        Race{"nothing_after_the_end",
             {{'a', ""}, {'C', ""}, {'f', "1"}, {'x', ""}},
             S::kCanceled,
             "0",
             "10",
             "0"},
        Race{"replaced_down", {{'a', ""}, {'r', "6"}, {'R', "6"}}, S::kNew, "0", "0", "6"},
        Race{"replaced_up_after_fill",
             {{'a', ""}, {'f', "4"}, {'r', "20"}, {'R', "20"}},
             S::kPartiallyFilled,
             "4",
             "0",
             "16"},
        Race{"fill_during_replace",
             {{'a', ""}, {'r', "6"}, {'f', "2"}},
             S::kPendingReplace,
             "2",
             "0",
             "8"},
        Race{"replaced_below_filled",
             {{'a', ""}, {'f', "4"}, {'r', "6"}, {'f', "3"}, {'R', "6"}},
             S::kFilled,
             "7",
             "0",
             "0"},
        Race{"fill_beats_replace",
             {{'a', ""}, {'r', "20"}, {'f', "10"}, {'y', ""}},
             S::kFilled,
             "10",
             "0",
             "0"},
        Race{"replace_rejected", {{'a', ""}, {'r', "6"}, {'y', ""}}, S::kNew, "0", "0", "10"},
        Race{"cancel_during_replace",
             {{'a', ""}, {'r', "6"}, {'c', ""}, {'R', "6"}, {'C', ""}},
             S::kCanceled,
             "0",
             "6",
             "0"},
        Race{"expired", {{'a', ""}, {'f', "1"}, {'E', ""}}, S::kExpired, "1", "9", "0"}),
    [](const auto& test) { return test.param.name; });

TEST(LedgerTest, ReplaceRefusesWhatMakesNoSense) {
  World w;
  const OrderId id = w.New(1);
  const Price price = *Price::Parse("100");
  EXPECT_EQ(w.ledger.CanReplace(id, {*Quantity::Parse("5"), price, {}}).code(),
            absl::StatusCode::kFailedPrecondition);  // not acknowledged yet
  w.Venue(id, Kind::kAccepted);
  EXPECT_TRUE(w.ledger.CanReplace(id, {*Quantity::Parse("5"), price, {}}).ok());
  EXPECT_EQ(w.ledger.CanReplace(id, {*Quantity::Parse("10"), price, {}}).code(),
            absl::StatusCode::kInvalidArgument);  // changes nothing
  w.Venue(id, Kind::kFilled, "6");
  EXPECT_EQ(w.ledger.CanReplace(id, {*Quantity::Parse("5"), price, {}}).code(),
            absl::StatusCode::kInvalidArgument);  // below what is filled
}

TEST(LedgerTest, TimesOfEventsNeverRunBackwards) {
  World w;
  const OrderId id = w.New(1);
  const Events events = w.ledger.Decide(w.Report(id, Kind::kAccepted), Timestamp{5});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].time, kNow);
}

TEST(LedgerTest, AVenuesWordEndsTheDoubt) {
  World w;
  const OrderId id = w.New(1);
  w.Take(w.ledger.DecideUncertain(id, "no answer", kNow));
  EXPECT_TRUE(w.At(id).uncertain);
  EXPECT_EQ(w.At(id).uncertain_since, kNow);
  EXPECT_EQ(w.At(id).status(), OrderStatus::kPendingNew);  // unknown is not rejected
  EXPECT_TRUE(w.ledger.DecideUncertain(id, "still none", kNow).empty());
  w.Venue(id, Kind::kAccepted);
  EXPECT_FALSE(w.At(id).uncertain);
}

// Any history: quantities balance, and applying the journal again gives the same state.
TEST(LedgerTest, ReplayingAnyHistoryGivesTheSameState) {
  const uint64_t seed = TestSeed();
  std::mt19937_64 random(seed);
  World w;
  uint32_t orders = 0;
  std::map<OrderId, Quantity> filled;  // the naive twin: sums of booked fills
  for (int step = 0; step < 20'000; ++step) {
    if (orders == 0 || random() % 4 == 0) {
      w.New(++orders, random() % 2 == 0 ? "10" : "0.00000007");
      continue;
    }
    const OrderId id(1, 1 + static_cast<uint32_t>(random() % orders));
    const Order before = w.At(id);
    switch (random() % 6) {
      case 0: w.Take(w.ledger.DecideCancel(id, kNow)); break;
      case 1:
        w.Take(w.ledger.DecideReplace(
            id,
            {Quantity::FromE8(1 + static_cast<int64_t>(random() % 3'000'000'000)),
             *Price::Parse("101"),
             {}},
            Approve(), kNow));
        break;
      default: {
        const auto kind = static_cast<Kind>(random() % 8);
        ExecutionReport report = w.Report(id, kind);
        const int64_t leaves = std::max<int64_t>(before.leaves.e8(), 1);
        report.quantity =
            Quantity::FromE8(1 + static_cast<int64_t>(random() % static_cast<uint64_t>(leaves)));
        const Events events = w.ledger.Decide(report, kNow);
        if (!events.empty() && kind == Kind::kFilled) {
          filled[id] += report.quantity;
        }
        w.Take(events);
      }
    }
    const Order& after = w.At(id);
    ASSERT_EQ(after.filled + after.leaves + after.canceled, after.terms.quantity);
    ASSERT_EQ(after.filled, filled[id]);
    ASSERT_TRUE(!IsTerminal(before.phase) || after.sequence == before.sequence)
        << "an event after the end";
  }
  Ledger again;
  for (const Event& event : w.journal) {
    again.Apply(event);
  }
  EXPECT_EQ(again.StateHash(), w.ledger.StateHash());
  EXPECT_EQ(again.open_orders(), w.ledger.open_orders());
}

}  // namespace
}  // namespace tw::oms
