#include "services/sink-alt/alt_types.h"

namespace tw::sink_alt {

const AltType* AltTypes::Find(std::string_view category) const {
  for (const AltType& type : types_) {
    if (type.category == category) {
      return &type;
    }
  }
  return nullptr;
}

}  // namespace tw::sink_alt
