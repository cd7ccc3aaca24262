#include "services/questdb-writer/service.h"

#include <charconv>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/sink/lag_check.h"
#include "libs/stream/pace.h"
#include "services/questdb-writer/closes.h"
#include "services/questdb-writer/journal_heads.h"

namespace tw::questdb_writer {
namespace {

constexpr std::string_view kSource = "ledger";
constexpr std::string_view kChangesSource = "risk_changes";
// What risk's changes wait for room; they come again.
constexpr Duration kChangesPatience = Duration::Millis(100);
constexpr Duration kCloseLook = Duration::Seconds(1);
// Events of before a close are here by then: oms's clock is this one, and its stream is current.
constexpr Duration kCloseGrace = Duration::Seconds(2);
constexpr size_t kRowsBeforeHanding = 20'000;  // an event makes some 20 rows at most

absl::StatusOr<uint64_t> ReadPosition(const std::string& text) {
  uint64_t sequence = 0;
  const char* const end = text.data() + text.size();
  if (text.empty()) {
    return sequence;
  }
  const auto [stop, error] = std::from_chars(text.data(), end, sequence);
  if (error != std::errc() || stop != end) {
    return absl::DataLossError("positions.json: \"" + text + "\" is no ledger sequence");
  }
  return sequence;
}

}  // namespace

WriterService::WriterService()
    : sink_({"order_events", "fills", "risk_decisions", "positions", "risk_changes", "day_ends",
             "openings", "journal_heads"}) {}

void WriterService::Configure(config::Settings& settings) {
  instruments_ = settings.instruments();
  sink_.Configure(settings);
}

absl::Status WriterService::Prepare(app::Context& context) {
  context_ = &context;
  metrics_ = std::make_unique<WriterMetrics>(context.registry);
  lag_ = std::make_unique<feed::LagMeter>(context.clock.Now());
  sink_.Prepare(context, [this] {
    return sink::Stats{{"ledger_sequence", sequence_}, {"ledger_head", head_}};
  });
  AddChecks();
  context.ops.SetNotReady("reading the ledger");
  return absl::OkStatus();
}

absl::Status WriterService::Start(app::Context& context) {
  TW_RETURN_IF_ERROR(sink_.Start(context));
  TW_ASSIGN_OR_RETURN(durable_, ReadPosition(sink_.DurablePosition(kSource)));
  handed_ = durable_;
  TW_ASSIGN_OR_RETURN(NextClose next_close, LoadCloses(instruments_));
  ledger_rows_ = std::make_unique<LedgerRows>(context.accounts, std::move(next_close));
  feed::LedgerOptions options;
  options.oms = context.Peer("oms");
  options.consumer = context.name;
  options.pace = stream::kHistoryPace;
  options.anchor_folder = context.data_dir;
  options.without_checks = false;  // they are the rows of risk_decisions
  options.on_event = [this](const v1::LedgerEvent& event) { OnEvent(event); };
  options.on_batch = [this](const v1::LedgerBatch& batch, bool caught_up) {
    OnBatch(batch, caught_up);
  };
  options.on_lost = [this](const absl::Status& status) {
    lag_->OnLost(context_->clock.Now(), status);
  };
  ledger_ = std::make_unique<feed::LedgerClient>(context.timers, std::move(options));
  ledger_->Start();
  TW_ASSIGN_OR_RETURN(const uint64_t changes, ReadPosition(sink_.DurablePosition(kChangesSource)));
  changes_ = RiskChanges::Create(
      context.Peer("risk"), changes, [this](const ilp::LineBuffer& rows, uint64_t sequence) {
        return sink_
            .Put(rows, {std::string(kChangesSource), std::to_string(sequence)}, kChangesPatience)
            .ok();
      });
  changes_->Start(context.timers);
  context.timers.Every(kCloseLook, [this] { OnTime(); });
  return absl::OkStatus();
}

void WriterService::Stop() {
  sink_.StopWaiting();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (ledger_ != nullptr) {
    ledger_->Stop();
  }
  if (changes_ != nullptr) {
    changes_->Stop();
  }
  sink_.Stop();
}

void WriterService::OnEvent(const v1::LedgerEvent& event) {
  const std::lock_guard lock(mutex_);
  const bool write = event.sequence() > durable_;
  const absl::Status made = ledger_rows_->Apply(event, write ? &rows_ : nullptr);
  if (!made.ok()) {
    metrics_->EventFaulty();
    log::Limited(log::Level::kError, "row_not_made",
                 {{"sequence", event.sequence()}, {"error", std::string(made.message())}});
  }
  if (write) {
    metrics_->EventWritten();
  }
  sequence_ = event.sequence();
  if (rows_.rows() >= kRowsBeforeHanding) {
    Hand({std::string(kSource), std::to_string(event.sequence())});
  }
}

void WriterService::OnBatch(const v1::LedgerBatch& batch, bool caught_up) {
  const std::lock_guard lock(mutex_);
  head_ = batch.head_sequence();
  if (batch.has_journal_head() && batch.journal_head().record() != journal_record_) {
    journal_record_ = batch.journal_head().record();
    NoteHead(batch.journal_head());
  }
  if (sequence_ > handed_ || rows_.rows() > 0) {
    Hand({std::string(kSource), std::to_string(sequence_)});
  }
  lag_->OnBatch(context_->clock.Now(), caught_up);
  if (caught_up && !std::exchange(ready_, true)) {
    log::Info("recovered", {{"ledger_sequence", sequence_.load()}, {"written", durable_.load()}});
    context_->ops.SetReady();
  }
}

// The stream may hold the lock for as long as the pipeline is full; then the next look does it.
void WriterService::OnTime() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  const Timestamp now = context_->clock.Now();
  if (!lock.owns_lock() || stopping_ || !ready_ || !lag_->Read(now).current) {
    return;
  }
  const absl::Status made = ledger_rows_->RollTo(now - kCloseGrace, &rows_);
  if (!made.ok()) {
    log::Limited(log::Level::kError, "row_not_made", {{"error", std::string(made.message())}});
  }
  // What is not taken now stays before the rows of the next event.
  if (!rows_.empty() &&
      sink_.Put(rows_, {std::string(kSource), std::to_string(sequence_)}, kChangesPatience).ok()) {
    rows_.Clear();
    handed_ = sequence_;
  }
}

