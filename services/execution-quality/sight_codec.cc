#include "services/execution-quality/sight_codec.h"

#include <cstdint>
#include <type_traits>
#include <variant>

namespace tw::eq {
namespace {

// Numbers stand in journals and never change.
enum class Kind : uint8_t { kMark = 1, kEnd = 2, kMarksSummed = 3, kSecond = 4 };

Kind KindOf(const MarkSeen&) {
  return Kind::kMark;
}
Kind KindOf(const EndSeen&) {
  return Kind::kEnd;
}
Kind KindOf(const MarksSummed&) {
  return Kind::kMarksSummed;
}
Kind KindOf(const SecondSeen&) {
  return Kind::kSecond;
}

constexpr size_t kTextBytesMax = 0xFFFF;

template <typename Int>
void Put(std::string& out, Int value) {
  using Bits = std::conditional_t<sizeof(Int) == 16, unsigned __int128, uint64_t>;
  auto bits = static_cast<Bits>(value);
  for (size_t i = 0; i < sizeof(Int); ++i) {
    out.push_back(static_cast<char>(bits & 0xFF));
    bits >>= 8;
  }
}

void PutText(std::string& out, std::string_view text) {
  text = text.substr(0, kTextBytesMax);
  Put(out, static_cast<uint16_t>(text.size()));
  out.append(text);
}

void PutFields(std::string& out, const MarkSeen& seen) {
  Put(out, seen.order_id.value());
  PutText(out, seen.fill_id);
  Put(out, static_cast<uint8_t>(seen.horizon));
  Put(out, seen.mid.e8());
  Put(out, static_cast<uint8_t>(seen.in_totals));
}

void PutFields(std::string& out, const EndSeen& seen) {
  Put(out, seen.order_id.value());
  Put(out, seen.mid.e8());
}

void PutFields(std::string& out, const MarksSummed& seen) {
  PutText(out, seen.venue);
  Put(out, static_cast<uint8_t>(seen.horizon));
  Put(out, seen.sum.cost);
  Put(out, seen.sum.notional);
  Put(out, seen.sum.fills);
}

void PutFields(std::string& out, const SecondSeen& seen) {
  PutText(out, seen.symbol);
  Put(out, seen.second.number);
  Put(out, seen.second.notional);
  Put(out, seen.second.quantity);
  Put(out, seen.second.mid_e8);
}

// Takes fields from the front; once one is not there, all that follow are zero and `whole` false.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  template <typename Int>
  Int Take() {
    const std::string_view bytes = Bytes(sizeof(Int));
    unsigned __int128 bits = 0;
    for (size_t i = bytes.size(); i > 0; --i) {
      bits = bits << 8 | static_cast<uint8_t>(bytes[i - 1]);
    }
    return static_cast<Int>(bits);
  }
  std::string TakeText() { return std::string(Bytes(Take<uint16_t>())); }
  uint32_t TakeHorizon() {
    const auto horizon = Take<uint8_t>();
    whole_ = whole_ && horizon < kHorizons.size();
    return horizon;
  }
  bool at_end() const { return whole_ && rest_.empty(); }

 private:
  std::string_view Bytes(size_t n) {
    if (!whole_ || n > rest_.size()) {
      whole_ = false;
      return {};
    }
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }

  std::string_view rest_;
  bool whole_ = true;
};

MarkSeen TakeMark(Fields& fields) {
  MarkSeen out;
  out.order_id = OrderId::FromValue(fields.Take<uint64_t>());
  out.fill_id = fields.TakeText();
  out.horizon = fields.TakeHorizon();
  out.mid = Price::FromE8(fields.Take<int64_t>());
  out.in_totals = fields.Take<uint8_t>() != 0;
  return out;
}

EndSeen TakeEnd(Fields& fields) {
  EndSeen out;
  out.order_id = OrderId::FromValue(fields.Take<uint64_t>());
  out.mid = Price::FromE8(fields.Take<int64_t>());
  return out;
}

MarksSummed TakeMarksSummed(Fields& fields) {
  MarksSummed out;
  out.venue = fields.TakeText();
  out.horizon = fields.TakeHorizon();
  out.sum.cost = fields.Take<__int128>();
  out.sum.notional = fields.Take<__int128>();
  out.sum.fills = fields.Take<int64_t>();
  return out;
}

SecondSeen TakeSecond(Fields& fields) {
  SecondSeen out;
  out.symbol = fields.TakeText();
  out.second.number = fields.Take<int64_t>();
  out.second.notional = fields.Take<__int128>();
  out.second.quantity = fields.Take<__int128>();
  out.second.mid_e8 = fields.Take<int64_t>();
  return out;
}

}  // namespace

std::string Encode(const Sighting& sighting) {
  std::string out;
  std::visit(
      [&](const auto& seen) {
        Put(out, static_cast<uint8_t>(KindOf(seen)));
        Put(out, sighting.after);
        PutFields(out, seen);
      },
      sighting.what);
  return out;
}

absl::StatusOr<Sighting> DecodeSighting(std::string_view bytes) {
  Fields fields(bytes);
  Sighting out;
  const auto kind = static_cast<Kind>(fields.Take<uint8_t>());
  out.after = fields.Take<uint64_t>();
  switch (kind) {
    case Kind::kMark: out.what = TakeMark(fields); break;
    case Kind::kEnd: out.what = TakeEnd(fields); break;
    case Kind::kMarksSummed: out.what = TakeMarksSummed(fields); break;
    case Kind::kSecond: out.what = TakeSecond(fields); break;
    default: return absl::DataLossError("a sighting of an unknown kind");
  }
  const auto* const second = std::get_if<SecondSeen>(&out.what);
  if (!fields.at_end() || (second != nullptr && second->second.number < 0)) {
    return absl::DataLossError("a sighting that is not whole");
  }
  return out;
}

}  // namespace tw::eq
