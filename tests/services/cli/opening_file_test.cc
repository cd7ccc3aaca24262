#include "services/cli/opening_file.h"

#include <gtest/gtest.h>

namespace tw::cli {
namespace {

std::string Show(const OpeningFile& file) {
  std::string out;
  for (const OpeningFileRow& row : file.rows) {
    out += std::to_string(row.line) + ":" + row.account + "|" + row.symbol + "|" + row.quantity +
           "|" + row.price + "|" +
           (row.opened.IsSet() ? FormatRfc3339(row.opened).substr(0, 19) : "") + "|" +
           row.currency + "|" + row.amount + ";";
  }
  for (const std::string& fault : file.faults) {
    out += fault + ";";
  }
  return out;
}

TEST(OpeningFileTest, LotsAndCash) {
  EXPECT_EQ(Show(ParseOpeningFile("account,symbol,quantity,price,opened,currency,amount\n"
                                  "d,IBM,100,181.20,2025-03-14,,\n"
                                  "d,IBM,-50,179.95,2026-02-02T14:31:05Z,,\n"
                                  "d,,,,,USD,250000\n")),
            "2:d|IBM|100|181.20|2025-03-14T00:00:00||;"
            "3:d|IBM|-50|179.95|2026-02-02T14:31:05||;"
            "4:d|||||USD|250000;");
}

TEST(OpeningFileTest, ColumnsInAnyOrderBlanksQuotesAndEmptyLines) {
  EXPECT_EQ(Show(ParseOpeningFile("\xEF\xBB\xBF price , quantity,symbol,account\r\n"
                                  "\r\n"
                                  "\"1.5\", 2 ,IBM,\"d\"\r\n")),
            "3:d|IBM|2|1.5|||;");
}

TEST(OpeningFileTest, EveryFaultIsNamedWithItsLine) {
  struct Row {
    const char* text;
    const char* faults;
  };
  const Row rows[] = {
      {"", "line 1: there is no row;"},
      {"account,amount\n", "line 1: there is no row;"},
      {"account,colour\nd,red\n",
       "line 1: there is no column 'colour'; there are account, symbol, quantity, price, opened, "
       "currency, amount;"},
      {"account,price,price\nd,1,1\n", "line 1: column price is there twice;"},
      {"symbol,price\nIBM,1\n", "line 1: there is no column account;"},
      {"account,opened\nd,2025-13-01\nd\nd,soon\nd,2025-01-01 10:00\n",
       "line 2: opened: must be a date like 2026-02-02 or a time like 2026-02-02T14:31:05Z;"
       "line 3: has 1 fields, the header 2;"
       "line 4: opened: must be a date like 2026-02-02 or a time like 2026-02-02T14:31:05Z;"
       "line 5: opened: must be a date like 2026-02-02 or a time like 2026-02-02T14:31:05Z;"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Show(ParseOpeningFile(row.text)), row.faults) << row.text;
  }
  EXPECT_EQ(ParseOpeningFile("account,amount\n\"d,1\n").faults.size(), 1u) << "an open quote";
}

}  // namespace
}  // namespace tw::cli
