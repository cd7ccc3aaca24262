#include "services/feature-pipeline/state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "libs/core/prng.h"
#include "libs/testing/service_host.h"

namespace tw::features {
namespace {

namespace v1 = tradewind::v1;

constexpr Timestamp kStart{1'800'000'000'000'000'000};

v1::FeedEvent BarEvent(const std::string& symbol,
                       Timestamp start,
                       int64_t close_e8,
                       int64_t volume_e8 = 1) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol(symbol);
  v1::BarTick& bar = *event.mutable_bar();
  bar.set_interval("1m");
  bar.set_start_ns(start.ns);
  bar.set_open_e8(close_e8);
  bar.set_high_e8(close_e8 + 10);
  bar.set_low_e8(close_e8 - 10);
  bar.set_close_e8(close_e8);
  bar.set_volume_e8(volume_e8);
  bar.set_closed(true);
  return event;
}
v1::FeedEvent QuoteEvent(const std::string& symbol, Timestamp time, int64_t bid_e8) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol(symbol);
  event.set_venue_time_ns(time.ns);
  event.mutable_quote()->set_bid_e8(bid_e8);
  event.mutable_quote()->set_bid_size_e8(3 * kDecimalScale);
  event.mutable_quote()->set_ask_e8(bid_e8 + 100);
  event.mutable_quote()->set_ask_size_e8(kDecimalScale);
  return event;
}

FeatureConfig SmallConfig() {
  FeatureConfig config;
  config.definitions = {MakeDefinition("sma_3", "sma", {3}), MakeDefinition("ema_5", "ema", {5}),
                        MakeDefinition("z_4", "return_zscore", {4}), MakeDefinition("mid", "mid"),
                        MakeDefinition("micro_price", "micro_price")};
  config.sets = {{.name = "bars",
                  .timeframes = {"1m"},
                  .features = {0, 1, 2},
                  .history = true,
                  .sample = {},
                  .stale = {}},
                 {.name = "quotes",
                  .of_quotes = true,
                  .features = {3, 4},
                  .history = true,
                  .sample = Duration::Seconds(1),
                  .stale = Duration::Seconds(5)}};
  return config;
}

class FeatureStateTest : public ::testing::Test {
 protected:
  std::unique_ptr<FeatureState> Make(const std::map<std::string, std::string>& positions = {}) {
    auto state = std::make_unique<FeatureState>(config_, instruments_, "PAPER");
    state->ResumeFrom([&](const std::string& source) {
      const auto found = positions.find(source);
      return found == positions.end() ? std::string() : found->second;
    });
    state->OnFeedBack();
    return state;
  }
  v1::Feature Get(const FeatureState& state, const std::string& name, Timestamp now) {
    v1::GetFeaturesRequest request;
    request.set_symbol("BTCUSDT");
    request.add_names(name);
    const auto set = state.Features(request, now);
    EXPECT_TRUE(set.ok()) << set.status();
    return set.ok() ? set->features(0) : v1::Feature();
  }

  const Instruments instruments_ = tw::testing::TwoInstruments();
  const FeatureConfig config_ = SmallConfig();
};

Timestamp Minute(int64_t n) {
  return kStart + Duration::Seconds(60 * n);
}

TEST_F(FeatureStateTest, AClosedBarMakesRowsWithTheTimeOfTheirKnowing) {
  const auto state = Make();
  History history;
  for (int64_t i = 0; i < 3; ++i) {
    history = {};
    ASSERT_TRUE(state->OnFeedEvent(BarEvent("BTCUSDT", Minute(i), (100 + i) * kDecimalScale),
                                   Minute(i + 1) + Duration::Millis(250), &history));
  }
  ASSERT_EQ(history.rows.size(), 1U);  // the others need more bars
  const FeatureRow& row = history.rows[0];
  EXPECT_EQ(row.name, "sma_3");
  EXPECT_EQ(row.value, 101);
  EXPECT_EQ(row.event_time, Minute(3));
  EXPECT_EQ(row.known, Minute(3) + Duration::Millis(250));
  EXPECT_EQ(history.source, "BTCUSDT/1m");
  EXPECT_EQ(history.position, std::to_string(Minute(2).ns));
}

