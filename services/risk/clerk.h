// Clerk: the one thread that writes risk's journal. A change is decided on the desk, appended,
// synced, applied to the desk, and only then answered.
//
// Submit from any thread; the queue is bounded. After a journal failure nothing is known about the
// disk: `on_journal_failure` is told, once, and is expected to end the process, which recovers.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/writer.h"
#include "services/risk/change_log.h"
#include "services/risk/desk.h"
#include "services/risk/metrics.h"
#include "services/risk/record.h"

namespace tw::risk {

class Clerk {
 public:
  // The event a change causes; nothing when there is nothing to do. Runs under the desk's mutex.
  using Decide =
      std::function<absl::StatusOr<std::optional<Event>>(const State&, const Alerts&, Timestamp)>;
  // Runs on the clerk's thread, once: OK when the change is on disk and in force.
  using Done = std::function<void(const absl::Status&)>;

  using OnFailure = std::function<void(const absl::Status&)>;

  static constexpr size_t kQueueMax = 1024;

  // Recovers the journal in `directory` into the desk and takes the limits file `file_hash` into
  // use. `desk` outlives the clerk.
  static absl::StatusOr<std::unique_ptr<Clerk>> Open(std::string directory,
                                                     const std::string& file_hash,
                                                     Desk& desk,
                                                     RiskMetrics metrics,
                                                     OnFailure on_journal_failure);
  ~Clerk();  // Stop()

  // RESOURCE_EXHAUSTED, on the caller's thread, when the queue is full. The priority lane (kill
  // switch, blocks) goes first and writes into space that is kept for it.
  void Submit(Decide decide, Done done, journal::Lane lane = journal::Lane::kOrder);
  // A change that is in force already (the desk made it); it goes ahead of what people ask for. One
  // that cannot be kept is logged: it holds until this process ends.
  void Record(Event event);
  const ChangeLog& changes() const { return changes_; }
  // An alert; counted when it has to be dropped.
  void Raise(AlertRaised finding);

  // Lets what is queued finish. Idempotent.
  void Stop();

 private:
  struct Task {
    Decide decide;
    Done done;
    journal::Lane lane{};
  };

  Clerk(Desk& desk, RiskMetrics metrics, OnFailure on_failure)
      : desk_(desk), metrics_(metrics), on_failure_(std::move(on_failure)) {}

  absl::Status Recover(std::string directory, const std::string& file_hash);
  bool Enqueue(Task task);
  void Run();
  absl::Status Perform(const Task& task);
  absl::Status Keep(const Event& event, journal::Lane lane);

  Desk& desk_;
  const RiskMetrics metrics_;
  const OnFailure on_failure_;
  journal::PosixFileSystem files_;
  std::unique_ptr<journal::Writer> journal_;
  ChangeLog changes_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  std::deque<Task> priority_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tw::risk
