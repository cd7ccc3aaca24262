// Linked orders: what follows from how they stand, a case each; and, whatever a venue and a market
// do to them, that together the legs never do more than they should.
#include "services/oms/links.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "libs/core/prng.h"
#include "tests/seed.h"
#include "tests/services/oms/ledger_world.h"

namespace tw::oms {
namespace {

using testing::Approve;
using testing::Kind;
using testing::kNow;
using testing::Limit;

Quantity Q(int64_t units) {
  return Quantity::FromUnits(units);
}

NewOrder Leg(LinkKind kind, LinkRole role, OrderType type, Side side, int n) {
  NewOrder order = Limit("c-" + std::to_string(n), "10", "110");
  order.side = side;
  order.type = type;
  order.link = {OrderId(1, 1), kind, role};
  if (IsStop(type)) {
    order.price = Price();
    order.stop_price = *Price::Parse("90");
    order.first_trigger = order.stop_price;
    order.asked.trigger = StopTrigger::kLast;
  }
  return order;
}

// Linked orders, a venue that says what the test wants, and an engine that does what is due as the
// real one would, risk always willing.
class Linked : public testing::World {
 public:
  explicit Linked(LinkKind kind) {
    const Side out = Side::kSell;
    std::vector<NewOrder> orders;
    if (kind != LinkKind::kOco) {
      orders.push_back(Leg(kind, LinkRole::kParent, OrderType::kLimit, Side::kBuy, 1));
    }
    if (kind != LinkKind::kOto) {
      orders.push_back(Leg(kind, LinkRole::kLeg, OrderType::kLimit, out, 2));
    }
    orders.push_back(Leg(kind, LinkRole::kLeg, OrderType::kStop, out, 3));
    for (size_t i = 0; i < orders.size(); ++i) {
      ids.emplace_back(1, static_cast<uint32_t>(i + 1));
    }
    const std::vector<RiskAnswer> answers(orders.size(), Approve());
    Take(ledger.DecideLinked(ids, orders, answers, kNow));
    Settle();
  }

  LinkView view() const { return LinkView(ledger.Linked(OrderId(1, 1))); }
  bool has_parent() const { return view().parent() != nullptr; }
  OrderId parent() const { return ids[0]; }
  OrderId profit() const { return ids[ids.size() - 2]; }
  OrderId loss() const { return ids.back(); }

  void Settle() {
    for (int i = 0; i < 20; ++i) {
      const size_t before = journal.size();
      for (const LinkStep& step : StepsOf(view(), set_off)) {
        Do(step);
      }
      if (set_off.IsSet() && At(set_off).dormant() && view().IsArmed(At(set_off)) &&
          view().MayGoOut(At(set_off))) {
        Take(ledger.DecideTrigger(set_off, *Price::Parse("90"), Approve(), kNow,
                                  view().TargetOf(At(set_off))));
      }
      if (journal.size() == before) {
        return;
      }
    }
    FAIL() << "the steps of a link do not come to an end";
  }
  void Say(OrderId id, Kind kind, const char* quantity = "0", const char* price = "100") {
    Venue(id, kind, quantity, price);
    Settle();
  }
  void SetOff(OrderId id) {
    if (view().IsArmed(At(id))) {
      set_off = id;
      Settle();
    }
  }
  // Those that the venue has, or gets.
  std::vector<OrderId> Out() const {
    std::vector<OrderId> out;
    for (const OrderId id : ids) {
      if (!IsTerminal(At(id).phase) && At(id).phase != Phase::kHeld) {
        out.push_back(id);
      }
    }
    return out;
  }

  std::vector<OrderId> ids;
  OrderId set_off;