// A venue whose clock is ahead does not make anything known before it happened.
TEST_F(FeatureStateTest, KnownIsNeverBeforeTheEventNorTwiceTheSame) {
  const auto state = Make();
  std::vector<Timestamp> known;
  for (int64_t i = 0; i < 6; ++i) {
    History history;
    state->OnFeedEvent(BarEvent("BTCUSDT", Minute(i), kDecimalScale), kStart, &history);
    for (const FeatureRow& row : history.rows) {
      EXPECT_GE(row.known, row.event_time);
      known.push_back(row.known);
    }
  }
  const std::set<Timestamp> distinct(known.begin(), known.end());
  EXPECT_EQ(distinct.size(), 4U);  // of bars 3 to 6
}

TEST_F(FeatureStateTest, ARestartWritesNoBarTwice) {
  const auto state = Make({{"BTCUSDT/1m", std::to_string(Minute(3).ns)}});
  size_t rows = 0;
  for (int64_t i = 0; i < 6; ++i) {
    v1::FeedEvent bar = BarEvent("BTCUSDT", Minute(i), kDecimalScale);
    bar.set_snapshot(i < 5);
    History history;
    state->OnFeedEvent(bar, Minute(10), &history);
    rows += history.rows.size();
    EXPECT_EQ(history.rows.empty(), i <= 3) << i;  // bars 4 and 5 closed while it was away
    for (const FeatureRow& row : history.rows) {
      EXPECT_GE(row.known, Minute(10));  // and became known only now
    }
  }
  EXPECT_GT(rows, 0U);
}

TEST_F(FeatureStateTest, TheFirstSnapshotIsNoHistory) {
  const auto state = Make();
  for (int64_t i = 0; i < 6; ++i) {
    v1::FeedEvent bar = BarEvent("BTCUSDT", Minute(i), kDecimalScale);
    bar.set_snapshot(true);
    History history;
    EXPECT_TRUE(state->OnFeedEvent(bar, Minute(10), &history));
    EXPECT_TRUE(history.rows.empty());
  }
  History history;
  state->OnFeedEvent(BarEvent("BTCUSDT", Minute(6), kDecimalScale), Minute(11), &history);
  EXPECT_EQ(history.rows.size(), 3U);
}

