// Pipeline: the path into QuestDB that every sink shares. Rows go in, and come out in QuestDB once.
//
//   Add -> pending rows (memory, bounded) -> spooler thread -> Spool (disk) -> sender thread ->
//   POST
//
// A batch leaves memory when it has batch_rows rows, batch_bytes bytes or is batch_age old. It goes
// through the spool even when QuestDB is up (a write to the page cache, not a sync), so that one
// path serves both states, order holds, and the last minutes can be sent again after a power cut;
// that happens by itself at the first start after a reboot.
//
// Failures. QuestDB away, slow or full: batches wait on the spool, oldest first, retried with
// back-off. Spool full or disk broken: rows stay pending, then Add refuses; nothing is dropped and
// positions stand still. A row that QuestDB rejects: its batch is halved until the row is alone;
// it goes to dead-letter/rows.jsonl and the rest goes in. Missing table or column: `prepare` runs
// again first, and the batches of the last minutes are sent again, so that a wiped QuestDB heals.
//
// A consumer resumes its stream behind DurablePosition(source). Rows after it may be sent twice;
// the tables' dedup keys store them once. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/ilp/dead_letter.h"
#include "libs/ilp/http_connection.h"
#include "libs/ilp/line_buffer.h"
#include "libs/ilp/position_store.h"
#include "libs/ilp/sender.h"
#include "libs/ilp/spool.h"

namespace tw::ilp {

// How far the source's stream has been turned into rows, in the consumer's own words ("5:1234").
struct Position {
  std::string source{};  // empty: these rows belong to no stream
  std::string value{};
};

struct PipelineOptions {
  std::string name{};      // for messages
  std::string data_dir{};  // holds spool/, dead-letter/, positions.json; this process's alone
  HttpEndpoint questdb{};
  size_t batch_rows = 10'000;
  size_t batch_bytes = 2u << 20;
  Duration batch_age = Duration::Millis(100);
  size_t pending_rows_max = 400'000;
  size_t pending_bytes_max = 32u << 20;
  uint64_t spool_bytes_max = 2ull << 30;
  uint64_t keep_bytes = 256u << 20;  // delivered batches kept for sending again
  Duration keep_age = Duration::Seconds(600);
  uint64_t dead_letter_bytes_max = 64u << 20;
  Duration backoff_max = Duration::Seconds(1);
  Duration denied_every = Duration::Seconds(5);  // asked again while QuestDB refuses the set-up
  Gzip gzip = Gzip::kAuto;
  Duration slow_after = Duration::Seconds(10);  // a batch that waited longer is an alarm
  // Makes tables and columns, before the first rows and when QuestDB says one is missing. Runs on
  // the sender thread. May be empty.
  std::function<absl::Status()> prepare{};
  // What must be loud: "questdb_unreachable", "questdb_denied", "questdb_back",
  // "questdb_slow", "questdb_keeps_up", "spool_full",
  // "spool_free", "spool_failed", "spool_damaged", "row_dead", "resending". Any of the two threads;
  // must not block or call back.
  std::function<void(std::string_view event, std::string_view detail)> alarm{};
};

struct PipelineStats {
  uint64_t rows_added = 0;
  uint64_t rows_acked = 0;
  uint64_t rows_pending = 0;  // in memory
  uint64_t rows_spooled = 0;  // on the spool, not acknowledged yet
  uint64_t spool_bytes = 0;   // of those
  uint64_t kept_bytes = 0;    // delivered, kept for sending again
  uint64_t dead_rows = 0;
  uint64_t damaged_bytes = 0;
  uint64_t requests_failed = 0;
  bool spool_full = false;  // or the disk refuses: rows are no longer made durable
  bool connected = false;   // the last request was answered
  bool slow = false;        // what it answers for has waited for slow_after
  Duration waited;          // of the batch it took last, on the spool
  int protocol = 0;         // of ILP, 1 or 2; 0: not known yet
  std::string last_error;   // stays after recovery; empty: never failed
  Timestamp last_ack_time;
};

class Pipeline {
 public:
  // Reads the spool and the positions, starts the threads; QuestDB need not be there.
  static absl::StatusOr<std::unique_ptr<Pipeline>> Start(PipelineOptions options,
                                                         const Clock& clock);
  // Pending rows go to the spool; waits for no more than one request to end.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Takes all rows or none. `rows` may be empty, to move the position on only. ResourceExhausted:
  // too much is pending; try again later, the position stays.
  absl::Status Add(const LineBuffer& rows, const Position& position);

  // The newest position whose rows are all on the spool or in QuestDB; empty: none yet.
  std::string DurablePosition(std::string_view source) const;

  // Until every row added before is on the medium, synced: it survives a kill and a power cut.
  // DeadlineExceeded: not in time, the rows still wait; Unavailable: the disk refused the sync.
  absl::Status Persist(Duration timeout);

  // Until every row added before is in QuestDB (or dead). DeadlineExceeded: not in time.
  absl::Status Flush(Duration timeout);

  // Sends the batches kept from the last minutes once more: after QuestDB lost its newest rows.
  void Resend();

  PipelineStats stats() const;

 private:
  // Of one batch: nothing was missing so far; `prepare` ran because something was; and that helped.
  enum class SchemaState { kUnknown, kPrepared, kRestored };

  Pipeline(PipelineOptions options, const Clock& clock, PositionStore positions);

  bool WaitSpooled(std::unique_lock<std::mutex>& lock,
                   std::chrono::steady_clock::time_point deadline);
  void SpoolerLoop();
  bool SpoolBatch(LineBuffer& batch);
  void SavePositionsIfDue(bool now);
  void SenderLoop();
  void Deliver(const SpooledRows& batch);
  std::optional<SendResult> SendUntilAnswered(std::string_view lines, SchemaState& schema);
  void NoteWaited(Duration waited);
  void BuryRow(std::string_view row, const SendResult& why);
  bool Prepare();
  void NoteFailure(std::string_view alarm, const std::string& message);
  void NoteConnected();
  void Pause(Duration span);
  Duration NextBackoff();
  bool Stopping() const;
  void Alarm(std::string_view event, std::string_view detail) const;

  const PipelineOptions options_;
  const Clock& clock_;
  std::unique_ptr<Spool> spool_;

  // Sender thread only.
  Sender sender_;
  DeadLetter dead_letter_;
  Backoff backoff_;
  uint64_t random_state_;
  std::string failure_told_;  // the alarm that stands; empty: none

  // Spooler thread only.
  int64_t positions_saved_ns_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable spooler_wakes_;
  std::condition_variable sender_wakes_;
  std::condition_variable progress_;
  LineBuffer pending_;
  std::map<std::string, std::string> pending_positions_;
  int64_t pending_since_ns_ = 0;  // monotonic; meaningful while something is pending
  uint64_t flushes_waiting_ = 0;
  bool spool_grew_ = false;
  uint64_t adds_ = 0;     // calls of Add that took something
  uint64_t spooled_ = 0;  // of those, how many are on the spool with all before them
  PositionStore positions_;
  PipelineStats stats_;
  bool stopping_ = false;

  std::thread spooler_;
  std::thread sender_thread_;
};

}  // namespace tw::ilp
