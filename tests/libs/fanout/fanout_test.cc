#include "libs/fanout/fanout.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <thread>

#include "libs/core/prng.h"

namespace tw::fanout {
namespace {

bool WaitFor(const std::function<bool()>& condition) {
  for (int i = 0; i < 2'000; ++i) {
    if (condition()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

UpdatePtr Ticker(const std::string& symbol, int64_t bid) {
  v1::MarketDataUpdate update;
  update.set_symbol(symbol);
  update.mutable_ticker()->set_bid(std::to_string(bid));
  return std::make_shared<const Update>(std::move(update));
}
UpdatePtr Trade(int64_t price) {
  v1::MarketDataUpdate update;
  update.set_symbol("BTCUSDT");
  update.mutable_trade()->set_price(std::to_string(price));
  return std::make_shared<const Update>(std::move(update));
}

// What one client got, and whether it reads at all.
struct Client {
  struct Got {
    std::string text;
    bool snapshot;
    uint64_t sequence, previous, merged;
  };
  mutable std::mutex mutex;
  std::vector<Got> got;
  std::vector<uint64_t> announced;
  absl::Status failed;
  std::atomic<bool> reads{true};

  size_t count() const {
    const std::lock_guard lock(mutex);
    return got.size();
  }
  std::vector<Got> all() const {
    const std::lock_guard lock(mutex);
    return got;
  }
  size_t announcements() const {
    const std::lock_guard lock(mutex);
    return announced.size();
  }
};

class ClientOutlet final : public Outlet {
 public:
  explicit ClientOutlet(std::shared_ptr<Client> client) : client_(std::move(client)) {}
  bool HasRoom() const override { return client_->reads; }
  bool Send(const Delivery& d) override {
    const v1::MarketDataUpdate& m = d.update.message();
    const std::lock_guard lock(client_->mutex);
    client_->got.push_back({m.has_trade() ? m.trade().price() : m.symbol() + " " + m.ticker().bid(),
                            d.snapshot, d.sequence, d.previous_sequence, d.merged});
    return true;
  }
  void Announce(uint64_t sequence) override {
    const std::lock_guard lock(client_->mutex);
    client_->announced.push_back(sequence);
  }
  void Fail(const absl::Status& why) override {
    const std::lock_guard lock(client_->mutex);
    client_->failed = why;
  }

 private:
  const std::shared_ptr<Client> client_;
};

class FanoutTest : public ::testing::Test {
 protected:
  std::pair<std::shared_ptr<Client>, SubscriberPtr> Add(const std::vector<UpdatePtr>& snapshot) {
    auto client = std::make_shared<Client>();
    auto subscriber =
        fanout_.Make({.tickers = true, .trades = true}, std::make_unique<ClientOutlet>(client));
    EXPECT_TRUE(subscriber.ok());
    fanout_.Join(*subscriber, snapshot);
    return {client, *subscriber};
  }
  void Publish(const UpdatePtr& update) {
    fanout_.OnChange(update);
    fanout_.Wake();
  }

  Fanout fanout_{{.subscribers_max = 120, .trades_waiting_max = 50, .announce_ms = 50}};
};

TEST_F(FanoutTest, ASnapshotItsEndThenUpdates) {
  const auto [client, subscriber] = Add({Ticker("BTCUSDT", 1), Ticker("IBM", 2)});
  ASSERT_TRUE(WaitFor([&, c = client] { return c->announcements() >= 1; }));
  Publish(Ticker("IBM", 3));
  ASSERT_TRUE(WaitFor([&, c = client] { return c->count() == 3; }));
  const auto got = client->all();
  EXPECT_EQ(got[0].text, "BTCUSDT 1");
  EXPECT_TRUE(got[0].snapshot && got[1].snapshot);
  EXPECT_FALSE(got[2].snapshot);
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].sequence, i + 1);
    EXPECT_EQ(got[i].previous, i);
  }
  const std::lock_guard lock(client->mutex);
  EXPECT_EQ(client->announced.front(), 2U);
}

TEST_F(FanoutTest, SilenceIsAnnounced) {
  const auto [client, subscriber] = Add({});
  EXPECT_TRUE(WaitFor([&, c = client] { return c->announcements() >= 3; }));
  EXPECT_EQ(client->count(), 0U);
}

TEST_F(FanoutTest, OneThatNeverReadsSlowsNobodyAndGetsTheNewestAtLast) {
  const auto [stuck, stuck_subscriber] = Add({});
  std::vector<std::shared_ptr<Client>> fast;
  for (int i = 0; i < 100; ++i) {
    fast.push_back(Add({}).first);
  }
  ASSERT_TRUE(WaitFor([&, s = stuck] { return s->announcements() >= 1; }));
  stuck->reads = false;
  constexpr int kUpdates = 2'000;
  for (int i = 1; i <= kUpdates; ++i) {
    Publish(i % 4 == 0 ? Trade(i) : Ticker("BTCUSDT", i));
    if (i % 100 == 0) {  // so slowly that nobody who reads is merged for long
      for (const auto& client : fast) {
        const uint64_t wanted = static_cast<uint64_t>(i);
        ASSERT_TRUE(WaitFor([&] {
          const std::lock_guard lock(client->mutex);
          return !client->got.empty() && client->got.back().sequence == wanted;
        }));
      }
    }
  }
  EXPECT_EQ(stuck->count(), 0U);
  stuck->reads = true;
  ASSERT_TRUE(WaitFor([&, s = stuck] {
    const std::lock_guard lock(s->mutex);
    return !s->got.empty() && s->got.back().sequence == kUpdates;
  }));
  // 500 trades, of which the newest 50 waited; 1,500 tickers, of which the newest.
  const auto got = stuck->all();
  ASSERT_EQ(got.size(), 51U);
  uint64_t sequence = 0;
  for (const Client::Got& g : got) {
    EXPECT_EQ(g.previous, sequence);
    EXPECT_EQ(g.sequence, sequence + 1 + g.merged);
    sequence = g.sequence;
  }
  EXPECT_GE(fanout_.merged(), uint64_t{kUpdates - 51});
}

// Whoever reads when, the numbers add up to what was published, and the last word arrives.
TEST_F(FanoutTest, NothingIsLostFromTheCount) {
  const uint64_t seed =
      static_cast<uint64_t>(::testing::UnitTest::GetInstance()->start_timestamp());
  std::cout << "seed " << seed << "\n";
  Prng prng(seed);
  std::vector<std::shared_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(Add({}).first);
  }
  constexpr int kUpdates = 5'000;
  std::map<std::string, std::string> last;
  for (int i = 1; i <= kUpdates; ++i) {
    const std::string symbol = prng.Percent(50) ? "BTCUSDT" : "IBM";
    Publish(prng.Percent(30) ? Trade(i) : Ticker(symbol, i));
    clients[prng.Below(10)]->reads = prng.Percent(50);
  }
  Publish(Ticker("IBM", kUpdates + 1));
  for (const auto& client : clients) {
    client->reads = true;
    ASSERT_TRUE(WaitFor([&] {
      const std::lock_guard lock(client->mutex);
      return !client->got.empty() && client->got.back().sequence == kUpdates + 1;
    })) << "seed "
        << seed;
    uint64_t counted = 0;
    bool newest = false;
    for (const Client::Got& got : client->all()) {
      counted += 1 + got.merged;
      newest = newest || got.text == "IBM " + std::to_string(kUpdates + 1);
    }
    EXPECT_EQ(counted, uint64_t{kUpdates + 1}) << "seed " << seed;
    EXPECT_TRUE(newest) << "seed " << seed;
  }
}

TEST_F(FanoutTest, ARestatedSourceStandsForWhatWaited) {
  const auto [client, subscriber] = Add({Ticker("IBM", 1)});
  ASSERT_TRUE(WaitFor([&, c = client] { return c->count() == 1; }));
  client->reads = false;
  Publish(Ticker("IBM", 2));
  fanout_.Restate({Ticker("IBM", 9)});
  client->reads = true;
  ASSERT_TRUE(WaitFor([&, c = client] { return c->count() == 2; }));
  EXPECT_EQ(client->all()[1].text, "IBM 9");
  EXPECT_TRUE(client->all()[1].snapshot);
}

TEST_F(FanoutTest, WhoWaitsForTheSourceIsToldOfItsLossOthersAreNot) {
  auto waiting = std::make_shared<Client>();
  const auto subscriber = fanout_.Make({.tickers = true}, std::make_unique<ClientOutlet>(waiting));
  ASSERT_TRUE(subscriber.ok());
  fanout_.JoinLater(*subscriber);
  const auto [begun, begun_subscriber] = Add({Ticker("IBM", 1)});
  Publish(Ticker("IBM", 2));  // not before its snapshot
  fanout_.FailWaiting(absl::UnavailableError("away"));
  ASSERT_TRUE(WaitFor([&, c = begun] { return c->count() == 2; }));
  EXPECT_TRUE(begun->failed.ok());
  EXPECT_TRUE(absl::IsUnavailable(waiting->failed));
  EXPECT_EQ(waiting->count(), 0U);
  fanout_.Restate({Ticker("IBM", 3)});
  EXPECT_TRUE(WaitFor([&] { return waiting->count() == 1; }));
}

TEST_F(FanoutTest, SubscribersAreBoundedAndLeavingMakesRoom) {
  std::vector<SubscriberPtr> all;
  for (int i = 0; i < 120; ++i) {
    all.push_back(Add({}).second);
  }
  const auto refused =
      fanout_.Make({.tickers = true}, std::make_unique<ClientOutlet>(std::make_shared<Client>()));
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  fanout_.Leave(all[0]);
  fanout_.Leave(all[0]);
  EXPECT_EQ(fanout_.subscribers(), 119U);
  Add({});
}

}  // namespace
}  // namespace tw::fanout
