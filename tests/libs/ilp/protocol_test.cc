#include "libs/ilp/protocol.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "libs/ilp/line_buffer.h"
#include "tests/seed.h"

namespace tw::ilp {
namespace {

constexpr Timestamp kTime{1'700'000'000'000'000'001};

TEST(ProtocolTest, ABinaryDoubleIsTheFieldOfProtocolTwo) {
  LineBuffer rows(Doubles::kBinary);
  ASSERT_TRUE(rows.Table("t").Double("x", 0.5).DecimalE8("y", 200'000'000).At(kTime).ok());
  EXPECT_EQ(rows.bytes(), std::string("t x==\x10\0\0\0\0\0\0\xe0\x3f,y==\x10", 19) +
                              std::string("\0\0\0\0\0\0\0\x40 1700000000000000001\n", 29));
}

TEST(ProtocolTest, TextIsWhatItWas) {
  const std::string rows =
      "my\\ table\\,\\=,a\\ key=b\\=c\\,\\ d\\\\ text=\"say \\\"hi\\\" = , \\\\\",n=7i,t=5n,f=t 7\n"
      "t,only=symbols 8\n";
  EXPECT_EQ(ToProtocolV1(rows), rows);
  EXPECT_EQ(ToProtocolV1(""), "");
}

TEST(ProtocolTest, ArraysAreLeftOutAndTheRowStays) {
  const double side[] = {1, 2, 0.5, 0.25};
  LineBuffer rows(Doubles::kBinary);
  ASSERT_TRUE(rows.Table("b")
                  .Symbol("s", "X")
                  .Array2d("bids", side, 2, 2)
                  .Double("best", 1.5)
                  .Array2d("asks", side, 2, 2)
                  .At(kTime)
                  .ok());
  ASSERT_TRUE(rows.Table("b").Symbol("s", "X").Array2d("bids", side, 2, 2).At(kTime).ok());
  ASSERT_TRUE(rows.Table("b").Array2d("bids", side, 2, 2).At(kTime).ok());
  ASSERT_TRUE(rows.Table("b").Int("last", 1).At(kTime).ok());
  EXPECT_EQ(ToProtocolV1(rows.bytes()),
            "b,s=X best=1.5 1700000000000000001\n"
            "b,s=X 1700000000000000001\n"
            "b last=1i 1700000000000000001\n");
}

// The same rows written both ways are the same rows, whatever bytes the doubles are made of.
TEST(ProtocolTest, BinaryAndTextSayTheSame) {
  std::mt19937_64 random(TestSeed(20'240'607));
  const std::string texts[] = {"plain", "a b,c=d\\", "\"quoted\"\n", "Zürich", "=\x10"};
  LineBuffer binary(Doubles::kBinary);
  LineBuffer text;
  for (int i = 0; i < 5'000; ++i) {
    const double value = std::bit_cast<double>(random());
    const auto e8 = static_cast<int64_t>(random() >> (1 + random() % 63));
    const std::string& words = texts[random() % std::size(texts)];
    for (LineBuffer* rows : {&binary, &text}) {
      ASSERT_TRUE(rows->Table(words)
                      .Symbol("s", words)
                      .Double("x", value)
                      .String("text", words)
                      .Double("whole", static_cast<double>(e8 % 1'000'000))
                      .Int("n", e8)
                      .At(kTime)
                      .ok());
    }
  }
  EXPECT_EQ(ToProtocolV1(binary.bytes()), text.bytes());
}

// As text a decimal has its own digits; either way the server stores the double nearest to it.
TEST(ProtocolTest, ADecimalIsTheNearestDoubleEitherWay) {
  std::mt19937_64 random(TestSeed(20'240'607));
  for (int i = 0; i < 20'000; ++i) {
    const auto e8 = static_cast<int64_t>(random() >> (random() % 64));
    LineBuffer binary(Doubles::kBinary);
    LineBuffer text;
    ASSERT_TRUE(binary.Table("t").DecimalE8("x", e8).At(Timestamp{7}).ok());
    ASSERT_TRUE(text.Table("t").DecimalE8("x", e8).At(Timestamp{7}).ok());
    const std::string downgraded = ToProtocolV1(binary.bytes());
    EXPECT_EQ(std::strtod(downgraded.c_str() + 4, nullptr),
              std::strtod(std::string(text.bytes()).c_str() + 4, nullptr))
        << e8;
  }
}

// Nothing that is no row makes it read past the end; cut anywhere, whole rows before the cut stay.
TEST(ProtocolTest, BrokenBytesAreLeftToTheServer) {
  const double side[] = {1, 2};
  LineBuffer rows(Doubles::kBinary);
  ASSERT_TRUE(rows.Table("t").Int("x", 1).At(Timestamp{7}).ok());
  ASSERT_TRUE(rows.Table("b").Double("d", 1).Array2d("a", side, 2, 1).At(Timestamp{7}).ok());
  for (size_t cut = 0; cut < rows.bytes().size(); ++cut) {
    const std::string whole = ToProtocolV1(rows.bytes().substr(0, cut));
    if (cut >= 9) {
      EXPECT_TRUE(whole.starts_with("t x=1i 7\n")) << cut;
    }
  }
  for (const char* broken : {"t", "t ", "t x", "t x=", "t x==", "t x==\x0e\x0a\xff",
                             "t x=1i\nt y=2i 7\n", "\n", "t x=\"", "\\"}) {
    EXPECT_EQ(ToProtocolV1(broken), broken);
  }
}

}  // namespace
}  // namespace tw::ilp
