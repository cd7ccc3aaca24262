// What accounts bring in, between the ledger and its journal.
#include "libs/convert/opening.h"
#include "services/oms/convert.h"

namespace tw::oms {

PackedEvent Pack(const OpeningEvent& event) {
  v1::LedgerEvent encoded;
  encoded.set_sequence(event.sequence);
  encoded.set_time_ns(event.time.ns);
  EncodeOpening(event.opening, encoded);
  PackedEvent out;
  Describe(encoded, out);
  out.bytes = encoded.SerializeAsString();
  out.plain_bytes = out.bytes.size();
  return out;
}

std::optional<OpeningEvent> DecodeOpeningEvent(const v1::LedgerEvent& event) {
  std::optional<Opening> opening = DecodeOpening(event);
  return opening ? std::optional<OpeningEvent>(
                       {event.sequence(), Timestamp{event.time_ns()}, *std::move(opening)})
                 : std::nullopt;
}

}  // namespace tw::oms
