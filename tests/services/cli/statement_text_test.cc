#include "services/cli/statement_text.h"

#include <gtest/gtest.h>

#include "tests/services/pnl/statement_fixture.h"

namespace tw::cli {
namespace {

pnl::Statement Sample() {
  pnl::StatementMaker maker(pnl::AccountOf("demo"), pnl::Utc(2));
  maker.Apply(pnl::FillAt(2.25, Side::kBuy, "2", "90", "1"));
  pnl::StatementFill back = pnl::FillAt(2.5, Side::kBuy, "-1", "90", "-0.5");
  back.original_fill_id = "PAPER-P-1";
  maker.Apply(back);
  return maker.Make(pnl::NoQuotes);
}

TEST(StatementTextTest, SaysWhatIsTakenBack) {
  const std::string text = StatementText({"1970-01-03", true}, Sample());
  EXPECT_NE(text.find("account demo, day 1970-01-03, USD\n"), std::string::npos) << text;
  EXPECT_NE(text.find("takes back PAPER-P-1"), std::string::npos) << text;
}

TEST(StatementTextTest, SaysWhoseDayItIsAndWhetherItIsOver) {
  const std::string text = StatementText({"1970-01-03", false, "XNYS"}, Sample());
  EXPECT_NE(text.find("account demo, day 1970-01-03 of XNYS, USD (not over"), std::string::npos)
      << text;
}

}  // namespace
}  // namespace tw::cli
