#include "libs/base/time.h"

#include <gtest/gtest.h>

#include "libs/base/clock.h"

namespace tw {
namespace {

struct Case {
  int64_t ns;
  const char* text;
};

class Rfc3339Test : public ::testing::TestWithParam<Case> {};

TEST_P(Rfc3339Test, FormatsAndReadsBack) {
  EXPECT_EQ(FormatRfc3339(Timestamp{GetParam().ns}), GetParam().text);
  const auto parsed = ParseRfc3339(GetParam().text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->ns, GetParam().ns);
}

INSTANTIATE_TEST_SUITE_P(
    Known,
    Rfc3339Test,
    ::testing::Values(Case{0, "1970-01-01T00:00:00.000000000Z"},
                      Case{1, "1970-01-01T00:00:00.000000001Z"},
                      Case{-1, "1969-12-31T23:59:59.999999999Z"},
                      Case{1709164800'000000000, "2024-02-29T00:00:00.000000000Z"},
                      Case{1381147200'500000000, "2013-10-07T12:00:00.500000000Z"}));

TEST(Rfc3339Test, ReadsOffsetsAndFewerDecimals) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T01:00:00+01:00")->ns, 0);
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00.5Z")->ns, 500'000'000);
}

TEST(Rfc3339Test, RefusesWhatIsNotATime) {
  for (const char* text : {"", "1970", "1970-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
                           "1970-01-01T24:00:00Z", "1970-01-01T00:00:00", "1970-01-01T00:00:00Zx",
                           "1970-01-01T00:00:00.Z", "1600-01-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseRfc3339(text).ok()) << text;
  }
}

TEST(SystemClockTest, NeverRunsBackwards) {
  SystemClock clock;
  Timestamp last = clock.Now();
  for (int i = 0; i < 10'000; ++i) {
    const Timestamp now = clock.Now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(ManualClockTest, MovesOnlyWhenTold) {
  ManualClock clock(Timestamp{5});
  EXPECT_EQ(clock.Now().ns, 5);
  clock.Advance(Duration::Nanos(2));
  EXPECT_EQ(clock.Now().ns, 7);
}

}  // namespace
}  // namespace tw
