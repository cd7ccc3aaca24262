#include "services/cli/ledger_reader.h"

#include <optional>

#include "services/cli/stream_read.h"

namespace tw::cli {

absl::StatusOr<uint64_t> ReadLedger(const Context& context,
                                    uint64_t from,
                                    const std::function<bool(const v1::LedgerEvent&)>& on_event,
                                    const std::function<void(uint64_t head)>& on_head) {
  v1::StreamLedgerRequest request;
  request.set_from_sequence(from);
  request.set_consumer("tradewind");
  uint64_t last = from - 1;
  std::optional<uint64_t> head;
  absl::Status fault;
  const auto on_batch = [&](const v1::LedgerBatch& batch) {
    if (!head.has_value()) {
      head = batch.head_sequence();
      if (on_head) {
        on_head(*head);
      }
    }
    for (const v1::LedgerEvent& event : batch.events()) {
      if (event.sequence() != last + 1) {
        fault = absl::DataLossError("the ledger jumps from " + std::to_string(last) + " to " +
                                    std::to_string(event.sequence()));
        return false;
      }
      last = event.sequence();
      if (!on_event(event)) {
        return false;
      }
    }
    return last < *head;
  };
  const absl::Status status = ReadStream<v1::StreamLedgerRequest, v1::LedgerBatch>(
      *context.Peer("oms"), "OrderLedgerService/StreamLedger", request, on_batch);
  if (!status.ok()) {
    return context.Explain("oms", status);
  }
  if (!fault.ok()) {
    return fault;
  }
  return last;
}

}  // namespace tw::cli
