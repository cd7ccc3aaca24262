#include "libs/sink/flusher.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/base/field_error.h"

namespace tw::sink {
namespace {

absl::StatusOr<Duration> ReadTimeout(const http::Request& request) {
  const auto text = request.Query("timeout_ms");
  if (!text) {
    return kFlushTimeoutDefault;
  }
  int64_t ms = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, ms);
  if (error != std::errc() || stop != end || ms < 1 || ms > kFlushTimeoutMax.millis()) {
    return FieldError("timeout_ms", "must be 1 to " + std::to_string(kFlushTimeoutMax.millis()) +
                                        " milliseconds");
  }
  return Duration::Millis(ms);
}

http::Response Answer(const absl::Status& flushed, const ilp::PipelineStats& stats) {
  nlohmann::ordered_json body = {{"flushed", flushed.ok()},
                                 {"rows_pending", stats.rows_pending},
                                 {"rows_spooled", stats.rows_spooled},
                                 {"spool_bytes", stats.spool_bytes}};
  if (!flushed.ok()) {
    body["code"] = "UNAVAILABLE";
    body["reason"] = std::string(flushed.message());
  }
  http::Response response =
      http::Json(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  response.status = flushed.ok() ? 200 : 503;
  return response;
}

}  // namespace

Flusher::Flusher(ilp::Pipeline& pipeline) : pipeline_(pipeline), thread_([this] { Run(); }) {}

Flusher::~Flusher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Flusher::Handle(const http::Request& request, http::Responder responder) {
  const absl::StatusOr<Duration> timeout = ReadTimeout(request);
  if (!timeout.ok()) {
    responder.Fail(timeout.status());
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kFlushesWaitingMax) {
      waiting_.push_back({*timeout, std::move(responder)});
      wake_.notify_one();
      return;
    }
  }
  responder.Fail(absl::ResourceExhaustedError("too many flushes are waiting"));
}

void Flusher::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) {
      break;
    }
    // The most patient one decides when to give up; the others learn of it no later than they would
    // have had to, one after another.
    std::vector<Waiting> now = std::exchange(waiting_, {});
    lock.unlock();
    std::sort(now.begin(), now.end(),
              [](const Waiting& a, const Waiting& b) { return a.timeout < b.timeout; });
    Duration waited;
    for (const Waiting& one : now) {
      const absl::Status flushed = pipeline_.Flush(one.timeout - waited);
      waited = one.timeout;
      one.responder.Send(Answer(flushed, pipeline_.stats()));
    }
    lock.lock();
  }
  for (const Waiting& one : waiting_) {
    one.responder.Fail(absl::UnavailableError("stopping"));
  }
}

}  // namespace tw::sink
