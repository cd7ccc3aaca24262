// A paper venue with its line, its terms and what stops orders to it.
#include "services/live-gateway/paper_venue.h"

#include <gtest/gtest.h>

#include "services/live-gateway/breaker.h"
#include "services/live-gateway/paper_spec.h"
#include "tests/services/live-gateway/venue_fixture.h"

namespace tw::live_gateway {
namespace {

constexpr Timestamp At(int64_t ms) {
  return kStart + Duration::Millis(ms);
}

std::vector<ReportKind> Kinds(const Output& out) {
  std::vector<ReportKind> kinds;
  for (const Report& report : out.reports) {
    kinds.push_back(report.kind);
  }
  return kinds;
}
using KindList = std::vector<ReportKind>;

// Takes 3 ms to get there and 2 ms back.
class SlowVenueTest : public ::testing::Test {
 protected:
  SlowVenueTest() : venue_(FourInstruments(), Config()) {
    Output out;
    venue_.Resume(kStart, out);
  }
  static PaperVenueConfig Config() {
    PaperVenueConfig config;
    config.latency_to = Duration::Millis(3);
    config.latency_from = Duration::Millis(2);
    return config;
  }
  Output Advance(int64_t ms) {
    Output out;
    venue_.Advance(At(ms), out);
    return out;
  }
  Output Process(const Command& command, int64_t ms) {
    Output out;
    venue_.Process(command, At(ms), out);
    return out;
  }

