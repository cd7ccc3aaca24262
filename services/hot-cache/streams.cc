#include "services/hot-cache/streams.h"

#include <algorithm>
#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/market.h"

namespace tw::hot_cache {
namespace {

// On the way to one client at a time; what exceeds it waits where it can be merged.
constexpr size_t kQueuedMax = 64;

void Trim(v1::OrderBook& book, int depth) {
  if (book.bids_size() > depth) {
    book.mutable_bids()->DeleteSubrange(depth, book.bids_size() - depth);
  }
  if (book.asks_size() > depth) {
    book.mutable_asks()->DeleteSubrange(depth, book.asks_size() - depth);
  }
}

}  // namespace

MarketStreams::MarketStreams(const CacheState& state,
                             const Clock& clock,
                             uint64_t epoch,
                             const StreamOptions& options)
    : state_(state), clock_(clock), epoch_(epoch), options_(options) {}

absl::StatusOr<Interest> MarketStreams::ReadInterest(
    const v1::StreamMarketDataRequest& request) const {
  Interest interest{.symbols = {request.symbols().begin(), request.symbols().end()},
                    .tickers = request.tickers(),
                    .books = request.books(),
                    .trades = request.trades(),
                    .bars = request.bars()};
  if (!interest.tickers && !interest.books && !interest.trades && !interest.bars) {
    return FieldError("tickers", "ask for at least one of tickers, books, trades and bars");
  }
  for (const std::string& symbol : interest.symbols) {
    TW_RETURN_IF_ERROR(state_.CheckSymbol(symbol));
  }
  std::sort(interest.symbols.begin(), interest.symbols.end());
  return interest;
}

void MarketStreams::Serve(const v1::StreamMarketDataRequest& request, const Stream& stream) {
  absl::StatusOr<Interest> interest = ReadInterest(request);
  if (!interest.ok()) {
    stream.Finish(interest.status());
    return;
  }
  if (count_.fetch_add(1) >= options_.streams_max) {
    --count_;
    stream.Finish(absl::ResourceExhaustedError("too many market data streams are open"));
    return;
  }
  const auto subscriber = std::make_shared<Subscriber>(
      *std::move(interest), BookDepth(request.depth()), options_.trades_waiting_max);
  // Either callback may come before the pump has given its id; the pump then looks again at the
  // next announcement.
  stream.OnWritable([this, subscriber] { pump_.Unblock(subscriber->pump_id); });
  stream.OnClosed([this, subscriber](const absl::Status&) {
    subscriber->over = true;
    pump_.Remove(subscriber->pump_id);
    const std::lock_guard lock(mutex_);
    subscribers_.erase(subscriber.get());
    --count_;
  });
  auto snapshot = state_.Begin(subscriber->interest, clock_.Now(), [&] {
    const std::lock_guard lock(mutex_);
    subscribers_.emplace(subscriber.get(), subscriber);
  });
  {
    const std::lock_guard lock(subscriber->mutex);
    subscriber->snapshot.assign(snapshot.begin(), snapshot.end());
  }
  subscriber->pump_id = pump_.Add(
      [this, subscriber, stream](bool announce) { return Step(*subscriber, stream, announce); });
  if (subscriber->over) {  // closed before it was added
    const std::lock_guard lock(mutex_);
    subscribers_.erase(subscriber.get());
  }
}

void MarketStreams::OnChange(const Change& change) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, subscriber] : subscribers_) {
    if (!subscriber->interest.Wants(*change.update)) {
      continue;
    }
    const std::lock_guard waiting(subscriber->mutex);
    if (change.key.empty()) {
      subscriber->waiting.Append(change.update);
    } else {
      subscriber->waiting.Offer(change.key, change.update);
    }
  }
}

stream::PumpResult MarketStreams::Step(Subscriber& subscriber,
                                       const Stream& stream,
                                       bool announce) {
  if (subscriber.over) {
    return stream::PumpResult::kClosed;
  }
  bool sent = false;
  // A client that is behind is looked at again with the next news, or the next second.
  while (stream.queued() < kQueuedMax) {
    UpdatePtr update;
    uint64_t merged = 0;
    {
      const std::lock_guard lock(subscriber.mutex);
      if (!subscriber.snapshot.empty()) {
        update = std::move(subscriber.snapshot.front());
        subscriber.snapshot.pop_front();
      } else if (auto taken = subscriber.waiting.Take()) {
        update = std::move(taken->update);
        merged = taken->merged;
      } else {
        break;
      }
    }
    if (!Send(subscriber, stream, update, merged)) {
      return stream::PumpResult::kBlocked;
    }
    sent = true;
  }
  if (announce && !sent && stream.queued() == 0) {
    v1::MarketDataUpdate announcement;
    announcement.set_epoch(epoch_);
    announcement.set_sequence(subscriber.sequence);
    announcement.set_previous_sequence(subscriber.sequence);
    stream.Write(announcement);
  }
  return stream::PumpResult::kCaughtUp;
}

// False: the stream is over.
bool MarketStreams::Send(Subscriber& subscriber,
                         const Stream& stream,
                         const UpdatePtr& update,
                         uint64_t merged) {
  v1::MarketDataUpdate message = *update;
  if (message.has_book()) {
    Trim(*message.mutable_book(), subscriber.depth);
  }
  message.set_epoch(epoch_);
  message.set_previous_sequence(subscriber.sequence);
  subscriber.sequence += 1 + merged;
  message.set_sequence(subscriber.sequence);
  merged_ += merged;
  return stream.Write(message);
}

}  // namespace tw::hot_cache
