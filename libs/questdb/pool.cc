#include "libs/questdb/pool.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"

namespace tw::questdb {
namespace {

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, FreeResult>;

std::string Trimmed(const char* message) {
  std::string text(message == nullptr ? "" : message);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

// Waits until the socket is ready for `events` (POLLIN, POLLOUT). False: the deadline came first.
bool WaitFor(PGconn* connection, short events, int64_t deadline_ns) {
  for (;;) {
    const int64_t left_ns = deadline_ns - MonotonicNanos();
    if (left_ns <= 0) {
      return false;
    }
    pollfd socket{PQsocket(connection), events, 0};
    const int n = ::poll(&socket, 1, static_cast<int>(left_ns / 1'000'000 + 1));
    if (n > 0 || (n < 0 && errno != EINTR)) {
      return true;
    }
  }
}

void NameColumns(const PGresult* result, QueryResult& out) {
  if (!out.columns.empty()) {
    return;
  }
  for (int i = 0; i < PQnfields(result); ++i) {
    out.columns.emplace_back(PQfname(result, i));
  }
}

void AppendRow(const PGresult* result, QueryResult& out) {
  const int columns = PQnfields(result);
  Row row;
  row.reserve(static_cast<size_t>(columns));
  for (int i = 0; i < columns; ++i) {
    if (PQgetisnull(result, 0, i) != 0) {
      row.emplace_back();
    } else {
      row.emplace_back(
          std::string(PQgetvalue(result, 0, i), static_cast<size_t>(PQgetlength(result, 0, i))));
    }
  }
  out.rows.push_back(std::move(row));
}

}  // namespace

class Pool::Connection {
 public:
  ~Connection() { PQfinish(connection_); }

  absl::Status Open(const PoolOptions& options) {
    const std::string port = std::to_string(options.port);
    const char* const keys[] = {"host", "port", "user", "password", "dbname", "sslmode", nullptr};
    const char* const values[] = {options.host.c_str(),
                                  port.c_str(),
                                  options.user.c_str(),
                                  options.password.c_str(),
                                  options.database.c_str(),
                                  "prefer",
                                  nullptr};
    const int64_t deadline_ns = MonotonicNanos() + options.connect_timeout.ns;
    connection_ = PQconnectStartParams(keys, values, 0);
    TW_CHECK(connection_ != nullptr);
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (PQstatus(connection_) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
           state != PGRES_POLLING_FAILED) {
      if (!WaitFor(connection_, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ns)) {
        return absl::UnavailableError("connecting to QuestDB's SQL port: timed out");
      }
      state = PQconnectPoll(connection_);
    }
    if (PQstatus(connection_) != CONNECTION_OK || PQsetnonblocking(connection_, 1) != 0) {
      return Broken("connecting to QuestDB's SQL port");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<QueryResult> Run(const std::string& sql,
                                  std::span<const std::string> params,
                                  const PoolOptions& options) {
    const int64_t deadline_ns = MonotonicNanos() + options.query_timeout.ns;
    std::vector<const char*> values;
    for (const std::string& param : params) {
      values.push_back(param.c_str());
    }
    if (PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0) == 0 ||
        PQsetSingleRowMode(connection_) == 0) {
      return Broken("sending the query");
    }
    for (int left = PQflush(connection_); left != 0; left = PQflush(connection_)) {
      if (left < 0) {
        return Broken("sending the query");
      }
      if (!WaitFor(connection_, POLLOUT, deadline_ns)) {
        return TooSlow();
      }
    }
    return Collect(options, deadline_ns);
  }

  // Whether it may be lent again: nothing of the last query is left on the wire.
  bool clean() const { return clean_ && PQstatus(connection_) == CONNECTION_OK; }

 private:
  // Until PQgetResult has something to say without waiting.
  absl::Status AwaitResult(int64_t deadline_ns) {
    while (PQisBusy(connection_) != 0) {
      if (!WaitFor(connection_, POLLIN, deadline_ns)) {
        return TooSlow();
      }
      if (PQconsumeInput(connection_) == 0) {
        return Broken("waiting for QuestDB's answer");
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<QueryResult> Collect(const PoolOptions& options, int64_t deadline_ns) {
    clean_ = false;
    QueryResult out;
    absl::Status failure;
    for (;;) {
      TW_RETURN_IF_ERROR(AwaitResult(deadline_ns));
      const ResultPtr result(PQgetResult(connection_));
      if (result == nullptr) {
        clean_ = true;
        break;
      }
      const ExecStatusType status = PQresultStatus(result.get());
      if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) {
        NameColumns(result.get(), out);
      }
      if (status == PGRES_SINGLE_TUPLE) {
        if (out.rows.size() == options.rows_max) {
          return absl::ResourceExhaustedError(fmt::format(
              "the result has more than {} rows: ask for less at a time", options.rows_max));
        }
        AppendRow(result.get(), out);
      } else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        failure = absl::InvalidArgumentError(Trimmed(PQresultErrorMessage(result.get())));
      }
    }
    if (!failure.ok()) {
      return PQstatus(connection_) == CONNECTION_OK ? failure : Broken("the query");
    }
    return out;
  }

  // Without a cancel request: libpq's has no time limit, and who did not answer the query in time
  // may not answer that either. QuestDB ends the query by its own query.timeout at the latest.
  absl::Status TooSlow() {
    clean_ = false;
    return absl::DeadlineExceededError("QuestDB did not answer the query in time");
  }

  absl::Status Broken(std::string_view doing) {
    clean_ = false;
    return absl::UnavailableError(
        fmt::format("{}: {}", doing, Trimmed(PQerrorMessage(connection_))));
  }

  PGconn* connection_ = nullptr;
  bool clean_ = true;
};

Pool::Pool(PoolOptions options) : options_(std::move(options)) {}

Pool::~Pool() {
  TW_CHECK(lent_ == 0);
}

absl::StatusOr<std::unique_ptr<Pool::Connection>> Pool::Acquire() {
  {
    std::unique_lock lock(mutex_);
    const bool free = freed_.wait_for(lock, std::chrono::nanoseconds(options_.acquire_timeout.ns),
                                      [&] { return lent_ < options_.connections_max; });
    if (!free) {
      return absl::ResourceExhaustedError("all connections to QuestDB are in use");
    }
    ++lent_;
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto connection = std::make_unique<Connection>();
  if (absl::Status status = connection->Open(options_); !status.ok()) {
    Release(nullptr);
    return status;
  }
  return connection;
}

void Pool::Release(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (connection != nullptr && connection->clean()) {
      idle_.push_back(std::move(connection));
    }
  }
  freed_.notify_one();
}

absl::StatusOr<QueryResult> Pool::Query(const std::string& sql,
                                        std::span<const std::string> params) {
  // An idle connection may be one that QuestDB closed meanwhile (a restart): as many tries as there
  // can be of them, and one on a fresh connection. Reading twice does no harm.
  for (size_t attempt = 0;; ++attempt) {
    TW_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Acquire());
    auto result = connection->Run(sql, params, options_);
    Release(std::move(connection));
    if (result.ok() || !absl::IsUnavailable(result.status()) ||
        attempt == options_.connections_max) {
      return result;
    }
  }
}

}  // namespace tw::questdb
