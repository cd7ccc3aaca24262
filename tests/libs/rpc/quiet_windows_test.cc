// Flow control where updates of windows wait for company (quiet_windows.h): whatever the sizes, the
// pauses and the direction, everything arrives, and a reader that pauses still makes its sender
// wait.
#include "libs/rpc/quiet_windows.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "tests/seed.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/risk.pb.h"

extern "C" const char* grpc_version_string();  // the library's own, not its headers'

namespace tw::rpc {
namespace {

using LedgerStream = Stream<v1::LedgerBatch, v1::StreamLedgerRequest>;

// Of every kind: nothing, a few bytes, around half of a window, around a window, several windows.
std::vector<size_t> Sizes(std::mt19937_64& random, int count) {
  const std::vector<size_t> around = {0,      0,      100,     100,     1'000,  16'000,
                                      32'767, 65'535, 131'072, 262'144, 700'000};
  std::vector<size_t> sizes;
  for (int i = 0; i < count; ++i) {
    const size_t middle = around[random() % around.size()];
    sizes.push_back(middle + random() % 40);
  }
  return sizes;
}

v1::LedgerBatch BatchOf(uint64_t number, size_t bytes) {
  v1::LedgerBatch batch;
  batch.set_head_sequence(number);
  batch.add_events()->set_traceparent(std::string(bytes, 'x'));
  return batch;
}

// A server that sends what `sizes` says down one stream, and takes orders up another without ever
// answering: nothing goes the other way that an update could go along with.
class QuietWindowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Service ledger("tradewind.v1.OrderLedgerService");
    ledger.ServerStream<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "StreamLedger", [this](const v1::StreamLedgerRequest&, const LedgerStream& stream) {
          stream.OnWritable([this, stream] { Send(stream); });
          Send(stream);
        });
    Service gate("tradewind.v1.RiskGateService");
    gate.Bidi<v1::GateRequest, v1::GateResponse>(
        "Gate", [this](const Stream<v1::GateResponse, v1::GateRequest>& stream) {
          stream.OnMessage([this](const v1::GateRequest& request) {
            const std::lock_guard lock(mutex_);
            got_.push_back(request.orders(0).account().size());
            change_.notify_all();
          });
        });
    ServerOptions options;
    options.stream_queue_max = 4;
    options.max_message_bytes = 4 << 20;
    server_ = std::make_unique<Server>(options);
    server_->Add(ledger);
    server_->Add(gate);
    ASSERT_TRUE(server_->Start().ok());
    channel_ = Channel::Create("127.0.0.1:" + std::to_string(server_->port()));
  }

  void Send(const LedgerStream& stream) {
    const std::lock_guard lock(send_mutex_);
    while (sent_ < sizes_.size() && stream.Write(BatchOf(sent_ + 1, sizes_[sent_]))) {
      ++sent_;
    }
  }
  bool WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    return change_.wait_for(lock, std::chrono::seconds(20), [&] { return got_.size() >= count; });
  }

  std::vector<size_t> sizes_;
  std::mutex send_mutex_;
  std::atomic<size_t> sent_{0};
  std::mutex mutex_;
  std::condition_variable change_;
  std::vector<size_t> got_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<Channel> channel_;
};

TEST_F(QuietWindowsTest, AreThereWithTheVersionThatNeedsThem) {
  sizes_.assign(20, 100);
  const auto stream = channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& s) {
        s.OnMessage([&](const v1::LedgerBatch&) {
          const std::lock_guard lock(mutex_);
          got_.push_back(0);
          change_.notify_all();
        });
        EXPECT_TRUE(s.Write(v1::StreamLedgerRequest()));
      });
  ASSERT_TRUE(WaitFor(sizes_.size()));
  stream.Cancel();
  const std::string version = grpc_version_string();
  EXPECT_EQ(WindowsWereQuiet(), version == "29.0.0") << version;  // gRPC 1.51
}

TEST_F(QuietWindowsTest, EverythingComesDownWhateverItsSizeAndThePauses) {
  std::mt19937_64 random(TestSeed());
  sizes_ = Sizes(random, 600);
  const auto stream = channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& s) {
        s.OnMessage([&, s](const v1::LedgerBatch& batch) {
          const std::lock_guard lock(mutex_);
          EXPECT_EQ(batch.head_sequence(), got_.size() + 1);
          got_.push_back(batch.events(0).traceparent().size());
          if (got_.size() % 97 == 0) {
            s.PauseReads();
          }
          change_.notify_all();
        });
        EXPECT_TRUE(s.Write(v1::StreamLedgerRequest()));
      });
  for (size_t pause = 97; pause < sizes_.size(); pause += 97) {
    ASSERT_TRUE(WaitFor(pause));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stream.ResumeReads();
  }
  ASSERT_TRUE(WaitFor(sizes_.size())) << got_.size();
  EXPECT_EQ(got_, sizes_);
  stream.Cancel();
}

TEST_F(QuietWindowsTest, EverythingGoesUpToAServerThatNeverAnswers) {
  std::mt19937_64 random(TestSeed());
  sizes_ = Sizes(random, 600);
  const auto stream = channel_->Open<v1::GateRequest, v1::GateResponse>(
      "tradewind.v1.RiskGateService/Gate", [](const auto&) {});
  for (const size_t size : sizes_) {
    v1::GateRequest request;
    request.add_orders()->set_account(std::string(size, 'x'));
    while (!stream.Write(request)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  ASSERT_TRUE(WaitFor(sizes_.size())) << got_.size();
  EXPECT_EQ(got_, sizes_);
  stream.Cancel();
}

TEST_F(QuietWindowsTest, APausedReaderMakesTheSenderWait) {
  sizes_.assign(2'000, 10'000);  // 20 MB
  const auto stream = channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& s) {
        s.OnMessage([&, s](const v1::LedgerBatch&) {
          const std::lock_guard lock(mutex_);
          got_.push_back(0);
          if (got_.size() == 1) {
            s.PauseReads();
          }
          change_.notify_all();
        });
        EXPECT_TRUE(s.Write(v1::StreamLedgerRequest()));
      });
  ASSERT_TRUE(WaitFor(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_LE(sent_ * 10'000, 2U * 262'144U) << "a window, and what lies in queues and buffers";
  stream.ResumeReads();
  EXPECT_TRUE(WaitFor(sizes_.size()));
  stream.Cancel();
}

}  // namespace
}  // namespace tw::rpc
