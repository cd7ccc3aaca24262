// Our orders at a FIX venue: what each message comes to, and that a venue which misbehaves, a way
// that loses messages, and a process that dies leave both sides with the same books.
#include "services/live-gateway/fix/fix_orders.h"

#include <gtest/gtest.h>

#include "services/live-gateway/fix/fix_text.h"
#include "tests/seed.h"
#include "tests/services/live-gateway/fix/played_venue.h"
#include "tests/services/live-gateway/venue_fixture.h"

namespace tw::live_gateway {
namespace {

FixConfig Config() {
  FixConfig config;
  config.name = "EAST";
  config.symbols = {"BTCUSDT"};
  config.taker_fee_e8 = 20'000;
  return config;
}

class FixOrdersTest : public ::testing::Test {
 protected:
  FixOrdersTest() { orders_.OnLogon(now_); }

  // Kinds of what came out, with quantities: "accepted 1; filled 0.4".
  std::string Hear(const fix::Message& m) {
    Output out;
    orders_.OnMessage(m, now_, out);
    return Text(out);
  }
  std::string Do(const Command& command) {
    Output out;
    orders_.Process(command, now_, out);
    return Text(out);
  }
  static std::string Text(const Output& out) {
    static const char* const kNames[] = {"",         "accepted",        "rejected",
                                         "filled",   "canceled",        "cancel rejected",
                                         "replaced", "replace rejected"};
    std::string text;
    for (const Report& r : out.reports) {
      text += (text.empty() ? "" : "; ") + std::string(kNames[static_cast<int>(r.kind)]) + " " +
              r.quantity.ToString();
    }
    return text;
  }
  // What was sent, by type: "D F".
  std::string Sent() {
    std::string text;
    for (fix::Message& m : orders_.TakeMessages()) {
      text += (text.empty() ? "" : " ") + m.type;
      last_ = std::move(m);
    }
    return text;
  }
  static fix::Message Report8(const std::string& kind,
                              const std::string& status,
                              const std::string& cum,
                              const std::string& ref = "a") {
    fix::Message m;
    m.type = "8";
    m.Add(37, "X1").Add(11, ref).Add(17, "E" + cum + kind).Add(150, kind).Add(39, status);
    m.Add(14, cum).Add(38, "1");
    return m;
  }
  static fix::Message Fill(const std::string& part, const std::string& cum) {
    return Report8("F", cum == "1" ? "2" : "1", cum).Add(32, part).Add(31, "45000").Add(6, "45000");
  }

  const Instruments instruments_ = FourInstruments();
  FixOrders orders_{instruments_, Config()};
  Timestamp now_ = kStart;
  fix::Message last_;
};

TEST_F(FixOrdersTest, AnOrderGoesOutAsASingleOrder) {
  Output out;
  orders_.Process(Order("a", Side::kSell, "1", "45000", TimeInForce::kIoc), now_, out);
  EXPECT_EQ(out.sent.size(), 1U);  // to be journaled first
  EXPECT_EQ(Sent(), "D");
  EXPECT_EQ(last_.Get(11), "a");
  EXPECT_EQ(last_.Get(54), "2");
  EXPECT_EQ(last_.Get(38), "1");
  EXPECT_EQ(last_.Get(40), "2");
  EXPECT_EQ(last_.Get(44), "45000");
  EXPECT_EQ(last_.Get(59), "3");
  EXPECT_EQ(last_.Get(60), "20270115-08:00:00.000");
  EXPECT_EQ(Do(Order("a", Side::kSell, "1", "45000")), "");  // known
  EXPECT_EQ(Sent(), "");
  EXPECT_EQ(Do(Order("b", Side::kBuy, "1", "180", TimeInForce::kDay, "IBM")), "rejected 1");
}

TEST_F(FixOrdersTest, FillsAreTheVenuesTotalWhateverComesTwiceLateOrNever) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  EXPECT_EQ(Hear(Report8("0", "0", "0")), "accepted 1");
  EXPECT_EQ(Hear(Fill("0.2", "0.2")), "filled 0.2");
  EXPECT_EQ(Hear(Fill("0.2", "0.2")), "");            // twice
  EXPECT_EQ(Hear(Fill("0.1", "0.6")), "filled 0.4");  // one of 0.3 was lost, or is late
  EXPECT_EQ(Hear(Fill("0.3", "0.5")), "");            // late
  EXPECT_EQ(Hear(Fill("0.4", "1")), "filled 0.4");
  EXPECT_EQ(Hear(Fill("0.4", "1")), "");
  EXPECT_EQ(orders_.oddities().made_up, 1U);
  EXPECT_EQ(orders_.open_order_count(), 0U);
}

TEST_F(FixOrdersTest, AFillBeforeItsAcknowledgementAcknowledges) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  EXPECT_EQ(Hear(Fill("1", "1")), "accepted 1; filled 1");
  EXPECT_EQ(Hear(Report8("0", "0", "0")), "");
}

