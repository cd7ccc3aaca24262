#include "services/pnl/statement_print.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/services/pnl/statement_fixture.h"

namespace tw::pnl {
namespace {

Statement Sample() {
  StatementMaker maker(AccountOf("demo"), Utc(2));
  maker.Apply(FillAt(2.25, Side::kBuy, "2", "90", "1"));
  StatementFill back = FillAt(2.5, Side::kBuy, "-1", "90", "-0.5");
  back.original_fill_id = "PAPER-P-1";
  maker.Apply(back);
  return maker.Make(NoQuotes);
}

const StatementHead kHead = {"1970-01-03", true};

TEST(StatementPrintTest, CsvLinesAreAllAsLong) {
  const std::string csv = StatementCsv(kHead, Sample());
  size_t begin = 0;
  size_t lines = 0;
  for (size_t end = csv.find("\r\n"); end != std::string::npos; end = csv.find("\r\n", begin)) {
    const std::string line = csv.substr(begin, end - begin);
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), 12) << line;
    begin = end + 2;
    ++lines;
  }
  EXPECT_EQ(begin, csv.size());
  EXPECT_EQ(lines, 14u);
  EXPECT_NE(csv.find("opening_cash,demo,1970-01-03,,,,,,,,,1000,\r\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",buy,-1,90,-0.5,90.5,takes back PAPER-P-1\r\n"), std::string::npos) << csv;
}

TEST(StatementPrintTest, JsonHasDecimalsAsText) {
  const std::string json = StatementJson(kHead, Sample());
  EXPECT_NE(
      json.find(
          R"("cash":{"opening":"1000","brought_in":"0","bought":"90","sold":"0","fees":"0.5","closing":"909.5"})"),
      std::string::npos)
      << json;
}

}  // namespace
}  // namespace tw::pnl
