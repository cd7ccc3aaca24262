#include "libs/ilp/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/thread_name.h"
#include "libs/ilp/internal.h"
#include "libs/ilp/spool_record.h"

namespace tw::ilp {
namespace {

constexpr Duration kPositionsSaveEvery = Duration::Seconds(1);
constexpr Duration kSpoolRetryEvery = Duration::Millis(100);

// Changes with every boot of the machine; empty where the kernel does not say.
std::string BootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  file >> id;
  return id;
}

// splitmix64: only spreads retries in time.
double NextRandom(uint64_t& state) {
  state += 0x9E3779B97F4A7C15u;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

// "table does not exist", "column: x does not exist": the schema is at fault, not the row.
bool SchemaMissing(const SendResult& result) {
  return result.message.find("does not exist") != std::string::npos;
}

BufferLimits PendingLimits(const PipelineOptions& options) {
  return {options.pending_rows_max, options.pending_bytes_max, options.pending_bytes_max};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Pipeline>> Pipeline::Start(PipelineOptions options,
                                                          const Clock& clock) {
  // All that is pending may become one spool record: the text and four bytes a row.
  if (options.pending_bytes_max + 4 * options.pending_rows_max > kRecordPayloadBytesMax) {
    return absl::InvalidArgumentError("pending_bytes_max and pending_rows_max are too large");
  }
  std::error_code error;
  std::filesystem::create_directories(options.data_dir, error);
  if (error) {
    return absl::UnavailableError(
        fmt::format("creating {}: {}", options.data_dir, error.message()));
  }
  TW_ASSIGN_OR_RETURN(PositionStore positions,
                      PositionStore::Open(options.data_dir + "/positions.json"));
  TW_ASSIGN_OR_RETURN(auto spool, Spool::Open({.dir = options.data_dir + "/spool",
                                               .bytes_max = options.spool_bytes_max,
                                               .keep_bytes = options.keep_bytes,
                                               .keep_age = options.keep_age}));
  std::unique_ptr<Pipeline> pipeline(new Pipeline(std::move(options), clock, std::move(positions)));
  pipeline->spool_ = std::move(spool);
  const std::string boot_id = BootId();
  if (pipeline->positions_.boot_id() != boot_id) {
    if (!pipeline->positions_.boot_id().empty()) {
      pipeline->Alarm("resending", "the machine was restarted since these rows were acknowledged");
      pipeline->spool_->Rewind();
    }
    pipeline->positions_.set_boot_id(boot_id);
    TW_RETURN_IF_ERROR(pipeline->positions_.Save());
  }
  pipeline->spooler_ = std::thread([p = pipeline.get()] { p->SpoolerLoop(); });
  pipeline->sender_thread_ = std::thread([p = pipeline.get()] { p->SenderLoop(); });
  return pipeline;
}

Pipeline::Pipeline(PipelineOptions options, const Clock& clock, PositionStore positions)
    : options_(std::move(options)),
      clock_(clock),
      sender_(options_.questdb, options_.gzip),
      dead_letter_(options_.data_dir + "/dead-letter/rows.jsonl", options_.dead_letter_bytes_max),
      backoff_(options_.backoff_max),
      random_state_(static_cast<uint64_t>(MonotonicNanos())),
      pending_(PendingLimits(options_)),
      positions_(std::move(positions)) {}

Pipeline::~Pipeline() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  spooler_wakes_.notify_all();
  sender_wakes_.notify_all();
  progress_.notify_all();
  if (spooler_.joinable()) {
    spooler_.join();
  }
  if (sender_thread_.joinable()) {
    sender_thread_.join();
  }
}

absl::Status Pipeline::Add(const LineBuffer& rows, const Position& position) {
  const std::lock_guard lock(mutex_);
  if (!pending_.Append(rows).ok()) {
    return absl::ResourceExhaustedError(
        fmt::format("{}: {} rows are pending{}", options_.name, pending_.rows(),
                    stats_.spool_full ? " and the spool takes no more" : ""));
  }
  const bool first = pending_.rows() == rows.rows() && pending_positions_.empty();
  if (first) {
    pending_since_ns_ = MonotonicNanos();
  }
  if (!position.source.empty()) {
    pending_positions_[position.source] = position.value;
  }
  stats_.rows_added += rows.rows();
  ++adds_;
  if (first || pending_.rows() >= options_.batch_rows ||
      pending_.bytes().size() >= options_.batch_bytes) {
    spooler_wakes_.notify_one();
  }
  return absl::OkStatus();
}

std::string Pipeline::DurablePosition(std::string_view source) const {
  const std::lock_guard lock(mutex_);
  return positions_.Get(source);
}

// False: not until `deadline`, or the pipeline stops.
bool Pipeline::WaitSpooled(std::unique_lock<std::mutex>& lock,
                           std::chrono::steady_clock::time_point deadline) {
  const uint64_t target = adds_;
  ++flushes_waiting_;
  spooler_wakes_.notify_one();
  progress_.wait_until(lock, deadline, [&] { return stopping_ || spooled_ >= target; });
  --flushes_waiting_;
  return spooled_ >= target;
}

absl::Status Pipeline::Persist(Duration timeout) {
  {
    std::unique_lock lock(mutex_);
    if (!WaitSpooled(lock, std::chrono::steady_clock::now() + ToChrono(timeout))) {
      return absl::DeadlineExceededError(
          fmt::format("{}: rows are still waiting for the spool; last error: {}", options_.name,
                      stats_.last_error.empty() ? "none" : stats_.last_error));
    }
  }
  return spool_->Sync();
}

absl::Status Pipeline::Flush(Duration timeout) {
  std::unique_lock lock(mutex_);
  const auto deadline = std::chrono::steady_clock::now() + ToChrono(timeout);
  const bool spooled = WaitSpooled(lock, deadline);
  const uint64_t target = spool_->stats().next_index;
  const bool delivered = spooled && progress_.wait_until(lock, deadline, [&] {
    return stopping_ || spool_->stats().delivered_next >= target;
  });
  if (delivered && !stopping_) {
    return absl::OkStatus();
  }
  return absl::DeadlineExceededError(
      fmt::format("{}: rows are still waiting for QuestDB; last error: {}", options_.name,
                  stats_.last_error.empty() ? "none" : stats_.last_error));
}

void Pipeline::Resend() {
  Alarm("resending", "asked for");
  {
    const std::lock_guard lock(mutex_);
    spool_->Rewind();
    spool_grew_ = true;
  }
  sender_wakes_.notify_one();
}

PipelineStats Pipeline::stats() const {
  const SpoolStats spool = spool_->stats();
  const std::lock_guard lock(mutex_);
  PipelineStats stats = stats_;
  stats.rows_pending = pending_.rows();
  stats.rows_spooled = spool.waiting_rows;
  stats.spool_bytes = spool.waiting_bytes;
  stats.kept_bytes = spool.kept_bytes;
  stats.damaged_bytes = spool.damaged_bytes;
  return stats;
}

void Pipeline::Alarm(std::string_view event, std::string_view detail) const {
  if (options_.alarm) {
    options_.alarm(event, detail);
  }
}

bool Pipeline::Stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// ---- spooler thread

void Pipeline::SpoolerLoop() {
  SetThreadName("spooler");
  LineBuffer batch(PendingLimits(options_));
  for (;;) {
    std::map<std::string, std::string> positions;
    uint64_t through = 0;
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      const auto something = [&] { return !pending_.empty() || !pending_positions_.empty(); };
      spooler_wakes_.wait_for(lock, ToChrono(kPositionsSaveEvery),
                              [&] { return stopping_ || something(); });
      if (something()) {
        const Duration waited{MonotonicNanos() - pending_since_ns_};
        spooler_wakes_.wait_for(lock, ToChrono(options_.batch_age - waited), [&] {
          return stopping_ || flushes_waiting_ > 0 || pending_.rows() >= options_.batch_rows ||
                 pending_.bytes().size() >= options_.batch_bytes;
        });
      }
      std::swap(batch, pending_);
      positions.swap(pending_positions_);
      through = adds_;
      stopping = stopping_;
    }
    const bool spooled = SpoolBatch(batch);
    batch.Clear();
    {
      const std::lock_guard lock(mutex_);
      for (auto& [source, value] : positions) {
        if (spooled) {
          positions_.Set(source, std::move(value));
        }
      }
      if (spooled) {
        spooled_ = through;
      }
      spool_grew_ = true;
    }
    progress_.notify_all();
    sender_wakes_.notify_one();
    SavePositionsIfDue(stopping);
    if (stopping) {
      return;
    }
  }
}

// False: given up because of the stop; the rows are gone from here, but their position has not
// moved, so the consumer brings them again.
bool Pipeline::SpoolBatch(LineBuffer& batch) {
  if (batch.empty()) {
    return true;
  }
  for (;;) {
    const absl::Status status = spool_->Append(batch, clock_.Now());
    std::unique_lock lock(mutex_);
    const bool was_full = std::exchange(stats_.spool_full, !status.ok());
    if (!status.ok()) {
      stats_.last_error = std::string(status.message());
    }
    if (was_full != stats_.spool_full) {
      lock.unlock();
      if (status.ok()) {
        Alarm("spool_free", "rows are durable again");
      } else {
        Alarm(absl::IsResourceExhausted(status) ? "spool_full" : "spool_failed",
              std::string(status.message()));
      }
      lock.lock();
    }
    if (status.ok()) {
      return true;
    }
    if (spooler_wakes_.wait_for(lock, ToChrono(kSpoolRetryEvery), [&] { return stopping_; })) {
      return false;
    }
  }
}

void Pipeline::SavePositionsIfDue(bool now) {
  const int64_t at = MonotonicNanos();
  std::optional<PositionStore> snapshot;
  {
    const std::lock_guard lock(mutex_);
    if (!positions_.dirty() || (!now && at - positions_saved_ns_ < kPositionsSaveEvery.ns)) {
      return;
    }
    snapshot = positions_.TakeSnapshot();
  }
  positions_saved_ns_ = at;
  // The rows first: a position on the medium must never be ahead of them.
  absl::Status status = spool_->Sync();
  if (status.ok()) {
    status = snapshot->Save();
  }
  if (!status.ok()) {
    const std::lock_guard lock(mutex_);
    positions_.MarkDirty();
    stats_.last_error = std::string(status.message());
  }
}

// ---- sender thread

void Pipeline::SenderLoop() {
  SetThreadName("ilp-sender");
  bool prepared = false;
  while (!Stopping()) {
    if (!prepared) {
      prepared = Prepare();
      continue;
    }
    auto batch = spool_->Read(options_.batch_rows, options_.batch_bytes);
    if (!batch.ok()) {
      Alarm("spool_damaged", std::string(batch.status().message()));
      const std::lock_guard lock(mutex_);
      stats_.last_error = std::string(batch.status().message());
    } else if (batch->has_value()) {
      Deliver(**batch);
    } else {
      std::unique_lock lock(mutex_);
      sender_wakes_.wait(lock, [&] { return stopping_ || spool_grew_; });
      spool_grew_ = false;
    }
  }
}

// Sends the batch, halving what is rejected until each faulty row is alone. Returns early, with
// nothing marked, only when the pipeline stops: the batch is then sent again by the next start.
void Pipeline::Deliver(const SpooledRows& batch) {
  std::vector<std::pair<size_t, size_t>> ranges = {{0, batch.row_ends.size()}};
  SchemaState schema = SchemaState::kUnknown;
  while (!ranges.empty()) {
    const auto [first, last] = ranges.back();
    ranges.pop_back();
    const size_t begin = first == 0 ? 0 : batch.row_ends[first - 1];
    const std::string_view lines =
        std::string_view(batch.lines).substr(begin, batch.row_ends[last - 1] - begin);
    const std::optional<SendResult> result = SendUntilAnswered(lines, schema);
    if (!result) {
      return;
    }
    if (result->outcome == SendOutcome::kAcked) {
      const std::lock_guard lock(mutex_);
      stats_.rows_acked += last - first;
      stats_.last_ack_time = clock_.Now();
    } else if (last - first == 1) {
      BuryRow(lines, *result);
    } else {
      const size_t middle = first + (last - first) / 2;
      ranges.emplace_back(middle, last);
      ranges.emplace_back(first, middle);
    }
  }
  {
    const std::lock_guard lock(mutex_);  // so that Flush cannot miss the news between look and wait
    spool_->MarkDelivered(batch.next_index, clock_.Now());
    if (schema == SchemaState::kRestored) {
      spool_->Rewind();
    }
  }
  NoteWaited(clock_.Now() - batch.oldest);
  if (schema == SchemaState::kRestored) {
    // QuestDB acknowledges, and drops, the first rows it gets for a table that was just dropped;
    // and a wiped one has lost the last minutes anyway.
    Alarm("resending", "a table was missing and has been made again");
  }
  progress_.notify_all();
}

// kAcked or kReject; nullopt when the pipeline stops first. A reject for want of a table or column
// counts only once `prepare` has had its chance.
std::optional<SendResult> Pipeline::SendUntilAnswered(std::string_view lines, SchemaState& schema) {
  while (!Stopping()) {
    SendResult result = sender_.Send(lines);
    const bool rejected = result.outcome == SendOutcome::kReject;
    const bool schema_missing = rejected && SchemaMissing(result);
    if (schema_missing && schema == SchemaState::kUnknown) {
      schema = Prepare() ? SchemaState::kPrepared : SchemaState::kUnknown;
      continue;
    }
    if (rejected || result.outcome == SendOutcome::kAcked) {
      NoteConnected();
      if (schema == SchemaState::kPrepared && !schema_missing) {
        schema = SchemaState::kRestored;
      }
      return result;
    }
    // Refused for what we are, not for these rows: only an operator can help, so there is no hurry.
    const bool denied = result.outcome == SendOutcome::kDenied;
    NoteFailure(denied ? "questdb_denied" : "questdb_unreachable", result.message);
    Pause(denied ? options_.denied_every : NextBackoff());
  }
  return std::nullopt;
}

// Slow is no failure: every request is answered. But the rows come in late, and later each minute.
void Pipeline::NoteWaited(Duration waited) {
  bool was_slow = false;
  bool slow = false;
  {
    const std::lock_guard lock(mutex_);
    was_slow = stats_.slow;
    slow = waited > options_.slow_after || (was_slow && waited * 2 > options_.slow_after);
    stats_.slow = slow;
    stats_.waited = waited;
  }
  if (slow && !was_slow) {
    Alarm("questdb_slow", fmt::format("rows wait {:.1f} s on the spool", waited.seconds()));
  } else if (was_slow && !slow) {
    Alarm("questdb_keeps_up", "");
  }
}

void Pipeline::BuryRow(std::string_view row, const SendResult& why) {
  const absl::Status kept = dead_letter_.Write(row, why.message, why.http_status, clock_.Now());
  const std::string detail =
      kept.ok() ? why.message
                : fmt::format("{} (and lost: {})", why.message, std::string(kept.message()));
  {
    const std::lock_guard lock(mutex_);
    ++stats_.dead_rows;
    stats_.last_error = detail;
  }
  Alarm("row_dead", detail);
}

bool Pipeline::Prepare() {
  if (!options_.prepare) {
    return true;
  }
  const absl::Status status = options_.prepare();
  if (status.ok()) {
    NoteConnected();
    return true;
  }
  NoteFailure("questdb_unreachable", std::string(status.message()));
  Pause(NextBackoff());
  return false;
}

void Pipeline::NoteFailure(std::string_view alarm, const std::string& message) {
  {
    const std::lock_guard lock(mutex_);
    stats_.connected = false;
    stats_.last_error = message;
    ++stats_.requests_failed;
  }
  if (failure_told_ != alarm) {
    failure_told_ = alarm;
    Alarm(alarm, message);
  }
}

void Pipeline::NoteConnected() {
  {
    const std::lock_guard lock(mutex_);
    stats_.connected = true;
    stats_.protocol = sender_.protocol();
  }
  backoff_.Reset();
  if (!std::exchange(failure_told_, {}).empty()) {
    Alarm("questdb_back", "");
  }
}

Duration Pipeline::NextBackoff() {
  return backoff_.Next(NextRandom(random_state_));
}

void Pipeline::Pause(Duration span) {
  std::unique_lock lock(mutex_);
  sender_wakes_.wait_for(lock, ToChrono(span), [&] { return stopping_; });
}

}  // namespace tw::ilp
