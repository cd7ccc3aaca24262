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

bool IsBooked(v1::OrderEventKind kind) {
  return IsFill(kind) || kind == v1::ORDER_EVENT_KIND_OPENING_IMPORTED;
}

enum class Holds { kNoChecks, kChecksOnly, kBoth, kMalformed };

// What a RiskDecision holds, `in` being at its length, and `size` all that `in` has.
Holds LookAtRisk(google::protobuf::io::CodedInputStream& in, size_t size) {
  using google::protobuf::internal::WireFormatLite;
  int length = 0;
  if (!in.ReadVarintSizeAsInt(&length) ||
      static_cast<size_t>(length) > size - static_cast<size_t>(in.CurrentPosition())) {
    return Holds::kMalformed;
  }
  const auto limit = in.PushLimit(length);
  bool checks = false;
  bool others = false;
  while (const uint32_t tag = in.ReadTag()) {
    const bool is_check =
        WireFormatLite::GetTagFieldNumber(tag) == v1::RiskDecision::kChecksFieldNumber;
    (is_check ? checks : others) = true;
    if (!WireFormatLite::SkipField(&in, tag)) {
      return Holds::kMalformed;
    }
  }
  if (!in.ConsumedEntireMessage()) {
    return Holds::kMalformed;
  }
  in.PopLimit(limit);
  return !checks ? Holds::kNoChecks : others ? Holds::kBoth : Holds::kChecksOnly;
}

// Describes an event by the places of its fields in `bytes`, as Pack has put them: the checks last,
// by themselves. False: they are not so, and it must be read whole.
bool Glance(const std::string& bytes, PackedEvent& out) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  uint64_t time_ns = 0;
  uint64_t kind = 0;
  bool checks = false;
  out.plain_bytes = bytes.size();
  while (true) {
    const auto at = static_cast<size_t>(in.CurrentPosition());
    const uint32_t tag = in.ReadTag();
    if (tag == 0) {
      break;
    }
    if (checks) {
      return false;
    }
    bool read = false;
    switch (tag) {
      case WireFormatLite::MakeTag(v1::LedgerEvent::kSequenceFieldNumber,
                                   WireFormatLite::WIRETYPE_VARINT):
        read = in.ReadVarint64(&out.sequence);
        break;
      case WireFormatLite::MakeTag(v1::LedgerEvent::kTimeNsFieldNumber,
                                   WireFormatLite::WIRETYPE_VARINT):
        read = in.ReadVarint64(&time_ns);
        break;
      case WireFormatLite::MakeTag(v1::LedgerEvent::kKindFieldNumber,
                                   WireFormatLite::WIRETYPE_VARINT):
        read = in.ReadVarint64(&kind);
        break;
      case WireFormatLite::MakeTag(v1::LedgerEvent::kRiskFieldNumber,
                                   WireFormatLite::WIRETYPE_LENGTH_DELIMITED): {
        const Holds holds = LookAtRisk(in, bytes.size());
        checks = holds == Holds::kChecksOnly;
        out.plain_bytes = checks ? at : out.plain_bytes;
        read = checks || holds == Holds::kNoChecks;
        break;
      }
      default: read = WireFormatLite::SkipField(&in, tag);
    }
    if (!read) {
      return false;
    }
  }
  out.time_ns = static_cast<int64_t>(time_ns);
  out.is_booked = IsBooked(static_cast<v1::OrderEventKind>(kind));
  return in.ConsumedEntireMessage();
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
  packed.is_booked = IsBooked(event.kind());
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
  if (PackedEvent seen; Glance(bytes, seen)) {
    seen.bytes = std::move(bytes);
    return seen;
  }
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
