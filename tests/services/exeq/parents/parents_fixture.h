// A book of parents with a journal and a clock that a test moves.
#pragma once

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/exeq/parents/parent_book.h"

namespace tw::exeq {

inline Instruments TestInstruments() {
  Instrument coin;
  coin.symbol = "COIN";
  coin.tick_size = Price::FromE8(kDecimalScale / 100);
  coin.lot_size = Quantity::FromE8(1000);  // 0.00001
  coin.min_quantity = coin.lot_size;
  coin.max_quantity = Quantity::FromUnits(9000);
  Instrument share;
  share.symbol = "SHARE";
  share.tick_size = coin.tick_size;
  share.lot_size = Quantity::FromUnits(1);
  share.min_quantity = Quantity::FromUnits(10);
  share.max_quantity = Quantity::FromUnits(1000);
  return Instruments({coin, share}, "test");
}

inline Quantity Q(const char* text) {
  return *Quantity::Parse(text);
}
inline Price P(const char* text) {
  return *Price::Parse(text);
}

inline constexpr Timestamp kStart{int64_t{1'767'000'000} * 1'000'000'000};

inline ParentTerms Terms(Algo algo, const char* quantity, int seconds = 0, int slices = 0) {
  ParentTerms terms;
  terms.account = "demo";
  terms.symbol = "COIN";
  terms.side = Side::kBuy;
  terms.algo = algo;
  terms.quantity = Q(quantity);
  terms.slices = slices;
  if (seconds > 0) {
    terms.end = kStart + Duration::Seconds(seconds);
  }
  return terms;
}

class ParentsTest : public ::testing::Test {
 protected:
  ParentsTest() { Keep(ParentBook::DecideOpen(now_)); }

  void Keep(const ParentEvent& event) {
    book_.Apply(event);
    journal_.push_back(event);
  }
  void Keep(const std::optional<ParentEvent>& event) {
    if (event) {
      Keep(*event);
    }
  }
  std::string Submit(const ParentTerms& terms, uint64_t seed = 1) {
    const auto event = book_.DecideSubmit(terms, VolumeCurve::Default(), seed, now_);
    EXPECT_TRUE(event.ok()) << event.status();
    Keep(*event);
    return event->parent.id;
  }
  // All facts that are due.
  void Advance() {
    const std::vector<std::string> open(book_.open().begin(), book_.open().end());
    for (const std::string& id : open) {
      for (auto event = book_.Next(id, now_); event; event = book_.Next(id, now_)) {
        Keep(*event);
      }
    }
  }
  // The same, and the requests that follow from them.
  std::vector<ChildRequest> Run() {
    Advance();
    return book_.TakeRequests(now_);
  }
  std::vector<ChildRequest> RunAt(Duration after_start) {
    now_ = kStart + after_start;
    return Run();
  }
  // oms's word on a request.
  void Answer(const ChildRequest& request,
              OrderStatus status,
              Quantity filled = {},
              RejectReason reason = RejectReason::kNone) {
    ChildAnswer answer;
    answer.kind = ChildAnswer::Kind::kOrder;
    answer.order.order_id = OrderId(1, request.child.number);
    answer.order.sequence = ++sequence_;
    answer.order.status = status;
    answer.order.quantity = request.child.quantity;
    answer.order.price = request.child.price;
    answer.order.filled = filled;
    answer.order.filled_notional = *Notional(Price::FromUnits(100), filled);
    answer.order.reason = reason;
    Keep(book_.OnAnswer(request, answer, now_));
  }
  // Runs and fills all that is asked for.
  Quantity RunAndFillAt(Duration after_start) {
    Quantity sent;
    for (const ChildRequest& request : RunAt(after_start)) {
      sent += request.child.quantity;
      Answer(request, OrderStatus::kFilled, request.child.quantity);
    }
    Advance();
    return sent;
  }
  const Parent& Get(const std::string& id) { return *book_.Find(id); }

  const Instruments instruments_ = TestInstruments();
  Timestamp now_ = kStart;
  ParentBook book_{instruments_, {}};
  std::vector<ParentEvent> journal_;
  uint64_t sequence_ = 0;
};

}  // namespace tw::exeq
