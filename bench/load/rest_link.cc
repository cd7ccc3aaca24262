#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "bench/load/link.h"
#include "libs/base/clock.h"
#include "libs/http/client.h"
#include "libs/json/json.h"

namespace tw::load {
namespace {

constexpr Duration kRestTimeout = Duration::Seconds(10);
constexpr size_t kQueueMax = 20'000;

class RestLink final : public Link {
 public:
  RestLink(std::function<http::Client()> connect,
           http::NameValues headers,
           std::string prefix,
           int connections)
      : connect_(std::move(connect)),
        headers_(std::move(headers)),
        prefix_(std::move(prefix)),
        connections_(connections) {
    headers_.emplace_back("Content-Type", "application/json");
  }
  ~RestLink() override { Stop(); }

  absl::Status Start(OnAnswer on_answer) override {
    on_answer_ = std::move(on_answer);
    for (int i = 0; i < connections_; ++i) {
      threads_.emplace_back([this] { Work(); });
    }
    return absl::OkStatus();
  }

  bool Send(const std::vector<v1::TradeCommand>& commands) override {
    const std::lock_guard lock(mutex_);
    if (queue_.size() + commands.size() > kQueueMax) {
      return false;
    }
    for (const v1::TradeCommand& command : commands) {
      queue_.push_back(command);
      wake_.notify_one();
    }
    return true;
  }

  void Stop() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      wake_.notify_all();
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }

 private:
  void Work() {
    http::Client client = connect_();
    while (true) {
      v1::TradeCommand command;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
        if (stop_) {
          return;
        }
        command = std::move(queue_.front());
        queue_.pop_front();
      }
      const v1::TradeAnswer answer = Do(client, command);
      on_answer_(answer, MonotonicNanos());
    }
  }

  absl::StatusOr<http::Response> Fetch(http::Client& client, const v1::TradeCommand& command) {
    const std::string orders = prefix_ + "/orders";
    if (command.has_submit()) {
      return client.Fetch("POST", orders, json::ToJson(command.submit()), kRestTimeout, headers_);
    }
    if (command.has_cancel()) {
      return client.Fetch("DELETE", orders + "/" + command.cancel().order_id(), "{}", kRestTimeout,
                          headers_);
    }
    return client.Fetch("PATCH", orders + "/" + command.replace().order_id(),
                        json::ToJson(command.replace()), kRestTimeout, headers_);
  }

  v1::TradeAnswer Do(http::Client& client, const v1::TradeCommand& command) {
    const absl::StatusOr<http::Response> response = Fetch(client, command);
    if (!response.ok()) {
      return ErrorAnswer(command.request_id(), response.status());
    }
    v1::TradeAnswer answer;
    answer.set_request_id(command.request_id());
    const absl::Status read = response->status == 200
                                  ? json::FromJson(response->body, answer.mutable_order())
                                  : json::FromJson(response->body, answer.mutable_error());
    return read.ok() ? answer : ErrorAnswer(command.request_id(), read);
  }

  const std::function<http::Client()> connect_;
  http::NameValues headers_;
  const std::string prefix_;
  const int connections_;
  OnAnswer on_answer_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<v1::TradeCommand> queue_;
  bool stop_ = false;
};

}  // namespace

std::unique_ptr<Link> MakeRestLink(std::function<http::Client()> connect,
                                   http::NameValues headers,
                                   const std::string& prefix,
                                   int connections) {
  return std::make_unique<RestLink>(std::move(connect), std::move(headers), prefix, connections);
}

}  // namespace tw::load