TEST_F(FixOrdersTest, NeverMoreThanTheOrder) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  EXPECT_EQ(Hear(Fill("1.5", "1.5")), "accepted 1; filled 1");
  EXPECT_EQ(orders_.oddities().overfills, 1U);
}

TEST_F(FixOrdersTest, AFillThatOnlyAStatusTellsOfHasThePriceThatTheAverageLeaves) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  Hear(Fill("0.5", "0.5"));
  Output out;
  orders_.OnMessage(Report8("I", "2", "1").Add(6, "45001"), now_, out);
  ASSERT_EQ(out.reports.size(), 1U);
  EXPECT_EQ(out.reports[0].price, PriceOf("45002"));
  EXPECT_EQ(out.reports[0].venue_exec_id, "S-a-1");
}

TEST_F(FixOrdersTest, CancelsAndReplacesNameWhatTheyChange) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  Hear(Report8("0", "0", "0"));
  Sent();
  EXPECT_EQ(Do(ReplaceOf("a", "2", "44000")), "");
  EXPECT_EQ(Sent(), "G");
  const std::string first = last_.Get(11);
  EXPECT_EQ(last_.Get(41), "a");
  EXPECT_EQ(Do(ReplaceOf("a", "3", "44000")), "replace rejected 1");  // one at a time
  EXPECT_EQ(Do(CancelOf("a")), "");
  EXPECT_EQ(Sent(), "");  // behind the replace
  fix::Message replaced = Report8("5", "0", "0", first);
  replaced.Add(41, "a");
  replaced.fields.erase(replaced.fields.begin() + 6);
  replaced.Add(38, "2").Add(44, "44000");
  EXPECT_EQ(Hear(replaced), "replaced 2");
  EXPECT_EQ(Sent(), "F");
  EXPECT_EQ(last_.Get(41), first);
  EXPECT_NE(last_.Get(11), first);
  EXPECT_EQ(Hear(Report8("4", "4", "0", last_.Get(11))), "canceled 2");
  EXPECT_EQ(Do(CancelOf("a")), "cancel rejected 2");
}

TEST_F(FixOrdersTest, ARefusedCancelLeavesTheOrderAsItWas) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  Hear(Report8("0", "0", "0"));
  Do(CancelOf("a"));
  Sent();
  fix::Message no;
  no.type = "9";
  no.Add(37, "X1").Add(11, last_.Get(11)).Add(41, "a").Add(39, "0").Add(434, "1").Add(102, "2");
  EXPECT_EQ(Hear(no), "cancel rejected 1");
  EXPECT_EQ(orders_.open_order_count(), 1U);
  EXPECT_EQ(Hear(no), "");
}

// The last fill was lost: the venue refuses to cancel what is filled, and is asked for the rest.
TEST_F(FixOrdersTest, ACancelThatIsTooLateAsksWhatBecameOfTheOrder) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  Hear(Fill("0.5", "0.5"));
  Do(CancelOf("a"));
  Sent();
  fix::Message no;
  no.type = "9";
  no.Add(37, "X1").Add(11, last_.Get(11)).Add(41, "a").Add(39, "2").Add(434, "1").Add(102, "0");
  EXPECT_EQ(Hear(no), "cancel rejected 1");
  EXPECT_EQ(Sent(), "H");
  EXPECT_EQ(Hear(Report8("I", "2", "1").Add(6, "45000")), "filled 0.5");
  EXPECT_EQ(orders_.open_order_count(), 0U);
}

