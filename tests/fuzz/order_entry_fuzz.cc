// Orders as oms decodes them, from protobuf bytes and from JSON, and its journal's records. What is
// taken keeps what NewOrder promises the ledger.
#include "libs/json/json.h"
#include "services/oms/convert.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace v1 = ::tradewind::v1;

void CheckOrder(const v1::SubmitOrderRequest& request) {
  const auto order = tw::oms::Decode(request);
  if (!order.ok()) {
    TW_CHECK(order.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  TW_CHECK(!order->account.empty() && !order->symbol.empty());
  TW_CHECK(order->client_order_id.size() <= tw::oms::kClientOrderIdMax);
  TW_CHECK(order->side == tw::Side::kBuy || order->side == tw::Side::kSell);
  TW_CHECK(order->quantity.e8() > 0 && order->price.e8() >= 0 && order->stop_price.e8() >= 0);
  TW_CHECK(order->time_in_force != tw::TimeInForce::kUnspecified);
  const bool priced =
      order->type == tw::OrderType::kLimit || order->type == tw::OrderType::kStopLimit;
  TW_CHECK(priced != order->price.IsZero());
}

void CheckEvent(const v1::LedgerEvent& record) {
  const auto event = tw::oms::Decode(record);
  TW_CHECK(event.ok() || event.status().code() == absl::StatusCode::kDataLoss);
}

}  // namespace

// The first byte chooses the door.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tw::fuzz::Tape tape(tw::fuzz::Text(data, size));
  const uint8_t door = tape.Byte() % 4;
  const std::string bytes(tape.Rest());
  v1::SubmitOrderRequest request;
  v1::LedgerEvent record;
  v1::Execution execution;
  if ((door == 0 && request.ParseFromString(bytes)) ||
      (door == 1 && tw::json::FromJson(bytes, &request).ok())) {
    CheckOrder(request);
  } else if (door == 2 && record.ParseFromString(bytes)) {
    CheckEvent(record);
  } else if (door == 3 && execution.ParseFromString(bytes)) {
    (void)tw::oms::Decode(execution);
  }
  return 0;
}
