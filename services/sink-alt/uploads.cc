#include "services/sink-alt/uploads.h"

#include <chrono>
#include <future>
#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "services/sink-alt/alt_records.h"
#include "services/sink-alt/record_reader.h"

namespace tw::sink_alt {

namespace v1 = tradewind::v1;

namespace {

constexpr int kBatchRecords = 500;
constexpr size_t kBatchBytes = 1 << 20;
constexpr int kTriesMax = 20;  // of a batch for which there is no room; half a second apart
constexpr std::chrono::milliseconds kTryAgain{500};
constexpr double kCheckShare = 0.5;  // tidy: analytics, progress for people
constexpr int kProgressEvery = 256;  // records

}  // namespace

Uploads::Uploads(std::function<void(v1::IngestRequest, IngestDone)> ingest,
                 const AltTypes& types,
                 AltMetrics metrics,
                 uint64_t epoch)
    : ingest_(std::move(ingest)), types_(types), metrics_(metrics), epoch_(epoch), thread_([this] {
        Run();
      }) {}

absl::StatusOr<v1::Upload> Uploads::Start(File file) {
  if (file.text.size() > kBytesMax) {
    return absl::InvalidArgumentError("a file of more than " + std::to_string(kBytesMax) +
                                      " bytes is uploaded in pieces");
  }
  const auto job = std::make_shared<Job>();
  job->state.set_format(file.format == FileFormat::kCsv ? "csv" : "jsonl");
  job->state.set_state("checking");
  job->state.set_check(file.check);
  job->state.set_bytes(static_cast<int64_t>(file.text.size()));
  job->file = std::move(file);
  const std::lock_guard lock(mutex_);
  if (stopped_) {
    return absl::UnavailableError("stopping");
  }
  if (waiting_.size() + under_way_ >= kWaitingMax) {
    return absl::ResourceExhaustedError("too many files are not done yet");
  }
  job->state.set_upload_id(std::to_string(epoch_) + "-" + std::to_string(++count_));
  jobs_.push_back(job);
  if (jobs_.size() > kKeptMax) {
    jobs_.pop_front();
  }
  waiting_.push_back(job);
  wake_.notify_one();
  return job->state;
}

absl::StatusOr<v1::Upload> Uploads::Find(const std::string& upload_id) const {
  const std::lock_guard lock(mutex_);
  for (const JobPtr& job : jobs_) {
    if (job->state.upload_id() == upload_id) {
      return job->state;
    }
  }
  return absl::NotFoundError("no upload " + upload_id.substr(0, 64) +
                             "; a restart forgets them, and the newest 100 are kept");
}

v1::UploadList Uploads::List() const {
  v1::UploadList list;
  const std::lock_guard lock(mutex_);
  for (const JobPtr& job : jobs_) {
    *list.add_uploads() = job->state;
  }
  return list;
}

void Uploads::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    waiting_.clear();
    wake_.notify_all();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Uploads::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) {
      return;
    }
    const JobPtr job = std::move(waiting_.front());
    waiting_.pop_front();
    under_way_ = 1;
    lock.unlock();
    Work(*job);
    job->file.text = std::string();
    lock.lock();
    under_way_ = 0;
  }
}

template <typename F>
void Uploads::Update(Job& job, F f) {
  const std::lock_guard lock(mutex_);
  f(job.state);
}

void Uploads::AddFault(Job& job, int64_t line, const absl::Status& fault) {
  Update(job, [&](v1::Upload& state) {
    state.set_faults(state.faults() + 1);
    if (state.fault_list_size() < kFaultsListed) {
      v1::UploadFault& listed = *state.add_fault_list();
      listed.set_line(line + job.file.line_offset);
      listed.set_field(FieldOf(fault));
      listed.set_message(std::string(fault.message()));
    }
  });
}

