#include "services/gateway/candles.h"

#include <utility>

#include "libs/base/field_error.h"
#include "libs/convert/timestamps.h"

namespace tw::gateway {
namespace {

constexpr int kLimitDefault = 100;
constexpr int kLimitMax = 1000;
// Once away, QuestDB is left alone this long, so that not every chart waits for its time limit.
constexpr Duration kAwayFor = Duration::Seconds(5);

}  // namespace

absl::Status CandleReader::Complete(v1::ListBarsRequest& request) const {
  if (request.timeframe().empty()) {
    request.set_timeframe("1m");
  }
  if (!intervals_.Find(request.timeframe())) {
    return FieldError("timeframe", "must be " + intervals_.Names());
  }
  if (request.limit() < 0 || request.limit() > kLimitMax) {
    return FieldError("limit", "must be 1 to 1000");
  }
  if (request.limit() == 0) {
    request.set_limit(kLimitDefault);
  }
  return absl::OkStatus();
}

CandleReader::CandleReader(Forwarder& forwarder,
                           BarHistory history,
                           normalizer::Intervals intervals)
    : forwarder_(forwarder), history_(std::move(history)), intervals_(std::move(intervals)) {}

void CandleReader::Stop() {
  reads_.Stop();
}

absl::Status CandleReader::history_status() const {
  const std::lock_guard lock(mutex_);
  return history_status_;
}

void CandleReader::Read(v1::ListBarsRequest request, Done<v1::ListBarsResponse> done) {
  const absl::Status complete = Complete(request);
  if (!complete.ok()) {
    done(complete);
    return;
  }
  forwarder_.Call<v1::ListBarsRequest, v1::ListBarsResponse>(
      methods::kListBars, request, kCallMax, [this, request, done = std::move(done)](Live live) {
        OnLive({request, std::move(live), done});
      });
}

// Hot-cache has answered: is more needed, and can it be asked for?
void CandleReader::OnLive(Job job) {
  const bool enough = job.live.ok() && job.live->bars_size() >= job.request.limit();
  const bool at_fault = absl::IsInvalidArgument(job.live.status());
  if (enough || at_fault || IsAway()) {
    job.done(std::move(job.live));
    return;
  }
  reads_.Post({.run = [this, job] { job.done(IsAway() ? job.live : WithHistory(job)); },
               .refuse = [job](const absl::Status&) { job.done(job.live); }});
}

bool CandleReader::IsAway() const {
  const std::lock_guard lock(mutex_);
  return MonotonicNanos() < away_until_ns_;
}

absl::StatusOr<v1::ListBarsResponse> CandleReader::WithHistory(const Job& job) {
  const absl::StatusOr<std::vector<v1::Bar>> past = history_(job.request);
  {
    const std::lock_guard lock(mutex_);
    history_status_ = past.status();
    away_until_ns_ = past.ok() ? 0 : MonotonicNanos() + kAwayFor.ns;
  }
  if (!past.ok() || (past->empty() && !job.live.ok())) {
    return job.live;
  }
  v1::ListBarsResponse merged;
  const bool any_live = job.live.ok() && job.live->bars_size() > 0;
  const Timestamp live_from = any_live ? FromTimestamp(job.live->bars(0).timestamp()) : Timestamp{};
  for (const v1::Bar& bar : *past) {
    if (!any_live || FromTimestamp(bar.timestamp()) < live_from) {
      *merged.add_bars() = bar;
    }
  }
  if (any_live) {
    merged.MergeFrom(*job.live);
  }
  const int surplus = merged.bars_size() - job.request.limit();
  if (surplus > 0) {
    merged.mutable_bars()->DeleteSubrange(0, surplus);
  }
  return merged;
}

}  // namespace tw::gateway
