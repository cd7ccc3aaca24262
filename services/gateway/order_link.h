// OrderLink: order commands of many callers on one long-lived TradeSession stream to oms. Commands
// that come together leave together.
//
// Every command gets exactly one answer. One that was on a stream that is lost has an outcome
// nobody knows: a command that is the same whether it arrives once or twice (a cancel; a submit
// with the client's own client_order_id) is sent again, once, on the next stream; any other is
// answered UNAVAILABLE, and says that the order may exist.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/feed/link.h"
#include "libs/trace/admission.h"
#include "services/gateway/forwarder.h"

namespace tw::gateway {

// Any thread. `done` runs exactly once, perhaps before the call returns.
class OrderLink {
 public:
  struct Options {
    std::shared_ptr<rpc::Channel> oms;
    // Commands without an answer at most; cancels have as many places again.
    size_t waiting_max = 32'768;
    // A stream on which nothing comes for so long is opened again. oms is asked each second.
    Duration silence_max = Duration::Seconds(5);
    std::function<void()> on_up;  // the stream stands; gRPC's threads; may be empty
    trace::AdmissionOptions tracing{.made_burst = 0};
  };

  // Both outlive the link.
  OrderLink(TimerThread& timers, Options options, const GatewayMetrics& metrics);
  ~OrderLink() { Stop(); }

  void Start();
  // Answers what waits with UNAVAILABLE; later commands too.
  void Stop();

  void Submit(const v1::SubmitOrderRequest& request, Duration time_left, Done<v1::Order> done);
  void Cancel(const v1::CancelOrderRequest& request, Duration time_left, Done<v1::Order> done);
  void Replace(const v1::ReplaceOrderRequest& request, Duration time_left, Done<v1::Order> done);

  bool up() const { return up_.load(); }
  size_t waiting() const;

 private:
  using Request = v1::TradeSessionRequest;
  using Response = v1::TradeSessionResponse;

  struct Waiting {
    v1::TradeCommand command;
    Done<v1::Order> done;
    int64_t start_ns = 0;
    int64_t deadline_ns = 0;
    bool repeatable = false;
    bool sent = false;      // on the stream that is open now
    bool repeated = false;  // it was on a stream that is lost
  };
  using Answer = std::pair<Done<v1::Order>, absl::StatusOr<v1::Order>>;
  struct Batch {
    Request message;
    std::vector<uint64_t> ids;
    uint64_t stream = 0;
  };

  void Post(v1::TradeCommand command, bool repeatable, Duration time_left, Done<v1::Order> done);
  absl::Status Enqueue(v1::TradeCommand& command,
                       bool repeatable,
                       Duration timeout,
                       Done<v1::Order>& done);
  void Flush();
  Batch TakeBatch();                 // with the lock held
  void PutBack(const Batch& batch);  // with the lock held
  void OnMessage(const Response& response);
  void OnLost(const absl::Status& status);
  void Tick();
  std::vector<Answer> Expired(int64_t now_ns);  // with the lock held

  TimerThread& timers_;
  const Options options_;
  const GatewayMetrics& metrics_;
  trace::Admission admission_;
  TimerThread::Id tick_ = 0;
  std::atomic<bool> up_{false};
  std::atomic<int64_t> heard_ns_{0};

  mutable std::mutex mutex_;
  absl::flat_hash_map<uint64_t, Waiting> waiting_;
  std::deque<uint64_t> queue_;  // not sent yet, oldest first; may name some that are gone
  uint64_t last_id_ = 0;
  uint64_t stream_ = 0;  // counts the streams that were lost
  int64_t asked_ns_ = 0;
  bool flushing_ = false;
  bool stopped_ = false;

  feed::Link<Request, Response> link_;  // last: its callbacks use the rest
};

}  // namespace tw::gateway
