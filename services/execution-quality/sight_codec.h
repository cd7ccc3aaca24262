// The bytes of a sighting in its journal: kind, sequence, and the fields of its kind one after the
// other, little endian, texts behind their length. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/execution-quality/sighting.h"

namespace tw::eq {

std::string Encode(const Sighting& sighting);
// DataLoss for bytes that Encode did not make.
absl::StatusOr<Sighting> DecodeSighting(std::string_view bytes);

}  // namespace tw::eq
