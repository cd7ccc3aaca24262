#include "libs/ilp/line_buffer.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

namespace tw::ilp {
namespace {

constexpr Timestamp kTime{1'700'000'000'000'000'001};

std::string ReadGolden(const std::string& name) {
  const std::string path = std::string(TW_GOLDEN_DIR) + "/ilp/" + name;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void AddTextRows(LineBuffer& buffer) {
  ASSERT_TRUE(buffer.Table("trades")
                  .Symbol("venue", "PAPER")
                  .Symbol("symbol", "BTCUSDT")
                  .Int("source_seq", 42)
                  .Decimal("price", Price::FromE8(4'500'010'000'000))
                  .Decimal("quantity", Quantity::FromE8(1))
                  .Time("receive_time", Timestamp{1'700'000'000'000'000'123})
                  .At(kTime)
                  .ok());
  ASSERT_TRUE(buffer.Table("my table,=\\x")
                  .Symbol("a key", "b=c, d\\e\nf\rg")
                  .String("text", "say \"hi\" \\ next\nline\rend = , ok")
                  .String("empty", "")
                  .Bool("yes", true)
                  .Bool("no", false)
                  .At(kTime)
                  .ok());
  ASSERT_TRUE(buffer.Table("t")
                  .Symbol("null_symbol", "")
                  .Double("nan", std::nan(""))
                  .Double("inf", std::numeric_limits<double>::infinity())
                  .Time("unset", Timestamp{})
                  .Array2d("empty", {}, 2, 0)
                  .Int("min", std::numeric_limits<int64_t>::min())
                  .Double("tenth", 0.1)
                  .Double("big", 1e22)
                  .Double("tiny", 5e-324)
                  .Double("whole", 3)
                  .At(kTime)
                  .ok());
  ASSERT_TRUE(buffer.Table("t").Symbol("only", "symbols").At(kTime).ok());
  ASSERT_TRUE(buffer.Table("t").String("utf8", "Zürich £ 東京").At(kTime).ok());
}

TEST(LineBufferTest, TextRowsMatchTheGoldenFile) {
  LineBuffer buffer;
  AddTextRows(buffer);
  EXPECT_EQ(buffer.bytes(), ReadGolden("text_rows.ilp"));
  EXPECT_EQ(buffer.rows(), 5u);
  EXPECT_EQ(buffer.row_ends().back(), buffer.bytes().size());
}

TEST(LineBufferTest, ArrayIsTheBinaryFieldOfProtocolTwo) {
  LineBuffer buffer;
  const double bids[] = {1, 2, 0.5, 0.25};
  ASSERT_TRUE(buffer.Table("b").Symbol("s", "X").Array2d("bids", bids, 2, 2).At(kTime).ok());
  const std::string expected =
      std::string("b,s=X bids==\x0e\x0a\x02") + std::string("\x02\0\0\0\x02\0\0\0", 8) +
      std::string("\0\0\0\0\0\0\xf0\x3f", 8) + std::string("\0\0\0\0\0\0\0\x40", 8) +
      std::string("\0\0\0\0\0\0\xe0\x3f", 8) + std::string("\0\0\0\0\0\0\xd0\x3f", 8) +
      " 1700000000000000001\n";
  EXPECT_EQ(buffer.bytes(), expected);
}

TEST(LineBufferTest, DecimalIsExact) {
  struct Case {
    int64_t e8;
    const char* text;
  };
  const Case cases[] = {{0, "0"},
                        {1, "0.00000001"},
                        {-1, "-0.00000001"},
                        {100'000'000, "1"},
                        {-150'000'000, "-1.5"},
                        {4'500'010'000'000, "45000.1"},
                        {std::numeric_limits<int64_t>::max(), "92233720368.54775807"},
                        {std::numeric_limits<int64_t>::min(), "-92233720368.54775808"}};
  for (const Case& c : cases) {
    LineBuffer buffer;
    ASSERT_TRUE(buffer.Table("t").DecimalE8("x", c.e8).At(Timestamp{7}).ok());
    EXPECT_EQ(buffer.bytes(), std::string("t x=") + c.text + " 7\n");
  }
}

TEST(LineBufferTest, DoubleReadsBackEqual) {
  std::mt19937_64 random(20240607);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) {
      continue;
    }
    LineBuffer buffer;
    ASSERT_TRUE(buffer.Table("t").Double("x", value).At(Timestamp{7}).ok());
    const std::string text(buffer.bytes().substr(4));
    EXPECT_EQ(std::strtod(text.c_str(), nullptr), value) << text << " case " << i;
  }
}

TEST(LineBufferTest, RepeatedFieldsAreThoseOfTheOtherRow) {
  LineBuffer repeated;
  LineBuffer written;
  size_t from = 0;
  size_t to = 0;
  for (int row = 0; row < 1'000; ++row) {  // also while the buffer's memory moves
    const std::string check = "check " + std::to_string(row);
    repeated.Table("t").Symbol("check", check);
    if (row == 0) {
      from = repeated.FieldsFrom();
      repeated.Int("sequence", 7).String("id", "a \"b\"").Bool("approved", true);
      to = repeated.FieldsFrom();
    } else {
      repeated.RepeatFields(from, to);
    }
    ASSERT_TRUE(repeated.Int("row", row).At(Timestamp{1}).ok());
    written.Table("t").Symbol("check", check).Int("sequence", 7).String("id", "a \"b\"");
    ASSERT_TRUE(written.Bool("approved", true).Int("row", row).At(Timestamp{1}).ok());
  }
  EXPECT_EQ(repeated.bytes(), written.bytes());
}

TEST(LineBufferTest, RefusedRowLeavesNoTrace) {
  LineBuffer buffer({.rows_max = 2, .bytes_max = 60, .row_bytes_max = 30});
  EXPECT_TRUE(absl::IsInvalidArgument(buffer.Table("t").At(kTime)));
  EXPECT_TRUE(absl::IsInvalidArgument(buffer.Table("t").Symbol("s", "").At(kTime)));
  EXPECT_TRUE(absl::IsInvalidArgument(buffer.Table("t").Int("x", 1).At(Timestamp{})));
  EXPECT_TRUE(absl::IsInvalidArgument(buffer.Table("t").Int("x", 1).At(Timestamp{-5})));
  EXPECT_TRUE(absl::IsResourceExhausted(
      buffer.Table("t").String("x", std::string(40, 'a')).At(Timestamp{7})));
  EXPECT_EQ(buffer.bytes(), "");
  ASSERT_TRUE(buffer.Table("t").Int("x", 1).At(Timestamp{7}).ok());
  ASSERT_TRUE(buffer.Table("t").Int("x", 2).At(Timestamp{7}).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(buffer.Table("t").Int("x", 3).At(Timestamp{7})));
  EXPECT_EQ(buffer.bytes(), "t x=1i 7\nt x=2i 7\n");
}

TEST(LineBufferTest, AppendTakesAllOrNothing) {
  LineBuffer a({.rows_max = 3});
  LineBuffer b;
  ASSERT_TRUE(a.Table("t").Int("x", 1).At(Timestamp{7}).ok());
  ASSERT_TRUE(b.Table("t").Int("x", 22).At(Timestamp{8}).ok());
  ASSERT_TRUE(b.Table("t").Int("x", 3).At(Timestamp{9}).ok());
  ASSERT_TRUE(a.Append(b).ok());
  EXPECT_EQ(a.bytes(), "t x=1i 7\nt x=22i 8\nt x=3i 9\n");
  EXPECT_EQ(a.row_ends()[0], 9u);
  EXPECT_EQ(a.row_ends()[1], 19u);
  EXPECT_EQ(a.row_ends()[2], 28u);
  EXPECT_TRUE(absl::IsResourceExhausted(a.Append(b)));
  EXPECT_EQ(a.rows(), 3u);
  a.Clear();
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(a.bytes(), "");
}

TEST(LineBufferDeathTest, RepeatingWhatAreNoFieldsOfAnEarlierRowIsABug) {
  LineBuffer buffer;
  ASSERT_TRUE(buffer.Table("t").Int("a", 1).At(Timestamp{1}).ok());
  const size_t end = buffer.bytes().size();
  buffer.Table("t");
  EXPECT_DEATH(buffer.RepeatFields(1, end + 1), "");  // of this row
  EXPECT_DEATH(buffer.RepeatFields(0, 2), "");        // begins within the table's name
  buffer.Int("b", 1);
  EXPECT_DEATH(buffer.RepeatFields(1, 5), "");  // after other fields
}

TEST(LineBufferDeathTest, WrongOrderIsABug) {
  LineBuffer buffer;
  EXPECT_DEATH(buffer.Symbol("a", "b"), "invariant broken");
  EXPECT_DEATH(buffer.Table("t").Int("a", 1).Symbol("b", "c"), "invariant broken");
  EXPECT_DEATH((void)buffer.At(kTime), "invariant broken");
}

}  // namespace
}  // namespace tw::ilp
