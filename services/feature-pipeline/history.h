// HistoryReader: what was known when, from QuestDB's table `features`. QuestDB may be slow, so it
// is asked on a thread of its own; requests wait in a bounded queue. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/questdb/pool.h"
#include "libs/work/work_queue.h"
#include "tradewind/v1/analytics.pb.h"

namespace tw::features {

// Points oldest first. Where there are older ones, a page holds all values of a moment or none:
// `older` is the `as_of` that continues it. Not set either where `limit` is below the values of a
// single moment, of which it is then a part.
struct HistoryPage {
  tradewind::v1::ListFeatureHistoryResponse response;
  std::optional<Timestamp> older;
};
// Which of QuestDB's rows, the newest first, are the page.
std::optional<Timestamp> CutPage(size_t limit, std::vector<questdb::Row>& rows);

using HistoryDone = std::function<void(const absl::StatusOr<HistoryPage>&)>;

// The query for a request, and its parameters. InvalidArgument: limit out of range, a name or
// symbol with bytes that none has, times that are none.
struct HistoryQuery {
  std::string sql;  // newest first, one row more than `limit`
  std::vector<std::string> parameters;
  size_t limit = 0;
};
absl::StatusOr<HistoryQuery> MakeHistoryQuery(
    const tradewind::v1::ListFeatureHistoryRequest& request, const std::string& live_venue);

class HistoryReader {
 public:
  static constexpr size_t kQueueMax = 32;

  HistoryReader(questdb::PoolOptions options, std::string live_venue);

  // `done` runs exactly once. ResourceExhausted: too many wait; Unavailable: no QuestDB.
  void Read(const tradewind::v1::ListFeatureHistoryRequest& request, HistoryDone done);
  // Answers UNAVAILABLE to those who wait.
  void Stop() { questions_.Stop(); }

 private:
  absl::StatusOr<HistoryPage> Ask(const HistoryQuery& query);

  const std::string live_venue_;
  questdb::Pool pool_;
  WorkQueue questions_{{.name = "questions to QuestDB", .waiting_max = kQueueMax}};
};

}  // namespace tw::features
