#include "libs/core/instrument.h"

#include <gtest/gtest.h>

namespace tw {
namespace {

TEST(RoundToTickTest, GoesTheNamedWay) {
  const Price tick = *Price::Parse("0.05");
  EXPECT_EQ(RoundToTick(*Price::Parse("1.07"), tick, Rounding::kDown).ToString(), "1.05");
  EXPECT_EQ(RoundToTick(*Price::Parse("1.07"), tick, Rounding::kUp).ToString(), "1.1");
  EXPECT_EQ(RoundToTick(*Price::Parse("1.075"), tick, Rounding::kHalfAwayFromZero).ToString(),
            "1.1");
  EXPECT_EQ(RoundToTick(*Price::Parse("1.05"), tick, Rounding::kUp).ToString(), "1.05");
}

TEST(InstrumentsTest, FindsBySymbol) {
  Instrument btc;
  btc.symbol = "BTCUSDT";
  const Instruments instruments({btc}, "h");
  ASSERT_NE(instruments.Find("BTCUSDT"), nullptr);
  EXPECT_EQ(instruments.Find("btcusdt"), nullptr);
}

}  // namespace
}  // namespace tw
