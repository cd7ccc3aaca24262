// LiveTopics: the states that WebSockets look at beside market data and orders: P&L, positions,
// parent orders, risk and health. Each is read from its owner once for all readers, while there are
// any and for half a minute after, so that one who was cut off can go on.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/timer/timer.h"
#include "services/gateway/forwarder.h"
#include "services/gateway/status_board.h"
#include "services/gateway/topic.h"

namespace tw::gateway {

// Where a topic's state comes from, while it is open.
class TopicSource {
 public:
  virtual ~TopicSource() = default;
  virtual void Open() = 0;
  // Waits until nothing of it runs any more. Not on gRPC's threads.
  virtual void Close() = 0;
  // A reader wants this account, which is not in the state. May do nothing.
  virtual void Want(const std::string&) {}
};

struct TopicSources {
  TimerThread& timers;
  Forwarder& forwarder;
  const StatusBoard& board;
};

// live_sources.cc; decision_source.cc.
std::unique_ptr<TopicSource> MakePnlSource(const TopicSources& from, Topic& pnl, Topic& positions);
std::unique_ptr<TopicSource> MakeParentSource(const TopicSources& from, Topic& parents);
std::unique_ptr<TopicSource> MakeExposureSource(const TopicSources& from, Topic& exposure);
std::unique_ptr<TopicSource> MakeLimitSource(const TopicSources& from, Topic& limits);
std::unique_ptr<TopicSource> MakeAlertSource(const TopicSources& from, Topic& alerts);
std::unique_ptr<TopicSource> MakeKillSource(const TopicSources& from, Topic& kill_switch);
std::unique_ptr<TopicSource> MakeBlockSource(const TopicSources& from, Topic& blocks);
std::unique_ptr<TopicSource> MakeDecisionSource(const TopicSources& from, Topic& decisions);
std::unique_ptr<TopicSource> MakeHealthSource(const TopicSources& from, Topic& health);

// Any thread, but Stop.
class LiveTopics {
 public:
  // All outlive it.
  LiveTopics(const TopicSources& from, const Clock& clock);
  ~LiveTopics();

  // What a channel of this name needs and is; null: there is none.
  struct Kind {
    std::string_view name;
    std::string_view right;  // libs/auth/rights.h
    bool by_account;         // takes ":ACCOUNT"
  };
  static const Kind* Find(std::string_view name);
  static const std::vector<Kind>& Kinds();

  // A reader of one, from its place in Kinds().
  class Reading {
   public:
    virtual ~Reading() = default;  // leaves
  };
  std::unique_ptr<Reading> Join(const Kind& kind, const Topic::Wish& wish, LiveOutlet outlet);
  void Stop();
  size_t readers() const;

 private:
  struct Group;  // a source and its topics

  Group& GroupOf(size_t kind) const;
  void Open(Group& group);
  void Sweep();

  TimerThread& timers_;
  const Clock& clock_;
  std::vector<std::unique_ptr<Topic>> topics_;  // by kind
  std::vector<std::unique_ptr<Group>> groups_;
  TimerThread::Id sweep_ = 0;
  TimerThread::Id pump_ = 0;
};

}  // namespace tw::gateway
