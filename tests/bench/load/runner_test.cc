#include "bench/load/runner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/work/work_queue.h"

namespace tw::load {
namespace {

// Accepts everything; a command numbered `stall_at` holds up the sender for `stall`.
class FakeLink final : public Link {
 public:
  absl::Status Start(OnAnswer on_answer) override {
    on_answer_ = std::move(on_answer);
    return absl::OkStatus();
  }
  bool Send(const std::vector<v1::TradeCommand>& commands) override {
    ++messages;
    for (const v1::TradeCommand& command : commands) {
      if (command.request_id() == stall_at) {
        std::this_thread::sleep_for(stall);
      }
      if (command.request_id() == lose) {
        continue;
      }
      v1::TradeAnswer answer;
      answer.set_request_id(command.request_id());
      answer.mutable_order()->set_order_id("1-" + std::to_string(command.request_id()));
      answer.mutable_order()->set_status(v1::ORDER_STATUS_PENDING_NEW);
      if (command.has_submit()) {
        answer.mutable_order()->set_client_order_id(command.submit().client_order_id());
        oms.Add(answer.order());
      }
      on_answer_(answer, MonotonicNanos());
    }
    return true;
  }
  void Stop() override {}

  OrderSum oms;  // what it has
  uint64_t stall_at = 0;
  std::chrono::milliseconds stall{0};
  uint64_t lose = 0;
  uint64_t messages = 0;

 private:
  OnAnswer on_answer_;
};

struct Fixture {
  Fixture() {
    Instrument i;
    i.symbol = "BTCUSDT";
    i.tick_size = Price::FromE8(1'000'000);
    i.lot_size = i.min_quantity = Quantity::FromE8(1'000);
    planner = std::make_unique<Planner>(PlannerOptions{}, std::vector<Instrument>{i});
    planner->SetQuote(0, {Price::FromUnits(44'990), Price::FromUnits(45'010)});
    options.schedule.shape = Shape::kConstant;
    options.schedule.rate = 500;
    options.schedule.total = Duration::Millis(600);
    options.schedule.warmup = Duration::Millis(100);
    options.drain_max = Duration::Millis(300);
  }
  void Run() { Run(link); }
  void Run(Link& by) {
    Runner runner(options, *planner, by, tally, stop);
    ASSERT_TRUE(by.Start([&](const v1::TradeAnswer& answer, int64_t now_ns) {
                    runner.Answered(answer, now_ns);
                  }).ok());
    runner.Run();
    elapsed = runner.elapsed();
    answered = runner.answered();
    unknown = runner.unknown();
    by.Stop();
  }

  LoadOptions options;
  std::unique_ptr<Planner> planner;
  FakeLink link;
  Tally tally;
  std::atomic<bool> stop{false};
  Duration elapsed;
  OrderSum answered;
  uint64_t unknown = 0;
};

TEST(RunnerTest, SendsTheWholeScheduleAndMeasuresAllButTheWarmUp) {
  Fixture f;
  f.Run();
  const Totals totals = f.tally.Get();
  EXPECT_EQ(totals.sent(), 250u);
  EXPECT_EQ(totals.answered(), 250u);
  EXPECT_EQ(totals.accepted(), 250u);
  EXPECT_EQ(totals.unanswered, 0u);
  EXPECT_GE(f.elapsed, Duration::Millis(500));
  EXPECT_GT(f.answered.count, 100u);
  EXPECT_TRUE(f.answered == f.link.oms);
  EXPECT_EQ(f.answered.first, OrderId(1, 1));
  EXPECT_EQ(f.unknown, 0u);
}

TEST(OrderSumTest, SeesAMissingADoubledAndAChangedOrderInAnyOrder) {
  const auto order = [](const char* id, const char* quantity) {
    v1::Order made;
    made.set_order_id(id);
    made.set_quantity(quantity);
    return made;
  };
  const auto sum = [](const std::vector<v1::Order>& orders) {
    OrderSum total;
    for (const v1::Order& each : orders) {
      total.Add(each);
    }
    return total;
  };
  const v1::Order a = order("1-10", "1");
  const v1::Order b = order("1-9", "2");
  EXPECT_TRUE(sum({a, b}) == sum({b, a}));
  EXPECT_EQ(sum({a, b}).first, OrderId(1, 9));
  EXPECT_FALSE(sum({a, b}) == sum({a}));
  EXPECT_FALSE(sum({a, b}) == sum({a, a}));
  EXPECT_FALSE(sum({a, b}) == sum({a, order("1-9", "3")}));
}

TEST(RunnerTest, AStallCountsForEverythingThatShouldHaveLeftMeanwhile) {
  Fixture f;
  f.options.profile = {100, 0, 0, 0};
  f.link.stall_at = 100;
  f.link.stall = std::chrono::milliseconds(200);
  f.Run();
  const Totals totals = f.tally.Get();
  EXPECT_EQ(totals.sent(), 250u);
  // 100 commands were due while the link stood still: those were late by up to 200 ms, on average
  // by half of it.
  EXPECT_GE(totals.orders.max(), Duration::Millis(195));
  EXPECT_GE(totals.orders.Percentile(80), Duration::Millis(70));
}

TEST(RunnerTest, GatheredCommandsLeaveTogetherAndCountFromWhenTheyWereDue) {
  Fixture f;
  f.options.gather = Duration::Millis(50);
  f.options.profile = {100, 0, 0, 0};
  f.Run();
  EXPECT_EQ(f.tally.Get().sent(), 250u);
  EXPECT_TRUE(f.answered == f.link.oms);
  EXPECT_LE(f.link.messages, 14u);  // 600 ms; one more where the measured part begins
  EXPECT_GE(f.tally.Get().orders.Percentile(90), Duration::Millis(30));
}

TEST(RunnerTest, CountsWhatIsNeverAnswered) {
  Fixture f;
  f.link.lose = 200;
  f.options.outstanding_max = 10;
  f.Run();
  EXPECT_EQ(f.tally.Get().unanswered, 1u);
  EXPECT_EQ(f.tally.Get().answered(), 249u);
  EXPECT_EQ(f.unknown, 1u);
}

TEST(RunnerTest, OneAtATimeEndsInTime) {
  Fixture f;
  f.options.schedule.shape = Shape::kOneAtATime;
  f.options.count_max = 1'000'000;
  f.Run();
  EXPECT_GT(f.tally.Get().sent(), 100u);
  EXPECT_GE(f.elapsed, Duration::Millis(500));
  EXPECT_LE(f.elapsed, Duration::Seconds(5));
}

// Answers come on other threads, two in turn; every tenth message finds no room at first.
class SlowLink final : public Link {
 public:
  absl::Status Start(OnAnswer on_answer) override {
    on_answer_ = std::move(on_answer);
    return absl::OkStatus();
  }
  bool Send(const std::vector<v1::TradeCommand>& commands) override {
    overlaps += waiting_.load() == 0 ? 0 : 1;
    if (++tries_ % 10 == 0) {
      return false;
    }
    for (const v1::TradeCommand& command : commands) {
      EXPECT_EQ(command.request_id(), ++sent);
      if (command.request_id() != lose) {
        ++waiting_;
        Answer(command.request_id());
      }
    }
    return true;
  }
  void Stop() override { answers_.Stop(); }

