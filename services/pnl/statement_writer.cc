#include "services/pnl/statement_writer.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "libs/base/thread_name.h"
#include "libs/log/log.h"
#include "libs/log/scope.h"
#include "libs/stream/pace.h"

namespace tw::pnl {
namespace {

// Events of before a close are here by then: oms's clock is this one, and its stream is current.
constexpr Duration kCloseGrace = Duration::Seconds(5);

}  // namespace

StatementWriter::StatementWriter(app::Context& context, TradingDays days, Duration retry)
    : context_(context),
      retry_(retry),
      statements_(context.registry.AddCounter("tw_pnl_statements_total",
                                              "Statements of accounts written at closes.")),
      failures_(context.registry.AddCounter("tw_pnl_statement_failures_total",
                                            "Tries to write the statements of a close.")),
      left_out_(context.registry.AddCounter("tw_pnl_statements_left_out_total",
                                            "Statements whose sums are out of range.")),
      sequence_(context.registry.AddGauge("tw_pnl_statement_sequence",
                                          "Last ledger event taken into the statements.")),
      days_(context.accounts,
            std::move(days),
            files_,
            context.data_dir,
            [this](const StatementDays::Written& written) { OnWritten(written); }),
      ledger_(context.timers, Options()) {}

feed::LedgerOptions StatementWriter::Options() {
  feed::LedgerOptions options;
  options.oms = context_.Peer("oms");
  options.consumer = context_.name + "-statements";
  options.fills_only = true;
  options.pace = stream::kHistoryPace;
  options.on_event = [this](const v1::LedgerEvent& event) { gathered_.push_back(event); };
  options.on_batch = [this](const v1::LedgerBatch&, bool caught_up) { Post(caught_up); };
  return options;
}

void StatementWriter::Start() {
  thread_ = std::thread(log::ForThisService([this] { Run(); }));
  ledger_.Start();
}

void StatementWriter::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_asked_.notify_all();
  posted_.notify_all();
  taken_.notify_all();
  ledger_.Stop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

// The thread is woken once a message, not once an event.
void StatementWriter::Post(bool caught_up) {
  std::unique_lock lock(mutex_);
  taken_.wait(lock, [this] { return waiting_.size() < kWaitingMax || stopping_; });
  for (v1::LedgerEvent& event : gathered_) {
    waiting_.emplace_back(std::move(event));
  }
  gathered_.clear();
  if (caught_up && (waiting_.empty() || waiting_.back())) {
    waiting_.emplace_back(std::nullopt);
  }
  if (!waiting_.empty()) {
    posted_.notify_one();
  }
}

void StatementWriter::Run() {
  SetThreadName("statements");
  while (true) {
    std::optional<v1::LedgerEvent> event;
    {
      std::unique_lock lock(mutex_);
      posted_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
      if (stopping_) {
        return;
      }
      event = std::move(waiting_.front());
      waiting_.pop_front();
      taken_.notify_one();
    }
    if (event) {
      Insist([&] { return days_.Apply(*event); });
      sequence_.Set(static_cast<double>(event->sequence()));
    } else {
      Insist([&] { return days_.RollTo(context_.clock.Now() - kCloseGrace); });
    }
  }
}

void StatementWriter::Insist(const std::function<absl::Status()>& work) {
  while (true) {
    absl::Status done = work();
    if (!done.ok()) {
      failures_.Add();
      log::Limited(log::Level::kError, "statements_not_written",
                   {{"error", std::string(done.message())}});
    }
    std::unique_lock lock(mutex_);
    const bool again = !done.ok();
    fault_ = std::move(done);
    if (!again || stop_asked_.wait_for(lock, std::chrono::nanoseconds(retry_.ns),
                                       [this] { return stopping_; })) {
      return;
    }
  }
}

void StatementWriter::OnWritten(const StatementDays::Written& written) {
  statements_.Add(static_cast<double>(written.accounts));
  left_out_.Add(static_cast<double>(written.left_out));
  if (written.left_out > 0) {
    log::Error("statements_left_out", {{"day", written.day},
                                       {"market", written.market},
                                       {"accounts", uint64_t{written.left_out}}});
  }
  log::Info(
      "statements_written",
      {{"day", written.day}, {"market", written.market}, {"accounts", uint64_t{written.accounts}}});
  const std::lock_guard lock(mutex_);
  last_ = written.day + " " + written.market;
}

http::Check StatementWriter::Check() const {
  const std::lock_guard lock(mutex_);
  http::Check check;
  if (!fault_.ok()) {
    check.status = http::CheckStatus::kDegraded;
    check.reason = "statements cannot be written and wait for it: " + std::string(fault_.message());
  } else if (left_out_.value() > 0) {
    check.status = http::CheckStatus::kDegraded;
    check.reason = "statements were left out because sums are out of range; see the log";
  }
  return check;
}

std::string StatementWriter::Stats() const {
  const std::lock_guard lock(mutex_);
  return fmt::format(
      "\"statements\":{:.0f},\"statement_failures\":{:.0f},\"statement_sequence\":{:.0f},"
      "\"last_statements\":\"{}\"",
      statements_.value(), failures_.value(), sequence_.value(), last_);
}

}  // namespace tw::pnl
