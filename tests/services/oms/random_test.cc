// The cores of oms and risk, joined as the engine joins them, driven at random and held after every
// step against a twin that knows nothing but sums.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/core/prng.h"
#include "services/oms/ledger.h"
#include "services/oms/stop_book.h"
#include "services/risk/checks.h"
#include "services/risk/state.h"
#include "tests/seed.h"
#include "tests/services/oms/ledger_world.h"
#include "tests/services/oms/random_world.h"
#include "tests/services/oms/saved_orders.h"

namespace tw::oms {
namespace {

constexpr int kSteps = 100'000;
constexpr size_t kOpenMax = 200;  // orders; above it nothing new comes
using testing::kAccounts;
using testing::kSymbols;
using testing::MakeState;
using testing::P;
using testing::Q;
using testing::TermsOf;
using testing::ViewOf;

// What an order must come to, from nothing but what was told to it.
struct TwinOrder {
  NewOrder terms;
  Quantity quantity;
  Quantity fills;
  Quantity back;  // taken back, or canceled: it does not work
  bool over = false;
};

class Driver {
 public:
  explicit Driver(uint64_t seed) : rng_(seed), state_(MakeState()) {
    ledger_.SetPast(&saved_);
    for (size_t s = 0; s < std::size(kSymbols); ++s) {
      MoveMarket(s, 100);
    }
  }

  void Step() {
    now_ = now_ + Duration::Millis(1);
    switch (rng_.Below(13)) {
      case 0:
      case 1: Submit(); break;
      case 2: Replace(); break;
      case 3: Cancel(); break;
      case 4:
        MoveMarket(rng_.Below(std::size(kSymbols)), 90 + static_cast<int64_t>(rng_.Below(21)));
        break;
      case 5: Doubt(); break;
      case 6: Expire(); break;
      case 7: Adjust(); break;
      default: Venue(); break;
    }
    if (touched_.IsSet()) {
      ASSERT_NO_FATAL_FAILURE(CheckOrder(touched_));
    }
    ASSERT_NO_FATAL_FAILURE(KeepSaved());
  }

  // Everything, summed from scratch.
  void CheckAll() {
    std::map<std::pair<std::string, std::string>, Quantity> positions;
    std::map<std::pair<std::string, std::string>, std::pair<Quantity, Quantity>> open;
    for (const auto& [id, twin] : twins_) {
      ASSERT_NO_FATAL_FAILURE(CheckOrder(id));
      const auto cell = std::pair(twin.terms.account, twin.terms.symbol);
      const bool buy = twin.terms.side == Side::kBuy;
      positions[cell] += buy ? twin.fills : -twin.fills;
      const Quantity leaves = twin.over ? Quantity() : twin.quantity - twin.fills - twin.back;
      (buy ? open[cell].first : open[cell].second) += leaves;
    }
    for (const auto& [cell, position] : positions) {
      SCOPED_TRACE(cell.first + " " + cell.second);
      ASSERT_EQ(ledger_.Position(cell.first, cell.second), position);
      const risk::Cell* const held = CellOf(cell.first, cell.second);
      ASSERT_EQ(held == nullptr ? Quantity() : held->position, position);
      // A replace that is pending counts at the larger of its two.
      ASSERT_GE(held == nullptr ? Quantity() : held->open_buy, open[cell].first);
      ASSERT_GE(held == nullptr ? Quantity() : held->open_sell, open[cell].second);
    }
    Ledger again;
    for (const Event& event : journal_) {
      again.Apply(event);
    }
    ASSERT_EQ(again.StateHash(), ledger_.StateHash()) << "Apply(journal) is the live state";
    ASSERT_EQ(again.open_orders(), ledger_.open_orders());
    ASSERT_EQ(again.expiries(), ledger_.expiries());
    ASSERT_EQ(again.owed_orders(), ledger_.owed_orders());
    ASSERT_EQ(again.unsettled_orders(), ledger_.unsettled_orders());
    ASSERT_EQ(again.reduce_only_orders(), ledger_.reduce_only_orders());
    for (const auto& [id, twin] : twins_) {
      const Order* const found = ledger_.Find(twin.terms.account, twin.terms.client_order_id);
      ASSERT_TRUE(found != nullptr && found->id == id);
    }
    ledger_.ForgetRecalled();
  }

