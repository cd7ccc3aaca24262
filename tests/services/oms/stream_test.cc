// The numbered streams: the ledger, public events, TradeSession.
#include <gtest/gtest.h>

#include "tests/services/oms/oms_fixture.h"
#include "tradewind/v1/events.pb.h"

namespace tw::oms {
namespace {

using testing::FakeExeq;
using testing::FakeRisk;
using testing::IdOf;
using testing::OmsTest;
using tw::testing::WaitFor;

// A server stream and everything it said.
template <typename Request, typename Batch>
class Reader {
 public:
  Reader(rpc::Channel& channel, const std::string& method, const Request& request) {
    stream_ = channel.Open<Request, Batch>("tradewind.v1." + method, [&](const auto& stream) {
      stream.OnMessage([this](const Batch& batch) {
        const std::lock_guard lock(mutex_);
        ++messages_;
        head_ = batch.head_sequence();
        for (const auto& event : batch.events()) {
          events_.push_back(event);
        }
        if constexpr (requires { batch.answers(); }) {
          answer_messages_ += batch.answers_size() > 0;
          for (const auto& answer : batch.answers()) {
            answers_.push_back(answer);
          }
        }
        if constexpr (requires { batch.epoch(); }) {
          epoch_ = batch.epoch();
        }
      });
      stream.OnClosed([this](const absl::Status& status) {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        status_ = status;
      });
      stream.Write(request);
      if constexpr (!requires(Batch batch) { batch.answers(); }) {
        stream.Finish();
      }
    });
  }
  ~Reader() {
    stream_.Cancel();
    WaitFor([this] { return closed(); });
  }

