// Whatever oms and the network do, and wherever exeq is killed, a parent is never filled beyond its
// quantity, and in the end exeq and oms agree.
#include <iostream>

#include "gtest/gtest.h"
#include "tests/seed.h"
#include "tests/services/exeq/parents/parents_fixture.h"
#include "tests/services/exeq/parents/sim_oms.h"

namespace tw::exeq {
namespace {

class World {
 public:
  World(uint64_t seed, SimFaults faults, bool crashes)
      : random_(seed), oms_(random_, faults), faults_(faults), crashes_(crashes) {
    Keep(ParentBook::DecideOpen(now_));
  }

  void Run() {
    for (int i = 0; i < 4; ++i) {
      SubmitAny();
    }
    for (int step = 0; step < 4'000 && !book_->open().empty(); ++step) {
      now_ = now_ + Duration::Millis(random_.Between(1, 40));
      Step();
      ASSERT_NO_FATAL_FAILURE(Check()) << "step " << step;
    }
    EXPECT_TRUE(book_->open().empty()) << "a parent has not ended";
    CheckEnd();
  }
  size_t orders() const { return oms_.orders().size(); }
  int crashed() const { return crashed_; }

 private:
  void Keep(const std::optional<ParentEvent>& event) {
    if (event) {
      book_->Apply(*event);
      journal_.push_back(*event);
    }
  }

