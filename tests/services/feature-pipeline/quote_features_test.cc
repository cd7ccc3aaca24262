#include "services/feature-pipeline/quote_features.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace tw::features {
namespace {

std::map<std::string, FeatureValue> ByName(const QuoteFeatures& features) {
  std::map<std::string, FeatureValue> out;
  for (const FeatureValue& value : features.Values()) {
    out.emplace(value.name, value);
  }
  EXPECT_EQ(out.size(), 5u);
  return out;
}

Quote TwoSided() {
  return {Price::FromUnits(99), Quantity::FromUnits(3), Price::FromUnits(101),
          Quantity::FromUnits(1)};
}

TEST(QuoteFeaturesTest, HandWorked) {
  QuoteFeatures features;
  features.OnQuote(TwoSided());
  features.OnBook(Quantity::FromUnits(10), Quantity::FromUnits(30));
  auto values = ByName(features);
  EXPECT_DOUBLE_EQ(values["mid"].value, 100);
  EXPECT_DOUBLE_EQ(values["spread"].value, 2);
  EXPECT_DOUBLE_EQ(values["spread_bps"].value, 200);
  EXPECT_DOUBLE_EQ(values["quote_imbalance"].value, 0.5);
  EXPECT_DOUBLE_EQ(values["book_imbalance"].value, -0.5);
  for (const auto& [name, value] : values) {
    EXPECT_TRUE(value.ready) << name;
  }
}

TEST(QuoteFeaturesTest, NotReadyWithoutBothSidesOrWhenStale) {
  QuoteFeatures features;
  const auto none_ready = [&](const char* when) {
    for (const auto& [name, value] : ByName(features)) {
      EXPECT_FALSE(value.ready) << name << " " << when;
      EXPECT_EQ(value.value, 0) << name << " " << when;
    }
  };
  none_ready("at first");
  Quote bid_only = TwoSided();
  bid_only.ask = Price();
  bid_only.ask_size = Quantity();
  features.OnQuote(bid_only);
  features.OnBook(Quantity::FromUnits(1), Quantity());
  none_ready("with one side");
  features.OnQuote(TwoSided());
  features.OnBook(Quantity::FromUnits(1), Quantity::FromUnits(1));
  EXPECT_TRUE(ByName(features)["spread"].ready);
  features.OnStale();
  none_ready("while stale");
}

TEST(QuoteFeaturesTest, ImbalanceStaysWithinOne) {
  QuoteFeatures features;
  features.OnBook(Quantity::Max(), Quantity::FromE8(1));
  EXPECT_LE(ByName(features)["book_imbalance"].value, 1);
  features.OnBook(Quantity::FromE8(1), Quantity::Max());
  EXPECT_GE(ByName(features)["book_imbalance"].value, -1);
}

}  // namespace
}  // namespace tw::features