  uint64_t lose = 0;
  uint64_t sent = 0;
  int overlaps = 0;  // sent while another was under way

 private:
  void Answer(uint64_t id) {
    answers_.Post({.run =
                       [this, id] {
                         v1::TradeAnswer answer;
                         answer.set_request_id(id);
                         answer.mutable_order()->set_order_id("1-1");
                         answer.mutable_order()->set_status(v1::ORDER_STATUS_PENDING_NEW);
                         --waiting_;
                         on_answer_(answer, MonotonicNanos());
                       },
                   .refuse = [](const absl::Status&) {}});
  }

  OnAnswer on_answer_;
  std::atomic<int> waiting_{0};
  int tries_ = 0;
  WorkQueue answers_{{.name = "answers", .threads = 2}};
};

TEST(RunnerTest, OneAtATimeTheNextFollowsTheAnswer) {
  Fixture f;
  f.options.schedule.shape = Shape::kOneAtATime;
  f.options.schedule.total = Duration::Seconds(60);
  f.options.schedule.warmup = Duration{};
  f.options.count_max = 2'000;
  SlowLink link;
  f.Run(link);
  EXPECT_EQ(link.sent, 2'000u);
  EXPECT_EQ(link.overlaps, 0);
  EXPECT_EQ(f.tally.Get().answered(), 2'000u);
  EXPECT_EQ(f.tally.Get().unanswered, 0u);
}

TEST(RunnerTest, OneAtATimeAnAnswerThatNeverComesEndsTheRunInTime) {
  Fixture f;
  f.options.schedule.shape = Shape::kOneAtATime;
  f.options.count_max = 1'000'000;
  SlowLink link;
  link.lose = 20;
  f.Run(link);
  EXPECT_EQ(link.sent, 20u);
  EXPECT_EQ(f.unknown, 1u);
  EXPECT_LE(f.elapsed, Duration::Seconds(5));
}

TEST(RunnerTest, StopsWhenTold) {
  Fixture f;
  f.options.schedule.total = Duration::Seconds(3600);
  f.stop = true;
  f.Run();
  EXPECT_EQ(f.tally.Get().sent(), 0u);
}

TEST(RunnerTest, JudgesAnswers) {
  v1::TradeAnswer answer;
  answer.mutable_order()->set_status(v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_EQ(Judge(Kind::kPassive, answer).verdict, Verdict::kAccepted);
  answer.mutable_order()->set_status(v1::ORDER_STATUS_FILLED);
  EXPECT_EQ(Judge(Kind::kCancel, answer).verdict, Verdict::kTooLate);
  EXPECT_EQ(Judge(Kind::kMarketable, answer).verdict, Verdict::kAccepted);
  answer.mutable_order()->set_status(v1::ORDER_STATUS_REJECTED);
  answer.mutable_order()->set_reject_reason(v1::REJECT_REASON_MAX_POSITION);
  EXPECT_EQ(Judge(Kind::kPassive, answer).verdict, Verdict::kRejected);
  EXPECT_EQ(Judge(Kind::kPassive, answer).reason, "MAX_POSITION");
  answer.mutable_error()->set_code("FAILED_PRECONDITION");
  EXPECT_EQ(Judge(Kind::kReplace, answer).verdict, Verdict::kTooLate);
  EXPECT_EQ(Judge(Kind::kPassive, answer).verdict, Verdict::kError);
}

}  // namespace
}  // namespace tw::load
