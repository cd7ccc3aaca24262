#include "services/gateway/live_topics.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace tw::gateway {
namespace {

constexpr Duration kSweep = Duration::Seconds(1);
constexpr Duration kPump = Duration::Millis(50);  // for readers that had no room
constexpr Duration kLinger = Duration::Seconds(30);

enum Place : size_t {
  kPnl,
  kPositions,
  kParents,
  kExposure,
  kLimits,
  kAlerts,
  kKillSwitch,
  kBlocks,
  kDecisions,
  kHealth,
  kPlaces
};
// Rows: accounts, account and symbol, the newest parents and decisions, ...
constexpr size_t kRowsMax[kPlaces] = {10'000, 50'000, 1'000,  50'000, 10'000,
                                      400,    1,      10'000, 1'000,  64};

class TopicReading final : public LiveTopics::Reading {
 public:
  TopicReading(Topic& topic, TopicReaderPtr reader) : topic_(topic), reader_(std::move(reader)) {}
  ~TopicReading() override { topic_.Leave(reader_); }

 private:
  Topic& topic_;
  const TopicReaderPtr reader_;
};

}  // namespace

struct LiveTopics::Group {
  Group(std::unique_ptr<TopicSource> from, std::vector<Topic*> its)
      : source(std::move(from)), topics(std::move(its)) {}

  std::unique_ptr<TopicSource> source;
  std::vector<Topic*> topics;
  std::mutex mutex;  // of opening and closing
  bool open = false;
  bool stopped = false;
  int64_t idle_since_ns = 0;  // monotonic; 0: somebody reads
};

const std::vector<LiveTopics::Kind>& LiveTopics::Kinds() {
  static const std::vector<Kind> kinds = {
      {"pnl", "PortfolioService/StreamPnl", true},
      {"positions", "PortfolioService/ListPositions", true},
      {"parents", "ExecutionService/StreamParentOrders", true},
      {"exposure", "RiskService/GetExposure", true},
      {"limits", "RiskService/GetLimits", false},
      {"alerts", "RiskService/ListAlerts", true},
      {"kill_switch", "RiskService/GetKillSwitch", false},
      {"blocks", "RiskService/ListSymbolBlocks", false},
      {"decisions", "OrderService/StreamOrderEvents", true},
      {"health", "gateway/Status", false},
  };
  return kinds;
}

const LiveTopics::Kind* LiveTopics::Find(std::string_view name) {
  const auto found = std::find_if(Kinds().begin(), Kinds().end(),
                                  [&](const Kind& kind) { return kind.name == name; });
  return found == Kinds().end() ? nullptr : &*found;
}

LiveTopics::LiveTopics(const TopicSources& from, const Clock& clock)
    : timers_(from.timers), clock_(clock) {
  for (const size_t rows_max : kRowsMax) {
    topics_.push_back(std::make_unique<Topic>(rows_max));
  }
  const auto add = [&](std::unique_ptr<TopicSource> source, const std::vector<size_t>& places) {
    std::vector<Topic*> topics;
    for (const size_t place : places) {
      topics.push_back(topics_[place].get());
    }
    groups_.push_back(std::make_unique<Group>(std::move(source), std::move(topics)));
  };
  add(MakePnlSource(from, *topics_[kPnl], *topics_[kPositions]), {kPnl, kPositions});
  add(MakeParentSource(from, *topics_[kParents]), {kParents});
  add(MakeExposureSource(from, *topics_[kExposure]), {kExposure});
  add(MakeLimitSource(from, *topics_[kLimits]), {kLimits});
  add(MakeAlertSource(from, *topics_[kAlerts]), {kAlerts});
  add(MakeKillSource(from, *topics_[kKillSwitch]), {kKillSwitch});
  add(MakeBlockSource(from, *topics_[kBlocks]), {kBlocks});
  add(MakeDecisionSource(from, *topics_[kDecisions]), {kDecisions});
  add(MakeHealthSource(from, *topics_[kHealth]), {kHealth});
  sweep_ = timers_.Every(kSweep, [this] { Sweep(); });
  pump_ = timers_.Every(kPump, [this] {
    for (const auto& topic : topics_) {
      topic->Pump();
    }
  });
}

LiveTopics::~LiveTopics() {
  Stop();
}

LiveTopics::Group& LiveTopics::GroupOf(size_t kind) const {
  Topic* const topic = topics_[kind].get();
  const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const auto& group) {
    return std::find(group->topics.begin(), group->topics.end(), topic) != group->topics.end();
  });
  return **found;
}

std::unique_ptr<LiveTopics::Reading> LiveTopics::Join(const Kind& kind,
                                                      const Topic::Wish& wish,
                                                      LiveOutlet outlet) {
  const auto place = static_cast<size_t>(&kind - Kinds().data());
  Topic& topic = *topics_[place];
  Group& group = GroupOf(place);
  Open(group);
  auto reading = std::make_unique<TopicReading>(topic, topic.Join(wish, std::move(outlet)));
  if (!wish.account.empty() && !topic.HasRowOf(wish.account)) {
    const std::lock_guard lock(group.mutex);
    if (group.open) {
      group.source->Want(wish.account);
    }
  }
  return reading;
}

void LiveTopics::Open(Group& group) {
  const std::lock_guard lock(group.mutex);
  group.idle_since_ns = 0;
  if (group.open || group.stopped) {
    return;
  }
  group.open = true;
  for (Topic* const topic : group.topics) {
    topic->Begin(static_cast<uint64_t>(clock_.Now().ns));
  }
  group.source->Open();
}

void LiveTopics::Sweep() {
  for (const auto& group : groups_) {
    const std::lock_guard lock(group->mutex);
    if (!group->open) {
      continue;
    }
    const bool is_read = std::any_of(group->topics.begin(), group->topics.end(),
                                     [](const Topic* topic) { return topic->readers() > 0; });
    const int64_t now = MonotonicNanos();
    if (is_read) {
      group->idle_since_ns = 0;
    } else if (group->idle_since_ns == 0) {
      group->idle_since_ns = now;
    } else if (now - group->idle_since_ns > kLinger.ns) {
      group->source->Close();
      group->open = false;
    }
  }
}

void LiveTopics::Stop() {
  timers_.Cancel(std::exchange(sweep_, 0));
  timers_.Cancel(std::exchange(pump_, 0));
  for (const auto& group : groups_) {
    const std::lock_guard lock(group->mutex);
    group->stopped = true;
    if (std::exchange(group->open, false)) {
      group->source->Close();
    }
  }
}

size_t LiveTopics::readers() const {
  size_t sum = 0;
  for (const auto& topic : topics_) {
    sum += topic->readers();
  }
  return sum;
}

}  // namespace tw::gateway
