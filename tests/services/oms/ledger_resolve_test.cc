// An operator's word about an uncertain order, and the venue's word after it.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "libs/base/field_error.h"
#include "tests/seed.h"
#include "tests/services/oms/ledger_world.h"

namespace tw::oms {
namespace {

using testing::Approve;
using testing::Kind;
using testing::kNow;
using testing::Limit;
using testing::World;
using Outcome = Resolution::Outcome;

ResolveTerms As(Outcome outcome, const char* quantity = "0", const char* price = "0") {
  return {{outcome, "the venue said so by telephone", "ann"},
          *Quantity::Parse(quantity),
          *Price::Parse(price)};
}

// A working order of 10 at 100, 4 of it filled, in doubt about its cancel.
struct Doubt : World {
  Doubt() : id(New(1)) {
    Venue(id, Kind::kAccepted);
    Venue(id, Kind::kFilled, "4");
    Take(ledger.DecideCancel(id, kNow));
    Take(ledger.DecideUncertain(id, "the venue has not answered", kNow));
  }
  void Resolve(const ResolveTerms& terms) {
    ASSERT_TRUE(ledger.CanResolve(id, terms).ok()) << ledger.CanResolve(id, terms);
    Take(ledger.DecideResolve(id, terms, kNow));
  }
  std::string Show() const {
    const Order& order = At(id);
    return std::string(tw::Name(order.status())) + " " + order.filled.ToString() + "+" +
           order.leaves.ToString() + "+" + order.canceled.ToString() + " for " +
           order.filled_notional.ToString();
  }
  OrderId id;
};

TEST(LedgerResolveTest, OnlyAnUncertainOrderCanBeResolved) {
  World w;
  const OrderId id = w.New(1);
  const absl::Status status = w.ledger.CanResolve(id, As(Outcome::kCanceled));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "order 1-1 is not uncertain: it is PENDING_NEW");
  w.Take(w.ledger.DecideUncertain(id, "no answer", kNow));
  EXPECT_TRUE(w.ledger.CanResolve(id, As(Outcome::kCanceled)).ok());
  w.Take(w.ledger.DecideResolve(id, As(Outcome::kCanceled), kNow));
  EXPECT_EQ(w.ledger.CanResolve(id, As(Outcome::kCanceled)).code(),
            absl::StatusCode::kFailedPrecondition)
      << "once";
}

TEST(LedgerResolveTest, WhatAnOperatorMaySay) {
  struct Row {
    ResolveTerms terms;
    const char* field;  // at fault; "": it is taken
    const char* order;  // as it is then: status, filled + leaves + canceled, cost
    size_t events;
  };
  const Row rows[] = {
      {As(Outcome::kCanceled), "", "CANCELED 4+0+6 for 400", 2},
      {As(Outcome::kFilled), "", "FILLED 10+0+0 for 1000", 2},
      {As(Outcome::kFilled, "6", "99"), "", "FILLED 10+0+0 for 994", 2},
      {As(Outcome::kFilled, "2.5", "101"), "", "CANCELED 6.5+0+3.5 for 652.5", 3},
      {As(Outcome::kFilled, "6.00000001"), "quantity", "", 0},
      {As(Outcome::kFilled, "6", "92233720368"), "price", "", 0},
  };
  for (const Row& row : rows) {
    Doubt w;
    const absl::Status can = w.ledger.CanResolve(w.id, row.terms);
    EXPECT_EQ(FieldOf(can), row.field) << can;
    if (can.ok()) {
      const size_t before = w.journal.size();
      w.Resolve(row.terms);
      EXPECT_EQ(w.Show(), row.order);
      EXPECT_EQ(w.journal.size() - before, row.events) << row.order;
      EXPECT_FALSE(w.At(w.id).uncertain);
      EXPECT_EQ(w.At(w.id).resolution.by, "ann");
      EXPECT_TRUE(w.ledger.open_orders().empty());
      EXPECT_TRUE(w.ledger.unsettled_orders().contains(w.id));
    }
  }
}

TEST(LedgerResolveTest, AFillOfAMarketOrderNeedsItsPrice) {
  World w;
  const OrderId id(1, 1);
  NewOrder order = Limit("m");
  order.type = OrderType::kMarket;
  order.price = Price();
  w.Take(w.ledger.Decide(id, order, Approve(), kNow));
  w.Take(w.ledger.DecideUncertain(id, "no answer", kNow));
  EXPECT_EQ(FieldOf(w.ledger.CanResolve(id, As(Outcome::kFilled))), "price");
  EXPECT_TRUE(w.ledger.CanResolve(id, As(Outcome::kFilled, "0", "101")).ok());
}

// The venue speaks after all. Its word counts, once, and the sums hold.
TEST(LedgerResolveTest, TheVenuesLaterWordCounts) {
  struct Report {
    Kind kind;
    const char* quantity = "0";
    const char* price = "100";
  };
  struct Row {
    const char* name;
    ResolveTerms terms;
    std::vector<Report> reports;
    const char* order;
    bool settled;
  };
  const ResolveTerms canceled = As(Outcome::kCanceled);
  const ResolveTerms filled = As(Outcome::kFilled, "6", "99");  // costs 400 + 594
  const Row rows[] = {
      {"canceled, and so it was", canceled, {{Kind::kCanceled}}, "CANCELED 4+0+6 for 400", true},
      {"canceled, and the venue knows nothing",
       canceled,
       {{Kind::kCancelRejected}},
       "CANCELED 4+0+6 for 400",
       true},
      {"canceled, but a part had been filled",
       canceled,
       {{Kind::kFilled, "1", "98"}, {Kind::kCanceled}},
       "CANCELED 5+0+5 for 498",
       true},
      {"canceled, but all had been filled",
       canceled,
       {{Kind::kFilled, "5", "98"}, {Kind::kFilled, "1", "97"}},
       "FILLED 10+0+0 for 987",
       false},
      {"canceled, and the venue fills more than was ordered",
       canceled,
       {{Kind::kFilled, "6.1", "98"}},
       "CANCELED 4+0+6 for 400",
       false},
      {"canceled, but it works", canceled, {{Kind::kAccepted}}, "CANCELED 4+0+6 for 400", false},
      {"filled, and so it was, at another price",
       filled,
       {{Kind::kFilled, "6", "98"}},
       "FILLED 10+0+0 for 988",
       false},
      {"filled, and so it was, in parts",
       filled,
       {{Kind::kFilled, "2", "98"}, {Kind::kFilled, "4", "97"}, {Kind::kCancelRejected}},
       "FILLED 10+0+0 for 984",
       true},
      {"filled, but the venue canceled it",
       filled,
       {{Kind::kCanceled}},
       "CANCELED 4+0+6 for 400",
       true},
      {"filled, but in part only",
       filled,
       {{Kind::kFilled, "2", "98"}, {Kind::kExpired}},
       "CANCELED 6+0+4 for 596",
       true},
      {"filled, and the venue has forgotten it",
       filled,
       {{Kind::kCancelRejected}},
       "FILLED 10+0+0 for 994",
       true},
      {"filled in part, but all had been filled",
       As(Outcome::kFilled, "2", "99"),
       {{Kind::kFilled, "6", "98"}},
       "FILLED 10+0+0 for 988",
       false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Doubt w;
    w.Resolve(row.terms);
    for (const Report& report : row.reports) {
      w.Venue(w.id, report.kind, report.quantity, report.price);
    }
    EXPECT_EQ(w.Show(), row.order);
    EXPECT_EQ(!w.ledger.unsettled_orders().contains(w.id), row.settled);
    EXPECT_TRUE(w.ledger.open_orders().empty());
  }
}

// Every fill has an id of its own, and the fills of an order add up to what is filled.
TEST(LedgerResolveTest, AnOperatorsFillIsTakenBackByOneOfNegativeQuantity) {
  Doubt w;
  w.Resolve(As(Outcome::kFilled, "6", "99"));
  w.Venue(w.id, Kind::kFilled, "2", "98");
  w.Venue(w.id, Kind::kCanceled);
  std::vector<std::string> fills;
  for (const Event& event : w.journal) {
    if (const auto* fill = std::get_if<Filled>(&event.body)) {
      fills.push_back(fill->fill_id + " " + fill->quantity.ToString() + " @ " +
                      fill->price.ToString());
    }
  }
  EXPECT_EQ(fills, (std::vector<std::string>{"PAPER-2 4 @ 100", "OPERATOR-1-1.1 6 @ 99",
                                             "OPERATOR-1-1.2 -2 @ 99", "PAPER-3 2 @ 98",
                                             "OPERATOR-1-1.3 -4 @ 99"}));
}

// Any words of operator and venue, in any order: sums hold, and the journal gives the same state.
TEST(LedgerResolveTest, AnyHistoryBalances) {
  std::mt19937_64 random(TestSeed());
  World w;
  std::map<OrderId, Quantity> filled;  // the naive twin: sums of fills
  size_t late = 0;
  const auto take = [&](const Events& events) {
    for (const Event& event : events) {
      if (const auto* fill = std::get_if<Filled>(&event.body)) {
        late += IsTerminal(w.At(event.order_id).phase) ? 1 : 0;
        filled[event.order_id] += fill->quantity;
      }
      w.Take({event});
      const Order& after = w.At(event.order_id);
      ASSERT_EQ(after.filled + after.leaves + after.canceled, after.terms.quantity);
      ASSERT_EQ(after.filled, filled[after.id]);
      ASSERT_LE(after.assumed, after.filled);
      ASSERT_EQ(after.phase == Phase::kFilled, after.filled == after.terms.quantity);
    }
  };
  const auto resolve = [&](OrderId id, Quantity quantity) {
    ResolveTerms terms = As(random() % 2 == 0 ? Outcome::kCanceled : Outcome::kFilled);
    terms.quantity = quantity;
    if (w.ledger.CanResolve(id, terms).ok()) {
      take(w.ledger.DecideResolve(id, terms, kNow));
    }
  };
  uint32_t orders = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (orders == 0 || random() % 8 == 0) {
      w.New(++orders);
      continue;
    }
    const OrderId id(1, orders - static_cast<uint32_t>(random() % std::min<uint32_t>(orders, 20)));
    const auto some = Quantity::FromE8(1 + static_cast<int64_t>(random() % 600'000'000));
    switch (random() % 4) {
      case 0: take(w.ledger.DecideCancel(id, kNow)); break;
      case 1: take(w.ledger.DecideUncertain(id, "no answer", kNow)); break;
      case 2: resolve(id, random() % 2 == 0 ? some : Quantity()); break;
      default: {
        ExecutionReport report = w.Report(id, static_cast<Kind>(random() % 8));
        report.quantity = some;
        take(w.ledger.Decide(report, kNow));
      }
    }
    ASSERT_FALSE(::testing::Test::HasFatalFailure());
  }
  EXPECT_GT(late, 100U) << "the venue spoke late now and then";
  Ledger again;
  for (const Event& event : w.journal) {
    again.Apply(event);
  }
  EXPECT_EQ(again.StateHash(), w.ledger.StateHash());
  EXPECT_EQ(again.unsettled_orders(), w.ledger.unsettled_orders());
}

}  // namespace
}  // namespace tw::oms
