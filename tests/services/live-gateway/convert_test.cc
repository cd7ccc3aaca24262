// Reports survive the way to the journal and back; kinds and enums have the proto's numbers.
#include "services/live-gateway/convert.h"

#include <gtest/gtest.h>

#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::live_gateway {
namespace {

Report AnyReport(Prng& prng) {
  const auto number = [&] { return prng.Between(-1'000'000'000'000, 1'000'000'000'000); };
  Report r;
  r.number = prng.Next();
  r.kind = static_cast<ReportKind>(prng.Between(1, 7));
  r.child_id = std::to_string(prng.Next()) + ".1";
  r.order_id = OrderId::FromValue(prng.Next());
  r.account = "a" + std::to_string(prng.Below(10));
  r.symbol = "S" + std::to_string(prng.Below(10));
  r.side = static_cast<Side>(prng.Below(3));
  r.type = static_cast<OrderType>(prng.Below(6));
  r.time_in_force = static_cast<TimeInForce>(prng.Below(6));
  r.price = Price::FromE8(number());
  r.quantity = Quantity::FromE8(number());
  r.liquidity = static_cast<Liquidity>(prng.Below(3));
  r.fee = Money::FromE8(number());
  r.fee_currency = "USDT";
  r.leaves = Quantity::FromE8(number());
  r.cumulative = Quantity::FromE8(number());
  r.reason = prng.Percent(50) ? RejectReason::kNone : RejectReason::kVenueNoLiquidity;
  r.message = "m" + std::to_string(prng.Next());
  r.time = Timestamp{number()};
  r.venue_exec_id = "X-" + std::to_string(prng.Next());
  r.client_ref = prng.Percent(50) ? "" : "c" + std::to_string(prng.Next());
  return r;
}

TEST(ConvertTest, AReportSurvivesTheJournal) {
  Prng prng(TestSeed(20'261));
  for (int i = 0; i < 2'000; ++i) {
    const Report report = AnyReport(prng);
    v1::VenueReport wire;
    ASSERT_TRUE(wire.ParseFromString(Encode(report, "ALPHA").SerializeAsString()));
    const absl::StatusOr<Report> back = Decode(wire);
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_EQ(*back, report);
  }
}

TEST(ConvertTest, ReportKindsHaveTheNumbersOfTheWire) {
  EXPECT_EQ(static_cast<int>(ReportKind::kAccepted), v1::EXECUTION_KIND_ACCEPTED);
  EXPECT_EQ(static_cast<int>(ReportKind::kRejected), v1::EXECUTION_KIND_REJECTED);
  EXPECT_EQ(static_cast<int>(ReportKind::kFilled), v1::EXECUTION_KIND_FILLED);
  EXPECT_EQ(static_cast<int>(ReportKind::kCanceled), v1::EXECUTION_KIND_CANCELED);
  EXPECT_EQ(static_cast<int>(ReportKind::kCancelRejected), v1::EXECUTION_KIND_CANCEL_REJECTED);
  EXPECT_EQ(static_cast<int>(ReportKind::kReplaced), v1::EXECUTION_KIND_REPLACED);
  EXPECT_EQ(static_cast<int>(ReportKind::kReplaceRejected), v1::EXECUTION_KIND_REPLACE_REJECTED);
}

TEST(ConvertTest, RefusesAReportOfAKindItDoesNotKnow) {
  v1::VenueReport wire;
  EXPECT_FALSE(Decode(wire).ok());
  wire.mutable_execution()->set_kind(v1::EXECUTION_KIND_EXPIRED);
  EXPECT_FALSE(Decode(wire).ok());
}

}  // namespace
}  // namespace tw::live_gateway
