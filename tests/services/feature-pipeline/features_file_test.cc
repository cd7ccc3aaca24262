#include "services/feature-pipeline/features_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "libs/config/instruments.h"
#include "libs/testing/service_host.h"

namespace tw::features {
namespace {

using ::testing::HasSubstr;

class FeaturesFileTest : public ::testing::Test {
 protected:
  absl::StatusOr<FeatureConfig> Load(const std::string& text) {
    const std::string path = ::testing::TempDir() + "tw-features-" + std::to_string(::getpid());
    std::ofstream(path) << text;
    return LoadFeatures(path, tw::testing::TwoInstruments());
  }
};

TEST_F(FeaturesFileTest, TheOneThatShipsIsSoundAndNamesEveryKind) {
  const auto config = LoadFeatures(TW_FEATURES_FILE, tw::testing::TwoInstruments());
  ASSERT_TRUE(config.ok()) << config.status();
  for (const KindSpec& spec : Kinds()) {
    EXPECT_TRUE(std::any_of(config->definitions.begin(), config->definitions.end(),
                            [&](const Definition& d) { return d.kind() == spec.kind; }))
        << spec.name;
  }
  EXPECT_EQ(config->hash.size(), 16U);
}

TEST_F(FeaturesFileTest, ReadsParametersSetsAndDefaults) {
  const auto config = Load(R"(
[[feature]]
name = "fast"
kind = "macd"
fast = 3
slow = 7
[[feature]]
name = "mid"
kind = "mid"
[[set]]
name = "a"
symbols = ["IBM"]
timeframes = ["1m", "1h"]
features = ["fast"]
[[set]]
name = "b"
symbols = ["*"]
features = ["mid"]
history = true
)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->definitions[0].ParametersText(), "fast = 3, slow = 7, signal = 9");
  EXPECT_EQ(config->definitions[0].outputs,
            (std::vector<std::string>{"fast", "fast_signal", "fast_histogram"}));
  const FeatureSet& a = config->sets[0];
  EXPECT_TRUE(a.Covers("IBM") && !a.Covers("BTCUSDT"));
  EXPECT_TRUE(a.Has("1h") && !a.Has("1s"));
  EXPECT_FALSE(a.history);
  const FeatureSet& b = config->sets[1];
  EXPECT_TRUE(b.of_quotes && b.history && b.Covers("BTCUSDT"));
  EXPECT_EQ(b.sample, Duration::Seconds(1));
  EXPECT_EQ(b.stale, Duration::Seconds(5));
}

TEST_F(FeaturesFileTest, EveryFaultIsReportedWithItsLine) {
  const auto config = Load(R"(colour = 1
[[feature]]
name = "sma 20"
kind = "sma"
n = 501
m = 3
[[feature]]
name = "x"
kind = "magic"
[[feature]]
name = "macd"
kind = "macd"
fast = 26
slow = 12
[[feature]]
name = "macd_signal"
kind = "ema"
[[feature]]
name = "mid"
kind = "mid"
[[set]]
name = "a"
symbols = ["NOPE"]
timeframes = ["7x"]
features = ["macd", "mid", "nothing"]
history = "yes"
[[set]]
name = "a"
symbols = []
features = ["x"]
sample_ms = 1
)");
  ASSERT_TRUE(absl::IsInvalidArgument(config.status()));
  const std::string faults(config.status().message());
  for (const char* fault :
       {":1: unknown key \"colour\"", ":3: feature sma 20: name: must be [a-z0-9_]{1,48}",
        ":5: feature sma 20: n: must be a whole number from 1 to 500",
        ":6: feature sma 20: unknown key \"m\"",
        ":9: feature x: kind: no kind \"magic\"; there are sma, ema",
        "feature macd: fast: must be below slow",
        "\"macd_signal\" is an output of feature macd too",
        "set a: symbols: no instrument \"NOPE\"", "set a: timeframes: no timeframe \"7x\"",
        "set a: features: no [[feature]] \"nothing\"",
        "set a: features: mixes features of bars with those of quotes",
        "set a: history: must be true or false", "set a: name: listed twice",
        "set a: symbols: must be a list of texts that is not empty",
        "set a: sample_ms: must be a whole number from 100"}) {
    EXPECT_THAT(faults, HasSubstr(fault));
  }
}

TEST_F(FeaturesFileTest, AFileThatIsNoneIsNamed) {
  EXPECT_TRUE(absl::IsNotFound(LoadFeatures("/nowhere", tw::testing::TwoInstruments()).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Load("[[set").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Load("feature = 3").status()));
}

TEST(SpanOfTest, Timeframes) {
  EXPECT_EQ(SpanOf("1s"), Duration::Seconds(1));
  EXPECT_EQ(SpanOf("15m"), Duration::Seconds(900));
  EXPECT_EQ(SpanOf("1h"), Duration::Seconds(3'600));
  EXPECT_EQ(SpanOf("1d"), Duration::Seconds(86'400));
  for (const char* none : {"", "m", "1", "0m", "-1m", "1x", "1.5h", "400d", "m1", "1mm"}) {
    EXPECT_FALSE(SpanOf(none)) << none;
  }
}

}  // namespace
}  // namespace tw::features
