#include "services/cli/table.h"

#include <gtest/gtest.h>

namespace tw::cli {
namespace {

TEST(TableTest, NumbersToTheRightTextToTheLeft) {
  EXPECT_EQ(FormatTable({"ORDER", "SYMBOL", "QUANTITY", "NOTE"},
                        {{"1-7", "BTCUSDT", "0.1", ""}, {"1-1042", "IBM", "-1200", "a note"}}),
            "ORDER   SYMBOL   QUANTITY  NOTE\n"
            "1-7     BTCUSDT       0.1\n"
            "1-1042  IBM         -1200  a note\n");
}

TEST(TableTest, NoRowsIsTheHeader) {
  EXPECT_EQ(FormatTable({"A", "B"}, {}), "A  B\n");
}

TEST(TableTest, WidthCountsCharactersNotBytes) {
  EXPECT_EQ(FormatTable({"A", "B"}, {{"größe", "x"}, {"abcde", "y"}}),
            "A      B\ngröße  x\nabcde  y\n");
}

}  // namespace
}  // namespace tw::cli
