// Where the states of LiveTopics come from: streams of pnl and exeq, questions to risk again and
// again, and the status board.
#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "libs/feed/subscriber.h"
#include "libs/json/json.h"
#include "services/gateway/live_topics.h"

namespace tw::gateway {
namespace {

constexpr Duration kAskEach = Duration::Millis(500);
constexpr Duration kAskLimitsEach = Duration::Seconds(1);
constexpr Duration kAskParentsEach = Duration::Seconds(2);  // for what changes with time alone
constexpr Duration kAnswerMax = Duration::Seconds(2);
constexpr int kPnlEachMs = 1'000;
constexpr int kAlertsShown = 200;
constexpr int kParentsShown = 1'000;
constexpr size_t kWantedMax = 1'024;
constexpr size_t kHeldUpdatesMax = 4'096;

// Asks one question of a service each period, one at a time.
template <typename Request, typename Response>
class PolledSource final : public TopicSource {
 public:
  using Take = std::function<void(Topic&, const Response&)>;

  PolledSource(const TopicSources& from,
               Topic& topic,
               Method<Request, Response> method,
               Request request,
               Duration period,
               Take take)
      : from_(from),
        topic_(topic),
        method_(method),
        request_(std::move(request)),
        period_(period),
        state_(std::make_shared<State>(std::move(take))) {}

  void Open() override {
    Ask();
    timer_ = from_.timers.Every(period_, [this] { Ask(); });
  }
  void Close() override { from_.timers.Cancel(std::exchange(timer_, 0)); }

 private:
  struct State {
    explicit State(Take t) : take(std::move(t)) {}
    const Take take;
    std::atomic<bool> asking{false};
  };

  void Ask() {
    if (state_->asking.exchange(true)) {
      return;
    }
    from_.forwarder.Call<Request, Response>(
        method_, request_, kAnswerMax,
        [state = state_, &topic = topic_](const absl::StatusOr<Response>& answer) {
          if (answer.ok()) {
            state->take(topic, *answer);
          } else {
            topic.Lose(answer.status());
          }
          state->asking = false;
        });
  }

