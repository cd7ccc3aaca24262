#include "services/ptrc/drop_copy_client.h"

#include <utility>

namespace tw::ptrc {

DropCopyClient::DropCopyClient(TimerThread& timers, Options options)
    : options_(std::move(options)) {
  feed::Subscriber<v1::StreamExecutionsRequest, v1::ExecutionBatch>::Options subscriber;
  subscriber.channel = options_.live_gateway;
  subscriber.method = "tradewind.v1.VenueService/StreamExecutions";
  subscriber.request = [this] {
    v1::StreamExecutionsRequest request;
    request.set_from_sequence(sequence_ + 1);
    request.set_consumer(options_.consumer);
    request.set_pace_ms(static_cast<uint32_t>(options_.pace.millis()));
    return request;
  };
  subscriber.on_batch = [this](const v1::ExecutionBatch& batch) { return OnBatch(batch); };
  subscriber.on_lost = options_.on_lost;
  subscriber_ = std::make_unique<feed::Subscriber<v1::StreamExecutionsRequest, v1::ExecutionBatch>>(
      timers, std::move(subscriber));
}

bool DropCopyClient::OnBatch(const v1::ExecutionBatch& batch) {
  for (const v1::Execution& execution : batch.executions()) {
    const uint64_t expected = sequence_ + 1;
    if (execution.execution_sequence() < expected) {
      continue;  // sent again after a reconnect
    }
    if (execution.execution_sequence() > expected) {
      return false;  // a hole: the stream is opened again from `expected`
    }
    options_.on_execution(execution);
    sequence_ = expected;
  }
  options_.on_batch(sequence_ >= batch.head_sequence());
  return true;
}

}  // namespace tw::ptrc
