// ReadLedger: oms's order ledger from a sequence to its head.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "services/cli/context.h"
#include "tradewind/v1/events.pb.h"

namespace tw::cli {

// An order's events are looked for backwards from its last one, in a window that widens.
inline constexpr uint64_t kWindowFirst = 256;  // events before the last one
inline constexpr uint64_t kWindowGrowth = 16;

// Events [from, head as of now] in order, to `on_event`, on gRPC's threads, one at a time; false
// ends the reading. Answers the last sequence that was read, from - 1 when there was none.
// `on_head` is told the head before the first event. DataLoss for a hole in the numbers. REQUIRES:
// from > 0.
absl::StatusOr<uint64_t> ReadLedger(const Context& context,
                                    uint64_t from,
                                    const std::function<bool(const v1::LedgerEvent&)>& on_event,
                                    const std::function<void(uint64_t head)>& on_head = {});

}  // namespace tw::cli