  // Every order to its end: nothing is left reserved.
  void Finish() {
    while (!ledger_.open_orders().empty()) {
      const OrderId id = *ledger_.open_orders().begin();
      now_ = now_ + Duration::Millis(1);
      Take(ledger_.DecideCancel(id, now_));
      Take(ledger_.Decide(Report(id, ReportKind::kCanceled), now_));
    }
    ASSERT_NO_FATAL_FAILURE(CheckAll());
    ASSERT_EQ(state_.exposure.open_orders(), 0U);
    ASSERT_EQ(state_.exposure.reservations(), 0U);
    for (const char* account : kAccounts) {
      for (const char* symbol : kSymbols) {
        const risk::Cell* const cell = CellOf(account, symbol);
        ASSERT_TRUE(cell == nullptr || (cell->open_buy.IsZero() && cell->open_sell.IsZero() &&
                                        cell->reserved_buy == 0 && cell->reserved_sell == 0));
      }
    }
    ASSERT_TRUE(ledger_.expiries().empty());
    ASSERT_EQ(ledger_.reduce_only_orders(), 0U);
    ASSERT_EQ(stops_.size(), 0U);
  }

  size_t most_kept() const { return most_kept_; }

  // That something of each kind has happened.
  std::string Tale() const {
    std::string tale;
    for (const auto& [what, count] : tale_) {
      tale += what + "=" + std::to_string(count) + " ";
    }
    return tale;
  }
  bool HasAll(const std::vector<std::string>& wanted) const {
    return std::all_of(wanted.begin(), wanted.end(),
                       [this](const std::string& what) { return tale_.contains(what); });
  }

