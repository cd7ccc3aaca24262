// Pool: a few connections to QuestDB's SQL port (8812), lent to one query at a time.
//
// Read-only by use: services put rows in by ILP. Every call has a time limit for getting a
// connection, for connecting and for the query, and a limit of rows; the caller pages with LIMIT.
// Thread-safe; calls block.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"

namespace tw::questdb {

struct PoolOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8812;
  std::string user = "admin";
  std::string password = "quest";
  std::string database = "qdb";
  size_t connections_max = 4;
  size_t rows_max = 100'000;                        // a longer result is refused
  Duration acquire_timeout = Duration::Seconds(2);  // for a free connection
  Duration connect_timeout = Duration::Seconds(2);
  Duration query_timeout = Duration::Seconds(10);
};

using Row = std::vector<std::optional<std::string>>;  // nullopt: NULL

struct QueryResult {
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // `sql` with $1, $2, ... for `params`, which are sent apart from it: texts, never part of the
  // statement. InvalidArgument: QuestDB refuses it, in its words. ResourceExhausted: all
  // connections are in use, or the result is longer than rows_max. DeadlineExceeded: too slow, its
  // connection was dropped. Unavailable: no connection.
  absl::StatusOr<QueryResult> Query(const std::string& sql,
                                    std::span<const std::string> params = {});

 private:
  class Connection;

  absl::StatusOr<std::unique_ptr<Connection>> Acquire();
  void Release(std::unique_ptr<Connection> connection);

  const PoolOptions options_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  size_t lent_ = 0;
};

}  // namespace tw::questdb
