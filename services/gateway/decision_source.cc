// Risk's decisions for LiveTopics: from oms's ledger, which has each with every check, from so many
// events before its end on. Somebody who looks costs oms a reader of the ledger.
#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/feed/ledger_client.h"
#include "libs/stream/pace.h"
#include "services/gateway/live_topics.h"
#include "services/gateway/order_life.h"

namespace tw::gateway {
namespace {

constexpr uint64_t kEventsBack = 1'024;
constexpr Duration kAskEach = Duration::Millis(500);
constexpr Duration kAnswerMax = Duration::Seconds(2);
constexpr size_t kGatheredMax = 1'024;  // rows that wait until the head is reached

class DecisionSource final : public TopicSource {
 public:
  DecisionSource(const TopicSources& from, Topic& topic) : from_(from), topic_(topic) {}

  void Open() override {
    {
      const std::lock_guard lock(mutex_);
      open_ = true;
    }
    Ask();
    timer_ = from_.timers.Every(kAskEach, [this] { Ask(); });
  }
  void Close() override {
    from_.timers.Cancel(std::exchange(timer_, 0));
    std::unique_ptr<feed::LedgerClient> ledger;
    {
      const std::lock_guard lock(mutex_);
      open_ = false;
      ledger = std::move(ledger_);
    }
    ledger.reset();  // its callbacks have ended
    gathered_.clear();
    reached_head_ = false;
  }

 private:
  // Where the ledger's end is about: at the last event of the newest order.
  void Ask() {
    {
      const std::lock_guard lock(mutex_);
      if (!open_ || asking_ || ledger_ != nullptr) {
        return;
      }
      asking_ = true;
    }
    v1::ListOrdersRequest newest;
    newest.set_limit(1);
    from_.forwarder.Call<v1::ListOrdersRequest, v1::ListOrdersResponse>(
        methods::kListOrders, newest, kAnswerMax,
        [this](const absl::StatusOr<v1::ListOrdersResponse>& answer) {
          if (!answer.ok()) {
            topic_.Lose(answer.status());
          }
          const std::lock_guard lock(mutex_);
          asking_ = false;
          if (answer.ok() && open_ && ledger_ == nullptr) {
            Read(answer->orders().empty() ? 0 : answer->orders(0).sequence());
          }
        });
  }

  // With the lock held.
  void Read(uint64_t end) {
    feed::LedgerOptions options;
    options.oms = from_.forwarder.shared_channel(Peer::kOms);
    options.consumer = "gateway";
    options.pace = stream::kHistoryPace;
    options.without_checks = false;
    options.from = end > kEventsBack ? end - kEventsBack : 1;
    options.on_event = [this](const v1::LedgerEvent& event) { OnEvent(event); };
    options.on_batch = [this](const v1::LedgerBatch&, bool caught_up) { OnBatch(caught_up); };
    options.on_lost = [this](const absl::Status& why) {
      topic_.Lose(Forwarder::Explain(
          Peer::kOms, why.ok() ? absl::UnavailableError("the stream was ended") : why));
    };
    ledger_ = std::make_unique<feed::LedgerClient>(from_.timers, std::move(options));
    ledger_->Start();
  }

  // The stream's callbacks, one at a time.
  void OnEvent(const v1::LedgerEvent& event) {
    if (event.has_risk()) {
      gathered_.push_back({.key = fmt::format("{:020}", event.sequence()),
                           .account = event.account(),
                           .json = RenderEvent(event)});
    }
  }
  void OnBatch(bool caught_up) {
    reached_head_ = reached_head_ || caught_up;
    if (!reached_head_ && gathered_.size() < kGatheredMax) {
      return;  // readers begin with all of it
    }
    topic_.Merge(std::exchange(gathered_, {}));
  }

  const TopicSources from_;
  Topic& topic_;
  TimerThread::Id timer_ = 0;
  std::mutex mutex_;
  bool open_ = false;
  bool asking_ = false;
  std::unique_ptr<feed::LedgerClient> ledger_;
  std::vector<TopicRow> gathered_;
  bool reached_head_ = false;
};

}  // namespace

std::unique_ptr<TopicSource> MakeDecisionSource(const TopicSources& from, Topic& decisions) {
  return std::make_unique<DecisionSource>(from, decisions);
}

}  // namespace tw::gateway