  PaperVenue venue_;
};

TEST_F(SlowVenueTest, AnOrderTakesItsTimeThereAndItsReportBack) {
  EXPECT_TRUE(Process(Order("a", Side::kBuy, "1", "44000"), 0).reports.empty());
  EXPECT_TRUE(venue_.Knows("a"));
  EXPECT_EQ(venue_.NextDue(), At(3));
  EXPECT_TRUE(Advance(2).reports.empty());
  EXPECT_EQ(venue_.open_order_count(), 0U);
  EXPECT_TRUE(Advance(3).reports.empty());
  EXPECT_EQ(venue_.open_order_count(), 1U);  // it works, and nobody here knows yet
  EXPECT_EQ(venue_.NextDue(), At(5));
  EXPECT_EQ(Kinds(Advance(5)), KindList{ReportKind::kAccepted});
  EXPECT_FALSE(venue_.NextDue().has_value());
}

TEST_F(SlowVenueTest, TwiceOnTheWayIsOneOrderAndItsCancelStaysBehindIt) {
  Process(Order("a", Side::kBuy, "1", "44000"), 0);
  EXPECT_EQ(Process(Order("a", Side::kBuy, "1", "44000"), 1).repeats.size(), 1U);
  Process(CancelOf("a"), 1);
  Advance(4);
  EXPECT_EQ(Kinds(Advance(6)), (KindList{ReportKind::kAccepted, ReportKind::kCanceled}));
}

TEST_F(SlowVenueTest, WhileTheLineIsDownEverythingWaitsAndTheExchangeGoesOn) {
  Process(Order("a", Side::kBuy, "1", "44000"), 0);
  Advance(3);
  Output out;
  venue_.SetConnected(false, At(4), out);
  Process(CancelOf("a"), 5);
  EXPECT_TRUE(Advance(100).reports.empty());
  EXPECT_FALSE(venue_.NextDue().has_value());
  venue_.SetConnected(true, At(200), out);
  EXPECT_EQ(Kinds(out), KindList{ReportKind::kAccepted});
  EXPECT_EQ(Kinds(Advance(202)), KindList{ReportKind::kCanceled});
}

TEST_F(SlowVenueTest, CancelAllRefusesWhatIsOnTheWay) {
  Process(Order("a", Side::kBuy, "1", "44000"), 0);
  Advance(3);
  Advance(5);
  Process(Order("b", Side::kBuy, "1", "44000"), 5);
  Output out;
  EXPECT_EQ(venue_.CancelAll("panic: test", At(6), out), 1U);
  ASSERT_EQ(Kinds(out), KindList{ReportKind::kRejected});
  EXPECT_EQ(out.reports[0].child_id, "b");
  EXPECT_TRUE(out.reports[0].by_gate);
  EXPECT_EQ(Kinds(Advance(8)), KindList{ReportKind::kCanceled});
  EXPECT_TRUE(Advance(100).reports.empty());
}

// --- Terms --------------------------------------------------------------------------------------

TEST(PaperVenueTest, APriceOffsetMovesItsMarketAndADepthItsSizes) {
  PaperVenueConfig config;
  config.price_offset_bps = -20;
  config.depth_percent = 50;
  const Instruments listed = ListedAt(FourInstruments(), config);
  EXPECT_EQ(listed.Find("BTCUSDT")->start_price, PriceOf("44910"));
  EXPECT_EQ(listed.Find("IBM")->start_price, PriceOf("179.64"));
  EXPECT_EQ(listed.Find("BTCUSDT")->min_depth, QuantityOf("10"));
  config.symbols = {"IBM"};
  EXPECT_EQ(ListedAt(FourInstruments(), config).list().size(), 1U);
}

TEST(PaperVenueTest, ChargesItsFeesAndAtLeastTheMinimum) {
  PaperVenueConfig config;
  config.exchange.taker_fee_e8 = 10'000;  // a basis point
  config.exchange.minimum_fee_e8 = *ParseE8("2");
  PaperVenue venue(FourInstruments(), config);
  Output out;
  venue.Resume(kStart, out);
  venue.Process(Order("small", Side::kBuy, "0.1", "46000", TimeInForce::kIoc), kStart, out);
  venue.Process(Order("large", Side::kBuy, "1", "46000", TimeInForce::kIoc), kStart, out);
  Money small;
  Money large;
  for (const Report& report : out.reports) {
    if (report.kind == ReportKind::kFilled) {
      (report.child_id == "small" ? small : large) += report.fee;
    }
  }
  EXPECT_EQ(small, *Money::Parse("2"));  // 0.45 by its share
  EXPECT_GT(large, *Money::Parse("4"));
  EXPECT_LT(large, *Money::Parse("5"));
}

TEST(PaperVenueTest, RefusesByChanceWhatItIsToldTo) {
  PaperVenueConfig config;
  config.reject_percent = 30;
  PaperVenue venue(FourInstruments(), config);
  Output out;
  venue.Resume(kStart, out);
  for (int i = 0; i < 400; ++i) {
    venue.Process(Order("o" + std::to_string(i), Side::kBuy, "0.1", "44000"), kStart, out);
  }
  const KindList kinds = Kinds(out);
  const auto refused = std::count(kinds.begin(), kinds.end(), ReportKind::kRejected);
  EXPECT_GT(refused, 80);
  EXPECT_LT(refused, 160);
}

TEST(PaperVenueTest, OneThatOnlyMakesMarketDataTakesNoOrder) {
  PaperVenueConfig config;
  config.takes_orders = false;
  PaperVenue venue(FourInstruments(), config);
  Output out;
  venue.Resume(kStart, out);
  EXPECT_FALSE(venue.Trades("BTCUSDT"));
  venue.Process(Order("a", Side::kBuy, "1", "44000"), kStart, out);
  ASSERT_EQ(out.reports.size(), 1U);
  EXPECT_EQ(out.reports[0].reason, RejectReason::kVenueHalted);
}

// --- Configuration ------------------------------------------------------------------------------

TEST(PaperSpecTest, ReadsAVenue) {
  PaperVenueConfig defaults;
  defaults.synthetic.seed = 5;
  const auto config = ParsePaperVenue(
      "ALPHA maker_bps=-1 taker_bps=3 min_fee=0.25 to_us=500 from_us=700 offset_bps=5 "
      "depth_percent=40 reject_percent=2 symbols=BTCUSDT+IBM orders=1",
      defaults, 1);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->name, "ALPHA");
  EXPECT_EQ(config->exchange.maker_fee_e8, -10'000);
  EXPECT_EQ(config->exchange.taker_fee_e8, 30'000);
  EXPECT_EQ(config->exchange.minimum_fee_e8, 25'000'000);
  EXPECT_EQ(config->latency_to, Duration::Micros(500));
  EXPECT_EQ(config->latency_from, Duration::Micros(700));
  EXPECT_EQ(config->price_offset_bps, 5);
  EXPECT_EQ(config->symbols, (std::vector<std::string>{"BTCUSDT", "IBM"}));
  EXPECT_NE(config->synthetic.seed, 5U);
  const auto first = ParsePaperVenue("PAPER", defaults, 0);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->synthetic.seed, 5U);
  EXPECT_EQ(first->exchange.taker_fee_e8, defaults.exchange.taker_fee_e8);
}

TEST(PaperSpecTest, NamesTheWordAtFault) {
  for (const char* text : {"", "lower", "A B", "A nonsense=1", "A to_us=x", "A to_us=-1",
                           "A min_fee=-1", "A min_fee=", "A depth_percent=0", "A orders=2"}) {
    EXPECT_EQ(ParsePaperVenue(text, PaperVenueConfig(), 0).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

// --- Breaker ------------------------------------------------------------------------------------

TEST(BreakerTest, OpensAfterRefusalsInARowAndClosesWithAnAcceptedTrial) {
  Breaker breaker({3, Duration::Seconds(5)});
  breaker.Refused(At(0));
  breaker.Refused(At(1));
  breaker.Accepted();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(breaker.Admit(At(2)));
    breaker.Refused(At(2));
  }
  EXPECT_TRUE(breaker.open());
  EXPECT_FALSE(breaker.Admit(At(3)));
  EXPECT_FALSE(breaker.Admit(At(5'001)));
  EXPECT_TRUE(breaker.Admit(At(5'002)));   // the trial
  EXPECT_FALSE(breaker.Admit(At(5'003)));  // one at a time
  breaker.Refused(At(5'010));
  EXPECT_FALSE(breaker.Admit(At(10'009)));
  EXPECT_TRUE(breaker.Admit(At(10'010)));
  breaker.Accepted();
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(breaker.Admit(At(10'011)));
}

}  // namespace
}  // namespace tw::live_gateway