  void SubmitAny() {
    const auto algo = static_cast<Algo>(random_.Between(1, 5));
    ParentTerms terms = Terms(algo, "1", 0, 0);
    terms.quantity = Quantity::FromE8(random_.Between(1, 2'000) * 1000);
    terms.end = now_ + Duration::Millis(random_.Between(1'000, 20'000));
    terms.randomize_percent = static_cast<int>(random_.Between(0, 50));
    if (HasSchedule(algo)) {
      terms.slices = static_cast<int>(random_.Between(1, 10));
    }
    if (algo == Algo::kPov) {
      terms.participation_e8 = kDecimalScale / 5;
      terms.participation_cap_e8 = random_.Percent(50) ? kDecimalScale / 4 : 0;
    }
    if (algo == Algo::kIceberg) {
      terms.limit_price = P("100");
      terms.display = Quantity::FromE8(random_.Between(1, terms.quantity.e8() / 1000) * 1000);
    }
    const auto event = book_->DecideSubmit(terms, VolumeCurve::Default(), random_.Next(), now_);
    ASSERT_TRUE(event.ok()) << event.status();
    Keep(*event);
    ids_.push_back(event->parent.id);
  }

  void Step() {
    CommandAny();
    book_->OnMarketTrade("COIN", Quantity::FromE8(random_.Between(0, 50'000)));
    for (const std::string& id : ids_) {
      for (auto event = book_->Next(id, now_); event; event = book_->Next(id, now_)) {
        Keep(*event);
      }
    }
    if (crashes_ && random_.Percent(2)) {
      Crash();
    }
    for (const ChildRequest& request : book_->TakeRequests(now_)) {
      oms_.Send(request, now_);
    }
    if (crashes_ && random_.Percent(2)) {
      Crash();
    }
    oms_.Step(now_);
    for (const SimOms::Delivery& delivery : oms_.TakeAnswers(now_)) {
      Keep(book_->OnAnswer(delivery.request, delivery.answer, now_));
    }
    ReadStream();
  }

  // The process is gone; a new one knows what the journal holds.
  void Crash() {
    ++crashed_;
    book_ = std::make_unique<ParentBook>(instruments_, ParentLimits{});
    for (const ParentEvent& event : journal_) {
      book_->Apply(event);
    }
    oms_.DropAnswers();
    late_.clear();
    read_ = std::min<uint64_t>(read_, book_->StreamFrom().value_or(read_ + 1) - 1);
  }

  // oms's events, in order as the stream brings them, and once more out of order.
  void ReadStream() {
    const auto take = [this](const SimOms::Event& e) {
      Keep(book_->OnOrder(e.parent_id, e.key, e.order, now_));
    };
    while (!late_.empty() && random_.Percent(50)) {
      const size_t i = random_.Below(late_.size());
      take(late_[i]);
      late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    while (read_ < oms_.events().size() && random_.Percent(80)) {
      const SimOms::Event& event = oms_.events()[read_++];
      take(event);
      if (random_.Percent(faults_.duplicate_percent)) {
        late_.push_back(event);
      }
    }
  }

  void CommandAny() {
    if (!random_.Percent(4)) {
      return;
    }
    const std::string& id = ids_[random_.Below(ids_.size())];
    switch (random_.Below(8)) {
      case 0: KeepOk(book_->DecidePause(id, now_)); break;
      case 1:
        if (random_.Percent(20)) {
          KeepOk(book_->DecideCancel(id, now_));
        }
        break;
      case 2: {
        ParentChange change;
        change.quantity = Quantity::FromE8(random_.Between(1, 3'000) * 1000);
        KeepOk(book_->DecideReplace(id, change, now_));
        break;
      }
      case 3: {
        ParentChange change;
        change.limit_price = Price::FromUnits(random_.Between(90, 110));
        KeepOk(book_->DecideReplace(id, change, now_));
        break;
      }
      case 4: {
        ParentChange change;
        change.end = now_ + Duration::Millis(random_.Between(1'000, 8'000));
        KeepOk(book_->DecideReplace(id, change, now_));
        break;
      }
      default: KeepOk(book_->DecideResume(id, now_)); break;
    }
  }
  void KeepOk(const absl::StatusOr<std::optional<ParentEvent>>& event) {
    if (event.ok()) {
      Keep(*event);
    }
  }

  // The naive twin: everything is added up from the beginning, each time.
  void Check() {
    for (const std::string& id : ids_) {
      const Parent& parent = *book_->Find(id);
      Quantity filled;
      Quantity working;
      uint32_t open = 0;
      for (const ParentChild* child : book_->Children(id)) {
        filled += child->filled;
        working += child->working();
        open += child->state != ParentChildState::kDone ? 1 : 0;
        ASSERT_GE(child->quantity, Q("0.00001"));
        ASSERT_EQ(child->quantity.e8() % 1000, 0) << "a child is no multiple of the lot";
      }
      ASSERT_EQ(parent.filled, filled) << id;
      ASSERT_EQ(parent.working, working) << id;
      ASSERT_EQ(parent.open_children, open) << id;
      ASSERT_LE(filled + working, parent.terms.quantity) << id << " promises too much";
      ASSERT_LE(oms_.Filled(id) + oms_.Open(id), parent.terms.quantity)
          << id << " has too much at the venue";
    }
  }

  void CheckEnd() {
    // Requests and events that are still under way arrive.
    for (int i = 0; i < 200; ++i) {
      now_ = now_ + Duration::Millis(40);
      Step();
    }
    for (const std::string& id : ids_) {
      const Parent& parent = *book_->Find(id);
      EXPECT_TRUE(parent.finished()) << id << " is " << Name(parent.status);
      EXPECT_EQ(parent.working, Quantity());
      EXPECT_LE(oms_.Filled(id), parent.terms.quantity);
      if (parent.status == ParentStatus::kFilled) {
        EXPECT_EQ(parent.filled, parent.terms.quantity);
      }
      // A submit that was given up as never arrived may still turn up; nothing else may differ.
      Quantity forgotten;
      for (const ParentChild* child : book_->Children(id)) {
        const auto order = oms_.orders().find(ChildKey(id, child->number));
        if (!child->order_id.IsSet() && order != oms_.orders().end()) {
          forgotten += order->second.now.filled;
        }
      }
      EXPECT_EQ(parent.filled + forgotten, oms_.Filled(id)) << id;
    }
  }

  Prng random_;
  const Instruments instruments_ = TestInstruments();
  std::unique_ptr<ParentBook> book_ = std::make_unique<ParentBook>(instruments_, ParentLimits{});
  SimOms oms_;
  const SimFaults faults_;
  const bool crashes_;
  Timestamp now_ = kStart;
  std::vector<ParentEvent> journal_;
  std::vector<std::string> ids_;
  std::vector<SimOms::Event> late_;
  uint64_t read_ = 0;
  int crashed_ = 0;
};

TEST(ParentsProperty, NeverTooMuchWhateverGoesWrong) {
  const uint64_t seed = TestSeed(20261127);
  size_t orders = 0;
  int crashed = 0;
  for (uint64_t round = 0; round < 150; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    SimFaults faults;
    if (round % 3 != 0) {
      faults.lost_percent = 20;
      faults.duplicate_percent = 20;
      faults.rejected_percent = 5;
      faults.rest_canceled_percent = 3;
      faults.late_max = Duration::Millis(round % 2 == 0 ? 300 : 3'000);
    }
    World world(seed + round, faults, /*crashes=*/round % 3 == 2);
    world.Run();
    orders += world.orders();
    crashed += world.crashed();
    if (::testing::Test::HasFailure()) {
      return;
    }
  }
  EXPECT_GT(orders, 1'000U);
  EXPECT_GT(crashed, 100);
  std::cout << orders << " children, " << crashed << " crashes\n";
}

}  // namespace
}  // namespace tw::exeq
