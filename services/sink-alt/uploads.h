// Uploads: files of records, checked in full before the first is taken, then stored in batches
// while their state can be asked. One thread works, on one file after the other. Any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "services/sink-alt/ingester.h"
#include "services/sink-alt/record_lines.h"
#include "tradewind/v1/analytics.pb.h"

namespace tw::sink_alt {

class Uploads {
 public:
  static constexpr size_t kBytesMax = 32u << 20;  // of one file
  static constexpr size_t kWaitingMax = 4;        // files that are not done
  static constexpr size_t kKeptMax = 100;         // states that can be asked
  static constexpr int kFaultsListed = 100;

  struct File {
    FileFormat format = FileFormat::kCsv;
    std::string text;
    bool check = false;       // nothing is taken
    int64_t line_offset = 0;  // of a piece of a larger file: added to every line
  };

  // `ingest` is Ingester::Ingest; both outlive the uploads.
  Uploads(std::function<void(tradewind::v1::IngestRequest, IngestDone)> ingest,
          const AltTypes& types,
          AltMetrics metrics,
          uint64_t epoch);
  ~Uploads() { Stop(); }
  Uploads(const Uploads&) = delete;
  Uploads& operator=(const Uploads&) = delete;

  // Its state at once. ResourceExhausted: too many are not done; InvalidArgument: too long.
  absl::StatusOr<tradewind::v1::Upload> Start(File file);
  // NotFound.
  absl::StatusOr<tradewind::v1::Upload> Find(const std::string& upload_id) const;
  tradewind::v1::UploadList List() const;
  void Stop();

 private:
  struct Job {
    File file;
    tradewind::v1::Upload state;  // guarded by mutex_
  };
  using JobPtr = std::shared_ptr<Job>;

  void Run();
  void Work(Job& job);
  bool Check(Job& job);
  absl::Status Store(Job& job);
  absl::Status Send(Job& job, const tradewind::v1::IngestRequest& batch);
  template <typename F>
  void Update(Job& job, F f);
  void AddFault(Job& job, int64_t line, const absl::Status& fault);

  const std::function<void(tradewind::v1::IngestRequest, IngestDone)> ingest_;
  const AltTypes& types_;
  const AltMetrics metrics_;
  const uint64_t epoch_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<JobPtr> jobs_;     // newest last
  std::deque<JobPtr> waiting_;  // of them
  size_t under_way_ = 0;
  uint64_t count_ = 0;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tw::sink_alt
