#include <atomic>
#include <condition_variable>
#include <mutex>

#include "bench/load/link.h"
#include "libs/base/clock.h"
#include "libs/base/field_error.h"
#include "libs/rpc/channel.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::load {
namespace {

constexpr Duration kCallTimeout = Duration::Seconds(10);
constexpr int64_t kReopenNanos = 100'000'000;

class SessionLink final : public Link {
 public:
  SessionLink(std::shared_ptr<rpc::Channel> channel, int streams)
      : channel_(std::move(channel)), lanes_(static_cast<size_t>(streams)) {}
  ~SessionLink() override { Stop(); }

  absl::Status Start(OnAnswer on_answer) override {
    on_answer_ = std::move(on_answer);
    for (Lane& lane : lanes_) {
      Open(lane);
    }
    return absl::OkStatus();
  }

  bool Send(const std::vector<v1::TradeCommand>& commands) override {
    Lane& lane = lanes_[next_++ % lanes_.size()];
    if (lane.lost.load() && MonotonicNanos() - lane.opened_ns > kReopenNanos) {
      Open(lane);
    }
    v1::TradeSessionRequest request;
    for (const v1::TradeCommand& command : commands) {
      *request.add_commands() = command;
      if (command.has_trace()) {
        request.set_traced(true);
      }
    }
    return lane.stream.Write(request);
  }

  void Stop() override {
    for (Lane& lane : lanes_) {
      if (lane.stream) {
        lane.stream.Cancel();
        lane.stream.Reset();
      }
    }
    std::unique_lock lock(mutex_);
    all_closed_.wait(lock, [this] { return open_ == 0; });
  }

 private:
  using Stream = rpc::Stream<v1::TradeSessionRequest, v1::TradeSessionResponse>;
  struct Lane {
    Stream stream;
    std::atomic<bool> lost{false};
    int64_t opened_ns = 0;
  };

  void Open(Lane& lane) {
    lane.opened_ns = MonotonicNanos();
    lane.lost = false;
    {
      const std::lock_guard lock(mutex_);
      ++open_;
    }
    lane.stream = channel_->Open<v1::TradeSessionRequest, v1::TradeSessionResponse>(
        "tradewind.v1.OrderService/TradeSession", [this, &lane](const Stream& stream) {
          stream.OnMessage([this](const v1::TradeSessionResponse& response) {
            const int64_t now_ns = MonotonicNanos();
            for (const v1::TradeAnswer& answer : response.answers()) {
              on_answer_(answer, now_ns);
            }
          });
          stream.OnClosed([this, &lane](const absl::Status&) {
            lane.lost = true;
            const std::lock_guard lock(mutex_);
            --open_;
            all_closed_.notify_all();
          });
        });
  }

  const std::shared_ptr<rpc::Channel> channel_;
  OnAnswer on_answer_;
  std::vector<Lane> lanes_;
  size_t next_ = 0;
  std::mutex mutex_;
  std::condition_variable all_closed_;
  int open_ = 0;
};

// Counts the calls under way, so that Stop can wait for the last.
class CallLink : public Link {
 public:
  explicit CallLink(std::shared_ptr<rpc::Channel> channel) : channel_(std::move(channel)) {}
  ~CallLink() override { Stop(); }

  absl::Status Start(OnAnswer on_answer) override {
    on_answer_ = std::move(on_answer);
    return absl::OkStatus();
  }
  bool Send(const std::vector<v1::TradeCommand>& commands) override {
    for (const v1::TradeCommand& command : commands) {
      {
        const std::lock_guard lock(mutex_);
        ++open_;
      }
      Begin(command);
    }
    return true;
  }
  void Stop() override {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return open_ == 0; });  // each has its deadline
  }

 protected:
  virtual void Begin(const v1::TradeCommand& command) = 0;

  void Done(const v1::TradeAnswer& answer, int64_t now_ns) {
    on_answer_(answer, now_ns);
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) {
      none_.notify_all();
    }
  }

  const std::shared_ptr<rpc::Channel> channel_;

 private:
  OnAnswer on_answer_;
  std::mutex mutex_;
  std::condition_variable none_;
  int open_ = 0;
};

class UnaryLink final : public CallLink {
 public:
  using CallLink::CallLink;

 protected:
  void Begin(const v1::TradeCommand& command) override {
    const uint64_t id = command.request_id();
    if (command.has_submit()) {
      Call("SubmitOrder", command.submit(), id);
    } else if (command.has_cancel()) {
      Call("CancelOrder", command.cancel(), id);
    } else {
      Call("ReplaceOrder", command.replace(), id);
    }
  }

 private:
  template <typename Request>
  void Call(const char* method, const Request& request, uint64_t id) {
    channel_->Call<Request, v1::Order>(std::string("tradewind.v1.OrderService/") + method, request,
                                       kCallTimeout, [this, id](absl::StatusOr<v1::Order> order) {
                                         const int64_t now_ns = MonotonicNanos();
                                         if (!order.ok()) {
                                           Done(ErrorAnswer(id, order.status()), now_ns);
                                           return;
                                         }
                                         v1::TradeAnswer answer;
                                         answer.set_request_id(id);
                                         *answer.mutable_order() = *std::move(order);
                                         Done(answer, now_ns);
                                       });
  }
};

class CheckLink final : public CallLink {
 public:
  using CallLink::CallLink;

 protected:
  void Begin(const v1::TradeCommand& command) override {
    const v1::SubmitOrderRequest& submit = command.submit();
    v1::CheckOrderRequest check;
    check.set_account(submit.account());
    check.set_symbol(submit.symbol());
    check.set_side(submit.side());
    check.set_quantity(submit.quantity());
    check.set_price(submit.price());
    check.set_order_type(submit.type());
    channel_->Call<v1::CheckOrderRequest, v1::CheckOrderResponse>(
        "tradewind.v1.RiskService/CheckOrder", check, kCallTimeout,
        [this, id = command.request_id()](absl::StatusOr<v1::CheckOrderResponse> result) {
          const int64_t now_ns = MonotonicNanos();
          if (!result.ok()) {
            Done(ErrorAnswer(id, result.status()), now_ns);
            return;
          }
          v1::TradeAnswer answer;
          answer.set_request_id(id);
          answer.mutable_order()->set_reject_reason(result->reason_code());
          Done(answer, now_ns);
        });
  }
};

}  // namespace

v1::TradeAnswer ErrorAnswer(uint64_t request_id, const absl::Status& status) {
  v1::TradeAnswer answer;
  answer.set_request_id(request_id);
  answer.mutable_error()->set_code(absl::StatusCodeToString(status.code()));
  answer.mutable_error()->set_message(std::string(status.message()));
  answer.mutable_error()->set_field(FieldOf(status));
  return answer;
}

std::unique_ptr<Link> MakeSessionLink(std::shared_ptr<rpc::Channel> channel, int streams) {
  return std::make_unique<SessionLink>(std::move(channel), streams);
}

std::unique_ptr<Link> MakeUnaryLink(std::shared_ptr<rpc::Channel> channel) {
  return std::make_unique<UnaryLink>(std::move(channel));
}

std::unique_ptr<Link> MakeCheckLink(std::shared_ptr<rpc::Channel> channel) {
  return std::make_unique<CheckLink>(std::move(channel));
}

}  // namespace tw::load
