// RouteBook between an oms and three venues that refuse, fill, cancel and keep silent as they like,
// over ways that lose what is on them, with crashes everywhere. The twin is the venues' own account
// of what they have and had of each order, and oms's account of what it was told.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "libs/core/prng.h"
#include "services/exeq/routing/route_book.h"
#include "tests/seed.h"

namespace tw::exeq {
namespace {

constexpr int64_t kLot = 1'000;
const std::vector<std::string> kVenues = {"A", "B", "C"};

Quantity Lots(int64_t lots) {
  return Quantity::FromE8(lots * kLot);
}

// --- The venues, behind a live-gateway that numbers and keeps what they say
// -----------------------

struct AtVenue {
  std::string venue;
  OrderId order;
  uint32_t number = 0;
  Quantity quantity;
  Quantity filled;
  bool ioc = false;
  bool open = false;
};

class Venues {
 public:
  explicit Venues(Prng& prng) : prng_(prng) {}

  void Place(const LegRequest& request) {
    const std::string id = LegId(request.terms.id, request.number);
    if (orders_.contains(id)) {
      return;  // placed twice is one order
    }
    AtVenue& order = orders_[id];
    order = {request.venue,
             request.terms.id,
             request.number,
             request.terms.quantity,
             Quantity(),
             request.terms.time_in_force == TimeInForce::kIoc,
             true};
    if (prng_.Percent(25)) {
      order.open = false;
      Say(order, LegReportKind::kRejected, order.quantity,
          prng_.Percent(80) ? RejectReason::kVenueRejected : RejectReason::kLotSize);
      return;
    }
    Say(order, LegReportKind::kAccepted, order.quantity);
    if (prng_.Percent(50)) {
      Fill(order);
    }
    if (order.ioc && order.open) {
      End(order, RejectReason::kVenueNoLiquidity);
    }
  }
  void Cancel(const LegRequest& request) {
    const std::string id = LegId(request.terms.id, request.number);
    const auto it = orders_.find(id);
    if (it == orders_.end() || !it->second.open || prng_.Percent(5)) {
      AtVenue named =
          it == orders_.end()
              ? AtVenue{request.venue, request.terms.id, request.number, {}, {}, false, false}
              : it->second;
      Say(named, LegReportKind::kCancelRejected, Quantity());
      return;
    }
    End(it->second, RejectReason::kNone);
  }
  void Replace(const LegRequest& request) {
    const auto it = orders_.find(LegId(request.terms.id, request.number));
    AtVenue& order = it->second;
    if (!order.open || request.terms.quantity <= order.filled || prng_.Percent(20)) {
      Say(order, LegReportKind::kReplaceRejected, order.quantity);
      return;
    }
    order.quantity = request.terms.quantity;
    Say(order, LegReportKind::kReplaced, order.quantity);
  }
  // Something happens by itself.
  void Move() {
    std::vector<AtVenue*> open;
    for (auto& [id, order] : orders_) {
      if (order.open) {
        open.push_back(&order);
      }
    }
    if (open.empty()) {
      return;
    }
    AtVenue& order = *open[prng_.Below(open.size())];
    if (prng_.Percent(70)) {
      Fill(order);
    } else {
      End(order, prng_.Percent(50) ? RejectReason::kNone : RejectReason::kVenueHalted);
    }
  }

  const std::vector<LegReport>& said() const { return said_; }
  const std::map<std::string, AtVenue>& orders() const { return orders_; }
  Quantity FilledOf(OrderId id) const {
    Quantity sum;
    for (const auto& [name, order] : orders_) {
      sum += order.order == id ? order.filled : Quantity();
    }
    return sum;
  }
  Quantity OpenOf(OrderId id) const {
    Quantity sum;
    for (const auto& [name, order] : orders_) {
      sum += order.order == id && order.open ? order.quantity - order.filled : Quantity();
    }
    return sum;
  }

 private:
  void Fill(AtVenue& order) {
    const int64_t lots = (order.quantity - order.filled).e8() / kLot;
    const Quantity part = Lots(prng_.Between(1, lots));
    order.filled += part;
    order.open = order.filled < order.quantity;
    Say(order, LegReportKind::kFilled, part);
  }
  void End(AtVenue& order, RejectReason reason) {
    order.open = false;
    Say(order, LegReportKind::kCanceled, order.quantity - order.filled, reason);
  }
  void Say(const AtVenue& order,
           LegReportKind kind,
           Quantity quantity,
           RejectReason reason = RejectReason::kNone) {
    LegReport report;
    report.sequence = said_.size() + 1;
    report.kind = kind;
    report.order_id = order.order;
    report.number = order.number;
    report.quantity = quantity;
    report.price = Price::FromUnits(1);
    report.reason = reason;
    said_.push_back(report);
  }

  Prng& prng_;
  std::map<std::string, AtVenue> orders_;
  std::vector<LegReport> said_;
};

// --- oms
// ------------------------------------------------------------------------------------------

struct AtOms {
  RouteTerms terms;
  Quantity filled;
  bool heard = false;
  bool canceling = false;
  std::optional<std::pair<Quantity, Price>> change;
  bool over = false;
};

class World {
 public:
  explicit World(uint64_t seed) : prng_(seed), venues_(prng_) { Recover(); }

