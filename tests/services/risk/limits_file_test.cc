#include "services/risk/limits_file.h"

#include <gtest/gtest.h>

#include "tests/services/risk/shell_fixture.h"

namespace tw::risk {
namespace {

using testing::kLimitsText;
using testing::M;
using testing::Q;
using testing::WriteLimits;

TEST(LimitsFileTest, TheDesksOwnFileHoldsThePublishedDefaults) {
  const auto file = LoadLimits(TW_SOURCE_DIR "/deploy/config/limits.toml");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->rules.collar_e8, kDecimalScale / 10);
  EXPECT_EQ(file->rules.reference_age_max, Duration::Seconds(5));
  const Limits limits(file->rows);
  const struct {
    const char* symbol;
    const char* units;
    const char* money;
  } defaults[] = {
      {"BTCUSDT", "10", "500000"}, {"ETHUSDT", "100", "200000"}, {"SOLUSDT", "1000", "50000"}};
  for (const auto& row : defaults) {
    const EffectiveLimits in_force = limits.For("anyone", row.symbol);
    EXPECT_EQ(in_force.order_quantity.e8, Q(row.units).e8()) << row.symbol;
    EXPECT_EQ(in_force.order_notional.e8, M(row.money).e8()) << row.symbol;
    EXPECT_EQ(in_force.position.e8, Q(row.units).e8()) << row.symbol;
    EXPECT_EQ(in_force.position_notional.e8, M(row.money).e8()) << row.symbol;
    EXPECT_EQ(in_force.exposure.at(SumLevel::kAccount), M("1000000").e8());
    EXPECT_EQ(in_force.exposure.at(SumLevel::kFirm), M("1000000000").e8());
  }
}

TEST(LimitsFileTest, AnotherTextIsAnotherHash) {
  const auto one = LoadLimits(WriteLimits());
  const auto two = LoadLimits(WriteLimits(std::string(kLimitsText) + "# note\n"));
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE(one->hash, two->hash);
}

TEST(LimitsFileTest, EveryFaultIsNamed) {
  const std::string text = kLimitsText;
  const struct {
    std::string text;
    const char* says;
  } cases[] = {
      {"x = 1\n" + text, "unknown key x"},
      {"collar_percent = \"100\"\n" + text.substr(text.find('\n') + 1), "collar_percent"},
      {"collar_percent = 10\n" + text.substr(text.find('\n') + 1), "must be text"},
      {text + "[[limit]]\nscope = \"book\"\n", "must be firm, desk, account"},
      {text + "[[limit]]\nscope = \"desk\"\n", "desk: scope desk needs one"},
      {"execution_window_ms = \"0\"\n" + text, "execution_window_ms"},
      {text + "[[limit]]\nscope = \"firm\"\n", "twice"},
      {text + "[[limit]]\nscope = \"account\"\n", "account: scope account needs one"},
      {text + "[[limit]]\nscope = \"symbol\"\nsymbol = \"IBM\"\nmax_position = \"-1\"\n",
       "negative"},
      {text + "[[limit]]\nscope = \"symbol\"\nsymbol = \"IBM\"\nmax_position = \"many\"\n",
       "not a number"},
      {text + "[[limit]]\nscope = \"symbol\"\nsymbol = \"IBM\"\nmax_postion = \"1\"\n",
       "max_postion"},
      {"", "scope firm with max_exposure is missing"},
  };
  for (const auto& c : cases) {
    const auto file = LoadLimits(WriteLimits(c.text));
    ASSERT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument) << c.says;
    EXPECT_NE(std::string(file.status().message()).find(c.says), std::string::npos)
        << file.status();
  }
  EXPECT_EQ(LoadLimits("/no/such/file").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tw::risk
