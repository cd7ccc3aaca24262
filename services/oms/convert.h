// Between the wire (tradewind.v1) and the ledger's own types. The only file that names both. Decode
// can fail, Encode cannot.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/oms/ledger.h"
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

// An event with the order as it stands after it, as bytes: a LedgerEvent of journal and stream. The
// checks of risk's decision are at the end, so that what comes before them is a message too.
struct PackedEvent {
  uint64_t sequence = 0;
  int64_t time_ns = 0;
  bool is_booked = false;  // a fill, bust, correction or opening: it moves a position or cash
  std::string bytes;
  size_t plain_bytes = 0;  // without the checks

  std::string_view plain() const { return std::string_view(bytes).substr(0, plain_bytes); }
  // Its sequence and time alone, as a LedgerEvent.
  std::string SequenceAndTime() const;
  v1::LedgerEvent Unpack() const;
  size_t ByteSizeLong() const { return bytes.size(); }  // as a protobuf message has it
};

// The same without risk's decision: `out` becomes the event. What it held before is gone, its
// memory is used again.
void Encode(const Event& event, const Order& order, v1::LedgerEvent& out);
// What stands beside the bytes of `event`.
void Describe(const v1::LedgerEvent& event, PackedEvent& packed);
PackedEvent Pack(const OpeningEvent& event);
// `encoded` is what Encode made of `event`.
PackedEvent Pack(const v1::LedgerEvent& encoded, const Event& event);
// DataLoss when they are no LedgerEvent.
absl::StatusOr<PackedEvent> Repack(std::string bytes);
// DataLoss when the journal holds something no oms has written.
absl::StatusOr<Event> Decode(const v1::LedgerEvent& event);
// Of an OPENING_IMPORTED event; nullopt for one of an order.
std::optional<OpeningEvent> DecodeOpeningEvent(const v1::LedgerEvent& event);

absl::StatusOr<ExecutionReport> Decode(const v1::Execution& execution);
RiskAnswer Decode(const v1::GateDecision& decision);

v1::GateOrder EncodeGate(OrderId id, const NewOrder& order);
v1::PlaceOrder EncodePlace(const Order& order);

// The order as a client sees it.
v1::Order PublicOrder(const Order& order);

}  // namespace tw::oms
