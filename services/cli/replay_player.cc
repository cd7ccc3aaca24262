#include "services/cli/replay_player.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/recording/wire.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::cli {
namespace {

using ReplayStream = rpc::Stream<v1::ReplayRequest, v1::ReplayProgress>;

// A row that is due sooner than this goes out with the ones before it.
constexpr Duration kPaceGrain = Duration::Millis(1);

// What the sender and gRPC's threads share.
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  size_t unanswered = 0;  // messages
  bool closed = false;
  absl::Status status;
  v1::ReplayProgress progress;
};

class Player {
 public:
  Player(rpc::Channel& channel, const ReplayOptions& options)
      : speed_(options.speed), drive_(options.drive), shared_(std::make_shared<Shared>()) {
    stream_ = channel.Open<v1::ReplayRequest, v1::ReplayProgress>(
        "tradewind.v1.VenueService/Replay",
        [this, on_progress = options.on_progress](const ReplayStream& stream) {
          stream.OnMessage([shared = shared_, on_progress](const v1::ReplayProgress& progress) {
            if (on_progress) {
              on_progress(progress.rows());
            }
            const std::lock_guard lock(shared->mutex);
            shared->progress = progress;
            shared->unanswered -= shared->unanswered > 0 ? 1 : 0;
            shared->changed.notify_all();
          });
          stream.OnClosed([shared = shared_](const absl::Status& status) {
            const std::lock_guard lock(shared->mutex);
            shared->closed = true;
            shared->status = status;
            shared->changed.notify_all();
          });
        });
  }
  // After this no callback runs.
  ~Player() {
    stream_.Cancel();
    WaitClosed();
  }

  absl::StatusOr<ReplayTotals> Play(recorded::RecordedSource& source) {
    message_.mutable_start()->set_name(source.facts().name);
    message_.mutable_start()->set_symbol(source.facts().symbol);
    message_.mutable_start()->set_drive(drive_);
    recorded::Row row;
    while (true) {
      TW_ASSIGN_OR_RETURN(const bool more, source.Next(row));
      if (!more) {
        break;
      }
      TW_RETURN_IF_ERROR(Pace(row.time));
      v1::RecordedRow& added = *message_.add_rows();
      recording::EncodeRow(row, added);
      bytes_ += added.ByteSizeLong();
      if (message_.rows_size() >= static_cast<int>(kRowsPerMessage) || bytes_ >= kBytesPerMessage) {
        TW_RETURN_IF_ERROR(Send());
      }
    }
    message_.set_end(true);
    TW_RETURN_IF_ERROR(Send());
    return Finish();  // the server ends the stream when everything is played
  }

 private:
  absl::Status Ended() const {  // with the lock held
    return shared_->status.ok() ? absl::UnavailableError("the replay was ended early")
                                : shared_->status;
  }

  // Waits until the row is due, having sent what is before it.
  absl::Status Pace(Timestamp time) {
    if (!speed_) {
      return absl::OkStatus();
    }
    if (start_ns_ == 0) {
      start_ns_ = MonotonicNanos();
      first_ = time;
    }
    const auto due = static_cast<int64_t>(static_cast<double>((time - first_).ns) / *speed_);
    const Duration wait = Duration::Nanos(start_ns_ + due - MonotonicNanos());
    if (wait < kPaceGrain) {
      return absl::OkStatus();
    }
    if (message_.rows_size() > 0 || message_.has_start()) {
      TW_RETURN_IF_ERROR(Send());
    }
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait_for(lock, std::chrono::nanoseconds(wait.ns),
                              [this] { return shared_->closed; });
    return shared_->closed ? Ended() : absl::OkStatus();
  }

  absl::Status Send() {
    {
      std::unique_lock lock(shared_->mutex);
      shared_->changed.wait(
          lock, [this] { return shared_->closed || shared_->unanswered < kMessagesAhead; });
      if (shared_->closed) {
        return Ended();
      }
      ++shared_->unanswered;
    }
    if (!stream_.Write(message_)) {
      WaitClosed();
      const std::lock_guard lock(shared_->mutex);
      return Ended();
    }
    message_.Clear();
    bytes_ = 0;
    return absl::OkStatus();
  }

  absl::StatusOr<ReplayTotals> Finish() {
    WaitClosed();
    const std::lock_guard lock(shared_->mutex);
    if (!shared_->status.ok() || !shared_->progress.done()) {
      return Ended();
    }
    const v1::ReplayProgress& said = shared_->progress;
    return ReplayTotals{said.rows(),  said.trades(), said.quotes(),
                        said.books(), said.bars(),   said.others()};
  }

  void WaitClosed() {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait(lock, [this] { return shared_->closed; });
  }

  const std::optional<double> speed_;
  const bool drive_;
  const std::shared_ptr<Shared> shared_;
  ReplayStream stream_;
  v1::ReplayRequest message_;  // being filled
  size_t bytes_ = 0;           // of its rows
  int64_t start_ns_ = 0;
  Timestamp first_;
};

}  // namespace

absl::StatusOr<ReplayTotals> PlayRecording(rpc::Channel& live_gateway,
                                           recorded::RecordedSource& source,
                                           const ReplayOptions& options) {
  Player player(live_gateway, options);
  return player.Play(source);
}

}  // namespace tw::cli
