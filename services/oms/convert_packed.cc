// Events as the bytes that the journal and all readers get.
#include <utility>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"
#include "libs/base/check.h"
#include "libs/convert/orders.h"
#include "services/oms/convert.h"

namespace tw::oms {
namespace {

// Adds a field of a message's bytes to those of the message around it. Where it is there already,
// readers merge the two.
void AppendField(int number, const std::string& bytes, std::string& out) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteTag(WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
  coded.WriteVarint32(static_cast<uint32_t>(bytes.size()));
  coded.WriteString(bytes);
}

const RiskDetail* RiskOf(const Event& event) {
  if (const auto* approved = std::get_if<Approved>(&event.body)) {
    return &approved->risk;
  }
  if (const auto* rejected = std::get_if<Rejected>(&event.body)) {
    return &rejected->risk;
  }
  if (const auto* triggered = std::get_if<Triggered>(&event.body)) {
    return &triggered->risk;
  }
  const auto* rejected = std::get_if<ReplaceRejected>(&event.body);
  return rejected == nullptr ? nullptr : &rejected->risk;
}

}  // namespace

void Describe(const v1::LedgerEvent& event, PackedEvent& packed) {
  packed.sequence = event.sequence();
  packed.time_ns = event.time_ns();
  packed.is_booked = IsFill(event.kind()) || event.kind() == v1::ORDER_EVENT_KIND_OPENING_IMPORTED;
}

PackedEvent Pack(const v1::LedgerEvent& encoded, const Event& event) {
  PackedEvent out;
  Describe(encoded, out);
  const RiskDetail* const risk = RiskOf(event);
  const size_t risk_bytes = risk == nullptr ? 0 : risk->decision.size() + risk->checks.size() + 16;
  const size_t encoded_bytes = encoded.ByteSizeLong();
  out.bytes.reserve(encoded_bytes + risk_bytes);
  out.bytes.resize(encoded_bytes);
  encoded.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(out.bytes.data()));
  if (risk != nullptr && !risk->decision.empty()) {
    AppendField(v1::LedgerEvent::kRiskFieldNumber, risk->decision, out.bytes);
  }
  out.plain_bytes = out.bytes.size();
  if (risk != nullptr && !risk->checks.empty()) {
    AppendField(v1::LedgerEvent::kRiskFieldNumber, risk->checks, out.bytes);
  }
  return out;
}

absl::StatusOr<PackedEvent> Repack(std::string bytes) {
  v1::LedgerEvent event;
  if (!event.ParseFromString(bytes)) {
    return absl::DataLossError("an event of the journal cannot be read");
  }
  PackedEvent out;
  Describe(event, out);
  if (event.risk().checks().empty()) {
    out.bytes = std::move(bytes);
    out.plain_bytes = out.bytes.size();
    return out;
  }
  v1::RiskDecision checks;
  checks.mutable_checks()->Swap(event.mutable_risk()->mutable_checks());
  event.AppendToString(&out.bytes);
  out.plain_bytes = out.bytes.size();
  AppendField(v1::LedgerEvent::kRiskFieldNumber, checks.SerializeAsString(), out.bytes);
  return out;
}

std::string PackedEvent::SequenceAndTime() const {
  thread_local v1::LedgerEvent event;
  event.set_sequence(sequence);
  event.set_time_ns(time_ns);
  return event.SerializeAsString();
}

v1::LedgerEvent PackedEvent::Unpack() const {
  v1::LedgerEvent event;
  TW_CHECK(event.ParseFromString(bytes));  // we packed it
  return event;
}

}  // namespace tw::oms