TEST_F(FixOrdersTest, AnOrderWithoutAnAnswerIsAskedAboutAndNeverSentAgain) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  EXPECT_EQ(Sent(), "D");
  orders_.Tick(now_ + Duration::Millis(1'999));
  EXPECT_EQ(Sent(), "");
  orders_.Tick(now_ + Duration::Seconds(2));
  EXPECT_EQ(Sent(), "H");
  orders_.OnLogout();
  EXPECT_EQ(Do(CancelOf("a")), "");
  orders_.OnLogon(now_ + Duration::Seconds(3));
  EXPECT_EQ(Sent(), "AF H");
  EXPECT_EQ(Hear(Report8("I", "8", "0").Add(103, "5")), "rejected 1");  // it is not there
}

TEST_F(FixOrdersTest, ACancelThatWasLostIsSentAgainOnceTheStatusShowsIt) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  Hear(Report8("0", "0", "0"));
  Do(CancelOf("a"));
  Sent();
  now_ = now_ + Duration::Seconds(2);
  orders_.Tick(now_);
  EXPECT_EQ(Sent(), "H");
  EXPECT_EQ(Hear(Report8("I", "0", "0")), "");
  EXPECT_EQ(Sent(), "F");
}

TEST_F(FixOrdersTest, AMessageThatTheVenueCannotReadIsRefused) {
  Do(Order("a", Side::kBuy, "1", "45000"));
  orders_.OnSent("a", 17);
  fix::Message reject;
  reject.type = "3";
  reject.Add(45, "17").Add(372, "D").Add(58, "no such tag");
  EXPECT_EQ(Hear(reject), "rejected 1");
  Do(Order("b", Side::kBuy, "1", "45000"));
  fix::Message business;
  business.type = "j";
  business.Add(372, "D").Add(379, "b").Add(380, "3");
  EXPECT_EQ(Hear(business), "rejected 1");
}

TEST_F(FixOrdersTest, WhatIsNotOursIsCountedAndChangesNothing) {
  EXPECT_EQ(Hear(Report8("F", "2", "1", "stranger")), "");
  EXPECT_EQ(orders_.oddities().strangers, 1U);
  Do(Order("a", Side::kBuy, "1", "45000"));
  EXPECT_EQ(Hear(Fill("0.5", "0.5")), "accepted 1; filled 0.5");
  EXPECT_EQ(Hear(Report8("H", "0", "0")), "");
  EXPECT_EQ(orders_.oddities().busts, 1U);
}

// --- A venue that misbehaves
// ----------------------------------------------------------------------

class Session {
 public:
  explicit Session(uint64_t seed)
      : prng_(seed), venue_(seed + 1, PriceOf("44990"), PriceOf("45000")) {
    venue_.SetMischief({10, 15, 10, 10, 70, 20});
    Start();
  }

  void Step() {
    now_ = now_ + Duration::Millis(prng_.Between(1, 700));
    switch (prng_.Below(10)) {
      case 0:
      case 1:
      case 2:
        Do(Order("o" + std::to_string(++placed_), Side::kBuy, std::to_string(prng_.Between(1, 9)),
                 prng_.Percent(50) ? "45000" : "44000",
                 prng_.Percent(30) ? TimeInForce::kIoc : TimeInForce::kGtc));
        break;
      case 3: Do(CancelOf(Any())); break;
      case 4: Do(ReplaceOf(Any(), std::to_string(prng_.Between(1, 12)), "44500")); break;
      case 5: Hear(venue_.Move()); break;
      case 6:
        if (prng_.Percent(20)) {
          Disconnect();
        }
        break;
      case 7:
        if (prng_.Percent(10)) {
          Start();  // the process died and is back
        }
        break;
      default:
        orders_->Tick(now_);
        Flush();
        break;
    }
  }

