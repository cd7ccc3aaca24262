// Between the wire (and the journal) and the values of parent orders. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/exeq/parents/parent_book.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/parent.pb.h"

namespace tw::exeq {

namespace v1 = ::tradewind::v1;

// What a client wrote; InvalidArgument with the field at fault. What follows from it is left out
// (CheckTerms).
absl::StatusOr<ParentTerms> DecodeTerms(const v1::SubmitParentOrderRequest& request);
absl::StatusOr<ParentChange> DecodeChange(const v1::ReplaceParentOrderRequest& request);

// `lot` is the instrument's.
v1::ParentOrder EncodeParent(const Parent& parent, Quantity lot, Timestamp now);
v1::ParentChildOrder EncodeChild(const Parent& parent, const ParentChild& child);

// A child as oms takes it.
v1::SubmitOrderRequest EncodeSubmit(const ChildRequest& request);
// oms's answer; InvalidArgument for one that cannot be read.
absl::StatusOr<OrderSnapshot> DecodeOrder(const v1::Order& order);
OrderSnapshot DecodeOrder(const v1::LedgerEvent& event);

// The journal.
std::string EncodeRecord(const ParentEvent& event);
// DataLoss for anything that EncodeRecord does not write.
absl::StatusOr<ParentEvent> DecodeRecord(std::string_view record);

// Bars of one length; those that cannot be read are left out.
std::vector<VolumeBar> DecodeBars(const v1::ListBarsResponse& response, Duration length);

}  // namespace tw::exeq
