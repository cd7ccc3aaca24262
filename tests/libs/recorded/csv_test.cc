#include "libs/recorded/csv.h"

#include <gtest/gtest.h>

namespace tw::recorded {
namespace {

TEST(SplitCsvTest, KnowsQuotationMarks) {
  const struct {
    std::string_view line;
    std::vector<std::string_view> fields;  // empty: at fault
  } cases[] = {
      {"", {""}},
      {"a", {"a"}},
      {"a,,b,", {"a", "", "b", ""}},
      {R"("a,b",c)", {"a,b", "c"}},
      {R"("say ""hi""","")", {R"(say "hi")", ""}},
      {R"(a"b,c)", {R"(a"b)", "c"}},  // a mark within a field is a character
      {R"("open)", {}},
      {R"("a"b,c)", {}},
  };
  std::string scratch;
  std::vector<std::string_view> fields;
  for (const auto& c : cases) {
    const absl::Status status = SplitCsv(c.line, ',', scratch, fields);
    EXPECT_EQ(status.ok(), !c.fields.empty()) << c.line;
    if (status.ok()) {
      EXPECT_EQ(fields, c.fields) << c.line;
    }
  }
  ASSERT_TRUE(SplitCsv("a;b", ';', scratch, fields).ok());
  EXPECT_EQ(fields.size(), 2u);
}

TEST(ScaledE8Test, IsExactOrRoundsWhereAsked) {
  const struct {
    const char* text;
    int shift;
    int64_t refuse;  // -1: refused
    int64_t round;
  } cases[] = {
      {"1", 0, 100'000'000, 100'000'000},
      {"-0.5", 0, -50'000'000, -50'000'000},
      {"6778.01", 0, 677'801'000'000, 677'801'000'000},
      {".5", 0, 50'000'000, 50'000'000},
      {"5.", 0, 500'000'000, 500'000'000},
      {"1815200", -4, 18'152'000'000, 18'152'000'000},
      {"2", 3, 200'000'000'000, 200'000'000'000},
      {"0.00000001", 0, 1, 1},
      {"0.000000010", 0, 1, 1},
      {"0.000000015", 0, -1, 2},
      {"0.0000000149999", 0, -1, 1},
      {"24.426957669999997", 0, -1, 2'442'695'767},
      {"1", -9, -1, 0},
      {"5", -9, -1, 1},
      {"92233720368.54775807", 0, INT64_MAX, INT64_MAX},
      {"92233720368.54775808", 0, -1, -1},
      {"99999999999999999999999999", 0, -1, -1},
      {"", 0, -1, -1},
      {"-", 0, -1, -1},
      {".", 0, -1, -1},
      {"1e5", 0, -1, -1},
      {"1.2.3", 0, -1, -1},
      {" 1", 0, -1, -1},
      {"NaN", 0, -1, -1},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ScaledE8(c.text, c.shift, Excess::kRefuse).value_or(-1), c.refuse) << c.text;
    EXPECT_EQ(ScaledE8(c.text, c.shift, Excess::kRound).value_or(-1), c.round) << c.text;
  }
}

}  // namespace
}  // namespace tw::recorded
