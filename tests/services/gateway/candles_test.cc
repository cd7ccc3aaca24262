#include "services/gateway/candles.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "libs/base/field_error.h"
#include "libs/rpc/server.h"

namespace tw::gateway {
namespace {

constexpr int64_t kMinute = 60;

v1::Bar Bar(int64_t minute, const std::string& close) {
  v1::Bar bar;
  bar.mutable_timestamp()->set_seconds(minute * kMinute);
  bar.set_close(close);
  return bar;
}

class CandlesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rpc::Service service("tradewind.v1.MarketDataService");
    service.Unary<v1::ListBarsRequest, v1::ListBarsResponse>(
        "ListBars", [this](const v1::ListBarsRequest&,
                           const rpc::Reply<v1::ListBarsResponse>& reply) { reply.Send(live_); });
    server_.Add(service);
    ASSERT_TRUE(server_.Start().ok());
    Forwarder::Channels channels;
    channels.fill(rpc::Channel::Create("127.0.0.1:" + std::to_string(server_.port())));
    forwarder_ = std::make_unique<Forwarder>(channels, door_, metrics_);
    reader_ = std::make_unique<CandleReader>(*forwarder_, [this](const v1::ListBarsRequest&) {
      ++asked_;
      return past_;
    });
  }
  void TearDown() override {
    server_.Stop(Duration::Millis(10));
    forwarder_->Stop();
    reader_->Stop();
  }

  absl::StatusOr<v1::ListBarsResponse> Read(int limit, const std::string& timeframe = "1m") {
    v1::ListBarsRequest request;
    request.set_symbol("BTCUSDT");
    request.set_timeframe(timeframe);
    request.set_limit(limit);
    std::promise<absl::StatusOr<v1::ListBarsResponse>> answer;
    reader_->Read(request, [&](auto result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }
  // "minute=close ..." of the bars.
  std::string Shown(int limit) {
    const auto answer = Read(limit);
    if (!answer.ok()) {
      return answer.status().ToString();
    }
    std::string out;
    for (const v1::Bar& bar : answer->bars()) {
      out += std::to_string(bar.timestamp().seconds() / kMinute) + "=" + bar.close() + " ";
    }
    return out;
  }
  void SetLive(std::initializer_list<v1::Bar> bars) {
    v1::ListBarsResponse live;
    for (const v1::Bar& bar : bars) {
      *live.add_bars() = bar;
    }
    live_ = live;
  }

  absl::StatusOr<v1::ListBarsResponse> live_ = v1::ListBarsResponse();
  absl::StatusOr<std::vector<v1::Bar>> past_ = std::vector<v1::Bar>();
  std::atomic<int> asked_{0};
  metrics::Registry registry_;
  GatewayMetrics metrics_{registry_};
  rpc::Server server_{rpc::ServerOptions{}};
  const SystemClock clock_{};
  Door door_{{}, nullptr, clock_};
  std::unique_ptr<Forwarder> forwarder_;
  std::unique_ptr<CandleReader> reader_;
};

TEST_F(CandlesTest, TheLiveBarsAreTheNewestAndWinWhereBothHaveOne) {
  past_ = std::vector{Bar(1, "a"), Bar(2, "b"), Bar(3, "old")};
  SetLive({Bar(3, "c"), Bar(4, "d")});
  EXPECT_EQ(Shown(10), "1=a 2=b 3=c 4=d ");
  EXPECT_EQ(Shown(3), "2=b 3=c 4=d ");
}

TEST_F(CandlesTest, EnoughLiveBarsNeedNoHistory) {
  SetLive({Bar(3, "c"), Bar(4, "d")});
  EXPECT_EQ(Shown(2), "3=c 4=d ");
  EXPECT_EQ(asked_, 0);
}

TEST_F(CandlesTest, WithoutQuestDbTheLiveBarsDoAndItIsLeftAloneForAWhile) {
  past_ = absl::UnavailableError("connection refused");
  SetLive({Bar(4, "d")});
  EXPECT_EQ(Shown(10), "4=d ");
  EXPECT_EQ(reader_->history_status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Shown(10), "4=d ");
  EXPECT_EQ(asked_, 1);
}

TEST_F(CandlesTest, WithoutHotCacheHistoryDoes) {
  live_ = absl::UnavailableError("starting");
  past_ = std::vector{Bar(1, "a"), Bar(2, "b")};
  EXPECT_EQ(Shown(10), "1=a 2=b ");
  EXPECT_TRUE(reader_->history_status().ok());
}

TEST_F(CandlesTest, WithNeitherTheErrorIsHotCaches) {
  live_ = absl::UnavailableError("starting");
  past_ = absl::UnavailableError("connection refused");
  EXPECT_EQ(Shown(10), "UNAVAILABLE: hot-cache: starting");
}

TEST_F(CandlesTest, WhatIsAskedIsChecked) {
  EXPECT_EQ(FieldOf(Read(1, "7m").status()), "timeframe");
  EXPECT_EQ(FieldOf(Read(1001).status()), "limit");
  EXPECT_EQ(FieldOf(Read(-1).status()), "limit");
  EXPECT_TRUE(Read(0, "").ok());
  CandleReader told(*forwarder_, {}, *normalizer::Intervals::Parse("1m,7m,1d"));
  v1::ListBarsRequest request;
  request.set_timeframe("7m");
  EXPECT_TRUE(told.Complete(request).ok());
  request.set_timeframe("1h");
  EXPECT_EQ(told.Complete(request).message(), "timeframe: must be 1m, 7m or 1d");
}

}  // namespace
}  // namespace tw::gateway