 private:
  // Orders are saved now and then, and forgotten; and the process ends and comes back with what was
  // saved and the journal from there on.
  void KeepSaved() {
    ledger_.ForgetRecalled();
    if (rng_.Percent(3)) {
      saved_.Take(ledger_);
    }
    if (saved_.has_waiting() && rng_.Percent(5)) {
      saved_.Save(ledger_);
      const size_t live = ledger_.open_orders().size() + ledger_.unsettled_orders().size();
      most_kept_ = std::max(most_kept_, ledger_.kept() - std::min(ledger_.kept(), live));
    }
    if (rng_.Below(2'000) == 0) {
      const uint64_t hash = ledger_.StateHash();
      ledger_ = Ledger();
      saved_.Restore(ledger_);
      for (size_t i = ledger_.last_sequence(); i < journal_.size(); ++i) {
        ledger_.Apply(journal_[i]);
      }
      ASSERT_EQ(ledger_.StateHash(), hash);
      ++tale_["restarted"];
    }
  }

  const risk::Cell* CellOf(const std::string& account, const std::string& symbol) const {
    const auto a = state_.exposure.FindAccount(account);
    const auto s = state_.exposure.FindSymbol(symbol);
    return a && s ? state_.exposure.FindCell(*a, *s) : nullptr;
  }

  void CheckOrder(OrderId id) {
    const Order& order = *ledger_.Find(id);
    const TwinOrder& twin = twins_.at(id);
    SCOPED_TRACE(id.ToString() + " " + std::string(Name(order.phase)));
    ASSERT_EQ(order.filled + order.leaves + order.canceled, order.terms.quantity);
    ASSERT_EQ(order.terms.quantity, twin.quantity);
    ASSERT_EQ(order.filled, twin.fills);
    ASSERT_EQ(order.leaves, twin.over ? Quantity() : twin.quantity - twin.fills - twin.back);
    ASSERT_EQ(IsTerminal(order.phase), twin.over);
    ASSERT_EQ(ledger_.open_orders().contains(id), !twin.over);
  }

  // Journals, applies, tells risk; the twin hears the plain facts.
  void Take(const Events& events) {
    for (const Event& event : events) {
      touched_ = event.order_id;
      ledger_.Apply(event);
      journal_.push_back(event);
      const Order& order = *ledger_.Find(event.order_id);
      TellTwin(event);
      if (!std::holds_alternative<Submitted>(event.body)) {
        state_.exposure.Apply(ViewOf(order, event));
      }
      if (IsStop(order.terms.type) && !std::holds_alternative<StopMoved>(event.body)) {
        stops_.Remove(order.id);
        if (order.phase == Phase::kHeld) {
          stops_.Add(order);
        }
      }
    }
  }

  void TellTwin(const Event& event) {
    TwinOrder& twin = twins_[event.order_id];
    const auto count = [this](const char* what) { ++tale_[what]; };
    if (const auto* submitted = std::get_if<Submitted>(&event.body)) {
      twin.terms = submitted->order;
      twin.quantity = submitted->order.quantity;
    } else if (const auto* adjusted = std::get_if<Filled>(&event.body);
               adjusted != nullptr && adjusted->kind != FillKind::kTrade) {
      twin.fills += adjusted->quantity;
      twin.back -= adjusted->quantity - adjusted->from_leaves;
      const bool works_again = adjusted->from_leaves < Quantity();
      twin.over = !works_again && (twin.over || twin.fills + twin.back == twin.quantity);
      count(adjusted->kind == FillKind::kBusted ? "busted" : "corrected");
      count(works_again ? "works_again" : "taken_back");
    } else if (const auto* filled = std::get_if<Filled>(&event.body)) {
      twin.fills += filled->quantity;
      const bool ended = resolved_.contains(event.order_id);
      twin.back -= twin.over && !ended ? filled->quantity : Quantity();  // of what was taken back
      twin.over = twin.over || ended || twin.fills + twin.back == twin.quantity;
      count(ended ? "fill_after_resolution" : "fill");
    } else if (const auto* replaced = std::get_if<Replaced>(&event.body)) {
      twin.quantity = replaced->quantity;
      twin.over = twin.fills + twin.back == twin.quantity;
      count(replaced->report.execution_sequence == 0 ? "replaced_held" : "replaced");
    } else if (std::holds_alternative<Rejected>(event.body) ||
               std::holds_alternative<VenueRejected>(event.body)) {
      twin.over = true;
      twin.back = twin.quantity - twin.fills;
      count("rejected");
    } else if (std::holds_alternative<Canceled>(event.body)) {
      twin.over = true;
      twin.back = twin.quantity - twin.fills;
      count("canceled");
    } else if (std::holds_alternative<Expired>(event.body)) {
      twin.over = true;
      twin.back = twin.quantity - twin.fills;
      count("expired");
    } else if (std::holds_alternative<Triggered>(event.body)) {
      count("triggered");
    } else if (std::holds_alternative<Resolved>(event.body)) {
      resolved_.insert(event.order_id);
      count("resolved");
    }
  }

  // Risk's port: the answer, and what it reserves. A preview of the same question right before
  // gives the same answer, and leaves no trace.
  RiskAnswer Ask(const NewOrder& order, OrderId id, bool replace) {
    const risk::OrderTerms terms = TermsOf(order, id, replace);
    risk::OrderTerms preview = terms;
    preview.order_id = replace ? id : OrderId();
    const size_t reserved = state_.exposure.reservations();
    const risk::Wide used = state_.exposure.FirmUsed();
    const risk::Decision said = risk::Check(state_, preview, now_);
    EXPECT_EQ(state_.exposure.reservations(), reserved);
    EXPECT_TRUE(state_.exposure.FirmUsed() == used);
    const risk::Decision decision = risk::Check(state_, terms, now_);
    EXPECT_EQ(Name(said.reason), Name(decision.reason));
    EXPECT_EQ(risk::RefusalMessage(said, preview), risk::RefusalMessage(decision, terms));
    EXPECT_EQ(said.reserve_price, decision.reserve_price);
    EXPECT_EQ(said.check_count, decision.check_count);
    for (size_t i = 0; i < decision.check_count; ++i) {
      EXPECT_EQ(said.checks[i].used_e8, decision.checks[i].used_e8);
      EXPECT_EQ(said.checks[i].input_e8, decision.checks[i].input_e8);
      EXPECT_EQ(said.checks[i].headroom_e8, decision.checks[i].headroom_e8);
    }
    if (decision.approved()) {
      state_.exposure.Reserve(risk::ToReservation(terms, decision, 1));
    }
    RiskAnswer answer;
    answer.approved = decision.approved();
    answer.reason = decision.reason;
    answer.reserve_price = decision.reserve_price;
    return answer;
  }

  Price NearMarket() { return P(95 + static_cast<int64_t>(rng_.Below(11))); }
  OrderId AnyOrder() { return OrderId(1, 1 + static_cast<uint32_t>(rng_.Below(last_))); }
  OrderId AnyOpen() {
    const auto& open = ledger_.open_orders();
    return *std::next(open.begin(), static_cast<std::ptrdiff_t>(rng_.Below(open.size())));
  }

  void Submit() {
    if (ledger_.open_orders().size() >= kOpenMax) {
      return;
    }
    NewOrder order;
    order.account = kAccounts[rng_.Below(std::size(kAccounts))];
    order.symbol = kSymbols[rng_.Below(std::size(kSymbols))];
    order.client_order_id = "c-" + std::to_string(last_ + 1);
    order.side = rng_.Percent(50) ? Side::kBuy : Side::kSell;
    order.type = static_cast<OrderType>(1 + rng_.Below(5));
    order.time_in_force = static_cast<TimeInForce>(1 + rng_.Below(5));
    order.quantity = Q(1 + static_cast<int64_t>(rng_.Below(12)));
    if (order.type == OrderType::kLimit || order.type == OrderType::kStopLimit) {
      order.price = NearMarket();
    }
    if (IsStop(order.type)) {
      order.asked.trigger = StopTrigger::kLast;
    }
    if (order.type == OrderType::kTrailingStop) {
      order.asked.trailing_amount = P(1 + static_cast<int64_t>(rng_.Below(5)));
      order.first_trigger = TrailingStop(order, market_[order.symbol]);
    } else if (IsStop(order.type)) {
      order.stop_price = NearMarket();
      order.first_trigger = order.stop_price;
    }
    order.asked.reduce_only = rng_.Percent(15);
    order.asked.post_only = rng_.Percent(10);
    if (order.time_in_force == TimeInForce::kDay || order.time_in_force == TimeInForce::kGtd) {
      order.expires = now_ + Duration::Millis(1 + static_cast<int64_t>(rng_.Below(500)));
    }
    const OrderId id(1, ++last_);
    Take(ledger_.Decide(id, order, Ask(order, id, false), now_));
  }

  void Replace() {
    if (ledger_.open_orders().empty()) {
      return;
    }
    const OrderId id = AnyOpen();
    const Order order = *ledger_.Find(id);
    NewOrder wanted = order.terms;
    wanted.quantity = Q(1 + static_cast<int64_t>(rng_.Below(15)));
    if (!wanted.price.IsZero() && rng_.Percent(50)) {
      wanted.price = NearMarket();
    }
    wanted.first_trigger = order.trigger_price;
    if (order.phase == Phase::kHeld && rng_.Percent(50)) {
      wanted.stop_price = NearMarket();
      wanted.first_trigger = wanted.stop_price;
    }
    const NewTerms terms{wanted.quantity, wanted.price, wanted.stop_price};
    if (!ledger_.CanReplace(id, terms).ok()) {
      ++tale_["replace_impossible"];
      return;
    }
    const RiskAnswer answer = Ask(order.phase == Phase::kHeld ? wanted : AtVenue(wanted), id, true);
    Take(ledger_.DecideReplace(id, terms, answer, now_));
  }

  void Cancel() {
    if (last_ > 0) {
      Take(ledger_.DecideCancel(
          rng_.Percent(90) && !ledger_.open_orders().empty() ? AnyOpen() : AnyOrder(), now_));
    }
  }

  void Doubt() {
    if (last_ == 0) {
      return;
    }
    const OrderId id = AnyOrder();
    Take(ledger_.DecideUncertain(id, "no answer", now_));
    ResolveTerms terms;
    terms.resolution.outcome =
        rng_.Percent(50) ? Resolution::Outcome::kFilled : Resolution::Outcome::kCanceled;
    terms.resolution.reason = "the venue told";
    if (terms.resolution.outcome == Resolution::Outcome::kFilled) {
      terms.quantity = Q(1 + static_cast<int64_t>(rng_.Below(5)));
      terms.price = P(100);
    }
    if (rng_.Percent(30) && ledger_.CanResolve(id, terms).ok()) {
      Take(ledger_.DecideResolve(id, terms, now_));
    }
  }

  void Expire() {
    const auto& expiries = ledger_.expiries();
    if (!expiries.empty() && expiries.begin()->first <= now_) {
      Take(ledger_.DecideExpiry(expiries.begin()->second, now_));
    }
  }

  void MoveMarket(size_t symbol, int64_t price) {
    const std::string name = kSymbols[symbol];
    market_[name] = P(price);
    state_.SetReference(symbol, P(price), P(price), now_);
    for (size_t other = 0; other < std::size(kSymbols); ++other) {
      state_.references[other].received = now_;
    }
    MarketMove move;
    move.last.Add(P(price));
    move.bid.Add(P(price));
    move.ask.Add(P(price));
    move.mark.Add(P(price));
    for (const StopBook::Due& due : stops_.On(name, move)) {
      const NewOrder terms = AtVenue(ledger_.Find(due.id)->terms);
      Take(ledger_.DecideTrigger(due.id, due.reference, Ask(terms, due.id, true), now_));
    }
    for (const StopBook::Moved& moved : stops_.TakeMoved()) {
      Take(ledger_.DecideStopMove(moved.id, moved.trigger_price, now_));
    }
  }

  ExecutionReport Report(OrderId id, ReportKind kind) {
    ExecutionReport report = testing::ReportOf(id, kind, ++executions_);
    report.quantity = Q(1 + static_cast<int64_t>(rng_.Below(12)));
    report.price = NearMarket();
    return report;
  }

  // A trade is taken back or put right, also one that was already, or of an order long over.
  void Adjust() {
    if (last_ == 0) {
      return;
    }
    const OrderId id = AnyOrder();
    const Order& order = *ledger_.Find(id);
    if (order.fills.empty()) {
      return;
    }
    ExecutionReport report =
        Report(id, rng_.Percent(50) ? ReportKind::kTradeBusted : ReportKind::kTradeCorrected);
    report.original_exec_id = order.fills[rng_.Below(order.fills.size())].venue_exec_id;
    report.leaves = order.leaves + Q(rng_.Percent(50) ? 0 : static_cast<int64_t>(rng_.Below(5)));
    Take(ledger_.Decide(report, now_));
  }

  // Anything a venue might say, much of it nonsense, and some of it twice.
  void Venue() {
    if (last_ == 0) {
      return;
    }
    const OrderId id = ledger_.open_orders().empty() || rng_.Percent(10) ? AnyOrder() : AnyOpen();
    ExecutionReport report = Report(id, static_cast<ReportKind>(rng_.Below(8)));
    if (rng_.Percent(30)) {
      report.kind = ReportKind::kFilled;
    }
    const Order& order = *ledger_.Find(id);
    if (report.kind == ReportKind::kReplaced && order.phase == Phase::kPendingReplace) {
      report.quantity = order.requested_quantity;
      report.price = order.requested_price;
    }
    const Events events = ledger_.Decide(report, now_);
    Take(events);
    if (events.empty()) {
      ++tale_["ignored"];
    } else if (rng_.Percent(5)) {
      ASSERT_TRUE(ledger_.Decide(report, now_).empty()) << "a report counts once";
    }
    if (!events.empty() && report.kind == ReportKind::kFilled) {
      for (const OrderId excessive : ledger_.ExcessiveReduceOnly(*ledger_.Find(id))) {
        Take(ledger_.DecideCancel(excessive, now_));
        ++tale_["pulled_back"];
      }
    }
  }

  Prng rng_;
  Timestamp now_{1'700'000'000'000'000'000};
  risk::State state_;
  testing::SavedOrders saved_;
  Ledger ledger_;
  StopBook stops_;
  size_t most_kept_ = 0;  // finished orders in memory
  Events journal_;
  std::map<std::string, Price> market_;
  std::map<OrderId, TwinOrder> twins_;
  std::set<OrderId> resolved_;
  std::map<std::string, int> tale_;
  OrderId touched_;
  uint32_t last_ = 0;
  uint64_t executions_ = 0;
};

TEST(RandomTest, AnyHistoryBalancesAndReplaysAndLeavesNothingReserved) {
  Driver driver(TestSeed());
  for (int step = 1; step <= kSteps; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    ASSERT_NO_FATAL_FAILURE(driver.Step());
    if (step % (kSteps / 10) == 0) {
      ASSERT_NO_FATAL_FAILURE(driver.CheckAll());
    }
  }
  ASSERT_NO_FATAL_FAILURE(driver.Finish());
  EXPECT_TRUE(
      driver.HasAll({"fill", "replaced", "replaced_held", "rejected", "canceled", "expired",
                     "triggered", "resolved", "fill_after_resolution", "ignored", "busted",
                     "corrected", "works_again", "taken_back", "replace_impossible", "restarted"}))
      << driver.Tale();
  EXPECT_LT(driver.most_kept(), 2'000U) << "finished orders leave memory";
  std::cout << driver.Tale() << "\n";
}

}  // namespace
}  // namespace tw::oms