  void Step() {
    now_ = now_ + Duration::Millis(prng_.Between(1, 400));
    switch (prng_.Below(12)) {
      case 0:
      case 1: NewOrder(); break;
      case 2: AskCancel(); break;
      case 3: AskChange(); break;
      case 4:
      case 5: venues_.Move(); break;
      case 6:
        if (prng_.Percent(15)) {
          Break();
        }
        break;
      case 7:
        Keep(book_->DecideTick(now_));
        book_->LookAgain();
        break;
      case 8: SendSome(); break;
      default: HearSome(); break;
    }
    Check();
  }

  // No more orders, nothing is lost any more: everything must come to its end.
  void Finish() {
    for (int round = 0; round < 400; ++round) {
      now_ = now_ + Duration::Millis(600);
      book_->LookAgain();
      do {
        HearSome();
      } while (!Heard() || SendSome());
      Resend();
      if (round % 3 == 0) {
        venues_.Move();
      }
      if (round == 200) {
        for (auto& [id, order] : oms_) {
          order.canceling = !order.over;
        }
      }
      Check();
    }
    for (const auto& [id, order] : oms_) {
      ASSERT_TRUE(order.over) << id.ToString();
      ASSERT_EQ(order.filled, venues_.FilledOf(id)) << id.ToString();
      ASSERT_TRUE(venues_.OpenOf(id).IsZero()) << id.ToString();
    }
    ASSERT_EQ(book_->open_count(), 0U);
  }
  size_t orders() const { return oms_.size(); }
  size_t spread() const {
    size_t count = 0;
    for (const auto& [name, order] : venues_.orders()) {
      count += order.number == 2 ? 1 : 0;
    }
    return count;
  }

 private:
  std::vector<Allocation> PlanAny(const RouteTerms& terms,
                                  Quantity rest,
                                  const std::set<std::string>& without,
                                  bool again) {
    std::vector<Allocation> out;
    if (again && terms.time_in_force == TimeInForce::kIoc && chance_.Percent(50)) {
      return out;
    }
    for (const std::string& venue : kVenues) {
      if (without.contains(venue) || rest.IsZero()) {
        continue;
      }
      const Quantity part = Lots(chance_.Between(1, rest.e8() / kLot));
      out.push_back({venue, part});
      rest -= part;
    }
    if (!out.empty()) {
      out.front().quantity += rest;
    }
    return out;
  }

  // A process begins: from its journal, with a new way to the venues.
  void Recover() {
    auto fresh = std::make_unique<RouteBook>(
        RouteLimits(),
        [this](const RouteTerms& terms, Quantity rest, const std::set<std::string>& without,
               bool again) { return PlanAny(terms, rest, without, again); });
    for (const Fact& fact : journal_) {
      fresh->Apply(fact);
    }
    if (book_ != nullptr) {
      for (const LegReport& report : venues_.said()) {
        ASSERT_EQ(fresh->Tell(report.sequence), book_->Tell(report.sequence));
      }
    }
    book_ = std::move(fresh);
    Reconnect();
  }
  // What was on the way is lost; oms resumes after what it has on disk.
  void Reconnect() {
    on_the_way_.clear();
    heard_ = told_;
    book_->ForgetSent();
    caught_up_ = false;
  }
  void Break() {
    if (prng_.Percent(50)) {
      Recover();
    } else {
      Reconnect();
    }
  }

  void Keep(const Facts& facts) {
    for (const Fact& fact : facts) {
      journal_.push_back(fact);
      book_->Apply(fact);
    }
  }

  void NewOrder() {
    AtOms order;
    order.terms.id = OrderId(1, static_cast<uint32_t>(oms_.size() + 1));
    order.terms.time_in_force = prng_.Percent(30) ? TimeInForce::kIoc : TimeInForce::kGtc;
    order.terms.quantity = Lots(prng_.Between(1, 30));
    order.terms.price = Price::FromUnits(1);
    oms_[order.terms.id] = order;
    Keep(book_->DecidePlace(order.terms));
  }
  AtOms* AnyOpen() {
    std::vector<AtOms*> open;
    for (auto& [id, order] : oms_) {
      if (!order.over && order.heard) {
        open.push_back(&order);
      }
    }
    return open.empty() ? nullptr : open[prng_.Below(open.size())];
  }
  void AskCancel() {
    if (AtOms* const order = AnyOpen()) {
      order->canceling = true;
      Keep(book_->DecideCancel(order->terms.id));
    }
  }
  void AskChange() {
    AtOms* const order = AnyOpen();
    if (order != nullptr && !order->change && !order->canceling) {
      order->change = {Lots(prng_.Between(1, 40)), Price::FromUnits(prng_.Between(1, 3))};
      Keep(book_->DecideReplace(order->terms.id, order->change->first, order->change->second));
    }
  }
  // oms asks again for what it has had no answer to.
  void Resend() {
    for (auto& [id, order] : oms_) {
      if (order.over) {
        continue;
      }
      if (!order.heard) {
        Keep(book_->DecidePlace(order.terms));
      }
      if (order.canceling) {
        Keep(book_->DecideCancel(id));
      } else if (order.change) {
        Keep(book_->DecideReplace(id, order.change->first, order.change->second));
      }
    }
  }

