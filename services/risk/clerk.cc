#include "services/risk/clerk.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/thread_name.h"
#include "libs/log/log.h"
#include "libs/log/scope.h"

namespace tw::risk {

absl::StatusOr<std::unique_ptr<Clerk>> Clerk::Open(std::string directory,
                                                   const std::string& file_hash,
                                                   Desk& desk,
                                                   RiskMetrics metrics,
                                                   OnFailure on_journal_failure) {
  std::unique_ptr<Clerk> clerk(new Clerk(desk, metrics, std::move(on_journal_failure)));
  TW_RETURN_IF_ERROR(clerk->Recover(std::move(directory), file_hash));
  clerk->thread_ = std::thread(log::ForThisService([raw = clerk.get()] { raw->Run(); }));
  return clerk;
}

Clerk::~Clerk() {
  Stop();
}

absl::Status Clerk::Recover(std::string directory, const std::string& file_hash) {
  journal::Options options;
  options.segment_bytes = uint64_t{4} << 20;
  TW_ASSIGN_OR_RETURN(journal_, journal::Writer::Open(
                                    files_, std::move(directory), options, 1,
                                    [this](uint64_t, std::string_view record) -> absl::Status {
                                      TW_ASSIGN_OR_RETURN(const Event event, DecodeRecord(record));
                                      desk_.Write([&](State& state, Alerts& alerts) {
                                        Apply(event, state, alerts);
                                      });
                                      changes_.Add(event);
                                      return absl::OkStatus();
                                    }));
  const journal::RecoveryReport& report = journal_->recovery();
  log::Info("journal_recovered", {{"records", report.records}, {"torn_bytes", report.torn_bytes}});
  const auto file = desk_.Read([&](const State& state, const Alerts&) {
    return state.limits.DecideFile(file_hash, desk_.clock().Now());
  });
  return file ? Keep(*file, journal::Lane::kOrder) : absl::OkStatus();
}

void Clerk::Submit(Decide decide, Done done, journal::Lane lane) {
  if (!Enqueue({std::move(decide), done, lane})) {
    done(absl::ResourceExhaustedError("too many changes of limits and alerts at once; try again"));
  }
}

void Clerk::Record(Event event) {
  Submit([event = std::move(event)](const State&, const Alerts&,
                                    Timestamp) { return std::optional<Event>(event); },
         [](const absl::Status& status) {
           if (!status.ok()) {
             log::Limited(log::Level::kError, "change_not_kept",
                          {{"error", std::string(status.message())}});
           }
         },
         journal::Lane::kPriority);
}

void Clerk::Raise(AlertRaised finding) {
  Task task;
  task.decide = [finding = std::move(finding)](
                    const State&, const Alerts& alerts,
                    Timestamp now) -> absl::StatusOr<std::optional<Event>> {
    std::optional<AlertRaised> event = alerts.Decide(finding, now);
    return event ? std::optional<Event>(*std::move(event)) : std::nullopt;
  };
  task.done = [](const absl::Status& status) {
    if (!status.ok()) {
      log::Limited(log::Level::kError, "alert_not_kept",
                   {{"error", std::string(status.message())}});
    }
  };
  task.lane = journal::Lane::kOrder;
  if (!Enqueue(std::move(task))) {
    metrics_.AlertLost();
  }
}

bool Clerk::Enqueue(Task task) {
  const std::lock_guard lock(mutex_);
  std::deque<Task>& queue = task.lane == journal::Lane::kPriority ? priority_ : queue_;
  if (stopping_ || queue.size() >= kQueueMax) {
    return false;
  }
  queue.push_back(std::move(task));
  wake_.notify_one();
  return true;
}

void Clerk::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Clerk::Run() {
  SetThreadName("clerk");
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty() || !priority_.empty(); });
    std::deque<Task>& queue = priority_.empty() ? queue_ : priority_;
    if (queue.empty()) {
      return;  // stopping, and nothing is left
    }
    const Task task = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    task.done(Perform(task));
    lock.lock();
  }
}

absl::Status Clerk::Perform(const Task& task) {
  const Timestamp now = desk_.clock().Now();
  TW_ASSIGN_OR_RETURN(const std::optional<Event> event,
                      desk_.Read([&](const State& state, const Alerts& alerts) {
                        return task.decide(state, alerts, now);
                      }));
  return event ? Keep(*event, task.lane) : absl::OkStatus();
}

absl::Status Clerk::Keep(const Event& event, journal::Lane lane) {
  const int64_t start = MonotonicNanos();
  absl::Status status = journal_->Append(EncodeRecord(event), lane).status();
  if (status.ok()) {
    status = journal_->Sync();
  }
  if (!status.ok()) {
    if (journal_->failed()) {
      on_failure_(status);
    }
    return status;
  }
  metrics_.JournalSynced({MonotonicNanos() - start});
  desk_.Write([&](State& state, Alerts& alerts) { Apply(event, state, alerts); });
  changes_.Add(event);
  return absl::OkStatus();
}

}  // namespace tw::risk
