#include "services/questdb-writer/risk_changes.h"

#include <string>
#include <utility>

#include "libs/convert/timestamps.h"
#include "libs/log/log.h"

namespace tw::questdb_writer {

absl::Status AddChange(const v1::RiskChange& change, ilp::LineBuffer& rows) {
  rows.Table("risk_changes")
      .Symbol("kind", change.kind())
      .Symbol("scope", change.scope())
      .Int("sequence", static_cast<int64_t>(change.sequence()))
      .String("name", change.name())
      .String("text", change.text())
      .String("changed_by", change.by())
      .String("reason", change.reason())
      .Int("version", static_cast<int64_t>(change.version()));
  return rows.At(FromTimestamp(change.time()));
}

std::shared_ptr<RiskChanges> RiskChanges::Create(std::shared_ptr<rpc::Channel> risk,
                                                 uint64_t after,
                                                 Hand hand) {
  return std::shared_ptr<RiskChanges>(new RiskChanges(std::move(risk), after, std::move(hand)));
}

void RiskChanges::Start(TimerThread& timers) {
  timers.Every(kPeriod, [self = shared_from_this()] { self->Ask(); });
  Ask();
}

void RiskChanges::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

void RiskChanges::Ask() {
  v1::ListChangesRequest request;
  {
    const std::lock_guard lock(mutex_);
    if (asking_ || stopped_) {
      return;
    }
    asking_ = true;
    request.set_after(after_);
  }
  request.set_limit(kPage);
  risk_->Call<v1::ListChangesRequest, v1::ListChangesResponse>(
      "tradewind.v1.RiskService/ListChanges", request, kPeriod,
      [self = shared_from_this()](const absl::StatusOr<v1::ListChangesResponse>& answer) {
        self->OnAnswer(answer);
      });
}

void RiskChanges::OnAnswer(const absl::StatusOr<v1::ListChangesResponse>& answer) {
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    asking_ = false;
    if (stopped_ || !answer.ok()) {
      return;  // asked again in a while
    }
    if (answer->head() < after_) {
      // Another journal of risk, which begins anew: its rows are other rows.
      log::Warn("risk_changes_begin_anew", {{"known", after_}, {"head", answer->head()}});
      after_ = 0;
      more = true;
    } else if (answer->changes_size() > 0) {
      ilp::LineBuffer rows({}, ilp::Doubles::kBinary);
      for (const v1::RiskChange& change : answer->changes()) {
        if (const absl::Status made = AddChange(change, rows); !made.ok()) {
          log::Limited(log::Level::kError, "risk_change_not_made",
                       {{"sequence", change.sequence()}, {"error", std::string(made.message())}});
        }
      }
      const uint64_t last = answer->changes(answer->changes_size() - 1).sequence();
      if (hand_(rows, last)) {
        after_ = last;
        more = last < answer->head();
      }
    }
  }
  if (more) {
    Ask();
  }
}

}  // namespace tw::questdb_writer
