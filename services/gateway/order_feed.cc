#include "services/gateway/order_feed.h"

#include <algorithm>
#include <utility>

#include "libs/json/json.h"

namespace tw::gateway {
namespace {

constexpr int kSnapshotOrders = 1000;
constexpr int kSnapshotFills = 100;
constexpr size_t kHeldMax = 4096;  // events that wait for the snapshot

}  // namespace

OrderFeed::OrderFeed(TimerThread& timers, Forwarder& forwarder, What what, LiveOutlet outlet)
    : forwarder_(forwarder),
      what_(std::move(what)),
      outlet_(std::move(outlet)),
      link_(timers,
            {.channel = forwarder_.shared_channel(Peer::kOms),
             .method = Forwarder::Path(methods::kStreamOrderEvents.service,
                                       methods::kStreamOrderEvents.name),
             .hello = [this] { return Hello(); },
             .on_message = [this](const v1::OrderEventBatch& batch) { OnBatch(batch); },
             .on_lost = [this](const absl::Status& status) { OnLost(status); }}) {
  after_ = what_.after;
  if (after_) {
    next_ = after_->sequence + 1;
  }
}

absl::Status OrderFeed::Start() {
  if (what_.resumes && !what_.after) {
    outlet_.SayRestarted("no such position");
  }
  link_.Start();
  return absl::OkStatus();
}

void OrderFeed::Stop() {
  link_.Stop();
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

v1::StreamOrderEventsRequest OrderFeed::Hello() {
  v1::StreamOrderEventsRequest request;
  const std::lock_guard lock(mutex_);
  begun_ = false;
  restarting_ = false;
  request.set_from_sequence(next_);
  request.set_account(what_.account);
  return request;
}

// The first message of a stream.
void OrderFeed::Begin(const v1::OrderEventBatch& batch) {
  epoch_ = batch.epoch();
  head_ = batch.events().empty() ? batch.head_sequence() : batch.events(0).sequence() - 1;
  if (std::exchange(stale_, false)) {
    outlet_.SayLive();
  }
  if (!after_) {
    return;
  }
  // oms's epoch grows with each of its starts: an earlier one is of another ledger.
  if (batch.epoch() < after_->epoch || std::max(batch.head_sequence(), head_) < after_->sequence) {
    outlet_.SayRestarted("oms knows no such position");
    after_.reset();
    StartOver();
    return;
  }
  outlet_.SayResumed(after_->ToText());
  shown_ = after_->sequence;
  after_.reset();
}

void OrderFeed::OnBatch(const v1::OrderEventBatch& batch) {
  bool restart = false;
  {
    const std::lock_guard lock(mutex_);
    if (restarting_) {
      return;
    }
    if (!std::exchange(begun_, true)) {
      const bool resumed = after_.has_value();
      Begin(batch);
      restart = resumed && !shown_;  // the stream is to begin at another place
    }
    if (!restart) {
      if (!shown_) {
        AskSnapshot();  // oms has begun to send: nothing can fall between stream and snapshot
      }
      for (const v1::OrderEvent& event : batch.events()) {
        if (shown_) {
          Show(event);
        } else {
          held_.push_back(event);
        }
      }
      next_ = batch.events().empty() ? next_ : batch.events().rbegin()->sequence() + 1;
      restart = held_.size() > kHeldMax;
      if (restart) {
        StartOver();
      }
    }
    restarting_ = restart;
  }
  if (restart) {
    link_.Restart();
  }
}

void OrderFeed::OnLost(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  if (absl::IsOutOfRange(status)) {
    if (std::exchange(after_, std::nullopt)) {
      outlet_.SayRestarted("what came after it is no longer kept");
    }
    StartOver();
    return;
  }
  // With nothing to go on from, events may pass unseen until the next stream stands.
  if (next_ == 0) {
    StartOver();
  }
  if (!absl::IsCancelled(status) && !std::exchange(stale_, true)) {
    outlet_.SayStale(std::string(Forwarder::Explain(Peer::kOms, status).message()));
  }
}

void OrderFeed::AskSnapshot() {
  if (asking_) {
    return;
  }
  asking_ = true;
  const uint64_t question = ++question_;
  const auto self = shared_from_this();
  if (what_.fills) {
    v1::ListFillsRequest list;
    list.set_account(what_.account);
    list.set_limit(kSnapshotFills);
    forwarder_.CallFor<v1::ListFillsRequest, v1::ListFillsResponse>(
        what_.caller, methods::kListFills, list, kCallMax,
        [self, question](const absl::StatusOr<v1::ListFillsResponse>& answer) {
          self->OnSnapshot(question, answer, [&] { return answer->fills(); });
        });
    return;
  }
  v1::ListOrdersRequest list;
  list.set_account(what_.account);
  list.set_limit(kSnapshotOrders);
  list.set_open_only(true);
  forwarder_.CallFor<v1::ListOrdersRequest, v1::ListOrdersResponse>(
      what_.caller, methods::kListOrders, list, kCallMax,
      [self, question](const absl::StatusOr<v1::ListOrdersResponse>& answer) {
        self->OnSnapshot(question, answer, [&] { return answer->orders(); });
      });
}

template <typename Response, typename List>
void OrderFeed::OnSnapshot(uint64_t question, const absl::StatusOr<Response>& answer, List list) {
  bool again = false;
  {
    const std::lock_guard lock(mutex_);
    if (!asking_ || question != question_) {
      return;  // of a stream that is over: what came between it and the next would be missing
    }
    asking_ = false;
    again = !answer.ok() && !stopped_;
    if (answer.ok() && !stopped_) {
      const auto items = list();
      uint64_t shown = head_;
      for (const auto& item : items) {
        shown = std::max(shown, item.sequence());
      }
      shown_ = shown;
      outlet_.Send({.snapshot = true, .position = PositionAt(shown)}, json::ToJsonArray(items));
      for (const v1::OrderEvent& event : std::exchange(held_, {})) {
        Show(event);
      }
    }
  }
  if (again) {
    link_.Restart();  // the next opening asks again
  }
}

void OrderFeed::StartOver() {
  next_ = 0;
  held_.clear();
  shown_.reset();
  asking_ = false;
}

void OrderFeed::Show(const v1::OrderEvent& event) {
  const bool is_for = what_.caller == nullptr || what_.caller->Covers(event.order().account());
  if (event.sequence() <= *shown_ || (what_.fills && !event.has_fill()) || !is_for) {
    return;
  }
  shown_ = event.sequence();
  outlet_.Send({.snapshot = false, .position = PositionAt(event.sequence())},
               what_.fills ? json::ToJson(event.fill()) : json::ToJson(event.order()));
}

std::string OrderFeed::PositionAt(uint64_t sequence) const {
  return StreamPosition{epoch_, sequence}.ToText();
}

}  // namespace tw::gateway