  const TopicSources from_;
  Topic& topic_;
  const Method<Request, Response> method_;
  const Request request_;
  const Duration period_;
  const std::shared_ptr<State> state_;
  TimerThread::Id timer_ = 0;
};

template <typename Message>
std::vector<TopicRow> RowsOf(const google::protobuf::RepeatedPtrField<Message>& messages,
                             std::string (*key)(const Message&)) {
  std::vector<TopicRow> rows;
  for (const Message& message : messages) {
    TopicRow row{.key = key(message), .json = json::ToJson(message)};
    if constexpr (requires { message.account(); }) {
      row.account = message.account();
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// P&L and positions, both by one stream of all accounts. One that has done nothing yet is not in
// it, and is asked for when somebody wants it.
class PnlSource final : public TopicSource {
 public:
  PnlSource(const TopicSources& from, Topic& pnl, Topic& positions)
      : from_(from), pnl_(pnl), positions_(positions) {}

  void Open() override {
    {
      const std::lock_guard lock(mutex_);
      wanted_.clear();
      heard_ = false;
    }
    stream_ = std::make_unique<Stream>(
        from_.timers, Stream::Options{.channel = from_.forwarder.shared_channel(Peer::kPnl),
                                      .method = Forwarder::Path(methods::kStreamPnl.service,
                                                                methods::kStreamPnl.name),
                                      .request =
                                          [] {
                                            v1::StreamPnlRequest request;
                                            request.set_interval_ms(kPnlEachMs);
                                            return request;
                                          },
                                      .on_batch =
                                          [this](const v1::Pnl& pnl) {
                                            heard_ = true;
                                            Take(pnl);
                                            return true;
                                          },
                                      .on_lost = [this](const absl::Status& why) { Lose(why); }});
    stream_->Start();
    timer_ = from_.timers.Every(Duration::Millis(kPnlEachMs), [this] { AskWanted(); });
    AskAll();
  }
  void Close() override {
    from_.timers.Cancel(std::exchange(timer_, 0));
    stream_.reset();
  }
  void Want(const std::string& account) override {
    {
      const std::lock_guard lock(mutex_);
      if (wanted_.size() >= kWantedMax || !wanted_.insert(account).second) {
        return;
      }
    }
    Ask(account);
  }

 private:
  using Stream = feed::Subscriber<v1::StreamPnlRequest, v1::Pnl>;

  void Take(const v1::Pnl& pnl) {
    v1::Pnl same = pnl;
    same.clear_timestamp();
    same.clear_ledger_sequence();
    std::vector<TopicRow> rows;
    for (const v1::Position& position : pnl.positions()) {
      rows.push_back({.key = position.account() + "|" + position.symbol(),
                      .account = position.account(),
                      .json = json::ToJson(position)});
    }
    positions_.Merge(std::move(rows));
    pnl_.Put({.key = pnl.account(),
              .account = pnl.account(),
              .json = json::ToJson(pnl),
              .same = json::ToJson(same)});
  }

  void Lose(const absl::Status& why) {
    // With no account at all the stream says nothing, and is opened again and again.
    if (absl::IsCancelled(why) && !heard_) {
      return;
    }
    const absl::Status named = Forwarder::Explain(Peer::kPnl, why);
    pnl_.Lose(named);
    positions_.Lose(named);
  }

  // So that both are known where there is no account yet.
  void AskAll() {
    from_.forwarder.Call<v1::ListPositionsRequest, v1::ListPositionsResponse>(
        methods::kListPositions, {}, kAnswerMax,
        [this](const absl::StatusOr<v1::ListPositionsResponse>& answer) {
          if (answer.ok()) {
            pnl_.MarkKnown();
            positions_.MarkKnown();
          }
        });
  }

  void Ask(const std::string& account) {
    v1::GetPnlRequest request;
    request.set_account(account);
    from_.forwarder.Call<v1::GetPnlRequest, v1::Pnl>(
        methods::kGetPnl, request, kAnswerMax, [this, account](const absl::StatusOr<v1::Pnl>& pnl) {
          if (pnl.ok() && !pnl_.HasRowOf(account)) {
            Take(*pnl);
          }
        });
  }

  void AskWanted() {
    std::set<std::string> wanted;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(wanted_, [&](const std::string& account) { return pnl_.HasRowOf(account); });
      wanted = wanted_;
    }
    for (const std::string& account : wanted) {
      Ask(account);
    }
  }

  const TopicSources from_;
  Topic& pnl_;
  Topic& positions_;
  std::unique_ptr<Stream> stream_;
  TimerThread::Id timer_ = 0;
  std::atomic<bool> heard_{false};
  std::mutex mutex_;
  std::set<std::string> wanted_;
};

bool IsBefore(const v1::ParentOrder& a, const v1::ParentOrder& b) {
  const auto& x = a.updated_time();
  const auto& y = b.updated_time();
  return std::pair(x.seconds(), x.nanos()) < std::pair(y.seconds(), y.nanos());
}

// Parent orders: the newest by a list once exeq's stream stands, then what the stream tells. The
// open ones are listed again each two seconds: what is due moves with the clock.
class ParentSource final : public TopicSource {
 public:
  ParentSource(const TopicSources& from, Topic& parents) : from_(from), parents_(parents) {}

  void Open() override {
    StartOver();
    stream_ = std::make_unique<Stream>(
        from_.timers,
        Stream::Options{
            .channel = from_.forwarder.shared_channel(Peer::kExeq),
            .method = Forwarder::Path(methods::kStreamParentOrders.service,
                                      methods::kStreamParentOrders.name),
            .request =
                [this] {
                  v1::StreamParentOrdersRequest request;
                  const std::lock_guard lock(mutex_);
                  request.set_from_sequence(next_);
                  return request;
                },
            .on_batch = [this](const v1::ParentOrderUpdates& batch) { return OnBatch(batch); },
            .on_lost = [this](const absl::Status& why) { OnLost(why); }});
    stream_->Start();
    timer_ = from_.timers.Every(kAskParentsEach, [this] { ListOpen(); });
  }
  void Close() override {
    from_.timers.Cancel(std::exchange(timer_, 0));
    stream_.reset();
  }

 private:
  using Stream = feed::Subscriber<v1::StreamParentOrdersRequest, v1::ParentOrderUpdates>;

  void StartOver() {
    const std::lock_guard lock(mutex_);
    next_ = 0;
    listed_ = false;
    held_.clear();
    newest_.clear();
  }

  bool OnBatch(const v1::ParentOrderUpdates& batch) {
    bool list = false;
    {
      const std::lock_guard lock(mutex_);
      list = !listed_ && !std::exchange(listing_, true);
      for (const v1::ParentOrderUpdate& update : batch.updates()) {
        held_.push_back(update.order());
      }
      next_ = batch.updates().empty() ? std::max(next_, batch.head_sequence() + 1)
                                      : batch.updates().rbegin()->sequence() + 1;
      if (held_.size() > kHeldUpdatesMax) {
        return false;  // the list takes too long: opened again, and listed again
      }
      if (listed_) {
        TakeHeld();
      }
    }
    if (list) {
      ListAll();
    }
    return true;
  }

  void OnLost(const absl::Status& why) {
    // Nothing is to be relied on: what passed unseen is in the next list.
    StartOver();
    parents_.Lose(Forwarder::Explain(Peer::kExeq, why));
  }

  // With the lock held.
  void TakeHeld() {
    for (const v1::ParentOrder& order : std::exchange(held_, {})) {
      TakeOne(order);
    }
    parents_.MarkKnown();  // or back
  }
  void TakeOne(const v1::ParentOrder& order) {
    v1::ParentOrder& newest = newest_[order.parent_order_id()];
    if (IsBefore(order, newest)) {
      return;
    }
    newest = order;
    parents_.Merge({RowOf(order)});
    if (newest_.size() > static_cast<size_t>(kParentsShown) * 2) {
      newest_.erase(newest_.begin());
    }
  }
  static TopicRow RowOf(const v1::ParentOrder& order) {
    return {
        .key = order.parent_order_id(), .account = order.account(), .json = json::ToJson(order)};
  }

  void ListAll() {
    v1::ListParentOrdersRequest request;
    request.set_limit(kParentsShown);
    from_.forwarder.Call<v1::ListParentOrdersRequest, v1::ListParentOrdersResponse>(
        methods::kListParentOrders, request, kAnswerMax,
        [this](const absl::StatusOr<v1::ListParentOrdersResponse>& answer) {
          const std::lock_guard lock(mutex_);
          listing_ = false;
          if (!answer.ok()) {
            return;  // asked again at the next message, of which there is one each second
          }
          listed_ = true;
          std::vector<TopicRow> rows;
          for (const v1::ParentOrder& order : answer->orders()) {
            newest_[order.parent_order_id()] = order;
            rows.push_back(RowOf(order));
          }
          parents_.Merge(std::move(rows));
          TakeHeld();
        });
  }

  void ListOpen() {
    {
      const std::lock_guard lock(mutex_);
      if (!listed_) {
        return;
      }
    }
    v1::ListParentOrdersRequest request;
    request.set_limit(kParentsShown);
    request.set_open_only(true);
    from_.forwarder.Call<v1::ListParentOrdersRequest, v1::ListParentOrdersResponse>(
        methods::kListParentOrders, request, kAnswerMax,
        [this](const absl::StatusOr<v1::ListParentOrdersResponse>& answer) {
          const std::lock_guard lock(mutex_);
          if (answer.ok() && listed_) {
            for (const v1::ParentOrder& order : answer->orders()) {
              TakeOne(order);
            }
          }
        });
  }

  const TopicSources from_;
  Topic& parents_;
  std::unique_ptr<Stream> stream_;
  TimerThread::Id timer_ = 0;
  std::mutex mutex_;
  uint64_t next_ = 0;
  bool listed_ = false;
  bool listing_ = false;
  std::vector<v1::ParentOrder> held_;  // until the list is there
  std::map<std::string, v1::ParentOrder> newest_;
};

void TakeExposure(Topic& topic, const v1::GetExposureResponse& answer) {
  std::vector<TopicRow> rows = RowsOf<v1::Exposure>(
      answer.exposures(),
      [](const v1::Exposure& row) { return "account|" + row.account() + "|" + row.symbol(); });
  for (const v1::ScopeExposure& scope : answer.scopes()) {
    rows.push_back({.key = scope.scope() + "|" + scope.name(),
                    .is_for = RowFor::kFirm,
                    .json = json::ToJson(scope)});
  }
  topic.Replace(std::move(rows));
}

class HealthSource final : public TopicSource {
 public:
  HealthSource(const TopicSources& from, Topic& topic) : from_(from), topic_(topic) {}
  void Open() override {
    Read();
    timer_ = from_.timers.Every(Duration::Seconds(1), [this] { Read(); });
  }
  void Close() override { from_.timers.Cancel(std::exchange(timer_, 0)); }

 private:
  void Read() {
    std::vector<TopicRow> rows;
    for (auto& [name, row] : from_.board.DetailRows()) {
      const std::string place = std::to_string(100 + rows.size());  // in the board's order
      rows.push_back({.key = place + name, .json = std::move(row)});
    }
    topic_.Merge(std::move(rows));
  }

  const TopicSources from_;
  Topic& topic_;
  TimerThread::Id timer_ = 0;
};

template <typename Request, typename Response>
std::unique_ptr<TopicSource> Polled(const TopicSources& from,
                                    Topic& topic,
                                    const Method<Request, Response>& method,
                                    Duration period,
                                    std::function<void(Topic&, const Response&)> take,
                                    Request request = {}) {
  return std::make_unique<PolledSource<Request, Response>>(from, topic, method, std::move(request),
                                                           period, std::move(take));
}

}  // namespace

std::unique_ptr<TopicSource> MakePnlSource(const TopicSources& from, Topic& pnl, Topic& positions) {
  return std::make_unique<PnlSource>(from, pnl, positions);
}

std::unique_ptr<TopicSource> MakeParentSource(const TopicSources& from, Topic& parents) {
  return std::make_unique<ParentSource>(from, parents);
}

std::unique_ptr<TopicSource> MakeExposureSource(const TopicSources& from, Topic& exposure) {
  return Polled<v1::GetExposureRequest, v1::GetExposureResponse>(
      from, exposure, methods::kGetExposure, kAskEach, TakeExposure);
}

std::unique_ptr<TopicSource> MakeLimitSource(const TopicSources& from, Topic& limits) {
  return Polled<v1::GetLimitsRequest, v1::GetLimitsResponse>(
      from, limits, methods::kGetLimits, kAskLimitsEach,
      [](Topic& topic, const v1::GetLimitsResponse& answer) {
        topic.Replace(RowsOf<v1::Limits>(answer.limits(), [](const v1::Limits& row) {
          return row.scope() + "|" + row.desk() + "|" + row.account() + "|" + row.strategy() + "|" +
                 row.symbol();
        }));
      });
}

std::unique_ptr<TopicSource> MakeAlertSource(const TopicSources& from, Topic& alerts) {
  v1::ListAlertsRequest newest;
  newest.set_limit(kAlertsShown);
  return Polled<v1::ListAlertsRequest, v1::ListAlertsResponse>(
      from, alerts, methods::kListAlerts, kAskEach,
      [](Topic& topic, const v1::ListAlertsResponse& answer) {
        topic.Merge(RowsOf<v1::RiskAlert>(answer.alerts(),
                                          [](const v1::RiskAlert& row) { return row.alert_id(); }));
      },
      newest);
}

std::unique_ptr<TopicSource> MakeKillSource(const TopicSources& from, Topic& kill_switch) {
  return Polled<v1::GetKillSwitchRequest, v1::KillSwitch>(
      from, kill_switch, methods::kGetKillSwitch, kAskEach,
      [](Topic& topic, const v1::KillSwitch& state) {
        topic.Put({.key = "kill_switch", .json = json::ToJson(state)});
      });
}

std::unique_ptr<TopicSource> MakeBlockSource(const TopicSources& from, Topic& blocks) {
  return Polled<v1::ListSymbolBlocksRequest, v1::ListSymbolBlocksResponse>(
      from, blocks, methods::kListSymbolBlocks, kAskEach,
      [](Topic& topic, const v1::ListSymbolBlocksResponse& answer) {
        topic.Replace(RowsOf<v1::SymbolBlock>(
            answer.blocks(), [](const v1::SymbolBlock& row) { return row.symbol(); }));
      });
}

std::unique_ptr<TopicSource> MakeHealthSource(const TopicSources& from, Topic& health) {
  return std::make_unique<HealthSource>(from, health);
}

}  // namespace tw::gateway
