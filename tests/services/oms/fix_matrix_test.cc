// The order state change matrices of FIX 4.4 (Volume 4, appendix D), a row a matrix, from the seat
// of whoever holds the order: what happens, and how the order stands after each step. A row that
// has no counterpart here says why.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/services/oms/ledger_world.h"

namespace tw::oms {
namespace {

using testing::Approve;
using testing::Kind;
using testing::kNow;
using testing::Limit;
using testing::World;

enum class Do : uint8_t {
  kSubmit,         // quantity
  kRefused,        // by risk
  kAccepted,       // the venue's words from here on
  kRejected,       //
  kFill,           // quantity
  kCanceled,       //
  kCancelRefused,  //
  kReplaced,       // new total
  kReplaceRefused,
  kExpired,
  kCancel,             // we ask
  kCancelNothing,      // asked where there is nothing to cancel: it changes nothing
  kReplace,            // new total
  kReplaceImpossible,  // new total; refused on the spot
  kReplaceVetoed,      // new total; risk refuses
  kSubmitAgain,        // the same: a duplicate, answered as it stands
  kSubmitOther,        // another order under the key: refused
  kPossDup,            // the venue's last word once more: it changes nothing
  kBust,               // of the `of`-th fill; `quantity` is left at the venue
  kCorrect,            // of the `of`-th fill, to `quantity`
  kCorrectImpossible,  // the same; the report changes nothing
};

struct Step {
  Do what;
  int quantity;
  OrderStatus status;
  int filled;
  int leaves;
  int of = 0;        // which fill, from 1
  int at_venue = 0;  // kCorrect: what is left there
};

struct Matrix {
  const char* name;
  std::vector<Step> steps;
};

using S = OrderStatus;

std::string Text(int quantity) {
  return std::to_string(quantity);
}

class Scene {
 public:
  void Run(const Step& step) {
    const std::string quantity = Text(step.quantity);
    const NewTerms terms{*Quantity::Parse(quantity), *Price::Parse("101"), Price()};
    switch (step.what) {
      case Do::kSubmit: id_ = world_.New(1, quantity.c_str()); return;
      case Do::kRefused: Refuse(quantity); return;
      case Do::kAccepted: Venue(Kind::kAccepted, "0"); return;
      case Do::kRejected: Venue(Kind::kRejected, "0"); return;
      case Do::kFill:
        Venue(Kind::kFilled, quantity);
        fills_.push_back(last_.report.venue_exec_id);
        return;
      case Do::kBust: Adjust(Kind::kTradeBusted, step, "1", quantity); return;
      case Do::kCorrect: Adjust(Kind::kTradeCorrected, step, quantity, Text(step.at_venue)); return;
      case Do::kCorrectImpossible:
        last_ = world_.Report(id_, Kind::kTradeCorrected, quantity.c_str(), "102");
        last_.original_exec_id = fills_[static_cast<size_t>(step.of) - 1];
        ASSERT_EQ(Take(world_.ledger.Decide(last_, kNow)), 0U);
        return;
      case Do::kCanceled: Venue(Kind::kCanceled, "0"); return;
      case Do::kCancelRefused: Venue(Kind::kCancelRejected, "0"); return;
      case Do::kReplaced: Venue(Kind::kReplaced, quantity); return;
      case Do::kReplaceRefused: Venue(Kind::kReplaceRejected, "0"); return;
      case Do::kExpired: Venue(Kind::kExpired, "0"); return;
      case Do::kCancel: ASSERT_EQ(Take(world_.ledger.DecideCancel(id_, kNow)), 1U); return;
      case Do::kCancelNothing: ASSERT_EQ(Take(world_.ledger.DecideCancel(id_, kNow)), 0U); return;
      case Do::kReplace:
        ASSERT_EQ(Take(world_.ledger.DecideReplace(id_, terms, Approve(), kNow)), 1U);
        return;
      case Do::kReplaceImpossible: ASSERT_FALSE(world_.ledger.CanReplace(id_, terms).ok()); return;
      case Do::kReplaceVetoed:
        ASSERT_EQ(Take(world_.ledger.DecideReplace(id_, terms, RiskAnswer(), kNow)), 1U);
        return;
      case Do::kSubmitAgain:
        ASSERT_EQ((*world_.ledger.Repeat(Limit("c-1", quantity.c_str())))->id, id_);
        return;
      case Do::kSubmitOther:
        ASSERT_EQ(world_.ledger.Repeat(Limit("c-1", quantity.c_str())).status().code(),
                  absl::StatusCode::kAlreadyExists);
        return;
      case Do::kPossDup: ASSERT_EQ(Take(world_.ledger.Decide(last_, kNow)), 0U); return;
    }
  }
  const Order& order() const { return world_.At(id_); }
  const World& world() const { return world_; }