  // It behaves again; what is open is canceled.
  void Settle() {
    venue_.SetMischief({0, 0, 0, 0, 0, 0});
    venue_.ForgetLate();
    Disconnect();
    orders_->CancelAll(now_);
    for (int i = 0; i < 20; ++i) {
      now_ = now_ + Duration::Seconds(3);
      orders_->Tick(now_);
      Flush();
    }
    EXPECT_EQ(orders_->open_order_count(), 0U);
    EXPECT_EQ(venue_.placed_twice(), 0U);
    EXPECT_EQ(orders_->oddities().overfills, 0U);
    EXPECT_EQ(orders_->oddities().strangers, 0U);
    for (const auto& [child, order] : venue_.orders()) {
      EXPECT_FALSE(order.open()) << child;
      ASSERT_NE(orders_->Find(child), nullptr) << child;
      EXPECT_EQ(orders_->Find(child)->cumulative, order.filled) << child;
      EXPECT_EQ(filled_[child], order.filled) << child;
      const Money off = notional_[child] - order.notional;
      EXPECT_LE(std::abs(off.e8()), 50'000) << child;  // averages are rounded
    }
  }
  size_t fills() const { return fills_; }

 private:
  void Start() {
    orders_ = std::make_unique<FixOrders>(instruments_, Config());
    for (const auto& step : journal_) {
      step(*orders_);
    }
    Disconnect();
  }
  void Disconnect() {
    orders_->OnLogout();
    (void)orders_->TakeMessages();  // lost on the way: the session fills the gap
    orders_->OnLogon(now_);
    Flush();
  }
  std::string Any() {
    return "o" + std::to_string(prng_.Between(1, std::max<int64_t>(1, placed_)));
  }
  void Do(const Command& command) {
    Output out;
    orders_->Process(command, now_, out);
    Keep(out);
    if (prng_.Percent(10)) {
      Disconnect();  // before it left
    }
    Flush();
  }
  void Flush() {
    for (const fix::Message& m : orders_->TakeMessages()) {
      Hear(venue_.On(m));
    }
  }
  void Hear(const std::vector<fix::Message>& messages) {
    for (const fix::Message& m : messages) {
      Output out;
      orders_->OnMessage(m, now_, out);
      Keep(out);
    }
  }
  void Keep(const Output& out) {
    for (const PlaceOrder& order : out.sent) {
      journal_.emplace_back([order](FixOrders& orders) { orders.ApplySent(order); });
    }
    for (const Report& report : out.reports) {
      journal_.emplace_back([report](FixOrders& orders) { orders.Apply(report); });
      if (report.kind == ReportKind::kFilled) {
        ++fills_;
        filled_[report.child_id] += report.quantity;
        notional_[report.child_id] += *Notional(report.price, report.quantity);
      }
    }
  }

  Prng prng_;
  const Instruments instruments_ = FourInstruments();
  PlayedVenue venue_;
  std::unique_ptr<FixOrders> orders_;
  std::vector<std::function<void(FixOrders&)>> journal_;
  std::map<std::string, Quantity> filled_;
  std::map<std::string, Money> notional_;
  Timestamp now_ = kStart;
  int64_t placed_ = 0;
  size_t fills_ = 0;
};

TEST(FixPropertyTest, BothSidesHaveTheSameBooksAtTheEnd) {
  const uint64_t seed = TestSeed(22'003);
  size_t fills = 0;
  for (uint64_t run = 0; run < 200; ++run) {
    SCOPED_TRACE("seed " + std::to_string(seed) + " run " + std::to_string(run));
    Session session(seed * 1'000 + run);
    for (int step = 0; step < 200; ++step) {
      session.Step();
    }
    session.Settle();
    if (::testing::Test::HasFailure()) {
      return;
    }
    fills += session.fills();
  }
  EXPECT_GT(fills, 5'000U);
}

}  // namespace
}  // namespace tw::live_gateway