TEST_F(FeatureStateTest, QuotesAreSampledWhereTheyHadNews) {
  const auto state = Make();
  const FeatureSet& quotes = config_.sets[1];
  EXPECT_TRUE(state->Sample(quotes, kStart).empty());
  state->OnFeedEvent(QuoteEvent("BTCUSDT", kStart, 1'000), kStart + Duration::Millis(3), nullptr);
  const auto rows = state->Sample(quotes, kStart + Duration::Seconds(1));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "mid");
  EXPECT_EQ(rows[0].timeframe, kQuoteTimeframe);
  EXPECT_EQ(rows[0].event_time, kStart);
  EXPECT_EQ(rows[0].known, kStart + Duration::Seconds(1));
  EXPECT_TRUE(state->Sample(quotes, kStart + Duration::Seconds(2)).empty());
}

TEST_F(FeatureStateTest, FreshnessIsShown) {
  const auto state = Make();
  EXPECT_EQ(Get(*state, "mid", kStart).age_ms(), -1);
  EXPECT_TRUE(Get(*state, "mid", kStart).stale());
  state->OnFeedEvent(QuoteEvent("BTCUSDT", kStart, 1'000), kStart, nullptr);
  EXPECT_EQ(Get(*state, "mid", kStart + Duration::Millis(700)).age_ms(), 700);
  EXPECT_FALSE(Get(*state, "mid", kStart + Duration::Seconds(5)).stale());
  EXPECT_TRUE(Get(*state, "mid", kStart + Duration::Seconds(6)).stale());
  // Bars: three times their span.
  state->OnFeedEvent(BarEvent("BTCUSDT", Minute(0), kDecimalScale), Minute(1), nullptr);
  EXPECT_FALSE(Get(*state, "sma_3", Minute(4)).stale());
  EXPECT_TRUE(Get(*state, "sma_3", Minute(4) + Duration::Seconds(1)).stale());
  state->OnFeedLost();
  EXPECT_TRUE(Get(*state, "sma_3", Minute(1)).stale());
  EXPECT_FALSE(Get(*state, "mid", Minute(1)).ready());
}

TEST_F(FeatureStateTest, WhatCannotBeABarIsCounted) {
  const auto state = Make();
  v1::FeedEvent bar = BarEvent("BTCUSDT", Minute(0), kDecimalScale);
  bar.mutable_bar()->set_high_e8(1);
  EXPECT_FALSE(state->OnFeedEvent(bar, kStart, nullptr));
  EXPECT_EQ(state->counts(kStart).refused, 1U);
}

// No look-ahead. The market's events reach the pipeline in bursts, late and out of step. Whoever
// has a row, known at K, could have computed it at K: from the events that had arrived by then, and
// from nothing else, the same value comes out. And not from fewer: one event later it differs.
TEST_F(FeatureStateTest, EveryRowCanBeComputedFromWhatHadArrivedByThen) {
  const uint64_t seed =
      static_cast<uint64_t>(::testing::UnitTest::GetInstance()->start_timestamp());
  std::cout << "seed " << seed << "\n";
  Prng random(seed);
  struct Arrival {
    Timestamp at;
    v1::FeedEvent event;
  };
  std::vector<Arrival> arrivals;
  Timestamp now = kStart;
  int64_t price = 100 * kDecimalScale;
  for (int64_t i = 0; i < 300; ++i) {
    price += random.Between(-100'000'000, 100'000'000);
    price = std::max<int64_t>(price, kDecimalScale);
    const Timestamp time = Minute(i);
    now = std::max(now, time + Duration::Millis(random.Between(1, 90'000)));
    if (random.Percent(70)) {
      arrivals.push_back({now, BarEvent("BTCUSDT", time - Duration::Seconds(60), price)});
    }
    arrivals.push_back({now + Duration::Nanos(1), QuoteEvent("BTCUSDT", time, price)});
    now = now + Duration::Nanos(2);
  }
  const auto state = Make();
  std::vector<FeatureRow> rows;
  for (const Arrival& arrival : arrivals) {
    History history;
    state->OnFeedEvent(arrival.event, arrival.at, &history);
    rows.insert(rows.end(), history.rows.begin(), history.rows.end());
    if (random.Percent(20)) {
      const auto sampled = state->Sample(config_.sets[1], arrival.at);
      rows.insert(rows.end(), sampled.begin(), sampled.end());
    }
  }
  ASSERT_GT(rows.size(), 300U);
  size_t differ_with_one_more = 0;
  const auto value_at = [&](Timestamp until, const FeatureRow& row, bool one_more) {
    const auto fresh = Make();
    for (const Arrival& arrival : arrivals) {
      const bool of_row =
          row.timeframe == kQuoteTimeframe ? arrival.event.has_quote() : arrival.event.has_bar();
      if (arrival.at > until && !(one_more && of_row)) {
        if (!one_more) {
          break;
        }
        continue;
      }
      fresh->OnFeedEvent(arrival.event, arrival.at, nullptr);
      if (arrival.at > until) {
        break;
      }
    }
    return Get(*fresh, std::string(row.name), until).value();
  };
  for (size_t i = 0; i < rows.size(); i += 1 + rows.size() / 150) {
    const FeatureRow& row = rows[i];
    EXPECT_LE(row.event_time, row.known) << "seed " << seed;
    EXPECT_EQ(row.value, value_at(row.known, row, false))
        << "seed " << seed << ", " << row.name << " known at " << row.known.ns;
    differ_with_one_more += row.value != value_at(row.known, row, true) ? 1 : 0;
  }
  EXPECT_GT(differ_with_one_more, 100U) << "seed " << seed;  // the check can see a look-ahead
}

}  // namespace
}  // namespace tw::features
