// What happens to an order over venues, case by case: reports in, words to oms and requests out.
#include "services/exeq/routing/route_book.h"

#include <gtest/gtest.h>

namespace tw::exeq {
namespace {

Quantity Q(int64_t units) {
  return Quantity::FromUnits(units);
}

class RouteBookTest : public ::testing::Test {
 protected:
  // Halves over the venues that are left: A, then B, then C.
  RouteBookTest()
      : book_(RouteLimits(),
              [](const RouteTerms&, Quantity rest, const std::set<std::string>& without, bool) {
                std::vector<Allocation> out;
                for (const char* venue : {"A", "B", "C"}) {
                  if (!without.contains(venue) && out.size() < 2) {
                    out.push_back({venue, rest});
                  }
                }
                if (out.size() == 2) {
                  out[0].quantity = Quantity::FromE8(rest.e8() / 2);
                  out[1].quantity = rest - out[0].quantity;
                }
                return out;
              }) {}

  void Keep(const Facts& facts) {
    for (const Fact& fact : facts) {
      book_.Apply(fact);
    }
  }
  void Place(int64_t quantity) {
    RouteTerms terms;
    terms.id = kId;
    terms.symbol = "BTCUSDT";
    terms.quantity = Q(quantity);
    terms.price = Price::FromUnits(100);
    Keep(book_.DecidePlace(terms));
  }
  // What oms is told of a report: "accepted 10", "-" for a word about a leg only.
  std::string Hear(uint32_t leg,
                   LegReportKind kind,
                   int64_t quantity,
                   RejectReason reason = RejectReason::kNone) {
    LegReport report;
    report.sequence = ++sequence_;
    report.kind = kind;
    report.order_id = kId;
    report.number = leg;
    report.quantity = Q(quantity);
    report.price = Price::FromUnits(100);
    report.reason = reason;
    Keep(book_.DecideReport(report));
    const Told told = *book_.Tell(sequence_);
    static const char* const kNames[] = {"accepted",        "rejected",        "filled",
                                         "canceled",        "cancel rejected", "replaced",
                                         "replace rejected"};
    return told.leg_only
               ? "-"
               : std::string(kNames[static_cast<int>(told.kind)]) + " " + told.quantity.ToString();
  }
  // What is sent now: "place 1 A 5, cancel 2 B".
  std::string Requests() {
    std::string text;
    for (const LegRequest& request : book_.TakeRequests(now_)) {
      static const char* const kNames[] = {"place", "cancel", "replace"};
      text += (text.empty() ? "" : ", ") + std::string(kNames[static_cast<int>(request.kind)]) +
              " " + std::to_string(request.number) + " " + request.venue;
      if (request.kind != LegRequest::Kind::kCancel) {
        text += " " + request.terms.quantity.ToString();
      }
    }
    return text;
  }
  void Pass(Duration time) {
    now_ = now_ + time;
    Keep(book_.DecideTick(now_));
    book_.LookAgain();
  }
  bool finished() const { return book_.Find(kId)->finished; }

