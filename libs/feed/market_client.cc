#include "libs/feed/market_client.h"

#include <algorithm>

namespace tw::feed {

MarketClient::MarketClient(TimerThread& timers, MarketOptions options)
    : options_(std::move(options)),
      epoch_(options_.epoch),
      sequence_(options_.from == 0 ? 0 : options_.from - 1) {
  Subscriber<v1::StreamFeedRequest, v1::FeedBatch>::Options subscriber;
  subscriber.channel = options_.peer;
  subscriber.method = "tradewind.v1.MarketFeedService/StreamFeed";
  subscriber.request = [this] {
    v1::StreamFeedRequest request;
    request.set_consumer(options_.consumer);
    request.set_lossless(options_.lossless);
    request.set_pace_ms(static_cast<uint32_t>(options_.pace.millis()));
    if (!start_over_.exchange(false) && epoch_ != 0) {
      request.set_epoch(epoch_);
      request.set_from_sequence(sequence_ + 1);
    }
    return request;
  };
  subscriber.on_batch = [this](const v1::FeedBatch& batch) { return OnBatch(batch); };
  subscriber.on_lost = [this](const absl::Status& status) {
    if (status.code() == absl::StatusCode::kOutOfRange) {
      start_over_ = true;  // too far behind: the snapshot, and on_gap when it comes
    }
    if (options_.on_lost) {
      options_.on_lost(status);
    }
  };
  subscriber_ = std::make_unique<Subscriber<v1::StreamFeedRequest, v1::FeedBatch>>(
      timers, std::move(subscriber));
}

MarketClient::~MarketClient() {
  Stop();
}

void MarketClient::Start() {
  subscriber_->Start();
}

void MarketClient::Stop() {
  subscriber_->Stop();
}

bool MarketClient::connected() const {
  return subscriber_->connected();
}

bool MarketClient::OnBatch(const v1::FeedBatch& batch) {
  if (batch.epoch() != epoch_) {
    if (epoch_ != 0 && options_.on_gap) {
      options_.on_gap(epoch_, sequence_ + 1, 0);
    }
    epoch_ = batch.epoch();
    sequence_ = batch.previous_sequence();
  } else if (batch.previous_sequence() > sequence_) {
    if (options_.on_gap) {
      options_.on_gap(epoch_, sequence_ + 1, batch.previous_sequence());
    }
    sequence_ = batch.previous_sequence();
  }
  for (const v1::FeedEvent& event : batch.events()) {
    if (event.snapshot()) {
      options_.on_event(event);
      continue;
    }
    if (event.sequence() <= sequence_) {
      continue;  // sent again after a reconnect
    }
    options_.on_event(event);
    sequence_ = event.sequence();
  }
  head_ = std::max(batch.head_sequence(), sequence_.load());
  if (options_.on_batch) {
    options_.on_batch(batch);
  }
  return true;
}

}  // namespace tw::feed