 private:
  size_t Take(const Events& events) {
    world_.Take(events);
    return events.size();
  }
  void Refuse(const std::string& quantity) {
    id_ = OrderId(1, 1);
    Take(world_.ledger.Decide(id_, Limit("c-1", quantity.c_str()), RiskAnswer(), kNow));
  }
  void Venue(Kind kind, const std::string& quantity) {
    last_ = world_.Report(id_, kind, quantity.c_str(), "101");
    ASSERT_EQ(Take(world_.ledger.Decide(last_, kNow)), 1U) << "the report changed nothing";
  }

  void Adjust(Kind kind, const Step& step, const std::string& quantity, const std::string& left) {
    last_ = world_.Report(id_, kind, quantity.c_str(), "102");
    last_.original_exec_id = fills_[static_cast<size_t>(step.of) - 1];
    last_.leaves = *Quantity::Parse(left);
    ASSERT_EQ(Take(world_.ledger.Decide(last_, kNow)), kind == Kind::kTradeBusted ? 1U : 2U);
  }

  World world_;
  OrderId id_;
  ExecutionReport last_;
  std::vector<std::string> fills_;
};

// Whatever its matrix does, each order begins so.
constexpr Step kSubmitted{Do::kSubmit, 10'000, S::kPendingNew, 0, 10'000};
constexpr Step kNew{Do::kAccepted, 0, S::kNew, 0, 10'000};

// clang-format off
const Matrix kMatrices[] = {
    // --- A: vanilla
    {"A.1.a filled", {kSubmitted, kNew,
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kFill, 1'000, S::kPartiallyFilled, 3'000, 7'000},
      {Do::kFill, 7'000, S::kFilled, 10'000, 0}}},
    {"A.1.a rejected by us", {{Do::kRefused, 10'000, S::kRejected, 0, 0}}},
    {"A.1.a rejected by the venue", {kSubmitted, {Do::kRejected, 0, S::kRejected, 0, 0}}},
    // Done for day is no state here: the rest of a DAY order expires.
    {"A.1.b part-filled day order, done for day", {kSubmitted, kNew,
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kExpired, 0, S::kExpired, 2'000, 0}}},
    // --- B: cancel
    {"B.1.a cancel of a zero-filled order", {kSubmitted, kNew,
      {Do::kCancel, 0, S::kPendingCancel, 0, 10'000},
      {Do::kCanceled, 0, S::kCanceled, 0, 0}}},
    {"B.1.a cancel refused", {kSubmitted, kNew,
      {Do::kCancel, 0, S::kPendingCancel, 0, 10'000},
      {Do::kCancelRefused, 0, S::kNew, 0, 10'000}}},
    {"B.1.b cancel of a part-filled order, executions meanwhile", {kSubmitted, kNew,
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kCancel, 0, S::kPendingCancel, 2'000, 8'000},
      {Do::kFill, 3'000, S::kPendingCancel, 5'000, 5'000},
      {Do::kCanceled, 0, S::kCanceled, 5'000, 0}}},
    {"B.1.b cancel of a part-filled order refused", {kSubmitted, kNew,
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kCancel, 0, S::kPendingCancel, 2'000, 8'000},
      {Do::kCancelRefused, 0, S::kPartiallyFilled, 2'000, 8'000}}},
    {"B.1.c cancel of an order that is filled first", {kSubmitted, kNew,
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kCancel, 0, S::kPendingCancel, 2'000, 8'000},
      {Do::kFill, 8'000, S::kFilled, 10'000, 0},
      {Do::kCancelNothing, 0, S::kFilled, 10'000, 0}}},
    {"B.1.d cancel before the acknowledgement", {kSubmitted,
      {Do::kCancel, 0, S::kPendingCancel, 0, 10'000},
      {Do::kCanceled, 0, S::kCanceled, 0, 0}}},
    {"B.1.e the acknowledgement and the cancel cross", {kSubmitted,
      {Do::kCancel, 0, S::kPendingCancel, 0, 10'000},
      {Do::kAccepted, 0, S::kPendingCancel, 0, 10'000},
      {Do::kCanceled, 0, S::kCanceled, 0, 0}}},
    {"B.1.e the order is rejected instead", {kSubmitted,
      {Do::kCancel, 0, S::kPendingCancel, 0, 10'000},
      {Do::kRejected, 0, S::kRejected, 0, 0}}},
    // B.1.f, cancel of an unknown order: FixMatrixTest.AnUnknownOrderIsNotFound.
    // --- C: replace, quantity
    {"C.1.a zero-filled, replaced up", {kSubmitted, kNew,
      {Do::kReplace, 11'000, S::kPendingReplace, 0, 10'000},
      {Do::kReplaced, 11'000, S::kNew, 0, 11'000},
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 10'000}}},
    {"C.1.a replace refused", {kSubmitted, kNew,
      {Do::kReplace, 11'000, S::kPendingReplace, 0, 10'000},
      {Do::kReplaceRefused, 0, S::kNew, 0, 10'000}}},
    {"C.1.b part-filled, replaced up, execution while pending", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kReplace, 12'000, S::kPendingReplace, 1'000, 9'000},
      {Do::kFill, 100, S::kPendingReplace, 1'100, 8'900},
      {Do::kReplaced, 12'000, S::kPartiallyFilled, 1'100, 10'900},
      {Do::kFill, 10'900, S::kFilled, 12'000, 0}}},
    {"C.1.b replace refused", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kReplace, 12'000, S::kPendingReplace, 1'000, 9'000},
      {Do::kFill, 100, S::kPendingReplace, 1'100, 8'900},
      {Do::kReplaceRefused, 0, S::kPartiallyFilled, 1'100, 8'900}}},
    // The matrix lets the holder choose; here filled is the end.
    {"C.1.c filled, then replaced up", {kSubmitted, kNew,
      {Do::kFill, 10'000, S::kFilled, 10'000, 0},
      {Do::kReplaceImpossible, 12'000, S::kFilled, 10'000, 0}}},
    {"C.2.a a fill beats a replace of the price", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kReplace, 10'000, S::kPendingReplace, 1'000, 9'000},
      {Do::kFill, 9'000, S::kFilled, 10'000, 0}}},
    {"C.3.a replaced down to more than is filled meanwhile", {kSubmitted, kNew,
      {Do::kReplace, 8'000, S::kPendingReplace, 0, 10'000},
      {Do::kFill, 7'000, S::kPendingReplace, 7'000, 3'000},
      {Do::kReplaced, 8'000, S::kPartiallyFilled, 7'000, 1'000},
      {Do::kFill, 1'000, S::kFilled, 8'000, 0}}},
    {"C.3.b replaced down to what is filled meanwhile", {kSubmitted, kNew,
      {Do::kReplace, 7'000, S::kPendingReplace, 0, 10'000},
      {Do::kFill, 7'000, S::kPendingReplace, 7'000, 3'000},
      {Do::kReplaced, 7'000, S::kFilled, 7'000, 0}}},
    {"C.3.c replaced down to less than is filled meanwhile", {kSubmitted, kNew,
      {Do::kReplace, 6'000, S::kPendingReplace, 0, 10'000},
      {Do::kFill, 7'000, S::kPendingReplace, 7'000, 3'000},
      {Do::kReplaced, 6'000, S::kFilled, 7'000, 0}}},
    {"C.3.c asked for when it is too low already", {kSubmitted, kNew,
      {Do::kFill, 7'000, S::kPartiallyFilled, 7'000, 3'000},
      {Do::kReplaceImpossible, 6'000, S::kPartiallyFilled, 7'000, 3'000}}},
    // --- D: replace, one after the other
    {"D.1.a two replaces, both accepted", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kReplace, 8'000, S::kPendingReplace, 1'000, 9'000},
      {Do::kFill, 500, S::kPendingReplace, 1'500, 8'500},
      {Do::kReplaced, 8'000, S::kPartiallyFilled, 1'500, 6'500},
      {Do::kFill, 2'000, S::kPartiallyFilled, 3'500, 4'500},
      {Do::kReplace, 6'000, S::kPendingReplace, 3'500, 4'500},
      {Do::kReplaced, 6'000, S::kPartiallyFilled, 3'500, 2'500},
      {Do::kFill, 2'500, S::kFilled, 6'000, 0}}},
    {"D.1.b the first refused before it was pending", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kReplaceVetoed, 8'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kFill, 1'500, S::kPartiallyFilled, 2'500, 7'500},
      {Do::kReplace, 6'000, S::kPendingReplace, 2'500, 7'500},
      {Do::kReplaced, 6'000, S::kPartiallyFilled, 2'500, 3'500},
      {Do::kFill, 3'500, S::kFilled, 6'000, 0}}},
    {"D.1.c the first refused while it was pending", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kReplace, 8'000, S::kPendingReplace, 1'000, 9'000},
      {Do::kFill, 1'500, S::kPendingReplace, 2'500, 7'500},
      {Do::kReplaceRefused, 0, S::kPartiallyFilled, 2'500, 7'500},
      {Do::kReplace, 6'000, S::kPendingReplace, 2'500, 7'500},
      {Do::kReplaced, 6'000, S::kPartiallyFilled, 2'500, 3'500},
      {Do::kFill, 3'500, S::kFilled, 6'000, 0}}},
    // One change at a time: the second of a chain is refused until the first is decided, whichever way
    // the venue would have taken them (D.2.a to D.2.d).
    {"D.2.a a chain, taken one after the other", {kSubmitted, kNew,
      {Do::kReplace, 7'000, S::kPendingReplace, 0, 10'000},
      {Do::kReplaceImpossible, 6'000, S::kPendingReplace, 0, 10'000},
      {Do::kReplaced, 7'000, S::kNew, 0, 7'000},
      {Do::kReplace, 6'000, S::kPendingReplace, 0, 7'000},
      {Do::kReplaced, 6'000, S::kNew, 0, 6'000}}},
    {"D.2.b a chain, both pending", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kReplace, 7'000, S::kPendingReplace, 1'000, 9'000},
      {Do::kReplaceImpossible, 6'000, S::kPendingReplace, 1'000, 9'000},
      {Do::kFill, 100, S::kPendingReplace, 1'100, 8'900},
      {Do::kReplaced, 7'000, S::kPartiallyFilled, 1'100, 5'900}}},
    {"D.2.c a chain, filled while pending", {kSubmitted, kNew,
      {Do::kReplace, 7'000, S::kPendingReplace, 0, 10'000},
      {Do::kReplaceImpossible, 6'000, S::kPendingReplace, 0, 10'000},
      {Do::kFill, 10'000, S::kFilled, 10'000, 0},
      {Do::kReplaceImpossible, 6'000, S::kFilled, 10'000, 0}}},
    {"D.2.d a chain that ends in a cancel", {kSubmitted, kNew,
      {Do::kReplace, 7'000, S::kPendingReplace, 0, 10'000},
      {Do::kCancel, 0, S::kPendingCancel, 0, 10'000},
      {Do::kReplaced, 7'000, S::kPendingCancel, 0, 7'000},
      {Do::kCanceled, 0, S::kCanceled, 0, 0}}},
    // --- E: what nobody asked for
    {"E.1.a unsolicited cancel of a part-filled order", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kCanceled, 0, S::kCanceled, 1'000, 0}}},
    {"E.1.b unsolicited replace of a part-filled order", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kReplaced, 11'000, S::kPartiallyFilled, 1'000, 10'000},
      {Do::kFill, 10'000, S::kFilled, 11'000, 0}}},
    {"E.1.c unsolicited reduction by the venue", {kSubmitted, kNew,
      {Do::kReplaced, 9'000, S::kNew, 0, 9'000},
      {Do::kFill, 4'000, S::kPartiallyFilled, 4'000, 5'000},
      {Do::kReplaced, 4'000, S::kFilled, 4'000, 0}}},
    // --- F: rejected orders
    {"F.1.a another order under a used id", {kSubmitted, kNew,
      {Do::kSubmitOther, 15'000, S::kNew, 0, 10'000}}},
    {"F.1.b possible resend of an order that is known", {kSubmitted,
      {Do::kSubmitAgain, 10'000, S::kPendingNew, 0, 10'000},
      {Do::kAccepted, 0, S::kNew, 0, 10'000},
      {Do::kSubmitAgain, 10'000, S::kNew, 0, 10'000},
      {Do::kSubmitOther, 20'000, S::kNew, 0, 10'000}}},
    // --- G: status. An order is shown as it stands at any time; see the test below for an unknown one.
    {"G.1.c asked about all through its life", {kSubmitted, kNew,
      {Do::kSubmitAgain, 10'000, S::kNew, 0, 10'000},
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kSubmitAgain, 10'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kFill, 8'000, S::kFilled, 10'000, 0},
      {Do::kSubmitAgain, 10'000, S::kFilled, 10'000, 0},
      {Do::kPossDup, 0, S::kFilled, 10'000, 0}}},
    // --- H: over days. A GTC order is the same order the next day: nothing is restated.
    {"H.1.a filled in part on both days", {kSubmitted, kNew,
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kFill, 3'000, S::kPartiallyFilled, 5'000, 5'000}}},
    {"H.1.c filled in part, canceled the next day", {kSubmitted, kNew,
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kCancel, 0, S::kPendingCancel, 2'000, 8'000},
      {Do::kCanceled, 0, S::kCanceled, 2'000, 0}}},
    {"H.1.d filled in part, replaced up the next day", {kSubmitted, kNew,
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kReplace, 15'000, S::kPendingReplace, 2'000, 8'000},
      {Do::kReplaced, 15'000, S::kPartiallyFilled, 2'000, 13'000},
      {Do::kFill, 13'000, S::kFilled, 15'000, 0}}},
    // --- I: time in force
    {"I.1.a fill or kill that cannot be filled", {kSubmitted, kNew,
      {Do::kCanceled, 0, S::kCanceled, 0, 0}}},
    {"I.1.b immediate or cancel, the rest canceled", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kCanceled, 0, S::kCanceled, 1'000, 0}}},
    // --- J: executions taken back and put right
    {"J.1.a filled, then a bust and corrections", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kFill, 9'000, S::kFilled, 10'000, 0},
      {Do::kBust, 1'000, S::kPartiallyFilled, 9'000, 1'000, 1},
      {Do::kCorrect, 9'000, S::kPartiallyFilled, 9'000, 1'000, 2, 1'000},
      {Do::kFill, 1'000, S::kFilled, 10'000, 0},
      {Do::kCorrect, 9'000, S::kFilled, 10'000, 0, 2},
      // The matrix replaces it up next; here filled is the end, and there is nothing to correct from.
      {Do::kReplaceImpossible, 12'000, S::kFilled, 10'000, 0},
      {Do::kCorrectImpossible, 9'500, S::kFilled, 10'000, 0, 2}}},
    {"J.1.a the venue does not work again what it busts", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kFill, 9'000, S::kFilled, 10'000, 0},
      {Do::kBust, 0, S::kCanceled, 9'000, 0, 1},
      {Do::kCorrect, 9'500, S::kCanceled, 9'500, 0, 2}}},
    {"J.1.b canceled, then a bust and a new execution", {kSubmitted, kNew,
      {Do::kFill, 5'000, S::kPartiallyFilled, 5'000, 5'000},
      {Do::kCancel, 0, S::kPendingCancel, 5'000, 5'000},
      {Do::kCanceled, 0, S::kCanceled, 5'000, 0},
      {Do::kBust, 0, S::kCanceled, 0, 0, 1},
      {Do::kFill, 4'000, S::kCanceled, 4'000, 0}}},
    {"J.1.c corrections of quantity on both days", {kSubmitted, kNew,
      {Do::kFill, 2'000, S::kPartiallyFilled, 2'000, 8'000},
      {Do::kFill, 1'000, S::kPartiallyFilled, 3'000, 7'000},
      {Do::kCorrect, 1'500, S::kPartiallyFilled, 2'500, 7'500, 1, 7'500},
      {Do::kCorrect, 500, S::kPartiallyFilled, 2'000, 8'000, 2, 8'000},
      {Do::kCorrect, 700, S::kPartiallyFilled, 2'200, 7'800, 2, 7'800}}},
    // Done for day is no state here: the rest expires.
    {"J.1.d part-filled, done for day, a correction and a bust", {kSubmitted, kNew,
      {Do::kFill, 5'000, S::kPartiallyFilled, 5'000, 5'000},
      {Do::kExpired, 0, S::kExpired, 5'000, 0},
      {Do::kCorrect, 4'000, S::kExpired, 4'000, 0, 1},
      {Do::kBust, 0, S::kExpired, 0, 0, 1}}},
    // --- K: a halt. An order that rests through one is not told of it.
    {"K.1.a halted and reinstated", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kFill, 9'000, S::kFilled, 10'000, 0}}},
    {"K.1.b halted and canceled", {kSubmitted, kNew,
      {Do::kFill, 1'000, S::kPartiallyFilled, 1'000, 9'000},
      {Do::kCanceled, 0, S::kCanceled, 1'000, 0}}},
};
// clang-format on

// Those that nothing here corresponds to.
const std::vector<std::pair<const char*, const char*>>& Absent() {
  static const std::vector<std::pair<const char*, const char*>> absent = {
      {"F.1.c", "orders are not taken by word of mouth"},
      {"G.1.b", "there is no CMS"},
      {"H.1.b", "a stock split does not adjust open orders"},
      {"L.1.a", "nobody guarantees an execution before there is one"},
      {"L.1.b", "orders are for quantities, not for cash"},
  };
  return absent;
}

class FixMatrixTest : public ::testing::TestWithParam<Matrix> {};

TEST_P(FixMatrixTest, StandsAsTheMatrixHasItAfterEachStep) {
  Scene scene;
  int number = 0;
  for (const Step& step : GetParam().steps) {
    SCOPED_TRACE("step " + std::to_string(++number));
    ASSERT_NO_FATAL_FAILURE(scene.Run(step));
    const Order& order = scene.order();
    EXPECT_EQ(tw::Name(order.status()), tw::Name(step.status));
    EXPECT_EQ(order.filled.ToString(), Text(step.filled));
    EXPECT_EQ(order.leaves.ToString(), Text(step.leaves));
    EXPECT_EQ(order.filled + order.leaves + order.canceled, order.terms.quantity);
  }
  Ledger again;
  for (const Event& event : scene.world().journal) {
    again.Apply(event);
  }
  EXPECT_EQ(again.StateHash(), scene.world().ledger.StateHash());
}

INSTANTIATE_TEST_SUITE_P(Row, FixMatrixTest, ::testing::ValuesIn(kMatrices), [](const auto& test) {
  std::string name(test.param.name);
  for (char& c : name) {
    c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
});

TEST(FixMatricesTest, EachOfThemIsThere) {
  std::set<std::string> found = {"B.1.f", "G.1.a"};  // below
  for (const Matrix& matrix : kMatrices) {
    found.insert(std::string(matrix.name).substr(0, 5));
  }
  for (const auto& [name, why] : Absent()) {
    EXPECT_TRUE(found.insert(name).second) << name << " is there";
    EXPECT_NE(std::string(why), "");
  }
  const std::set<std::string> all = {
      "A.1.a", "A.1.b", "B.1.a", "B.1.b", "B.1.c", "B.1.d", "B.1.e", "B.1.f", "C.1.a",
      "C.1.b", "C.1.c", "C.2.a", "C.3.a", "C.3.b", "C.3.c", "D.1.a", "D.1.b", "D.1.c",
      "D.2.a", "D.2.b", "D.2.c", "D.2.d", "E.1.a", "E.1.b", "E.1.c", "F.1.a", "F.1.b",
      "F.1.c", "G.1.a", "G.1.b", "G.1.c", "H.1.a", "H.1.b", "H.1.c", "H.1.d", "I.1.a",
      "I.1.b", "J.1.a", "J.1.b", "J.1.c", "J.1.d", "K.1.a", "K.1.b", "L.1.a", "L.1.b"};
  EXPECT_EQ(found, all);
}

// B.1.f and G.1.a.
TEST(FixMatricesTest, AnUnknownOrderIsNotFound) {
  World w;
  EXPECT_EQ(w.ledger.Find(OrderId(1, 9)), nullptr);
  EXPECT_EQ(w.ledger.Find("demo", "c-9"), nullptr);
  EXPECT_EQ(w.Venue(OrderId(1, 9), Kind::kCanceled), 0U) << "nor does a report make one";
}

}  // namespace
}  // namespace tw::oms
