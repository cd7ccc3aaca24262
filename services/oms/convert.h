// Between the wire (tradewind.v1) and the ledger's own types. The only file that names both. Decode
// can fail, Encode cannot.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/oms/order.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::oms {

namespace v1 = ::tradewind::v1;

inline constexpr size_t kClientOrderIdMax = 64;

// InvalidArgument naming the field. Fills in the defaults: account "default", LIMIT, DAY (market:
// IOC). An empty client_order_id stays empty.
absl::StatusOr<NewOrder> Decode(const v1::SubmitOrderRequest& request);

// The event with the order as it stands after it: a journal's and a stream's message.
v1::LedgerEvent Encode(const Event& event, const Order& order);
// DataLoss when the journal holds something no oms has written.
absl::StatusOr<Event> Decode(const v1::LedgerEvent& event);

absl::StatusOr<ExecutionReport> Decode(const v1::Execution& execution);
RiskAnswer Decode(const v1::GateDecision& decision);

v1::GateOrder EncodeGate(OrderId id, const NewOrder& order);
v1::PlaceOrder EncodePlace(const Order& order);

// The order as a client sees it.
v1::Order PublicOrder(const Order& order);

}  // namespace tw::oms
