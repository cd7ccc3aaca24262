#include "services/feature-pipeline/quote_features.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::features {
namespace {

constexpr Timestamp kStart{1'800'000'000'000'000'000};

std::vector<Definition> AllOfQuotes() {
  std::vector<Definition> all;
  for (const KindSpec& spec : Kinds()) {
    if (spec.of_quotes) {
      all.push_back(MakeDefinition(std::string(spec.name), spec.name));
    }
  }
  return all;
}

class QuoteFeaturesTest : public ::testing::Test {
 protected:
  QuoteFeaturesTest() {
    for (const Definition& definition : definitions_) {
      pointers_.push_back(&definition);
    }
    features_.emplace(pointers_);
  }
  std::map<std::string, FeatureValue> Values() const {
    std::map<std::string, FeatureValue> out;
    for (const FeatureValue& value : features_->Values()) {
      out.emplace(value.name, value);
    }
    EXPECT_EQ(out.size(), definitions_.size());
    return out;
  }
  void OnBook(int64_t bid, int64_t ask) {
    const std::vector<Quantity> bids = {Quantity::FromUnits(bid)};
    const std::vector<Quantity> asks = {Quantity::FromUnits(ask)};
    features_->OnBook(bids, asks);
  }

  const std::vector<Definition> definitions_ = AllOfQuotes();
  std::vector<const Definition*> pointers_;
  std::optional<QuoteFeatures> features_;
};

Quote Of(int64_t bid, int64_t bid_size, int64_t ask, int64_t ask_size) {
  return {Price::FromUnits(bid), Quantity::FromUnits(bid_size), Price::FromUnits(ask),
          Quantity::FromUnits(ask_size)};
}

TEST_F(QuoteFeaturesTest, HandWorked) {
  features_->OnQuote(Of(99, 3, 101, 1), kStart);
  OnBook(10, 30);
  auto values = Values();
  EXPECT_DOUBLE_EQ(values["mid"].value, 100);
  EXPECT_DOUBLE_EQ(values["spread"].value, 2);
  EXPECT_DOUBLE_EQ(values["spread_bps"].value, 200);
  EXPECT_DOUBLE_EQ(values["micro_price"].value, (99.0 * 1 + 101 * 3) / 4);  // 100.5: asks are thin
  EXPECT_DOUBLE_EQ(values["quote_imbalance"].value, 0.5);
  EXPECT_DOUBLE_EQ(values["book_imbalance"].value, -0.5);
  EXPECT_FALSE(values["order_flow_imbalance"].ready);  // not ten seconds yet
  features_->OnQuote(Of(99, 5, 101, 1), kStart + Duration::Seconds(10));
  values = Values();
  EXPECT_TRUE(values["order_flow_imbalance"].ready);
  EXPECT_DOUBLE_EQ(values["order_flow_imbalance"].value, 2);
}

TEST_F(QuoteFeaturesTest, TheBookCountsToItsLevels) {
  const std::vector<Quantity> bids(10, Quantity::FromUnits(2));
  const std::vector<Quantity> asks(3, Quantity::FromUnits(2));
  features_->OnBook(bids, asks);
  EXPECT_DOUBLE_EQ(Values()["book_imbalance"].value, (10.0 - 6) / 16);  // five levels against three
}

TEST_F(QuoteFeaturesTest, NotReadyWithoutBothSidesOrWhenStale) {
  const auto none_ready = [&](const char* when) {
    for (const auto& [name, value] : Values()) {
      EXPECT_FALSE(value.ready) << name << " " << when;
      EXPECT_EQ(value.value, 0) << name << " " << when;
    }
  };
  none_ready("at first");
  features_->OnQuote(Of(99, 3, 0, 0), kStart);
  OnBook(1, 0);
  none_ready("with one side");
  features_->OnQuote(Of(99, 3, 101, 1), kStart);
  OnBook(1, 1);
  EXPECT_TRUE(Values()["spread"].ready);
  features_->OnStale();
  none_ready("while stale");
}

TEST_F(QuoteFeaturesTest, ImbalanceStaysWithinOneAndTheMicroPriceWithinTheSpread) {
  Quote quote = Of(1, 1, 2, 1);
  quote.bid_size = Quantity::Max();
  quote.ask_size = Quantity::FromE8(1);
  quote.ask = Price::Max();
  features_->OnQuote(quote, kStart);
  EXPECT_LE(Values()["quote_imbalance"].value, 1);
  EXPECT_LE(Values()["micro_price"].value, ToDouble(Price::Max().e8()));
  EXPECT_GE(Values()["micro_price"].value, 1);
}

struct FlowRow {
  const char* what;
  Quote before, now;
  int64_t e;
};

// Equation 4 of the paper, case by case.
TEST(OrderFlowTest, HandWorked) {
  const FlowRow rows[] = {
      {"nothing", Of(10, 5, 12, 7), Of(10, 5, 12, 7), 0},
      {"a bid grows", Of(10, 5, 12, 7), Of(10, 8, 12, 7), 3},
      {"a bid shrinks", Of(10, 5, 12, 7), Of(10, 1, 12, 7), -4},
      {"an ask grows", Of(10, 5, 12, 7), Of(10, 5, 12, 9), -2},
      {"an ask shrinks", Of(10, 5, 12, 7), Of(10, 5, 12, 1), 6},
      {"a better bid", Of(10, 5, 12, 7), Of(11, 2, 12, 7), 2},
      {"the bid is gone", Of(10, 5, 12, 7), Of(9, 20, 12, 7), -5},
      {"a better ask", Of(10, 5, 12, 7), Of(10, 5, 11, 3), -3},
      {"the ask is gone", Of(10, 5, 12, 7), Of(10, 5, 13, 30), 7},
      {"both move up", Of(10, 5, 12, 7), Of(11, 4, 13, 6), 11},
  };
  for (const FlowRow& row : rows) {
    EXPECT_EQ(static_cast<int64_t>(OrderFlowE8(row.before, row.now)), row.e * kDecimalScale)
        << row.what;
  }
}

TEST(OrderFlowTest, IncrementalEqualsFromScratch) {
  const uint64_t seed = TestSeed();
  Prng random(seed);
  const Duration window = Duration::Millis(500);
  OrderFlow flow(window);
  std::vector<std::pair<Timestamp, Quote>> seen;
  Timestamp now = kStart;
  Timestamp first;
  for (int i = 0; i < 5'000; ++i) {
    now = now + Duration::Millis(random.Between(0, 30));
    const int64_t bid = random.Between(98, 100);
    seen.emplace_back(
        now, Of(bid, random.Between(1, 9), bid + random.Between(1, 3), random.Between(1, 9)));
    flow.OnQuote(seen.back().second, now);
    double sum = 0;
    for (size_t j = 1; j < seen.size(); ++j) {
      if (seen[j].first > now - window) {
        sum += static_cast<double>(OrderFlowE8(seen[j - 1].second, seen[j].second)) / 1e8;
      }
    }
    EXPECT_EQ(flow.value(), sum) << "seed " << seed;
    first = i == 0 ? now : first;
    EXPECT_EQ(flow.ready(), now - first >= window);
    if (seen.size() > 200) {
      seen.erase(seen.begin(), seen.begin() + 100);
    }
  }
}

TEST(OrderFlowTest, TooManyEventsMakeItWaitForAWholeWindow) {
  OrderFlow flow(Duration::Seconds(10));
  Timestamp now = kStart;
  for (size_t i = 0; i < OrderFlow::kEventsMax + 100; ++i) {
    now = now + Duration::Micros(100);
    flow.OnQuote(Of(10, static_cast<int64_t>(i % 5) + 1, 12, 1), now);
  }
  EXPECT_FALSE(flow.ready());
  now = now + Duration::Seconds(11);
  flow.OnQuote(Of(10, 3, 12, 1), now);
  EXPECT_TRUE(flow.ready());
  flow.Reset();
  EXPECT_FALSE(flow.ready());
}

}  // namespace
}  // namespace tw::features