void Uploads::Work(Job& job) {
  if (!Check(job)) {
    Update(job, [&](v1::Upload& state) {
      metrics_.UploadFaults(state.faults());
      state.set_state("refused");
      state.set_reason(std::to_string(state.faults()) +
                       (state.faults() == 1 ? " fault" : " faults") + ", nothing was taken");
    });
    return;
  }
  const absl::Status stored = job.file.check ? absl::OkStatus() : Store(job);
  Update(job, [&](v1::Upload& state) {
    if (stored.ok()) {
      state.set_state("done");
      state.set_progress(1);
    } else {
      state.set_state("failed");
      state.set_reason(std::string(stored.message()) +
                       "; what was stored stays, uploading again is safe");
    }
  });
}

// Reads the whole file. False: it has faults, each of which is noted.
bool Uploads::Check(Job& job) {
  absl::StatusOr<RecordReader> reader = RecordReader::Open(job.file.format, job.file.text);
  if (!reader.ok()) {
    AddFault(job, 1 - job.file.line_offset, reader.status());
    return false;
  }
  int64_t records = 0;
  bool sound = true;
  while (const auto item = reader->Next()) {
    const absl::Status status =
        item->record.ok() ? ValidateRecord("", *item->record, types_) : item->record.status();
    if (!status.ok()) {
      AddFault(job, item->line, status);
      sound = false;
    } else {
      ++records;
    }
    if (records % kProgressEvery == 0) {
      Update(job, [&](v1::Upload& state) {
        state.set_lines(reader->line());
        state.set_records(records);
        state.set_progress(kCheckShare * static_cast<double>(reader->position()) /
                           static_cast<double>(job.file.text.size()));
      });
    }
  }
  if (records == 0 && sound) {
    AddFault(job, reader->line(), FieldError("record", "there is none in the file"));
    sound = false;
  }
  Update(job, [&](v1::Upload& state) {
    state.set_lines(reader->line());
    state.set_records(records);
    state.set_progress(kCheckShare);
    if (sound && !job.file.check) {
      state.set_state("storing");
    }
  });
  return sound;
}

absl::Status Uploads::Store(Job& job) {
  TW_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(job.file.format, job.file.text));
  v1::IngestRequest batch;
  size_t bytes = 0;
  while (const auto item = reader.Next()) {
    TW_RETURN_IF_ERROR(item->record.status());
    bytes += item->record->ByteSizeLong();
    *batch.add_records() = *item->record;
    if (batch.records_size() < kBatchRecords && bytes < kBatchBytes) {
      continue;
    }
    TW_RETURN_IF_ERROR(Send(job, std::exchange(batch, {})));
    bytes = 0;
    Update(job, [&](v1::Upload& state) {
      state.set_progress(kCheckShare + (1 - kCheckShare) * static_cast<double>(reader.position()) /
                                           static_cast<double>(job.file.text.size()));
    });
  }
  return batch.records_size() == 0 ? absl::OkStatus() : Send(job, batch);
}

// Waits until the batch is on the disk. What was stored of it before it failed comes out as
// duplicates of the next try.
absl::Status Uploads::Send(Job& job, const v1::IngestRequest& batch) {
  absl::StatusOr<v1::IngestResponse> answer;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    std::promise<absl::StatusOr<v1::IngestResponse>> promise;
    ingest_(batch,
            [&](const absl::StatusOr<v1::IngestResponse>& done) { promise.set_value(done); });
    answer = promise.get_future().get();
    const bool may_change =
        absl::IsResourceExhausted(answer.status()) || absl::IsUnavailable(answer.status());
    if (answer.ok() || !may_change) {
      break;
    }
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kTryAgain, [this] { return stopped_; })) {
      break;
    }
  }
  TW_RETURN_IF_ERROR(answer.status());
  Update(job, [&](v1::Upload& state) {
    state.set_accepted(state.accepted() + answer->accepted());
    state.set_duplicates(state.duplicates() + answer->duplicates());
  });
  return absl::OkStatus();
}

}  // namespace tw::sink_alt
