#include "services/exeq/children.h"

#include <gtest/gtest.h>

namespace tw::exeq {
namespace {

constexpr OrderId kOrder(3, 1042);

Quantity Units(int64_t units) {
  return Quantity::FromUnits(units);
}

Child SentChild(OrderId order, int64_t quantity) {
  Child child;
  child.order_id = order;
  child.child_id = FirstChildId(order);
  child.venue = "PAPER";
  child.symbol = "IBM";
  child.quantity = Units(quantity);
  child.price = Price::FromUnits(180);
  child.sent = Timestamp{5};
  return child;
}

// A report about the first child of `order`; `filled` of `total` so far.
ChildReport Report(
    uint64_t sequence, ReportKind kind, int64_t total, int64_t filled, OrderId order = kOrder) {
  ChildReport report;
  report.execution_sequence = sequence;
  report.kind = kind;
  report.child_id = FirstChildId(order);
  report.order_id = order;
  report.venue = "PAPER";
  report.symbol = "IBM";
  report.cumulative = Units(filled);
  const bool over = kind == ReportKind::kCanceled || kind == ReportKind::kRejected;
  report.leaves = over ? Quantity() : Units(total - filled);
  report.quantity = kind == ReportKind::kCanceled ? Units(total - filled) : Units(total);
  report.price = Price::FromUnits(181);
  return report;
}

TEST(ChildrenTest, AChildsIdFollowsFromItsOrders) {
  EXPECT_EQ(FirstChildId(kOrder), "3-1042.1");
}

TEST(ChildrenTest, FollowsAnOrderFromSentToFilled) {
  Children children(10);
  children.Learn(SentChild(kOrder, 100));
  const Child& child = *children.Find(kOrder).at(0);
  EXPECT_EQ(child.state, ChildState::kSent);
  children.Apply(Report(1, ReportKind::kAccepted, 100, 0));
  EXPECT_EQ(child.state, ChildState::kWorking);
  children.Apply(Report(2, ReportKind::kFilled, 100, 40));
  EXPECT_EQ(child.state, ChildState::kWorking);
  EXPECT_EQ(child.filled, Units(40));
  children.Apply(Report(3, ReportKind::kOther, 0, 0));
  EXPECT_EQ(child.state, ChildState::kWorking);
  children.Apply(Report(4, ReportKind::kReplaced, 120, 40));
  EXPECT_EQ(child.quantity, Units(120));
  EXPECT_EQ(child.price, Price::FromUnits(181));
  children.Apply(Report(5, ReportKind::kFilled, 120, 120));
  EXPECT_EQ(child.state, ChildState::kFilled);
  EXPECT_EQ(child.filled, Units(120));
  EXPECT_EQ(child.sent, Timestamp{5});
  EXPECT_EQ(children.open_count(), 0U);
}

TEST(ChildrenTest, WhatIsSentOrToldAgainChangesNothing) {
  Children children(10);
  children.Learn(SentChild(kOrder, 100));
  children.Apply(Report(7, ReportKind::kAccepted, 100, 0));
  children.Apply(Report(8, ReportKind::kFilled, 100, 30));
  children.Learn(SentChild(kOrder, 100));
  children.Apply(Report(7, ReportKind::kAccepted, 100, 0));
  EXPECT_EQ(children.Find(kOrder).size(), 1U);
  EXPECT_EQ(children.Find(kOrder)[0]->filled, Units(30));
  children.Apply(Report(9, ReportKind::kCanceled, 100, 30));
  for (uint64_t sequence = 7; sequence <= 9; ++sequence) {
    children.Apply(Report(sequence, ReportKind::kFilled, 100, 30));
  }
  EXPECT_EQ(children.Find(kOrder)[0]->state, ChildState::kCanceled);
  EXPECT_EQ(children.finished_count(), 1U);
}

TEST(ChildrenTest, LearnsOfAChildFromAnyReport) {
  struct Case {
    ReportKind kind;
    int64_t filled;
    ChildState state;
  };
  const std::vector<Case> cases = {
      {ReportKind::kAccepted, 0, ChildState::kWorking},
      {ReportKind::kFilled, 40, ChildState::kWorking},
      {ReportKind::kFilled, 100, ChildState::kFilled},
      {ReportKind::kCanceled, 40, ChildState::kCanceled},
      {ReportKind::kReplaced, 40, ChildState::kWorking},
      {ReportKind::kRejected, 0, ChildState::kRejected},
  };
  for (const Case& c : cases) {
    Children children(10);
    children.Apply(Report(5, c.kind, 100, c.filled));
    ASSERT_EQ(children.Find(kOrder).size(), 1U);
    EXPECT_EQ(Name(children.Find(kOrder)[0]->state), Name(c.state));
    EXPECT_EQ(children.Find(kOrder)[0]->quantity, Units(100)) << Name(c.state);
    EXPECT_EQ(children.VenueOf(FirstChildId(kOrder)), "PAPER");
  }
  Children children(10);
  children.Apply(Report(5, ReportKind::kOther, 0, 0));
  EXPECT_TRUE(children.Find(kOrder).empty());
  EXPECT_FALSE(children.VenueOf(FirstChildId(kOrder)).has_value());
}

TEST(ChildrenTest, FinishedOnesLeaveMemoryOpenOnesStay) {
  Children children(3);
  children.Learn(SentChild(OrderId(1, 1000), 1));
  for (uint32_t number = 1; number <= 20; ++number) {
    const OrderId order(1, number);
    children.Learn(SentChild(order, 1));
    children.Apply(Report(number, ReportKind::kFilled, 1, 1, order));
  }
  EXPECT_EQ(children.finished_count(), 3U);
  EXPECT_EQ(children.open_count(), 1U);
  EXPECT_TRUE(children.Find(OrderId(1, 17)).empty());
  EXPECT_EQ(children.Find(OrderId(1, 18)).size(), 1U);
  EXPECT_EQ(children.Find(OrderId(1, 1000)).size(), 1U);
}

}  // namespace
}  // namespace tw::exeq