  using Event = std::decay_t<decltype(std::declval<Batch>().events(0))>;
  std::vector<Event> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::vector<uint64_t> sequences() const {
    std::vector<uint64_t> out;
    for (const Event& event : events()) {
      out.push_back(event.sequence());
    }
    return out;
  }
  std::vector<v1::TradeAnswer> answers() const {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  int answer_messages() const {
    const std::lock_guard lock(mutex_);
    return answer_messages_;
  }
  uint64_t head() const {
    const std::lock_guard lock(mutex_);
    return head_;
  }
  uint64_t epoch() const {
    const std::lock_guard lock(mutex_);
    return epoch_;
  }
  bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  absl::Status status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  void Write(const Request& request) { stream_.Write(request); }

 private:
  rpc::Stream<Request, Batch> stream_;
  mutable std::mutex mutex_;
  std::vector<Event> events_;
  std::vector<v1::TradeAnswer> answers_;
  int messages_ = 0;
  int answer_messages_ = 0;
  uint64_t head_ = 0;
  uint64_t epoch_ = 0;
  bool closed_ = false;
  absl::Status status_;
};

using LedgerReader = Reader<v1::StreamLedgerRequest, v1::LedgerBatch>;
using EventReader = Reader<v1::StreamOrderEventsRequest, v1::OrderEventBatch>;
using SessionReader = Reader<v1::TradeSessionRequest, v1::TradeSessionResponse>;

std::vector<uint64_t> Range(uint64_t from, uint64_t to) {
  std::vector<uint64_t> out;
  for (uint64_t i = from; i <= to; ++i) {
    out.push_back(i);
  }
  return out;
}

class StreamTest : public OmsTest {
 protected:
  std::unique_ptr<LedgerReader> ReadLedger(uint64_t from, bool without_checks = false) {
    v1::StreamLedgerRequest request;
    request.set_without_checks(without_checks);
    request.set_from_sequence(from);
    return std::make_unique<LedgerReader>(host_->channel(), "OrderLedgerService/StreamLedger",
                                          request);
  }
  std::unique_ptr<EventReader> ReadEvents(uint64_t from, const std::string& account = "") {
    v1::StreamOrderEventsRequest request;
    request.set_from_sequence(from);
    request.set_account(account);
    return std::make_unique<EventReader>(host_->channel(), "OrderService/StreamOrderEvents",
                                         request);
  }
  v1::Order SubmitFor(const std::string& account) {
    v1::SubmitOrderRequest request = Limit("");
    request.set_account(account);
    return Submit(request);
  }
};

TEST_F(StreamTest, TheLedgerFromOneFromTheMiddleAndOverARestart) {
  StartReady();
  const auto live = ReadLedger(1);
  const v1::Order order = Submit("a");  // 1, 2
  exeq_.Accept(IdOf(order));            // 3
  exeq_.Fill(IdOf(order), "1", "100");  // 4
  ASSERT_TRUE(WaitFor([&] { return live->events().size() == 4; }));
  EXPECT_EQ(live->sequences(), Range(1, 4));
  EXPECT_EQ(live->epoch(), 1U);
  const auto events = live->events();
  EXPECT_EQ(events[0].kind(), v1::ORDER_EVENT_KIND_SUBMITTED);
  EXPECT_EQ(events[1].kind(), v1::ORDER_EVENT_KIND_APPROVED);
  EXPECT_TRUE(events[1].risk().approved());
  EXPECT_EQ(events[1].risk().limits_version(), 7U);
  EXPECT_EQ(events[2].kind(), v1::ORDER_EVENT_KIND_ACCEPTED);
  EXPECT_EQ(events[3].kind(), v1::ORDER_EVENT_KIND_FILLED);
  EXPECT_EQ(events[3].execution().fill_id(), "PAPER-x2");
  EXPECT_EQ(events[3].status(), v1::ORDER_STATUS_FILLED);

  const auto middle = ReadLedger(3);
  ASSERT_TRUE(WaitFor([&] { return middle->events().size() == 2; }));
  EXPECT_EQ(middle->sequences(), Range(3, 4));

  Restart();  // now from the journal, not from memory
  Submit("b");
  const auto all = ReadLedger(0);
  const auto tail = ReadLedger(4);
  ASSERT_TRUE(WaitFor([&] { return all->events().size() == 6 && tail->events().size() == 3; }));
  EXPECT_EQ(all->sequences(), Range(1, 6));
  EXPECT_EQ(tail->sequences(), Range(4, 6));
  EXPECT_EQ(all->epoch(), 2U);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(all->events()[i].SerializeAsString(), events[i].SerializeAsString()) << i;
  }
  int64_t time = 0;
  for (const v1::LedgerEvent& event : all->events()) {
    EXPECT_GE(event.time_ns(), time);
    time = event.time_ns();
  }
}

TEST_F(StreamTest, ChecksComeToWhoeverWantsThem) {
  StartReady();
  risk_.mode = FakeRisk::Mode::kReject;
  Submit("a");  // 1, 2
  const auto expect = [&] {
    const auto whole = ReadLedger(1);
    const auto plain = ReadLedger(1, /*without_checks=*/true);
    ASSERT_TRUE(
        WaitFor([&] { return whole->events().size() == 2 && plain->events().size() == 2; }));
    v1::LedgerEvent event = whole->events()[1];
    EXPECT_EQ(event.risk().checks_size(), 1);
    EXPECT_EQ(event.risk().reason(), v1::REJECT_REASON_MAX_POSITION);
    EXPECT_EQ(plain->events()[1].risk().reason(), v1::REJECT_REASON_MAX_POSITION);
    event.mutable_risk()->clear_checks();
    EXPECT_EQ(plain->events()[1].SerializeAsString(), event.SerializeAsString());
  };
  expect();
  Restart();  // now from the journal, not from memory
  expect();
}

TEST_F(StreamTest, WhoFollowsFillsGetsOfTheRestWhenItWas) {
  StartReady();
  const v1::Order order = Submit("a");  // 1, 2
  exeq_.Accept(IdOf(order));            // 3
  exeq_.Fill(IdOf(order), "1", "100");  // 4
  v1::StreamLedgerRequest request;
  request.set_fills_only(true);
  const auto expect = [&] {
    const auto whole = ReadLedger(1, /*without_checks=*/true);
    request.set_without_checks(true);
    const LedgerReader fills(host_->channel(), "OrderLedgerService/StreamLedger", request);
    ASSERT_TRUE(WaitFor([&] { return whole->events().size() == 4 && fills.events().size() == 4; }));
    for (size_t i = 0; i < 3; ++i) {
      v1::LedgerEvent rest;
      rest.set_sequence(i + 1);
      rest.set_time_ns(whole->events()[i].time_ns());
      EXPECT_EQ(fills.events()[i].SerializeAsString(), rest.SerializeAsString()) << i;
    }
    EXPECT_EQ(fills.events()[3].SerializeAsString(), whole->events()[3].SerializeAsString());
  };
  expect();
  Restart();  // now from the journal, not from memory
  expect();
}

TEST_F(StreamTest, APaceOverASecondIsRefused) {
  StartReady();
  v1::StreamLedgerRequest request;
  request.set_pace_ms(1'001);
  const LedgerReader reader(host_->channel(), "OrderLedgerService/StreamLedger", request);
  ASSERT_TRUE(WaitFor([&] { return reader.closed(); }));
  EXPECT_EQ(reader.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(reader.status().message(), "pace_ms: 1001 is not between 0 and 1000");
}

TEST_F(StreamTest, WhatOneBatchAnswersLeavesInOneMessage) {
  StartReady();
  v1::TradeSessionRequest request;
  constexpr int kOrders = 200;
  for (uint64_t i = 1; i <= kOrders; ++i) {
    v1::TradeCommand& command = *request.add_commands();
    command.set_request_id(i);
    *command.mutable_submit() = Limit("t-" + std::to_string(i));
  }
  const SessionReader session(host_->channel(), "OrderService/TradeSession", request);
  ASSERT_TRUE(WaitFor([&] { return session.answers().size() == kOrders; }));
  // Risk is asked once for all of them; what came between may have made a batch of its own.
  EXPECT_LE(session.answer_messages(), 5);
}

TEST_F(StreamTest, ALongLedgerReadsBackWhole) {
  StartReady();
  constexpr int kOrders = 2'000;
  for (int i = 0; i < kOrders; ++i) {
    SubmitLater(Limit("m-" + std::to_string(i)));
  }
  ASSERT_TRUE(WaitAnswers(kOrders));
  Restart();
  for (const uint64_t from : {uint64_t{1}, uint64_t{2}, uint64_t{1'111}, uint64_t{2 * kOrders}}) {
    const auto reader = ReadLedger(from);
    ASSERT_TRUE(WaitFor([&] { return reader->events().size() == 2 * kOrders - from + 1; })) << from;
    EXPECT_EQ(reader->sequences(), Range(from, 2 * kOrders));
  }
}

TEST_F(StreamTest, TheHeadIsAnnouncedWhenNothingHappens) {
  StartReady();
  Submit("a");
  const auto reader = ReadLedger(100);
  ASSERT_TRUE(WaitFor([&] { return reader->head() == 2; }));
  EXPECT_TRUE(reader->events().empty());
}

TEST_F(StreamTest, AFilteredStreamStillShowsWhatIsMissing) {
  StartReady();
  SubmitFor("demo");                        // 1, 2
  SubmitFor("other");                       // 3, 4
  const auto demo = ReadEvents(1, "demo");  // a page that ends with what is filtered out
  const auto middle = ReadEvents(4, "demo");
  ASSERT_TRUE(WaitFor([&] { return demo->events().size() == 2; }));
  ASSERT_TRUE(WaitFor([&] { return middle->head() == 4; }));
  SubmitFor("other");  // 5, 6
  SubmitFor("demo");   // 7, 8
  ASSERT_TRUE(WaitFor([&] { return demo->sequences() == std::vector<uint64_t>({1, 2, 7, 8}); }));
  ASSERT_TRUE(WaitFor([&] { return middle->sequences() == Range(7, 8); }));
  uint64_t last = 0;
  for (const v1::OrderEvent& event : demo->events()) {
    EXPECT_EQ(event.previous_sequence(), last) << "the last one sent on this subscription";
    last = event.sequence();
  }
  EXPECT_EQ(middle->events()[0].previous_sequence(), 3U) << "before the first: where it began";
  EXPECT_EQ(middle->events()[1].previous_sequence(), 7U);
}

TEST_F(StreamTest, FromZeroOnlyWhatIsNew) {
  StartReady();
  Submit("old");
  const auto reader = ReadEvents(0);
  ASSERT_TRUE(WaitFor([&] { return reader->head() == 2; })) << "subscribed";
  const v1::Order order = Submit("new");
  ASSERT_TRUE(WaitFor([&] { return reader->events().size() == 2; }));
  EXPECT_EQ(reader->events()[0].order().order_id(), order.order_id());
  EXPECT_EQ(reader->events()[0].previous_sequence(), 2U);
}

// --- TradeSession ------------------------------------------------------------------------------

TEST_F(StreamTest, ASessionTakesBatchesAndAnswersEachCommandOnce) {
  exeq_.mode = FakeExeq::Mode::kFill;
  StartReady();
  v1::TradeSessionRequest request;
  request.add_commands()->mutable_subscribe()->set_from_sequence(1);
  for (uint64_t i = 1; i <= 200; ++i) {
    v1::TradeCommand& command = *request.add_commands();
    command.set_request_id(i);
    *command.mutable_submit() = Limit("t-" + std::to_string(i % 150));  // 50 of them repeats
  }
  v1::TradeCommand& bad = *request.add_commands();
  bad.set_request_id(201);
  *bad.mutable_submit() = Limit("bad", "-1");
  request.add_commands()->set_request_id(202);  // says nothing
  v1::TradeCommand& unknown = *request.add_commands();
  unknown.set_request_id(203);
  unknown.mutable_cancel()->set_order_id("9-9");
  SessionReader session(host_->channel(), "OrderService/TradeSession", request);
  ASSERT_TRUE(WaitFor([&] { return session.answers().size() == 203; }));
  std::map<uint64_t, v1::TradeAnswer> answers;
  int duplicates = 0;
  for (const v1::TradeAnswer& answer : session.answers()) {
    EXPECT_TRUE(answers.emplace(answer.request_id(), answer).second) << answer.request_id();
    duplicates += answer.order().duplicate() ? 1 : 0;
  }
  EXPECT_EQ(duplicates, 50);
  EXPECT_EQ(answers[201].error().code(), "INVALID_ARGUMENT");
  EXPECT_EQ(answers[201].error().field(), "quantity");
  EXPECT_EQ(answers[202].error().field(), "command");
  EXPECT_EQ(answers[203].error().code(), "NOT_FOUND");
  ASSERT_TRUE(WaitFor([&] { return session.events().size() == 150 * 4; }));
  EXPECT_EQ(session.sequences(), Range(1, 150 * 4));
}

// Time stamps that an order takes along come back with its answer, and from the venue with the
// event of its first report, also to whoever reads it later.
TEST_F(StreamTest, ATracedOrderSaysWhenItWasWhere) {
  exeq_.mode = FakeExeq::Mode::kFill;
  StartReady();
  v1::TradeSessionRequest request;
  for (uint64_t i = 1; i <= 2; ++i) {
    v1::TradeCommand& command = *request.add_commands();
    command.set_request_id(i);
    *command.mutable_submit() = Limit("t-" + std::to_string(i));
  }
  request.mutable_commands(0)->mutable_trace()->set_gateway_in_ns(1);
  request.set_traced(true);
  SessionReader session(host_->channel(), "OrderService/TradeSession", request);
  ASSERT_TRUE(WaitFor([&] { return session.answers().size() == 2; }));
  v1::OrderTrace answered;
  for (const v1::TradeAnswer& answer : session.answers()) {
    EXPECT_EQ(answer.has_trace(), answer.request_id() == 1);
    if (answer.has_trace()) {
      answered = answer.trace();
    }
  }
  const auto ascending = [](const v1::OrderTrace& t) {
    const std::vector<int64_t> stamps = {t.gateway_in_ns(), t.oms_in_ns(),   t.risk_asked_ns(),
                                         t.risk_in_ns(),    t.risk_out_ns(), t.risk_answered_ns(),
                                         t.synced_ns()};
    return std::is_sorted(stamps.begin(), stamps.end()) &&
           std::find(stamps.begin(), stamps.end(), 0) == stamps.end();
  };
  EXPECT_TRUE(ascending(answered)) << answered.ShortDebugString();

  v1::TradeSessionRequest later;
  later.add_commands()->mutable_subscribe()->set_from_sequence(1);
  SessionReader reader(host_->channel(), "OrderService/TradeSession", later);
  ASSERT_TRUE(WaitFor([&] { return reader.events().size() == 8; }));
  int traced = 0;
  for (const v1::OrderEvent& event : reader.events()) {
    if (event.has_trace()) {
      ++traced;
      EXPECT_EQ(event.kind(), v1::ORDER_EVENT_KIND_ACCEPTED);
      EXPECT_EQ(event.order().client_order_id(), "t-1");
      EXPECT_TRUE(ascending(event.trace())) << event.trace().ShortDebugString();
      EXPECT_EQ(event.trace().synced_ns(), answered.synced_ns());
      EXPECT_GE(event.trace().exeq_in_ns(), event.trace().synced_ns());
      EXPECT_GE(event.trace().oms_back_ns(), event.trace().exeq_out_ns());
    }
  }
  EXPECT_EQ(traced, 1);
}

TEST_F(StreamTest, ACancelBehindItsOrderInOneBatchFindsIt) {
  StartReady();
  v1::TradeSessionRequest request;
  for (uint64_t i = 0; i < 100; ++i) {
    v1::TradeCommand& submit = *request.add_commands();
    submit.set_request_id(2 * i);
    *submit.mutable_submit() = Limit("p-" + std::to_string(i));
    v1::TradeCommand& cancel = *request.add_commands();
    cancel.set_request_id(2 * i + 1);
    cancel.mutable_cancel()->set_account("demo");
    cancel.mutable_cancel()->set_client_order_id("p-" + std::to_string(i));
  }
  SessionReader session(host_->channel(), "OrderService/TradeSession", request);
  ASSERT_TRUE(WaitFor([&] { return session.answers().size() == 200; }));
  for (const v1::TradeAnswer& answer : session.answers()) {
    EXPECT_TRUE(answer.has_order()) << answer.ShortDebugString();
    EXPECT_EQ(answer.order().status(), answer.request_id() % 2 == 0
                                           ? v1::ORDER_STATUS_PENDING_NEW
                                           : v1::ORDER_STATUS_PENDING_CANCEL);
  }
}

TEST_F(StreamTest, ASecondSubscriptionTakesThePlaceOfTheFirst) {
  StartReady();
  SubmitFor("demo");   // 1, 2
  SubmitFor("other");  // 3, 4
  v1::TradeSessionRequest request;
  request.add_commands()->mutable_subscribe()->set_from_sequence(1);
  SessionReader session(host_->channel(), "OrderService/TradeSession", request);
  ASSERT_TRUE(WaitFor([&] { return session.events().size() == 4; }));
  request.mutable_commands(0)->mutable_subscribe()->set_account("other");
  session.Write(request);
  ASSERT_TRUE(WaitFor([&] { return session.events().size() == 6; }));
  EXPECT_EQ(session.sequences(), (std::vector<uint64_t>{1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(session.events()[4].previous_sequence(), 0U);
  EXPECT_EQ(session.events()[5].previous_sequence(), 3U);
}

// A client that sends much before it reads gets every answer all the same.
TEST_F(StreamTest, ASessionThatIsReadSlowlyLosesNoAnswer) {
  StartReady();
  std::atomic<int> answers{0};
  std::atomic<bool> may_read{false};
  std::atomic<bool> is_closed{false};
  const auto stream = host_->channel().Open<v1::TradeSessionRequest, v1::TradeSessionResponse>(
      "tradewind.v1.OrderService/TradeSession", [&](const auto& s) {
        s.OnMessage([&](const v1::TradeSessionResponse& response) {
          WaitFor([&] { return may_read.load(); });
          answers += response.answers_size();
        });
        s.OnClosed([&](const absl::Status&) { is_closed = true; });
      });
  constexpr int kCommands = 5'000;
  for (int i = 0; i < kCommands; ++i) {
    v1::TradeSessionRequest request;
    v1::TradeCommand& command = *request.add_commands();
    command.set_request_id(static_cast<uint64_t>(i));
    command.mutable_cancel()->set_order_id("9-9");
    ASSERT_TRUE(WaitFor([&] { return stream.Write(request); }));
  }
  may_read = true;
  EXPECT_TRUE(WaitFor([&] { return answers == kCommands; })) << answers;
  stream.Cancel();
  ASSERT_TRUE(WaitFor([&] { return is_closed.load(); }));
}

}  // namespace
}  // namespace tw::oms