 private:
  void Do(const LinkStep& step) {
    using StepKind = LinkStep::Kind;
    const Order& order = At(step.id);
    switch (step.kind) {
      case StepKind::kCancel: Take(ledger.DecideCancel(step.id, kNow, step.reason)); return;
      case StepKind::kYield: Take(ledger.DecideCancel(step.id, kNow, step.reason, true)); return;
      case StepKind::kResize: Take(ledger.DecideResize(step.id, step.quantity, kNow)); return;
      case StepKind::kReplace:
        Take(ledger.DecideReplace(
            step.id, {step.quantity, order.terms.price, order.terms.stop_price}, Approve(), kNow));
        return;
      case StepKind::kActivate:
        Take(ledger.DecideTrigger(step.id, Price(), Approve(), kNow, step.quantity));
        return;
    }
  }
};

TEST(LinksTest, TheLegsOfABracketWaitForTheParent) {
  const Linked link(LinkKind::kBracket);
  EXPECT_EQ(link.Out(), std::vector<OrderId>{link.parent()});
  EXPECT_TRUE(link.At(link.profit()).dormant());
  EXPECT_TRUE(link.At(link.loss()).dormant());
  EXPECT_FALSE(link.view().IsArmed(link.At(link.loss())));
}

TEST(LinksTest, TheLegsAreAsLargeAsTheParentsFills) {
  Linked link(LinkKind::kBracket);
  link.Say(link.parent(), Kind::kFilled, "3");
  EXPECT_EQ(link.At(link.profit()).terms.quantity, Q(3));
  EXPECT_EQ(link.At(link.profit()).phase, Phase::kPendingNew) << "its turn has come";
  EXPECT_EQ(link.At(link.loss()).terms.quantity, Q(3));
  EXPECT_TRUE(link.view().IsArmed(link.At(link.loss())));
  link.Say(link.profit(), Kind::kAccepted);
  link.Say(link.parent(), Kind::kFilled, "4");
  EXPECT_EQ(link.At(link.profit()).phase, Phase::kPendingReplace);
  EXPECT_EQ(link.At(link.profit()).requested_quantity, Q(7));
  EXPECT_EQ(link.At(link.loss()).terms.quantity, Q(7));
}

TEST(LinksTest, AParentThatEndsUnfilledTakesTheLegsWithIt) {
  Linked link(LinkKind::kBracket);
  link.Say(link.parent(), Kind::kCanceled);
  EXPECT_EQ(link.At(link.profit()).phase, Phase::kCanceled);
  EXPECT_EQ(link.At(link.loss()).cancel_reason, "linked order 1-1 ended unfilled");
  EXPECT_TRUE(link.ledger.open_links().empty());
}

TEST(LinksTest, AFilledLegCancelsTheOther) {
  Linked link(LinkKind::kOco);
  link.Say(link.profit(), Kind::kFilled, "4");
  EXPECT_EQ(link.At(link.loss()).terms.quantity, Q(6)) << "it follows";
  link.Say(link.profit(), Kind::kFilled, "6");
  EXPECT_EQ(link.At(link.loss()).phase, Phase::kCanceled);
  EXPECT_EQ(link.At(link.loss()).cancel_reason, "linked order 1-1 was filled");
}

TEST(LinksTest, ACanceledLegCancelsTheOtherAndARefusedOneDoesNot) {
  Linked canceled(LinkKind::kOco);
  canceled.Say(canceled.profit(), Kind::kCanceled);
  EXPECT_EQ(canceled.At(canceled.loss()).phase, Phase::kCanceled);
  Linked refused(LinkKind::kOco);
  refused.Say(refused.profit(), Kind::kRejected);
  EXPECT_TRUE(refused.view().IsArmed(refused.At(refused.loss())));
}

TEST(LinksTest, AStopThatIsSetOffWaitsUntilTheOtherIsOver) {
  Linked link(LinkKind::kOco);
  link.Say(link.profit(), Kind::kFilled, "4");
  link.SetOff(link.loss());
  EXPECT_EQ(link.At(link.profit()).phase, Phase::kPendingCancel);
  EXPECT_TRUE(link.At(link.profit()).yielding);
  EXPECT_TRUE(link.At(link.loss()).dormant());
  link.Say(link.profit(), Kind::kFilled, "1");  // crosses with the cancel
  link.Say(link.profit(), Kind::kCanceled);
  EXPECT_EQ(link.At(link.loss()).phase, Phase::kPendingNew);
  EXPECT_EQ(link.At(link.loss()).terms.quantity, Q(5)) << "what the other left";
}

TEST(LinksTest, ALegInTransitIsRememberedOverARestart) {
  Linked link(LinkKind::kOco);
  link.SetOff(link.loss());
  link.set_off = OrderId();  // the process was killed: who set what off is forgotten
  link.Say(link.profit(), Kind::kCanceled);
  ASSERT_NE(link.view().Owed(), nullptr);
  EXPECT_EQ(link.view().Owed()->id, link.loss());
  EXPECT_TRUE(link.At(link.loss()).dormant()) << "it was not given up with the other";
}

TEST(LinksTest, ALegThatHasActedEndsTheParent) {
  Linked link(LinkKind::kBracket);
  link.Say(link.parent(), Kind::kFilled, "3");
  link.Say(link.profit(), Kind::kFilled, "3");
  EXPECT_EQ(link.At(link.parent()).phase, Phase::kPendingCancel);
  link.Say(link.parent(), Kind::kFilled, "2");  // crosses with the cancel
  EXPECT_EQ(link.At(link.loss()).terms.quantity, Q(2)) << "what came late has its stop";
  link.Say(link.parent(), Kind::kCanceled);
  EXPECT_TRUE(link.view().IsArmed(link.At(link.loss())));
}

TEST(LinksTest, AStopGoesOutWhenItsParentCanFillNoMore) {
  Linked link(LinkKind::kOto);
  link.Say(link.parent(), Kind::kFilled, "3");
  link.SetOff(link.loss());
  EXPECT_EQ(link.At(link.parent()).phase, Phase::kPendingCancel);
  EXPECT_TRUE(link.At(link.loss()).dormant());
  link.Say(link.parent(), Kind::kFilled, "1");
  link.Say(link.parent(), Kind::kCanceled);
  EXPECT_EQ(link.At(link.loss()).phase, Phase::kPendingNew);
  EXPECT_EQ(link.At(link.loss()).terms.quantity, Q(4));
}

TEST(LinksTest, ABustOfTheParentMakesTheLegsSmaller) {
  Linked link(LinkKind::kBracket);
  link.Say(link.parent(), Kind::kFilled, "3");
  const std::string trade = std::to_string(link.executions);
  link.Say(link.parent(), Kind::kFilled, "7");
  link.Say(link.profit(), Kind::kAccepted);
  link.Say(link.profit(), Kind::kReplaced, "10", "110");
  ExecutionReport bust = link.Report(link.parent(), Kind::kTradeBusted);
  bust.original_exec_id = trade;
  link.Take(link.ledger.Decide(bust, kNow));
  link.Settle();
  EXPECT_EQ(link.At(link.profit()).requested_quantity, Q(7));
  EXPECT_EQ(link.At(link.loss()).terms.quantity, Q(7));
}

TEST(LinksTest, OnlyOrdersThatCanBeLinkedAre) {
  using R = LinkRole;
  const auto leg = [](LinkKind kind, OrderType type, Side side = Side::kSell) {
    return Leg(kind, R::kLeg, type, side, 1);
  };
  const auto says = [](LinkKind kind, const std::vector<NewOrder>& orders) {
    return std::string(CheckLinked(kind, orders).message());
  };
  const NewOrder limit = leg(LinkKind::kOco, OrderType::kLimit);
  const NewOrder stop = leg(LinkKind::kOco, OrderType::kStop);
  EXPECT_EQ(says(LinkKind::kOco, {limit, stop}), "");
  EXPECT_EQ(says(LinkKind::kOco, {stop, leg(LinkKind::kOco, OrderType::kStop, Side::kBuy)}), "")
      << "a breakout either way";
  EXPECT_NE(says(LinkKind::kOco, {limit, limit}), "") << "both could trade";
  EXPECT_NE(says(LinkKind::kOco, {limit}), "");
  NewOrder other = stop;
  other.quantity = Q(9);
  EXPECT_NE(says(LinkKind::kOco, {limit, other}), "");
  other = stop;
  other.symbol = "IBM";
  EXPECT_NE(says(LinkKind::kOco, {limit, other}), "");
  other = limit;
  other.time_in_force = TimeInForce::kIoc;
  EXPECT_NE(says(LinkKind::kOco, {other, stop}), "");
  const NewOrder parent = Leg(LinkKind::kBracket, R::kParent, OrderType::kLimit, Side::kBuy, 1);
  EXPECT_EQ(says(LinkKind::kBracket, {parent, limit, stop}), "");
  EXPECT_NE(says(LinkKind::kBracket, {parent, stop, stop}), "");
  EXPECT_NE(says(LinkKind::kBracket, {limit, parent, stop}), "");
  EXPECT_EQ(says(LinkKind::kOto, {parent, limit}), "");
  EXPECT_NE(says(LinkKind::kOto, {parent, limit, stop}), "");
  EXPECT_NE(says(LinkKind::kUnspecified, {parent, limit}), "");
}

// Whatever comes, in whatever order: the legs never do more than their link allows, at most one of
// them is at the venue, what waits is as large as what is left, and the journal gives the same.
class LinksPropertyTest : public ::testing::TestWithParam<LinkKind> {};

void Happen(Linked& link, Prng& rng) {
  const OrderId id = link.ids[rng.Below(link.ids.size())];
  const Order& order = link.At(id);
  const bool at_venue = order.phase != Phase::kHeld && !IsTerminal(order.phase);
  const std::string leaves = order.leaves.ToString();
  switch (rng.Below(8)) {
    case 0: link.Say(id, Kind::kAccepted); return;
    case 1:
    case 2:
      if (at_venue) {
        const auto part = 1 + static_cast<int64_t>(rng.Below(4));
        link.Say(id, Kind::kFilled, std::min(Q(part), order.leaves).ToString().c_str());
      }
      return;
    case 3: link.SetOff(link.loss()); return;
    case 4:
      if (order.phase == Phase::kPendingReplace) {
        link.Say(id, Kind::kReplaced, order.requested_quantity.ToString().c_str(), "110");
      }
      return;
    case 5:
      if (order.phase == Phase::kPendingReplace) {
        link.Say(id, Kind::kReplaceRejected);
      }
      return;
    case 6:
      if (order.phase == Phase::kPendingCancel) {
        link.Say(id, rng.Percent(70) ? Kind::kCanceled : Kind::kCancelRejected);
      } else if (at_venue && rng.Percent(10)) {
        link.Say(id, Kind::kCanceled);  // unsolicited
      }
      return;
    default:
      if (rng.Percent(3)) {
        link.Take(link.ledger.DecideCancel(id, kNow));
        link.Settle();
      } else if (rng.Percent(10)) {
        link.set_off = OrderId();  // a restart
        if (const Order* owed = link.view().Owed(); owed != nullptr) {
          link.set_off = owed->id;
        }
        link.Settle();
      }
      return;
  }
}

void Check(const Linked& link) {
  const LinkView view = link.view();
  Quantity filled;
  int out = 0;
  for (const Order* leg : view.legs()) {
    filled += leg->filled;
    const bool at_venue = leg->phase != Phase::kHeld && !IsTerminal(leg->phase);
    out += at_venue ? 1 : 0;
    ASSERT_LE(leg->filled + (at_venue ? leg->leaves : Quantity()), Q(10));
    if (view.IsArmed(*leg) && IsStop(leg->terms.type) && link.set_off != leg->id) {
      ASSERT_EQ(leg->terms.quantity, view.TargetOf(*leg));
    }
  }
  ASSERT_LE(out, 1) << "two legs could trade at once";
  ASSERT_LE(filled, view.base());
}

TEST_P(LinksPropertyTest, TheLegsNeverDoMoreThanTheyShould) {
  const uint64_t seed = TestSeed();
  std::map<Phase, int> ends;
  for (uint64_t game = 0; game < 2'000; ++game) {
    SCOPED_TRACE("game " + std::to_string(game));
    Prng rng(seed + game);
    Linked link(GetParam());
    for (int step = 0; step < 60 && !link.ledger.open_links().empty(); ++step) {
      ASSERT_NO_FATAL_FAILURE(Happen(link, rng));
      ASSERT_NO_FATAL_FAILURE(Check(link));
    }
    ++ends[link.At(link.loss()).phase];
    Ledger again;
    for (const Event& event : link.journal) {
      again.Apply(event);
    }
    ASSERT_EQ(again.StateHash(), link.ledger.StateHash());
  }
  EXPECT_GT(ends[Phase::kFilled], 20) << "of the stops";
  EXPECT_GT(ends[Phase::kCanceled], 20);
}

INSTANTIATE_TEST_SUITE_P(Kind,
                         LinksPropertyTest,
                         ::testing::Values(LinkKind::kOco, LinkKind::kOto, LinkKind::kBracket),
                         [](const auto& test) { return std::string(Name(test.param)); });

}  // namespace
}  // namespace tw::oms
