#include "libs/convert/opening.h"

#include <gtest/gtest.h>

namespace tw {
namespace {

TEST(OpeningTest, ThereAndBackItIsTheSame) {
  Opening opening;
  opening.import_id = "i-1";
  opening.by = "ann";
  opening.reason = "moved";
  opening.account = "desk";
  opening.adds = true;
  opening.currency = "USD";
  opening.cash = Money::FromUnits(-5);
  opening.lots = {{"IBM", Quantity::FromUnits(-2), Price::FromUnits(180), Timestamp{7}},
                  {"IBM", Quantity::FromUnits(-1), Price::FromUnits(181), {}}};
  tradewind::v1::LedgerEvent event;
  EncodeOpening(opening, event);
  EXPECT_EQ(DecodeOpening(event), opening);
  EXPECT_EQ(event.account(), "desk");
  EXPECT_EQ(event.order_id(), 0u);
}

TEST(OpeningTest, AnEventOfAnOrderIsNone) {
  tradewind::v1::LedgerEvent event;
  event.set_kind(tradewind::v1::ORDER_EVENT_KIND_FILLED);
  EXPECT_FALSE(DecodeOpening(event).has_value());
}

}  // namespace
}  // namespace tw
