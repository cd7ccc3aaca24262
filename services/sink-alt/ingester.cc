#include "services/sink-alt/ingester.h"

#include <string>
#include <utility>

#include "libs/log/log.h"
#include "services/sink-alt/alt_records.h"

namespace tw::sink_alt {

namespace v1 = tradewind::v1;

Ingester::Ingester(sink::Sink& sink,
                   const Clock& clock,
                   AltMetrics metrics,
                   IngesterOptions options,
                   SeenLog log,
                   Seen seen)
    : sink_(sink),
      clock_(clock),
      metrics_(metrics),
      options_(std::move(options)),
      seen_(std::move(seen)),
      log_(std::move(log)),
      thread_([this] { Run(); }) {}

Ingester::~Ingester() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Ingester::Ingest(v1::IngestRequest request, IngestDone done) {
  Job job{std::move(request), std::move(done), MonotonicNanos()};
  absl::Status status = Validate(job.request, options_.types);
  if (status.ok()) {
    job.bytes = job.request.ByteSizeLong();
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      status = absl::UnavailableError("stopping");
    } else if (waiting_.size() >= options_.requests_max ||
               waiting_bytes_ + job.bytes > options_.bytes_max) {
      status = absl::ResourceExhaustedError("too many records are waiting for the disk");
    } else {
      waiting_bytes_ += job.bytes;
      waiting_.push_back(std::move(job));
      wake_.notify_one();
      return;
    }
  }
  Refuse(job, status);
}

void Ingester::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    std::vector<Job> jobs = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
    const bool stopping = stopping_;
    lock.unlock();
    if (stopping) {
      for (const Job& job : jobs) {
        Refuse(job, absl::UnavailableError("stopping"));
      }
      return;
    }
    Work(std::move(jobs));
    lock.lock();
  }
}

void Ingester::Work(std::vector<Job> jobs) {
  Hashes round;  // on their way to the disk
  std::vector<Job> taken;
  for (Job& job : jobs) {
    const absl::Status status = Take(job, round);
    if (status.ok()) {
      taken.push_back(std::move(job));
    } else {
      Refuse(job, status);
    }
  }
  // A round of nothing but duplicates of earlier rounds has nothing to wait for.
  absl::Status safe = round.empty() ? absl::OkStatus() : sink_.Persist(options_.disk_timeout);
  if (!safe.ok()) {
    log::Limited(log::Level::kError, "ingest_not_durable",
                 {{"error", std::string(safe.message())}});
    safe = absl::UnavailableError("the records are not on the disk yet; send them again: " +
                                  std::string(safe.message()));
  }
  if (safe.ok()) {
    Remember(taken);
  }
  for (Job& job : taken) {
    if (!safe.ok()) {
      Refuse(job, safe);
      continue;
    }
    v1::IngestResponse response;
    response.set_accepted(static_cast<int32_t>(job.fresh.size()));
    response.set_duplicates(job.duplicates);
    metrics_.Taken(response.accepted(), response.duplicates(),
                   Duration{MonotonicNanos() - job.began_ns});
    job.done(response);
  }
}

// Before anybody is answered: whoever is told "accepted" will be told "duplicate" after a restart.
void Ingester::Remember(const std::vector<Job>& taken) {
  std::vector<SeenLog::Entry> entries;
  for (const Job& job : taken) {
    for (const ContentHash& hash : job.fresh) {
      entries.push_back({hash, clock_.Now()});
      seen_.Insert(hash, entries.back().taken);
    }
  }
  const absl::Status kept = log_.Append(entries);
  metrics_.Remembered(seen_.size(), kept.ok());
  if (!kept.ok()) {
    log::Limited(log::Level::kError, "seen_not_kept", {{"error", std::string(kept.message())}});
  }
}

absl::Status Ingester::Take(Job& job, Hashes& round) {
  ilp::LineBuffer rows;
  Hashes own;
  for (const v1::AltRecord& record : job.request.records()) {
    const ContentHash hash = HashOf(record);
    if (seen_.Contains(hash, clock_.Now()) || round.contains(hash) || own.contains(hash)) {
      ++job.duplicates;
      continue;
    }
    if (const absl::Status made = AddRow(record, hash, rows); !made.ok()) {
      return made;
    }
    own.insert(hash);
    job.fresh.push_back(hash);
  }
  const absl::Status put = sink_.Put(rows, {}, Duration{});
  if (put.ok()) {
    round.insert(own.begin(), own.end());
  }
  return put;
}

void Ingester::Refuse(const Job& job, const absl::Status& why) const {
  metrics_.Refused();
  job.done(why);
}

}  // namespace tw::sink_alt
