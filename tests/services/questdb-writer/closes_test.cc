#include "services/questdb-writer/closes.h"

#include <gtest/gtest.h>

namespace tw::questdb_writer {
namespace {

std::string After(const std::string& symbol, const char* time) {
  const auto closes = LoadCloses(TW_SOURCE_DIR "/deploy/config/instruments.toml");
  EXPECT_TRUE(closes.ok()) << closes.status();
  return FormatRfc3339((*closes)(symbol, *ParseRfc3339(time))).substr(0, 16);
}

TEST(ClosesTest, ByTheCalendarOfTheInstrument) {
  EXPECT_EQ(After("IBM", "2026-11-24T12:00:00Z"), "2026-11-24T21:00");
  EXPECT_EQ(After("IBM", "2026-11-24T21:00:00Z"), "2026-11-25T21:00");
  EXPECT_EQ(After("IBM", "2026-11-21T12:00:00Z"), "2026-11-23T21:00");  // over a weekend
}

TEST(ClosesTest, RoundTheClockAtTheEndOfTheDayOfUtc) {
  EXPECT_EQ(After("BTCUSDT", "2026-11-24T23:59:59Z"), "2026-11-25T00:00");
  EXPECT_EQ(After("BTCUSDT", "2026-11-25T00:00:00Z"), "2026-11-26T00:00");
  EXPECT_EQ(After("NOTLISTED", "2026-11-25T00:00:00Z"), "2026-11-26T00:00");
}

TEST(ClosesTest, WithoutTheFileThereAreNone) {
  EXPECT_TRUE(absl::IsNotFound(LoadCloses("nowhere/instruments.toml").status()));
}

}  // namespace
}  // namespace tw::questdb_writer