  static constexpr OrderId kId{1, 7};
  RouteBook book_;
  Timestamp now_{1'800'000'000'000'000'000};
  uint64_t sequence_ = 0;
};

using Kind = LegReportKind;
constexpr RejectReason kRefused = RejectReason::kVenueRejected;

TEST_F(RouteBookTest, TwoLegsAreOneOrder) {
  Place(10);
  EXPECT_EQ(Requests(), "place 1 A 5, place 2 B 5");
  EXPECT_EQ(Requests(), "");
  EXPECT_EQ(Hear(1, Kind::kAccepted, 5), "accepted 10");
  EXPECT_EQ(Hear(2, Kind::kAccepted, 5), "-");
  EXPECT_EQ(Hear(1, Kind::kFilled, 5), "filled 5");
  EXPECT_FALSE(finished());
  EXPECT_EQ(Hear(2, Kind::kFilled, 5), "filled 5");
  EXPECT_TRUE(finished());
  EXPECT_EQ(Requests(), "");
  EXPECT_EQ(book_.open_count(), 0U);
}

TEST_F(RouteBookTest, ARepeatOfAReportChangesNothingAndIsToldTheSame) {
  Place(10);
  Hear(1, Kind::kAccepted, 5);
  Hear(1, Kind::kFilled, 2);
  LegReport again;
  again.sequence = 2;
  again.kind = Kind::kFilled;
  again.order_id = kId;
  again.number = 1;
  again.quantity = Q(2);
  EXPECT_TRUE(book_.DecideReport(again).empty());
  EXPECT_EQ(book_.Tell(2)->cumulative, Q(2));
  EXPECT_TRUE(book_.DecidePlace(book_.Find(kId)->terms).empty());
}

TEST_F(RouteBookTest, WhatOneRefusesGoesToThoseThatWereNotTried) {
  Place(10);
  Requests();
  Hear(2, Kind::kAccepted, 5);
  EXPECT_EQ(Hear(1, Kind::kRejected, 5, kRefused), "-");
  EXPECT_EQ(Requests(), "place 3 B 2.5, place 4 C 2.5");
  EXPECT_EQ(Hear(3, Kind::kRejected, 0, kRefused), "-");
  EXPECT_EQ(Requests(), "place 5 C 2.5");
}

TEST_F(RouteBookTest, WhereNobodyTakesItTheOrderIsRefused) {
  Place(1);
  for (uint32_t leg = 1; !finished(); ++leg) {
    ASSERT_LT(leg, 10U);
    const std::string told = Hear(leg, Kind::kRejected, 0, kRefused);
    EXPECT_EQ(told, finished() ? "rejected 1" : "-");
  }
}

TEST_F(RouteBookTest, ARefusalOfTheOrderItselfGoesNowhereElse) {
  Place(10);
  EXPECT_EQ(Hear(1, Kind::kRejected, 5, RejectReason::kLotSize), "-");
  EXPECT_EQ(Hear(2, Kind::kRejected, 5, RejectReason::kLotSize), "rejected 10");
}

TEST_F(RouteBookTest, ACancelEndsTheOrderWithItsLastLeg) {
  Place(10);
  Requests();
  Hear(1, Kind::kAccepted, 5);
  Hear(2, Kind::kAccepted, 5);
  Keep(book_.DecideCancel(kId));
  EXPECT_TRUE(book_.DecideCancel(kId).empty());
  EXPECT_EQ(Requests(), "cancel 1 A, cancel 2 B");
  EXPECT_EQ(Hear(1, Kind::kFilled, 2), "filled 2");
  EXPECT_EQ(Hear(1, Kind::kCanceled, 3), "-");
  EXPECT_EQ(Hear(2, Kind::kCanceled, 5), "canceled 8");
}

TEST_F(RouteBookTest, AnOrderThatEndsByAFillIsEndedByARefusedCancel) {
  Place(10);
  Requests();
  Hear(1, Kind::kAccepted, 5);
  Hear(2, Kind::kAccepted, 5);
  EXPECT_EQ(Hear(1, Kind::kCanceled, 5), "-");  // by the venue, for nobody's reason
  EXPECT_EQ(Hear(2, Kind::kFilled, 5), "filled 5");
  EXPECT_FALSE(finished());
  EXPECT_EQ(Requests(), "cancel 2 B");  // there is no other report to say it with
  EXPECT_EQ(Hear(2, Kind::kCancelRejected, 0), "canceled 5");
  EXPECT_TRUE(finished());
}

TEST_F(RouteBookTest, ALegWithoutAnAnswerMovesOnlyOnceItIsCanceled) {
  Place(10);
  Requests();
  Hear(2, Kind::kAccepted, 5);
  Pass(Duration::Millis(1'999));
  EXPECT_EQ(Requests(), "");
  Pass(Duration::Millis(1));
  EXPECT_EQ(Requests(), "cancel 1 A");
  EXPECT_EQ(Hear(1, Kind::kCancelRejected, 0), "-");  // it never got there
  EXPECT_EQ(Requests(), "place 1 A 5, cancel 1 A");
  EXPECT_EQ(Hear(1, Kind::kAccepted, 5), "-");
  EXPECT_EQ(Hear(1, Kind::kFilled, 1), "filled 1");
  EXPECT_EQ(Hear(1, Kind::kCanceled, 4), "-");
  EXPECT_EQ(Requests(), "place 3 B 2, place 4 C 2");
}

TEST_F(RouteBookTest, AChangeIsTheOnlyLegsOrPullsThemAll) {
  Place(10);
  Requests();
  Hear(1, Kind::kAccepted, 5);
  Hear(2, Kind::kAccepted, 5);
  Keep(book_.DecideReplace(kId, Q(12), Price::FromUnits(90)));
  EXPECT_EQ(Requests(), "cancel 1 A, cancel 2 B");
  EXPECT_EQ(Hear(1, Kind::kCanceled, 5), "-");
  EXPECT_EQ(Hear(2, Kind::kFilled, 5), "filled 5");
  EXPECT_EQ(Hear(2, Kind::kCancelRejected, 0), "replaced 12");
  EXPECT_EQ(Requests(), "place 3 A 3.5, place 4 B 3.5");
  Hear(3, Kind::kAccepted, 3);
  Hear(4, Kind::kRejected, 0, RejectReason::kLotSize);
  Keep(book_.DecideReplace(kId, Q(9), Price::FromUnits(80)));
  EXPECT_EQ(Requests(), "replace 3 A 4");
  EXPECT_EQ(Hear(3, Kind::kReplaced, 4), "replaced 9");
  EXPECT_EQ(Hear(3, Kind::kFilled, 4), "filled 4");
  EXPECT_TRUE(finished());
}

TEST_F(RouteBookTest, ARefusedChangeLeavesTheOrderAsItWas) {
  Place(1);
  Requests();
  Hear(1, Kind::kRejected, 0, RejectReason::kLotSize);
  Hear(2, Kind::kAccepted, 1);
  Keep(book_.DecideReplace(kId, Q(2), Price::FromUnits(90)));
  EXPECT_EQ(Requests(), "replace 2 B 2");
  EXPECT_EQ(Hear(2, Kind::kReplaceRejected, 0), "replace rejected 1");
}

TEST_F(RouteBookTest, ANewWayToTheVenuesHasNothingOnIt) {
  Place(10);
  Requests();
  Hear(1, Kind::kAccepted, 5);
  book_.ForgetSent();
  EXPECT_EQ(Requests(), "place 2 B 5");
  Keep(book_.DecideCancel(kId));
  EXPECT_EQ(Requests(), "cancel 1 A, cancel 2 B");
  book_.ForgetSent();
  EXPECT_EQ(Requests(), "cancel 1 A, place 2 B 5, cancel 2 B");
}

TEST(LegIdTest, NamesOrderAndNumber) {
  EXPECT_EQ(LegId(OrderId(3, 1042), 2), "3-1042.2");
  EXPECT_EQ(ParseLegId("3-1042.2"), std::pair(OrderId(3, 1042), uint32_t{2}));
  for (const char* text : {"", "3-1042", "3-1042.", "3-1042.x", "3-1042.0", "x.1"}) {
    EXPECT_FALSE(ParseLegId(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tw::exeq