void WriterService::NoteHead(const v1::JournalHead& head) {
  if (const absl::Status made = AddJournalHead(head, context_->clock.Now(), rows_); !made.ok()) {
    metrics_->EventFaulty();
    log::Limited(log::Level::kError, "row_not_made", {{"error", std::string(made.message())}});
  }
}

bool WriterService::Hand(const ilp::Position& position) {
  const absl::Status put = sink_.Put(rows_, position, sink::kForever);
  rows_.Clear();  // not taken only when stopping: the position stays, they come again
  handed_ = sequence_;
  return put.ok();
}

void WriterService::AddChecks() {
  http::OpsState& ops = context_->ops;
  ops.SetFact("accounts_hash", context_->accounts.hash());
  ops.AddCheck("oms_ledger", [this] { return sink::ToCheck(lag_->Read(context_->clock.Now())); });
  ops.AddCheck("ledger", [this] {
    http::Check check;
    if (lag_->Read(context_->clock.Now()).current && head_ < durable_) {
      check.status = http::CheckStatus::kFailed;
      check.reason = "oms's ledger ends at " + std::to_string(head_) + ", but rows up to " +
                     std::to_string(durable_) +
                     " were written: it is another ledger; remove positions.json to write it anew";
    } else if (metrics_->faulty() > 0) {
      check.status = http::CheckStatus::kFailed;
      check.reason = "rows of some events could not be made, see the log";
    }
    return check;
  });
  context_->registry.OnText([this] {
    metrics_->Show(sequence_, ReadPosition(sink_.DurablePosition(kSource)).value_or(0),
                   Duration::Millis(lag_->Read(context_->clock.Now()).ms));
  });
}

}  // namespace tw::questdb_writer
