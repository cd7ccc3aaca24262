#include "services/hot-cache/streams.h"

#include <memory>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/hot-cache/convert.h"

namespace tw::hot_cache {

MarketStreams::MarketStreams(const CacheState& state,
                             const Clock& clock,
                             uint64_t epoch,
                             const fanout::FanoutOptions& options)
    : state_(state), clock_(clock), epoch_(epoch), fanout_(options) {}

absl::StatusOr<fanout::Interest> MarketStreams::ReadInterest(
    const v1::StreamMarketDataRequest& request) const {
  TW_ASSIGN_OR_RETURN(fanout::Interest interest, fanout::ReadInterest(request));
  for (const std::string& symbol : interest.symbols) {
    TW_RETURN_IF_ERROR(state_.CheckSymbol(symbol));
  }
  for (const std::string& timeframe : interest.timeframes) {
    TW_RETURN_IF_ERROR(state_.CheckInterval("timeframes", timeframe));
  }
  return interest;
}

void MarketStreams::Serve(const v1::StreamMarketDataRequest& request, const Stream& stream) {
  absl::StatusOr<fanout::Interest> interest = ReadInterest(request);
  if (!interest.ok()) {
    stream.Finish(interest.status());
    return;
  }
  const auto subscriber =
      fanout_.Make(*std::move(interest), std::make_unique<fanout::RpcOutlet>(stream, epoch_));
  if (!subscriber.ok()) {
    stream.Finish(subscriber.status());
    return;
  }
  stream.OnClosed([this, s = *subscriber](const absl::Status&) { fanout_.Leave(s); });
  state_.Begin(clock_.Now(), [&](const std::vector<fanout::UpdatePtr>& snapshot) {
    fanout_.Join(*subscriber, snapshot);
  });
}

}  // namespace tw::hot_cache