  bool SendSome() {
    for (LegRequest& request : book_->TakeRequests(now_)) {
      on_the_way_.push_back(std::move(request));
    }
    const bool any = !on_the_way_.empty();
    for (int64_t n = prng_.Between(0, 8); n > 0 && !on_the_way_.empty(); --n) {
      const LegRequest request = on_the_way_.front();
      on_the_way_.pop_front();
      switch (request.kind) {
        case LegRequest::Kind::kPlace: venues_.Place(request); break;
        case LegRequest::Kind::kCancel: venues_.Cancel(request); break;
        case LegRequest::Kind::kReplace: venues_.Replace(request); break;
      }
    }
    return any;
  }

  bool Heard() const { return heard_ == venues_.said().size(); }
  void HearSome() {
    for (int64_t n = prng_.Between(1, 6); n > 0 && !Heard(); --n) {
      const LegReport report = venues_.said()[heard_++];
      Keep(book_->DecideReport(report));
      const std::optional<Told> told = book_->Tell(report.sequence);
      ASSERT_TRUE(told.has_value());
      if (prng_.Percent(97)) {
        Hear(report, *told);
      } else {
        Break();  // oms never got it
        return;
      }
    }
    // oms says again what it had no answer to once it has heard all that there was.
    if (Heard() && !std::exchange(caught_up_, true)) {
      Resend();
    }
  }

  void Hear(const LegReport& report, const Told& told) {
    told_ = report.sequence;
    AtOms& order = oms_.at(report.order_id);
    if (told.leg_only) {
      return;
    }
    ASSERT_FALSE(order.over) << "a word after the last one, " << report.order_id.ToString();
    const bool first = !std::exchange(order.heard, true);
    switch (told.kind) {
      case LegReportKind::kAccepted: ASSERT_TRUE(first); break;
      case LegReportKind::kFilled:
        ASSERT_LE(told.quantity, order.terms.quantity - order.filled);
        order.filled += told.quantity;
        order.over = order.filled == order.terms.quantity;
        break;
      case LegReportKind::kRejected:
        ASSERT_TRUE(first);
        order.over = true;
        break;
      case LegReportKind::kCanceled:
        ASSERT_EQ(told.quantity, order.terms.quantity - order.filled);
        order.over = true;
        break;
      case LegReportKind::kCancelRejected:
        ASSERT_TRUE(order.canceling);
        order.canceling = false;
        break;
      case LegReportKind::kReplaced:
        ASSERT_TRUE(order.change.has_value());
        order.terms.quantity = std::max(order.change->first, order.filled);
        order.terms.price = order.change->second;
        order.change.reset();
        order.over = order.filled == order.terms.quantity;
        break;
      case LegReportKind::kReplaceRejected:
        ASSERT_TRUE(order.change.has_value());
        order.change.reset();
        break;
    }
    ASSERT_EQ(told.cumulative, order.filled);
  }

  // The venues never have, nor had, more of an order than it asks for.
  void Check() {
    for (const auto& [id, order] : oms_) {
      Quantity most = order.terms.quantity;
      if (order.change) {
        most = std::max(most, order.change->first);
      }
      ASSERT_LE(venues_.FilledOf(id) + venues_.OpenOf(id), most) << id.ToString();
    }
  }

  Prng prng_;
  Prng chance_{7};
  Venues venues_;
  Timestamp now_{1'800'000'000'000'000'000};
  std::unique_ptr<RouteBook> book_;
  Facts journal_;
  std::map<OrderId, AtOms> oms_;
  std::deque<LegRequest> on_the_way_;
  size_t heard_ = 0;  // of what the venues said, by exeq
  size_t told_ = 0;   // the same, by oms
  bool caught_up_ = false;
};

TEST(RoutePropertyTest, NeverMoreThanAskedForAndEveryoneAgreesAtTheEnd) {
  const uint64_t seed = TestSeed(22'002);
  size_t spread = 0;
  size_t orders = 0;
  for (uint64_t run = 0; run < 40; ++run) {
    SCOPED_TRACE("seed " + std::to_string(seed) + " run " + std::to_string(run));
    World world(seed * 1'000 + run);
    for (int step = 0; step < 300; ++step) {
      world.Step();
      if (::testing::Test::HasFatalFailure()) {
        FAIL() << "step " << step;
      }
    }
    world.Finish();
    if (::testing::Test::HasFatalFailure()) {
      return;
    }
    spread += world.spread();
    orders += world.orders();
  }
  EXPECT_GT(orders, 1'000U);
  EXPECT_GT(spread, 500U);
}

}  // namespace
}  // namespace tw::exeq
